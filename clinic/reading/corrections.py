"""Corrections in free words: "sorry, I meant no", "actually it was two weeks", "the other shoulder", "scrap the blood thinners".

A text corrects when it says so ("I meant", "that was wrong") or sets a new answer against the old one ("3 months, not 2
weeks"), and only answers that are known. The new answer is read in the part of the text that holds it, by the same code
that reads answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clinic.reading.analysis import Text, analyse
from clinic.reading.answering import CHOICES, TEXTS, answer
from clinic.reading.facts import SEVERITY_QUESTIONS, Facts, gather
from clinic.reading.model import Context
from clinic.reading.polar import polar

# Corrected by their value alone; the others only when they are named or were the question before.
_BY_VALUE = (
    "pain.side", "pain.duration", "onset.delay", "onset.event", "pain.site", "pain.severity_now", "pain.severity_worst", "age_band",
    "contact.phone", "contact.email", "booking.payer", "booking.location", "booking.times",
)  # fmt: skip
_SAFETY = ("safety.now", "safety.spine", "safety.general")
_MOST_WORDS_IN_A_STORY, _MOST_WORDS_BESIDE, _MOST_WORDS = 12, 14, 40
# Changed only by a text that surely corrects: their words are too common ("massage helps").
_BY_CLEAR_WORDS = ("for_whom", "booking.new_patient", "contact.preferred", "myofascial.pressed")
_PAYING = frozenset("pay pays paying paid pocket private privately insurance cash myself".split())
_CONTRAST = (("not",), ("instead", "of"), ("rather", "than"))


def corrections(text: Text, facts: Facts, context: Context) -> dict[str, Any]:
    """{question id: new value} of the answers that this text changes; empty if it changes none."""
    known = {k: v for k, v in context.answers.items() if v is not None}
    if not known or not may_correct(text, context.question):
        return {}
    out = _taken_back(text, facts, known)
    strong, weak = _strong(text), text.has("fix.weak")
    at_read_back = context.question == "confirm.read_back" and polar(text, asked=True)[0] != "yes"
    told = list(_contrasted(text, context, known))
    if not out and told:
        out = dict(told)
    if not out and (strong or weak or at_read_back):
        out = _restated(text, context, known, strong or at_read_back) or _previous(text, context, strong)
    return {k: v for k, v in out.items() if not _equal(known.get(k), v)}


def reopened(text: Text, context: Context) -> str | None:
    """The question that the patient wants to answer anew without saying how ("I got the side wrong"), None if there is none."""
    if not ((_strong(text) or text.has("move.correct")) and may_correct(text, context.question)):
        return None
    named = [(span, concept) for concept, spans in text.hits.items() if concept.startswith("fix.topic.") for span in spans]
    wanted = [concept.removeprefix("fix.topic.") for _, concept in sorted(named)]
    return next((q for q in wanted if q in context.answers and q != context.question), None)


def _strong(text: Text) -> bool:
    """Is this surely a correction? "i got the side wrong" names a topic and says that it is wrong."""
    return text.has("fix.strong") or ("wrong" in text.words and any(concept.startswith("fix.topic.") for concept in text.hits))


def _drops(text: Text) -> bool:
    """Is something taken back: "scrap the ...", "take the swelling off"?"""
    away = any("off" in text.words[i + 1 : i + 6] for i, w in enumerate(text.words) if w in ("take", "taking", "took"))
    return text.has("fix.drop") or away


def may_correct(text: Text, question: str | None) -> bool:
    """A question that takes any words is answered by a story ("it's the other knee that's sore"): only clear words correct there."""
    size = sum(1 for w in text.words if w[0].isalnum())
    if question not in TEXTS:
        return size <= _MOST_WORDS
    said = _strong(text) or _drops(text) or (text.has("fix.weak") and size <= _MOST_WORDS_BESIDE) or text.words[:1] in (["actually"], ["sorry"], ["oops"], ["wait"])
    return said and size <= (_MOST_WORDS_IN_A_STORY if question == "narrative" else 25)


def _equal(was: Any, now: Any) -> bool:
    if isinstance(was, Mapping) and isinstance(now, Mapping) and "iso" in was:
        return was.get("iso") == now.get("iso")
    return bool(was == now)


def _read_as(question: str, words: str, context: Context) -> Any:
    """The value of these words as an answer to `question`, None if they are none."""
    part = analyse(words, context.for_whom)
    asked = replace(context, question=question, offered=())
    said, _ = polar(part, asked=True)
    found = answer(part, gather(part, question, context.for_whom), asked, said)
    return found.value if found.state == "answered" else None


def _parts(text: Text) -> Iterator[tuple[str, str | None]]:
    """(words of the new answer, words of the old one or None): "X, not Y", "not Y but X", "I said Y, I meant X"."""
    starts = dict(text.hits.get("fix.new", ()))
    after = [e for e in starts.values() if any(w[0].isalnum() for w in text.words[e:])]
    if after:
        yield text.quote((max(after), len(text.words))), None
    told = next((i for i in range(len(text.words) - 1) if text.words[i] == "i" and text.words[i + 1] in ("said", "put", "wrote", "typed", "ticked")), None)
    turn = None if told is None else next((j for j in range(len(text.words) - 2, told, -1) if text.words[j] in (",", ".", "but", ";")), None)
    if turn is not None and not after:
        yield text.quote((turn + 1, len(text.words))), None
    for i in range(len(text.words)):
        for cue in _CONTRAST:
            if tuple(text.words[i : i + len(cue)]) != cue:
                continue
            end = i + len(cue)
            if any(w[0].isalnum() for w in text.words[:i]) and end < len(text.words):
                yield text.quote((0, i)), text.quote((end, len(text.words)))
            turn = next((j for j in range(end, len(text.words)) if text.words[j] in (",", "but", ".", ";")), None)
            if turn is not None and end < turn < len(text.words) - 1:
                yield text.quote((turn + 1, len(text.words))), text.quote((end, turn))


def _contrasted(text: Text, context: Context, known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Answers set against the old one: both sides must be answers to the same question."""
    seen: set[str] = set()
    for new, old in _parts(text):
        if old is None:
            continue
        for question in _open_to_change(known, context):
            before = _read_as(question, old, context)
            if question not in seen and before is not None and _equal(known[question], before):
                value = _read_as(question, new, context)
                if value is not None and not _equal(value, before):
                    seen.add(question)
                    yield question, value


def _open_to_change(known: Mapping[str, Any], context: Context) -> list[str]:
    same = SEVERITY_QUESTIONS if context.question in SEVERITY_QUESTIONS else ()
    return [q for q in _BY_VALUE if q in known and q != context.question and q not in same]


def _restated(text: Text, context: Context, known: Mapping[str, Any], clear: bool) -> dict[str, Any]:
    """ "actually it was two weeks": what was told before is told anew, in the part after the cue or anywhere."""
    parts = [new for new, old in _parts(text) if old is None] or [text.original]
    out: dict[str, Any] = {}
    for words in dict.fromkeys((*parts, text.original)):
        out = _told_anew(analyse(words, context.for_whom), words, context, known, clear)
        if out:
            break
    name = text.has("fix.topic.contact.name") and "contact.name" in known and context.question != "contact.name"
    if name and not out:
        said = _read_as("contact.name", _after_last_is(text), context)
        if isinstance(said, str) and len(said.split()) <= 3:
            out["contact.name"] = said
    return out


def _after_last_is(text: Text) -> str:
    at = max((i for i, w in enumerate(text.words) if w in ("is", "'s", "be", "to", "with", "meant")), default=-1)
    if text.words[at + 1 : at + 2] in (["spelled"], ["spelt"], ["actually"], ["really"], ["just"]):
        at += 1
    return text.quote((at + 1, len(text.words))) if at + 1 < len(text.words) else ""


def _told_anew(part: Text, words: str, context: Context, known: Mapping[str, Any], clear: bool) -> dict[str, Any]:
    facts = gather(part, None, context.for_whom)
    out: dict[str, Any] = {}
    before = context.previous_question
    was = known.get("pain.side")
    if context.question != "pain.side" and was is not None:
        if "side.other" in part.hits and was in ("left", "right") and not facts.places.side:
            out["pain.side"] = "right" if was == "left" else "left"
        elif facts.places.side:
            out["pain.side"] = facts.places.side
    for question in ("pain.duration", "onset.delay", "onset.event", "age_band", "contact.phone", "contact.email", "booking.payer", "booking.location"):
        if question in known and question != context.question and _is_about(question, part, before, known):
            value = _read_as(question, words, context)
            if question == "booking.payer" and value in ("other", "private") and not _PAYING & set(part.words):
                continue  # "i am 52", "the other one": words of the choice that say nothing of paying
            if value is not None and not (question == "onset.event" and value in ("gradual", "unknown") and facts.onset.event != value):
                out.setdefault(question, value)
    for question in _BY_CLEAR_WORDS if clear and not out else ():
        if question in known and question != context.question and _is_about(question, part, before, known):
            value = _read_as(question, words, context)
            if value is not None and not (question == "for_whom" and not {"for", "about"} & set(part.words)):
                out[question] = value
    if "booking.times" in known and context.question != "booking.times" and any(h.startswith("day.") for h in part.hits) and not part.lengths:
        value = _read_as("booking.times", words, context)
        if value is not None:
            out["booking.times"] = value
    if "pain.site" in known and context.question != "pain.site" and "side.other" not in part.hits:
        value = _read_as("pain.site", words, context)
        if value is not None and not set(value) <= set(_as_list(known["pain.site"])):
            out["pain.site"] = value
    out |= _strength(part, facts, context, known, bool(out))
    for finding, state in facts.findings.items():
        if finding in known and finding != context.question and finding != "indicator.delayed_onset":
            out[finding] = state
    return out


def _is_about(question: str, part: Text, before: str | None, known: Mapping[str, Any]) -> bool:
    """Can these words be about this question? A length of time is how long the pain has lasted, or the delay before it."""
    if question == "pain.duration":
        return bool(part.lengths) and not (before == "onset.delay" and "onset.delay" in known) and not any(w in part.words for w in ("later", "after"))
    if question == "onset.delay":
        return (bool(part.lengths) and before == "onset.delay") or any(h.startswith("delay.") for h in part.hits) or "later" in part.words
    if question == "onset.event":
        return any(h.startswith("event.") and not h.endswith(".short") for h in part.hits)
    if question == "age_band":
        return part.age is not None
    if question in CHOICES or question == "booking.location":
        stem = "loc." if question == "booking.location" else f"choice.{question}."
        return any(h.startswith(stem) for h in part.hits)
    return True


def _strength(part: Text, facts: Facts, context: Context, known: Mapping[str, Any], other: bool) -> dict[str, Any]:
    if context.question in SEVERITY_QUESTIONS:
        return {}
    asked = context.previous_question if context.previous_question in SEVERITY_QUESTIONS else "pain.severity_now"
    if "worst" in part.words and "pain.severity_worst" in known:
        asked = "pain.severity_worst"
    found = facts.severity
    if found is None and not other and (context.previous_question in SEVERITY_QUESTIONS or part.has("fix.topic.pain.severity_now")):
        found = gather(part, "pain.severity_now", context.for_whom).severity
    return {asked: {"low": found.low, "high": found.high}} if found and asked in known else {}


def _as_list(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _taken_back(text: Text, facts: Facts, known: Mapping[str, Any]) -> dict[str, Any]:
    """ "scrap what I said about blood thinners": the item leaves its list, the finding is no longer reported."""
    dropped = _drops(text)
    out: dict[str, Any] = {}
    ids = {m.code for m in facts.precautions if dropped} | set(facts.denied_precautions)
    listed = known.get("precaution")
    if ids and isinstance(listed, (list, tuple)):
        left = [i for i in listed if (i.get("id") if isinstance(i, Mapping) else i) not in ids]
        if len(left) != len(listed):
            out["precaution"] = left or "none"
    flags = {m.code for m in facts.flags.present if dropped} | set(facts.flags.denied)
    for question in _SAFETY:
        listed = known.get(question)
        if flags and isinstance(listed, (list, tuple)):
            left = [i for i in listed if str(i).split("@")[0] not in flags]
            if len(left) != len(listed):
                out[question] = left or "none"
    if dropped:
        for finding, state in facts.findings.items():
            if known.get(finding) == "reported" and state == "reported":
                out[finding] = "not_reported"
    return out


def _previous(text: Text, context: Context, strong: bool) -> dict[str, Any]:
    """ "sorry, I meant no": the question answered last is answered again."""
    before = context.previous_question
    if not before or before not in context.answers or before in (*TEXTS, "contact.name", "consent", "function.activity"):
        return {}
    if not strong and context.question in (*TEXTS, "contact.name", "function.activity"):
        return {}  # "actually, sitting" answers what makes it worse
    for words in [new for new, old in _parts(text) if old is None] or [text.original]:
        part = analyse(words, context.for_whom)
        said, _ = polar(part, asked=True)
        if not strong and context.question and said and len(part.words) > 4:
            return {}  # "sorry, no, it does not": more likely an answer to what is asked now
        again = answer(part, gather(part, before, context.for_whom), replace(context, question=before, offered=()), said)
        if again.state in ("unknown", "declined", "skipped") and again.value is None:
            return {before: again.state} if strong else {}
        if again.state in ("answered", "unknown") and (strong or said is None):
            return {before: again.value}
    return {}


__all__ = ["corrections", "may_correct", "reopened"]
