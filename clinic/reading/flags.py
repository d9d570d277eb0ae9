"""Red flags of a text: which are present now, denied or unsure, each with its tier (CLINICAL.md, rule 4 and table)."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.reading.analysis import Text
from clinic.reading.described.finding import described, weigh
from clinic.reading.model import TIERS, Mention
from clinic.reading.rules import Match, matches
from clinic.reading.timing import LONG_DAYS, OLD_DAYS, age_days, changing, earlier_year, long_past, over, unchanged

RECENT_COUNTS = frozenset(
    {"RF01_cardiac", "RF03_stroke", "RF04_neck_artery", "RF06_cauda_equina", "RF20_post_needling", "RF21_self_harm", "RF24_collapse"}
)
_HEART_AND_BREATH = frozenset({"RF01_cardiac", "RF02_breathing"})
_OLD_FROM = {"RF08_cord": 45.0}  # days; cord signs creep up, "the last few weeks" is new
_DISTANT_DAYS = 300.0  # a suicide attempt of last month is no history
_NOT_OLD = frozenset({"RF21_self_harm"})


@dataclass(frozen=True)
class Flags:
    """Mentions of the flags present (most urgent first), and the ids denied or unsure."""

    present: tuple[Mention, ...]
    denied: tuple[str, ...]
    unsure: tuple[Mention, ...]
    denied_mentions: tuple[Mention, ...]


def flags(text: Text, for_whom: str = "self") -> Flags:
    """Read the red flags of an analysed text."""
    present: dict[str, Mention] = {}
    denied: dict[str, Mention] = {}
    unsure: dict[str, Mention] = {}
    weighed = weigh(text)
    learnt = described(weighed)
    for match in [*matches(text.hits, text.scopes, ("red_flag",)), *learnt]:
        state = _in_anybody(match, text) if match.state == "other" else match.state
        if (
            state == "hypothetical"
            and match.rule.code == "RF21_self_harm"
            and not {"if", "you", "they"} & set(text.words[max(0, match.start - 8) : match.start])
        ):
            state = "reported"  # "what is the point of living" is a question in form only
        if state == "denied":
            denied.setdefault(match.rule.code, _mention(match, text, "not_reported", match.rule.tier))
        elif state == "unsure":
            unsure.setdefault(match.rule.code, _mention(match, text, "unknown", match.rule.tier))
        elif state == "reported":
            tier = _tier(match, text)
            if tier is None:
                continue
            if tier in ("T1", "T2") and match not in learnt and weighed.harmless(match.rule.code, (match.start, match.end)):
                tier = "T4"  # staff still read it
            known = present.get(match.rule.code)
            if known is None or tier < (known.tier or "T9"):
                present[match.rule.code] = _mention(match, text, "reported", tier)
    _simplify(present)
    ordered = tuple(sorted(present.values(), key=lambda m: (m.tier or "T9", m.start, m.code)))
    return Flags(
        ordered,
        tuple(sorted(code for code in denied if code not in present)),
        tuple(m for code, m in sorted(unsure.items()) if code not in present),
        tuple(m for code, m in sorted(denied.items()) if code not in present),
    )


def _mention(match: Match, text: Text, state: str, tier: str | None) -> Mention:
    start, end = text.offsets((match.start, match.end))
    return Mention("red_flag", match.rule.code, start, end, match.rule.id, state, tier)


def _in_anybody(match: Match, text: Text) -> str:
    """Another person's history is nothing, a present T1 emergency in anybody is one ("my husband is having chest pain now")."""
    if match.rule.tier not in ("T1", "T2"):
        return "other"
    here = text.scopes.sentence[match.start]
    now = any(text.scopes.sentence[s] == here and not text.scopes.negated_by[s] for s, _ in text.hits.get("now", ()))
    words = text.words[max(0, match.start - 6) : match.end + 1]
    present = any(w in ("is", "are", "can", "keeps") for w in words)
    past = any(w in ("had", "died", "was", "used", "when", "last", "ago", "history") for w in words) and not now
    if (
        long_past(text, (match.start, match.end))
        or past
        or any(text.scopes.negated_by[i] and match.state == "denied" for i in range(match.start, match.end))
    ):
        return "other"
    strict = now and any(w in ("now", "today", "tonight") for w in text.words[max(0, match.start - 4) : match.end + 4])
    if match.rule.tier == "T2":
        return "reported" if strict else "other"
    return "reported" if now and present or (present and any(w == "can" for w in words) and "not" in words) else "other"


def _tier(match: Match, text: Text) -> str | None:
    """The tier after time is considered; None if it is old, known or long past."""
    rule = match.rule
    span = (match.start, match.end)
    if rule.id == "rf01.exertion":
        span = match.spans[0]  # its other words may stand in a sentence about the years before
    tier = rule.tier
    if rule.code in _NOT_OLD:
        days = age_days(text, span)
        distant = long_past(text, span) and (days is None or days >= _DISTANT_DAYS)
        return None if distant and not changing(text, span) else tier
    if rule.code == "RF25_pregnancy" and earlier_year(text, span):
        return None  # an earlier pregnancy
    if rule.old != "keep":
        fresh = changing(text, span)
        if long_past(text, span) and not fresh:  # old and said to be as ever: still the note that it is worth when old
            return rule.old if rule.old in TIERS and unchanged(text, span) else None
        days = age_days(text, span)
        stable = unchanged(text, span)
        if days is not None and days >= _OLD_FROM.get(rule.code, OLD_DAYS) and not fresh:
            if rule.code not in _HEART_AND_BREATH or rule.tier != "T1" or stable or days >= LONG_DAYS:
                return None if rule.old == "silent" else rule.old
        if stable and not fresh and rule.code not in _HEART_AND_BREATH | {"RF03_stroke", "RF09_trauma"} and (days is None or days >= OLD_DAYS):
            return None if rule.old == "silent" else rule.old
        if stable and rule.code in _HEART_AND_BREATH and days is not None and days >= OLD_DAYS:
            return None
    if over(text, span):
        if rule.code in RECENT_COUNTS:
            return "T2" if tier is not None and tier < "T2" else tier
        return (
            tier
            if rule.over in ("keep", "silent") and tier in ("T1", "T2") and rule.over != "silent"
            else (None if rule.over == "silent" else rule.over)
        )
    return tier


def _simplify(present: dict[str, Mention]) -> None:
    """A plain weakness beside cauda equina or stroke says nothing more; a sore cord sign beside them stays."""
    weak = present.get("RF07_weakness")
    if weak and weak.tier in ("T3", "T4") and ({"RF03_stroke", "RF06_cauda_equina"} & set(present)):
        del present["RF07_weakness"]
