"""Give a text the meaning that the open question lends it: state, value in the contract's shape, and list items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clinic.protocol import protocol
from clinic.reading import contact, sites
from clinic.reading.analysis import Text
from clinic.reading.facts import SEVERITY_QUESTIONS, Facts
from clinic.reading.lexicon import Span
from clinic.reading.model import Context
from clinic.reading.quantities import number_at
from clinic.reading.rules import state_of

LISTS = ("safety.now", "safety.spine", "safety.general", "precaution", "myofascial", "sensation", "inflammation")
CHOICES: dict[str, tuple[str, ...]] = {
    "for_whom": ("self", "other"),
    "contact.preferred": ("phone", "sms", "email"),
    "safety.self": ("not_safe", "safe", "unsure"),
    "booking.new_patient": ("new", "returning"),
    "booking.payer": ("icbc", "worksafebc", "extended", "private", "other"),
    "confirm.more": ("later", "no", "now"),
    "confirm.emergency": ("old_unchanged", "not_meant", "now"),
    "myofascial.pressed": ("yes", "no"),
}
YES_NO = ("consent", "confirm.read_back", "confirm.resume", "confirm.withdraw", "confirm.person")
TEXTS = ("for_whom.detail", "narrative", "precaution.detail", "aggravating", "easing", "previous_treatment", "goal", "booking.claim")
_FINDING_GROUPS = ("indicator", "myofascial", "sensation", "inflammation")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PARTS = ("am", "pm", "eve")


@dataclass(frozen=True)
class Answer:
    """What the text answers; `state` None means: not an answer to this question."""

    state: str | None
    value: Any = None
    quote: str | None = None
    items: Mapping[str, str] = field(default_factory=dict)
    closes: bool = False


def answer(text: Text, facts: Facts, context: Context, polar: str | None) -> Answer:
    """The answer to `context.question`, state None if the text does not fit it."""
    question = context.question or ""
    if not any(w[0].isalnum() for w in text.words) and polar is None:
        return Answer(None)
    if question in LISTS:
        return _list(text, facts, context, polar)
    left = _left_out(text, question, polar)
    given = _given(text, facts, context, polar)
    reply = _reply(text, question) if given.state is None else None
    if reply and reply[0] in ("declined", "unknown") and question != "onset.event":
        return Answer(reply[0], "unknown" if question.split(".")[0] in _FINDING_GROUPS else None, text.quote(reply[1]))
    if left in ("declined", "skipped") and question not in facts.findings and question not in TEXTS and not isinstance(given.value, (dict, list)):
        return Answer(left)
    if left and (given.state is None or question in (*TEXTS, "function.activity") or given.value == text.original.strip()):
        return Answer(left)
    if given.state:
        return given
    if polar == "unknown" and question not in YES_NO:
        return Answer("unknown")
    return given


def _reply(text: Text, question: str) -> tuple[str, Span] | None:
    """(value, words) of a set reply to this question (lexicon_replies.yml): the longest, of equal ones the first; a denied one is none."""
    best: tuple[int, int, str, Span] | None = None
    for concept, spans in text.hits.items():
        if not concept.startswith(f"reply.{question}."):
            continue
        for span in spans:
            if any(cue < span[0] for cue in text.scopes.negated_by[span[0]]):
                continue
            key = (span[0] - span[1], span[0], concept[len(f"reply.{question}.") :], span)
            best = key if best is None else min(best, key)
    return (best[2], best[3]) if best else None


def _left_out(text: Text, question: str, polar: str | None) -> str | None:
    """skipped, declined or unknown, when the text is little more than that."""
    size = sum(1 for w in text.words if w[0].isalnum())
    for kind, state in (("declined", "declined"), ("skip", "skipped")):
        for span in text.hits.get(kind, ()):
            if kind == "skip" and (
                size > 7
                or (
                    text.words[span[0] : span[1]] in (["later"], ["not", "now"], ["another", "time"], ["pass"], ["next"])
                    and (question in ("confirm.more", "confirm.emergency") or size > 2 - (question == "onset.delay"))
                )
            ):
                continue
            if not text.scopes.negated_by[span[0]] or kind == "declined":
                return state
    if polar == "unknown" and size <= 9 and question in TEXTS + ("contact.name", "function.activity"):
        return "unknown"
    return None


def _given(text: Text, facts: Facts, context: Context, polar: str | None) -> Answer:
    question = context.question or ""
    if question in YES_NO:
        return _yes_no(text, context, polar)
    if question in CHOICES:
        return _choice(text, context, polar)
    if question in SEVERITY_QUESTIONS:
        if facts.severity:
            return Answer("answered", {"low": facts.severity.low, "high": facts.severity.high}, text.quote(facts.severity.span))
        return Answer(None)
    if question == "pain.duration":
        if facts.duration:
            words = text.quote((facts.duration.start, facts.duration.end))
            return Answer("answered", {"iso": facts.duration.iso, "words": words}, words)
        return Answer(None)
    if question == "pain.site":
        codes = list(sites.codes(facts.places))
        return Answer("answered", codes, text.quote(facts.places.sites[0].span)) if codes else Answer(None)
    if question == "pain.side":
        return _side(text, facts, context)
    if question in ("onset.event", "onset.delay"):
        return _onset(text, facts, context, polar)
    if question == "age_band":
        return _age(text, context)
    if question == "booking.location":
        return _location(text, context, polar)
    if question == "booking.times":
        return _times(text)
    if question == "function.activity":
        return _activity(text, facts, context)
    if question.startswith("contact."):
        return _contact(text, question)
    if question in TEXTS:
        return Answer("answered", text.original.strip(), text.original.strip())
    if question.split(".")[0] in _FINDING_GROUPS:
        return _finding(text, facts, question, polar)
    return Answer(None)


# ---------------------------------------------------------------- choices


def _yes_no(text: Text, context: Context, polar: str | None) -> Answer:
    """A confirmation: a set reply ("erase it"), a plain yes or no, or the number of the choice."""
    question = context.question or ""
    reply = _reply(text, question)
    if reply and not (polar in ("yes", "no") and polar != reply[0] and text.words[0] in _PLAIN):
        return Answer("answered", reply[0], text.quote(reply[1]))
    if polar in ("yes", "no"):
        return Answer("answered", polar)
    picked = _numbered(text, tuple(o for o in context.offered if o in ("yes", "no")) or ("yes", "no"))
    return Answer("answered", picked, text.original.strip()) if picked else Answer(None)


_PLAIN = frozenset("yes yeah yep yup no nope nah".split())


def _numbered(text: Text, offered: Sequence[str]) -> str | None:
    """A lone number that picks one of the choices shown ("2", "option 2", "the second one")."""
    words = [
        w for w in text.words if w[0].isalnum() and w not in ("option", "number", "the", "one", "answer", "choice", "st", "nd", "rd", "th", "please")
    ]
    ordinal = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": len(offered)}
    if len(words) == 1 and offered:
        number = number_at(words, 0)
        index = int(number[0]) if number and number[0] == int(number[0]) else ordinal.get(words[0], 0)
        if 1 <= index <= len(offered):
            return offered[index - 1]
    return None


def _label(text: Text, values: Sequence[str]) -> str | None:
    plain = " ".join(w for w in text.original.lower().replace("_", " ").split())
    return next((v for v in values if plain == v.replace("_", " ")), None)


def _spans(text: Text, concept: str) -> list[Span]:
    return [s for s in text.hits.get(concept, ()) if not any(cue < s[0] for cue in text.scopes.negated_by[s[0]])]


def _choice(text: Text, context: Context, polar: str | None) -> Answer:
    question = context.question or ""
    values = CHOICES[question]
    picked = _label(text, values) or _numbered(text, context.offered)
    if picked:
        return Answer("unknown" if picked == "unknown" else "answered", picked, text.original.strip())
    best: tuple[int, int, str, Span] | None = None
    for order, value in enumerate(values):
        for span in _spans(text, f"choice.{question}.{value}"):
            key = (-(span[1] - span[0]), order, value, span)
            if best is None or key < best:
                best = key
    if question == "for_whom" and best and best[2] == "self" and "the" not in text.words[best[3][0] : best[3][1]] and _spans(text, "choice.for_whom.other") and "relative" in text.hits:
        best = (0, 0, "other", text.hits["relative"][0])
    if question in ("confirm.more", "myofascial.pressed", "booking.new_patient") and polar in ("yes", "no"):
        meant = {
            "confirm.more": {"yes": "now", "no": "no"},
            "myofascial.pressed": {"yes": "yes", "no": "no"},
            "booking.new_patient": {"yes": "returning", "no": "new"},
        }[question][polar]
        if best is None or (best[0] >= -1 and best[2] != "later"):
            return Answer("answered", meant, text.original.strip())
    if question == "safety.self" and best is None and polar:
        return Answer("answered", "unsure", text.original.strip())
    if question == "confirm.emergency" and best is None and polar == "yes":
        return Answer("answered", "now", text.original.strip())
    if best is None and question == "myofascial.pressed" and polar == "unknown":
        return Answer("answered", "unknown", text.original.strip())
    return Answer("answered", best[2], text.quote(best[3])) if best else Answer(None)


def _side(text: Text, facts: Facts, context: Context) -> Answer:
    for start, end in text.hits.get("side.middle", ()):  # "right down the middle" is no right
        if end - start > 2 and text.words[start] == "right":
            return Answer("answered", "middle", text.quote((start, end)))
    if facts.places.side:
        spans = [s for side, s in facts.places.side_spans if side == facts.places.side]
        return Answer("answered", facts.places.side, text.quote(spans[0]) if spans else text.original.strip())
    if "side.other" in text.hits and context.answers.get("pain.side") in ("left", "right"):
        return Answer("answered", "right" if context.answers["pain.side"] == "left" else "left", text.quote(text.hits["side.other"][0]))
    picked = _numbered(text, context.offered)
    return Answer("answered", picked, text.original.strip()) if picked else Answer(None)


def _onset(text: Text, facts: Facts, context: Context, polar: str | None) -> Answer:
    event = context.question == "onset.event"
    if event and polar == "unknown" and facts.onset.event in (None, "gradual") and len(text.words) <= 3:
        return Answer("answered", "unknown", text.original.strip())
    value, span = (facts.onset.event, facts.onset.event_span) if event else (facts.onset.delay, facts.onset.delay_span)
    if value and span:
        return Answer("answered", value, text.quote(span))
    values = (
        ("injury", "overuse", "gradual", "surgery", "illness", "unknown")
        if event
        else ("immediate", "within_day", "days_1_3", "days_4_14", "later", "no_event", "unknown")
    )
    picked = _label(text, values) or _numbered(text, context.offered)
    if picked:
        return Answer("answered", picked, text.original.strip())
    reply = _reply(text, context.question or "")
    if polar == "unknown" or (reply and reply[0] == "unknown"):
        return Answer("answered", "unknown", text.original.strip())
    if polar == "no":
        return Answer("answered", "gradual" if event else "no_event", text.original.strip())
    if facts.onset.event == "gradual" and not event and facts.onset.event_span:
        return Answer("answered", "no_event", text.quote(facts.onset.event_span))
    return Answer(None)


def band(age: int) -> str:
    """The contract's age band of an age in years."""
    return "under_12" if age < 12 else "12_18" if age <= 18 else "19_49" if age <= 49 else "50_64" if age <= 64 else "65_plus"


def _age(text: Text, context: Context) -> Answer:
    if text.age:
        return Answer("answered", band(text.age[0]), text.quote(text.age[1]))
    for code in ("under_12", "12_18", "19_49", "50_64", "65_plus"):
        for span in text.hits.get(f"age.{code}", ()):
            return Answer("answered", code, text.quote(span))
    for i in range(len(text.words)):
        number = number_at(text.words, i)
        if number and 0 < number[0] <= 115:
            after = text.words[i + number[1] : i + number[1] + 2]
            if after[:1] in (["month"], ["months"], ["weeks"], ["week"]):
                return Answer("answered", "under_12", text.quote((i, i + number[1])))
            if len(text.words) == 1 and context.offered and number[0] <= len(context.offered):
                return Answer("answered", context.offered[int(number[0]) - 1], text.original.strip())
            return Answer("answered", band(int(number[0])), text.quote((i, i + number[1])))
        if number and 1920 <= number[0] <= 2026 and i and text.words[i - 1] in ("in", "born"):
            return Answer("answered", band(2026 - int(number[0])), text.quote((i, i + number[1])))
    return Answer(None)


def _location(text: Text, context: Context, polar: str | None) -> Answer:
    named = {place: _spans(text, f"loc.{place}") for place in ("victoria", "langford")}
    offered = [o for o in context.offered if o not in ("either", "unknown", "declined", "skipped")]
    here = [p for p, spans in named.items() if spans]
    if len(here) == 1:
        return Answer("answered", here[0], text.quote(named[here[0]][0]))
    if len(here) == 2 or "loc.either" in text.hits:
        return Answer("answered", "either", text.original.strip())
    plain = text.original.lower()
    for place in offered:
        if place.replace("_", " ") in plain:
            return Answer("answered", place, text.original.strip())
    picked = _numbered(text, context.offered)
    return Answer("answered", picked, text.original.strip()) if picked else Answer(None)


def _times(text: Text) -> Answer:
    """Days and parts of the day; "except Monday" takes the others, "any" is any."""
    days: list[str] = []
    without: set[str] = set()
    parts: list[str] = []
    pairs: list[str] = []
    marks: list[tuple[int, str, str]] = []
    for name in (*_DAYS, "weekday", "weekend"):
        marks += [(s, "day", name) for s, _ in text.hits.get(f"day.{name}", ())]
    for name in _PARTS:
        marks += [(s, "part", name) for s, _ in text.hits.get(f"part.{name}", ())]
    negative = {s for s, _ in text.hits.get("not_day", ())}
    current: list[str] = []
    seen_part = False
    for place, kind, name in sorted(marks):
        if kind == "day":
            group = {"weekday": list(_DAYS[:5]), "weekend": ["sat", "sun"]}.get(name, [name])
            if any(n < place and place - n <= 3 for n in negative):
                without.update(group)
                continue
            if seen_part:
                current, seen_part = [], False
            if not (name in _DAYS and any(d == place for d, k, g in marks if k == "day" and g == "weekday")):
                current += group
                days += group
        else:
            if any(n < place and place - n <= 2 for n in negative):
                continue
            parts.append(name)
            seen_part = True
            pairs += [f"{day}_{name}" for day in current]
    words = text.original.strip()
    if not marks:
        return Answer("answered", {"parts": ["any"], "words": words}, words) if "any_time" in text.hits else Answer(None)
    chosen = [d for d in dict.fromkeys(days) if d not in without] or [d for d in _DAYS if d not in without]
    if pairs and days:
        paired = {p.split("_")[0] for p in pairs}
        out = [p for p in pairs if p.split("_")[0] not in without]
        out += [f"{d}_{p}" for d in chosen if d not in paired for p in _PARTS]
    elif parts:
        out = [f"{d}_{p}" for d in chosen for p in parts]
    else:
        out = [f"{d}_{p}" for d in chosen for p in _PARTS]
    if not days and not parts and not without:
        return Answer(None)
    order = [f"{d}_{p}" for d in _DAYS for p in _PARTS]
    return Answer("answered", {"parts": sorted(dict.fromkeys(out), key=order.index), "words": words}, words)


def _activity(text: Text, facts: Facts, context: Context) -> Answer:
    """`{"words", "score"}`; a lone number is the score of the activity told before."""
    from clinic.reading.severity import severity

    words = text.original.strip()
    scored = severity(text, asked=True)
    score = scored.low if scored else None
    before = context.answers.get("function.activity")
    if scored and all(not w[0].isalpha() or w in _SCORE_WORDS for w in text.words):
        said = before.get("words") if isinstance(before, Mapping) else None
        return Answer("answered", {"words": said, "score": score}, words)
    if score is not None and scored and len(text.words) > 4 and not _score_said(text, scored.span):
        score = None
    named = words if score is None or scored is None else _without_score(text, scored.span) or words
    return Answer("answered", {"words": named, "score": score}, words)


def _without_score(text: Text, span: Span) -> str:
    """The activity alone ("shoulder checking, maybe 4" -> "shoulder checking"), where the score stands at the end."""
    if any(w[0].isalnum() and w not in _SCORE_WORDS for w in text.words[span[1] :]):
        return ""
    end = span[0]
    while end and (text.words[end - 1] in _SCORE_WORDS or not text.words[end - 1][0].isalnum()):
        end -= 1
    return text.quote((0, end)) if end else ""


_SCORE_WORDS = frozenset(
    "a an about like maybe say i would it is around out of ten probably to or zero one two three four five six seven eight nine so can do at roughly think the score number give and half".split()
)


def _score_said(text: Text, span: Span) -> bool:
    around = text.words[max(0, span[0] - 4) : span[1] + 3]
    return bool({"out", "/", "about", "say", "score", "maybe", "like", "a", "at", "around"} & set(around)) or span[1] >= len(text.words) - 1


def _contact(text: Text, question: str) -> Answer:
    found: tuple[str, str] | None = None
    if question == "contact.phone":
        found = contact.phone(text.original, asked=True)
    elif question == "contact.email":
        found = contact.email(text.original)
    elif question == "contact.name":
        found = contact.name(text)
    return Answer("answered", found[0], found[1]) if found else Answer(None)


# ---------------------------------------------------------------- findings and lists


def _finding(text: Text, facts: Facts, question: str, polar: str | None) -> Answer:
    quote = text.original.strip()
    said = facts.findings.get(question)
    if (
        question == "indicator.stabbing"
        and "only" in text.hits
        and ("movement" in text.hits or "when" in text.words or "if" in text.words)
        and "by_itself" not in text.hits
    ):
        return Answer("answered", "not_reported", quote)
    if question == "indicator.no_ongoing_damage":
        if said:
            return Answer("unknown" if said == "unknown" else "answered", said, quote)
        reply = _reply(text, question)
        if reply and reply[0] == "unknown":
            return Answer("unknown", "unknown", quote)
        for concept in ("named_disease", "condition"):
            if concept in text.hits and state_of((text.hits[concept][0],), text.scopes) == "reported":
                return Answer("answered", "not_reported", quote)
        if reply:
            return Answer("answered", reply[0], quote)
        if "found_nothing" in text.hits or "healed" in text.hits:
            return Answer("answered", "reported", quote)
        if polar in ("yes", "no"):
            return Answer("answered", "reported" if polar == "no" else "not_reported", quote)
        return Answer("unknown", "unknown", quote) if polar == "unknown" else Answer(None)
    if said:
        if said == "not_reported" and polar == "yes" and not any(m.code == question and m.state == "not_reported" for m in facts.mentions):
            said = "reported"
        return Answer("unknown" if said == "unknown" else "answered", said, quote)
    reply = _reply(text, question)
    if reply and not (polar in ("yes", "no") and text.words[0] in _PLAIN and _is_polar(text, polar)) and not (polar == "unknown" and text.hits.get("unknown")):
        return Answer("answered", reply[0], quote)
    if question == "indicator.summation" and ("move" in " ".join(text.words) and "better" in text.words):
        return Answer("answered", "not_reported", quote)
    if polar in ("yes", "no"):
        return Answer("answered", "reported" if polar == "yes" else "not_reported", quote)
    if polar == "unknown":
        return Answer("unknown", "unknown", quote)
    if question == "inflammation.morning_stiffness" and text.lengths:  # "over 30 minutes" is what counts
        return Answer("answered", "reported" if text.lengths[0].high * 1440 >= 30 else "not_reported", quote)
    if question == "indicator.summation" and text.lengths and _LASTING & set(text.words):
        return Answer("answered", "reported", quote)
    if "only" in text.hits and ("movement" in text.hits or "when" in text.words):
        return Answer("answered", "reported", quote)
    return Answer(None)


def _is_polar(text: Text, polar: str) -> bool:
    """Does the text begin with that plain yes or no itself ("no, sore at rest"), set apart from what follows or with nothing after it?"""
    return (text.words[0] in ("yes", "yeah", "yep", "yup")) == (polar == "yes")


_LASTING = frozenset("after afterwards later lasts last lasted takes took until till following next pay paying sore flares hurts".split())
_EXCEPT = frozenset("except besides".split())


def _excepted(text: Text) -> bool:
    """ "nothing except ...": something is named that the denial does not cover."""
    pairs = {tuple(text.words[i : i + 2]) for i in range(len(text.words))}
    return bool(_EXCEPT & set(text.words[:-1])) or bool(pairs & {("apart", "from"), ("aside", "from"), ("other", "than")})


def _list(text: Text, facts: Facts, context: Context, polar: str | None) -> Answer:
    """Items said or denied in words; the rest stays open unless the text closes the list."""
    question = context.question or ""
    if not context.offered:
        context = replace(context, offered=protocol().questions[question].items)
    size = sum(1 for w in text.words if w[0].isalnum())
    items: dict[str, str] = {}
    details: list[dict[str, Any]] = []
    if question.startswith("safety."):
        for mention in facts.flags.present:
            items[_item(mention.code, mention.tier, context.offered)] = "reported"
        for code in facts.flags.denied:
            for item in [o for o in context.offered if o.split("@")[0] == code] or [code]:
                items.setdefault(item, "not_reported")
        for mention in facts.flags.unsure:
            items.setdefault(_item(mention.code, mention.tier, context.offered), "unknown")
        if context.offered:
            items = {k: v for k, v in items.items() if k in context.offered or v == "reported"}
    elif question == "precaution":
        for mention in facts.precautions:
            items[mention.code] = "reported"
            details.append({"id": mention.code, "detail": mention.value})
        for code in facts.denied_precautions:
            items.setdefault(code, "not_reported")
    else:
        for code, state in facts.findings.items():
            if code.startswith(question + "."):
                items[code] = state
    picked = _numbers(text, context.offered)
    for item in picked:
        if item not in ("none", "unsure"):
            items[item] = "reported"
    reported = [i for i, s in items.items() if s == "reported"]
    denial = picked == ["none"] or (not reported and (polar == "no" or ("none_of" in text.hits and size <= 12)))
    if "all_of" in text.hits and context.offered and size <= 7:
        items = {o: "reported" for o in context.offered if o not in ("none", "unsure")}
        reported = list(items)
    closes = (("close" in text.hits or "only" in text.words[:2] or "just" in text.words[:2]) and bool(reported)) or denial
    if denial and _excepted(text):
        denial = closes = False
        polar = None
    if denial and polar != "unknown":
        shown = [o for o in context.offered if o not in ("none", "unsure")]
        items = {**dict.fromkeys(shown, "not_reported"), **items}
        return Answer("answered", "none", text.original.strip(), items, True)
    if reported and closes:
        items = {**{o: "not_reported" for o in context.offered if o not in ("none", "unsure") and o.split("@")[0] not in flagged(reported)}, **items}
    if reported:
        value: Any = details if question == "precaution" else reported
        return Answer("answered", value, text.original.strip(), items, closes)
    left = _left_out(text, question, polar)
    if left:
        return Answer(left, None, None, items)
    if picked == ["unsure"] or polar == "unknown":
        return Answer("unknown", "unsure", text.original.strip(), items)
    if items:
        return Answer("unknown" if "unknown" in items.values() else "answered", [], text.original.strip(), items, closes)
    return Answer(None)


def flagged(items: Sequence[str]) -> set[str]:
    """The ids of list items without their tier."""
    return {item.split("@")[0] for item in items}


def _item(code: str, tier: str | None, offered: Sequence[str]) -> str:
    """The list item of a flag: `RF09_trauma@T1` where that is how it was shown."""
    tiered = f"{code}@{tier}"
    if tiered in offered or code in offered:
        return tiered if tiered in offered else code
    return next((o for o in offered if o.split("@")[0] == code), code)


def _numbers(text: Text, offered: Sequence[str]) -> list[str]:
    """Items picked by their numbers ("1 and 3")."""
    words = [w for w in text.words if w[0].isalnum() and w not in ("and", "option", "options", "number", "numbers", "also", "the")]
    if not offered or not words or not all(w.isdigit() and 1 <= int(w) <= len(offered) for w in words):
        return []
    return [offered[int(w) - 1] for w in words]
