"""Everything that a text says by itself, before the open question gives it a meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.reading import sites
from clinic.reading.analysis import Text
from clinic.reading.durations import Length
from clinic.reading.flags import Flags, flags
from clinic.reading.lexicon import Span
from clinic.reading.model import Mention, tidy
from clinic.reading.onset import Onset, onset
from clinic.reading.rules import Match, matches
from clinic.reading.severity import Severity, severity
from clinic.reading.timing import age_days, changing, long_past

SEVERITY_QUESTIONS = ("pain.severity_now", "pain.severity_worst")
_ORDER = {"reported": 0, "not_reported": 1, "unknown": 2}


@dataclass(frozen=True)
class Facts:
    """What the words say: places, quantities, findings, flags, precautions, each with its mentions."""

    places: sites.Places
    severity: Severity | None
    duration: Length | None
    onset: Onset
    findings: Mapping[str, str]
    flags: Flags
    precautions: tuple[Mention, ...]
    denied_precautions: tuple[str, ...]
    mentions: tuple[Mention, ...]


def gather(text: Text, question: str | None, for_whom: str) -> Facts:
    """Read all facts of an analysed text; `question` is the open question's id."""
    asked_severity = question in SEVERITY_QUESTIONS
    places = sites.places(text, question)
    strength = severity(text, asked_severity, strict=question not in (None, "narrative"), worst=question == "pain.severity_worst")
    length = _duration(text, question)
    start = onset(text, question)
    found = _findings(text)
    danger = flags(text, for_whom)
    precautions, denied = _precautions(text)
    if start.event == "injury" and start.delay is None and start.event_span and _ever_since(text, start.event_span[1]):
        start = Onset(start.event, start.event_span, "immediate", _ever_since(text, start.event_span[1]))
    mentions = [*_place_mentions(text, places), *found, *danger.present, *danger.unsure, *danger.denied_mentions, *precautions]
    mentions += _other_mentions(text, strength, length, start)
    return Facts(
        places, strength, length, start, _states(found), danger, precautions, denied, tuple(sorted(mentions, key=lambda m: (m.start, m.kind, m.code)))
    )


def _ever_since(text: Text, after: int) -> Span | None:
    """ "... and it has hurt ever since": the pain came with the event."""
    for i in range(after, len(text.words) - 1):
        if text.words[i] in ("since", "ever") and text.words[i + 1] in ("then", "since"):
            return i, i + 2
    return None


def _states(found: list[Mention]) -> dict[str, str]:
    """One state a finding: said beats denied only when it comes later or the denial is of another thing."""
    out: dict[str, str] = {}
    for mention in sorted(found, key=lambda m: m.start):
        known = out.get(mention.code)
        if known is None or known == "unknown" or (known == "not_reported" and mention.state == "reported"):
            out[mention.code] = mention.state
        elif known == "reported" and mention.state == "not_reported" and mention.rule in ("f.stab_move", "f.sum_neg", "f.range_no", "f.named"):
            out[mention.code] = mention.state
    return dict(sorted(out.items()))


def _findings(text: Text) -> list[Mention]:
    out: list[Mention] = []
    for match in matches(text.hits, text.scopes, ("finding",)):
        state = _finding_state(match, text)
        if state is None:
            continue
        start, end = text.offsets((match.start, match.end))
        out.append(Mention("finding", match.rule.code, start, end, match.rule.id, state))
    by_itself = text.has("by_itself")
    if by_itself:
        out = [m for m in out if m.rule != "f.stab_move"]
    return out


def _finding_state(match: Match, text: Text) -> str | None:
    flip = {"reported": "not_reported", "not_reported": "reported", "unknown": None}
    if match.state == "reported":
        span = (match.start, match.end)
        if match.rule.code != "indicator.no_ongoing_damage" and long_past(text, span) and not changing(text, span):
            words = text.words[max(0, span[0] - 5) : span[0]]
            if ("had" in words and "has" not in words and "have" not in words) or "was" in words or "used" in words:
                return None
        return match.rule.state
    if match.state == "denied":
        if match.rule.state == "not_reported" and match.rule.id in ("f.named", "f.stab_move"):
            return None
        return flip[match.rule.state]
    if match.state == "unsure":
        return "unknown"
    return None


def _precautions(text: Text) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    present: dict[str, Mention] = {}
    denied: set[str] = set()
    for match in matches(text.hits, text.scopes, ("precaution",)):
        span = (match.start, match.end)
        if _asks_if(text, span):
            continue
        if match.state == "denied":
            denied.add(match.rule.code)
        elif match.state == "reported":
            if match.rule.old != "keep" and (long_past(text, span) or (age_days(text, span) or 0) > 60):
                continue
            start, end = text.offsets(span)
            known = present.get(match.rule.code)
            words = text.quote(text.sentence_span(match.start))
            if known is None:
                present[match.rule.code] = Mention("precaution", match.rule.code, start, end, match.rule.id, "reported", None, words)
    return tuple(sorted(present.values(), key=lambda m: m.code)), tuple(sorted(denied - set(present)))


def _asks_if(text: Text, span: Span) -> bool:
    """ "is it safe if i'm pregnant?" asks; it does not say so. (Only for precautions: a red flag in a question is still raised.)"""
    start, end = text.sentence_span(span[0])
    return text.words[end - 1] == "?" and "if" in text.words[start : span[0]]


_BLOCK_DURATION = frozenset("smoke smoking smoked smoker work worked working job desk married drinking drank teaching taught lived living playing played retired practising "
                            "practicing studying driving drive drove running ran swim swam flight old age pregnant along warranty sober".split())  # fmt: skip
_BLOCK_AGO = frozenset("smoke smoking smoked married retired born graduated moved".split())
_PAIN_NEAR = frozenset("pain hurt hurts hurting ache aches sore started start began had having bothering going been problem trouble noticed experiencing dealing lasted "
                       "suffering suffered feeling felt since ago now happened injured fell twisted stiff numb numbness tingling swollen".split())  # fmt: skip


def _duration(text: Text, question: str | None) -> Length | None:
    """The length of time that is how long the pain has lasted."""
    asked = question == "pain.duration"
    best: tuple[float, Length] | None = None
    for index, length in enumerate(text.lengths):
        score = _duration_score(text, length, asked, len(text.lengths))
        if score is None:
            continue
        score -= index * 0.1
        if best is None or score > best[0]:
            best = (score, length)
    if best is None:
        return None
    chosen = best[1]
    if asked and len(text.lengths) > 1 and chosen.kind == "weak":
        return text.lengths[0]
    return chosen


_BESIDE_A_FRAGMENT = frozenset("about around approx approximately roughly like maybe almost nearly over prob probably for been going on now so already at least or more "
                               "today ish give take left right both side l r".split())  # fmt: skip


def _fragment(text: Text, length: Length) -> bool:
    """Does the length stand alone between marks ("frozen shoulder, 8 months, R", "Neck. 2 weeks."), or end a note of a few words?"""
    if length.high < 0.5 or not any(concept.startswith("site.") for concept in text.hits):
        return False
    start, end = length.start, length.end
    while start and text.words[start - 1] in _BESIDE_A_FRAGMENT:
        start -= 1
    while end < len(text.words) and text.words[end] in _BESIDE_A_FRAGMENT:
        end += 1
    begins = start == 0 or not text.words[start - 1][0].isalnum()
    ends = end == len(text.words) or not text.words[end][0].isalnum()
    return (begins and ends) or (ends and end == len(text.words) and len(text.words) <= 8)


def _duration_score(text: Text, length: Length, asked: bool, count: int) -> float | None:
    words = text.words
    before = words[max(0, length.start - 6) : length.start]
    after = words[length.end : length.end + 4]
    size = len([w for w in words if w[0].isalnum()])
    alone = size - (length.end - length.start) <= 3
    if length.kind in ("later", "in") and not (asked or (alone and length.kind == "later")):
        return None
    if after[:1] == ["of"] and not {"pain", "history", "discomfort", "ache", "numbness", "tingling", "stiffness"} & set(
        words[length.end : length.end + 8]
    ):
        return None
    if (
        after[:1]
        in (
            ["old"],
            ["per"],
            ["along"],
            ["pregnant"],
            ["younger"],
            ["apart"],
            ["shift"],
            ["shifts"],
            ["drive"],
            ["flight"],
            ["walk"],
            ["run"],
            ["warranty"],
        )
        and words[length.end - 1] != "ago"
    ):
        return None
    if before[-1:] in (["every"], ["each"], ["per"], ["next"], ["after"], ["than"], ["x"], ["times"]) and not (
        before[-1:] == ["than"] and before[-2:-1] in (["more"], ["less"], ["longer"])
    ):
        return None
    if (
        before[-2:] in (["times", "a"], ["hours", "a"], ["once", "a"], ["twice", "a"])
        or words[length.start : length.start + 1] == ["a"]
        and before[-1:]
        in (["times"], ["once"], ["twice"], ["hours"], ["minutes"], ["days"], ["nights"], ["cups"], ["beers"], ["day"], ["pack"], ["drinks"])
    ):
        return None
    before = list(words[max(0, length.start - 9) : length.start])
    clause = words[max(0, length.start - 9) : length.end + 5]
    if (
        any(w in (_BLOCK_DURATION if length.kind != "ago" else _BLOCK_AGO) for w in clause)
        and not asked
        and not any(w in _PAIN_NEAR - {"been", "had", "having", "going", "since", "now", "ago", "feeling"} for w in clause)
    ):
        return None
    if text.scopes.other[length.start] or text.scopes.hypothetical[length.start]:
        return None
    if length.high < 0.03 and not (asked or alone or length.kind == "ago"):
        return None
    score = {"ago": 3.0, "for": 3.0, "since": 3.0, "bare": 1.0, "later": 0.2, "in": 0.2, "vague": 0.5, "weak": 0.6}[length.kind]
    if any(w in _PAIN_NEAR for w in before) or any(w in ("now", "pain") for w in after[:2]):
        score += 1.5
    if any(
        w
        in (
            "worse",
            "worsening",
            "better",
            "scan",
            "mri",
            "surgery",
            "operation",
            "injection",
            "physio",
            "doctor",
            "saw",
            "took",
            "pills",
            "replacement",
            "diagnosed",
            "stopped",
            "broke",
            "year",
        )
        for w in before[-5:] + after[:3]
    ):
        score -= 1.6
    if length.kind in ("bare", "vague", "weak") and not (
        asked
        or alone
        or _fragment(text, length)
        or any(w in _PAIN_NEAR for w in before)
        or "history" in words[length.end : length.end + 5]
        or "history" in before
        or {"pain", "while"} & set(before)
        or {"pain", "discomfort"} & set(words[length.end : length.end + 9])
    ):
        return None
    if (
        words[length.start] in ("today", "tonight")
        and not (asked or alone)
        and not any(w in ("started", "since", "began", "woke", "happened", "came", "hurt", "fell", "injured") for w in clause)
    ):
        return None
    if (
        words[length.start : length.end] in (["this", "morning"], ["last", "night"])
        and not (asked or alone)
        and not any(
            w in ("started", "since", "began", "happened", "hurt", "fell", "twisted", "had", "having", "went", "woke", "been") for w in clause
        )
    ):
        return None
    if any(w in ("stiff", "stiffness", "lasts", "takes", "sit", "sitting", "stand", "walk", "walking") for w in before[-3:]) and length.high < 0.3:
        return None
    if words[length.start] in ("today", "tonight", "this") and length.high <= 1:
        score -= 2
    if any(w in ("years", "decade") for w in words[length.start : length.end]) and length.kind != "ago":
        score += 0.3
    return score


def _place_mentions(text: Text, places: sites.Places) -> list[Mention]:
    out: list[Mention] = []
    named = {s.region for s in places.sites}
    for site in places.sites:
        start, end = text.offsets(site.span)
        for code in sites.regions_of(site.region, named):
            out.append(Mention("body_site", code, start, end, f"site.{site.region}", "reported", None, site.side))
    for side, span in places.side_spans:
        start, end = text.offsets(span)
        out.append(Mention("side", side, start, end, f"side.{side}"))
    return out


def _other_mentions(text: Text, strength: Severity | None, length: Length | None, start: Onset) -> list[Mention]:
    out: list[Mention] = []
    if strength:
        begin, end = text.offsets(strength.span)
        out.append(Mention("severity", "severity", begin, end, "severity", "reported", None, {"low": strength.low, "high": strength.high}))
    if length:
        begin, end = text.offsets((length.start, length.end))
        out.append(Mention("duration", length.iso, begin, end, f"duration.{length.kind}", "reported", None, [tidy(length.low), tidy(length.high)]))
    for kind, code, span in (("onset_event", start.event, start.event_span), ("onset_delay", start.delay, start.delay_span)):
        if code and span:
            begin, end = text.offsets(span)
            out.append(Mention(kind, code, begin, end, f"{kind}.{code}"))
    return out + _named(text, "condition", "condition") + [m for code in ("victoria", "langford") for m in _named(text, f"loc.{code}", "location")]


def _named(text: Text, concept: str, kind: str) -> list[Mention]:
    out: list[Mention] = []
    for span in text.hits.get(concept, ()):
        begin, end = text.offsets(span)
        code = " ".join(text.words[span[0] : span[1]]) if kind == "condition" else concept[4:]
        out.append(Mention(kind, code, begin, end, concept))
    return out


def quotes(text: Text, facts: Facts) -> dict[str, str]:
    """What was understood -> the patient's own words for it."""
    out: dict[str, str] = {}
    for mention in facts.mentions:
        key = {"body_site": "site", "finding": mention.code, "red_flag": mention.code, "precaution": mention.code}.get(mention.kind, mention.kind)
        if mention.kind in ("condition", "location"):
            continue
        out.setdefault(key, text.original[mention.start : mention.end])
    return out


__all__ = ["Facts", "Span", "gather", "quotes"]
