"""Answers in the short words of a clinical note, for staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clinic.answers import Answer, Answers, values_of
from clinic.protocol import protocol

QUOTE_WORDS = 12  # words shown of a quote on page one; the whole quote stands below

NAMES: Mapping[str, str] = {
    "red_flag": "own words",
    "for_whom": "who it is for",
    "for_whom.detail": "relation",
    "age_band": "age",
    "safety.now": "urgent signs",
    "safety.spine": "spine signs",
    "safety.general": "other red flags",
    "narrative": "own words",
    "pain.site": "site",
    "pain.side": "side",
    "pain.duration": "how long",
    "pain.severity_now": "pain now",
    "pain.severity_worst": "worst pain",
    "onset.event": "what started it",
    "onset.delay": "time from event to pain",
    "myofascial": "myofascial features",
    "myofascial.pressed": "pressed or needled before",
    "sensation": "other sensations",
    "inflammation": "inflammatory features",
    "function.activity": "activity",
    "aggravating": "what makes it worse",
    "easing": "what eases it",
    "previous_treatment": "treatment so far",
    "goal": "goal",
    "precaution": "needling precautions",
    "precaution.detail": "precaution detail",
    "contact.name": "name",
    "contact.phone": "phone",
    "contact.email": "e-mail",
    "contact.preferred": "preferred contact",
    "booking.new_patient": "new or returning",
    "booking.payer": "payer",
    "booking.claim": "claim",
    "booking.location": "location",
    "booking.times": "times",
}

CODES: Mapping[str, Mapping[str, str]] = {
    "age_band": {
        "under_12": "under 12",
        "12_18": "12–18",
        "19_49": "19–49",
        "50_64": "50–64",
        "65_plus": "65 or over",
    },
    "onset.event": {
        "injury": "after an injury",
        "overuse": "after overuse",
        "gradual": "gradual, no event",
        "surgery": "after surgery",
        "illness": "after an illness",
        "unknown": "cause not known",
    },
    "onset.delay": {
        "immediate": "pain at once",
        "within_day": "pain the same day",
        "days_1_3": "pain after 1–3 days (usual after whiplash)",
        "days_4_14": "pain after 4–14 days",
        "later": "pain after more than 14 days",
        "no_event": "no event",
        "unknown": "delay not known",
    },
    "booking.payer": {
        "private": "private",
        "extended": "extended health",
        "icbc": "ICBC",
        "worksafebc": "WorkSafeBC",
        "other": "other payer",
    },
    "booking.new_patient": {"new": "new patient", "returning": "returning patient"},
    "for_whom": {"self": "for themselves", "other": "for someone else"},
    "safety.self": {"safe": "says safe", "not_safe": "NOT SAFE", "unsure": "unsure"},
}
STATES: Mapping[str, str] = {
    "reported": "reported",
    "not_reported": "not reported",
    "unknown": "unknown",
    "declined": "declined",
    "not_asked": "not asked",
}
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_UNITS = ("year", "month", "week", "day", "hour", "minute")


def cut(words: str, limit: int = QUOTE_WORDS) -> str:
    """The first ``limit`` words, on one line, with "…" where something was left out."""
    parts = words.split()
    return " ".join(parts) if len(parts) <= limit else " ".join(parts[:limit]) + "…"


def quoted(words: str, limit: int = QUOTE_WORDS) -> str:
    """The beginning of a quote in quotation marks."""
    return f"“{cut(words, limit)}”"


def name_of(question: str) -> str:
    """What staff call a question or finding."""
    rules = protocol()
    return rules.findings[question].short if question in rules.findings else NAMES.get(question, question)


def told(answers: Answers, question: str) -> str | None:
    """An answer in words for staff, None unless it was answered (or its value says unknown in a code)."""
    answer = answers.get(question)
    if answer is None or answer.value is None or answer.state not in ("answered", "unknown"):
        return None
    return in_words(question, answer)


def in_words(question: str, answer: Answer) -> str | None:
    """The words of one answer's value, None where there is nothing to say."""
    value: Any = answer.value
    if question in CODES:
        codes = values_of(answer)
        return CODES[question].get(codes[0], codes[0]) if codes else None
    if question == "pain.site":
        return site(answer)
    if question in ("pain.severity_now", "pain.severity_worst"):
        return severity(value)
    if question == "pain.duration":
        return duration(value)
    if question == "function.activity":
        return activity(value)
    if question == "booking.times":
        return times(value)
    if isinstance(value, str):
        return value.replace("_", " ") if question in ("booking.location", "pain.side") else value
    if isinstance(value, (list, tuple)):
        return ", ".join(item_words(code) for code in values_of(answer)) or None
    return None


def item_words(item: str) -> str:
    """The short name of a list's item: a red flag choice, a precaution or a finding."""
    rules = protocol()
    bare = item.partition("@")[0]
    for known in (rules.red_flags, rules.precautions, rules.findings):
        if bare in known:
            return known[bare].short
    return item


def site(answer: Answer) -> str:
    """Every site, the main one first, with the side and the spread of each where told."""
    regions = protocol().regions
    details = {str(part.get("region")): part for part in answer.detail}
    words = []
    for code in values_of(answer):
        label = regions[code].label if code in regions else code
        part = details.get(code, {})
        side = part.get("side")
        spread = part.get("spreads_to") or ()
        spread = [spread] if isinstance(spread, str) else spread
        to = ", ".join(regions[one].label if one in regions else str(one) for one in spread)
        words.append((f"{side} " if side else "") + label + (f" spreading to {to}" if to else ""))
    return "; ".join(words)


def severity(value: Any) -> str | None:
    """``{"low": 6, "high": 7}`` as "6–7/10"."""
    if not isinstance(value, Mapping) or value.get("low") is None:
        return None
    low, high = value["low"], value.get("high", value["low"])
    return f"{low}/10" if low == high else f"{low}–{high}/10"


def duration(value: Any) -> str | None:
    """A duration's own words, else its ISO form in words ("P1Y2M" -> "1 year 2 months")."""
    if not isinstance(value, Mapping):
        return None
    words = value.get("words")
    match = _DURATION.fullmatch(str(value.get("iso") or ""))
    if words and (match is None or words != value.get("iso")):
        return str(words)
    if match is None or not any(match.groups()):
        return None
    counts = [(count, unit) for count, unit in zip(match.groups(), _UNITS, strict=True) if count]
    parts = [f"{count} {unit}{'s' if count != '1' else ''}" for count, unit in counts]
    return " ".join(parts)


def activity(value: Any) -> str | None:
    """The activity and how well it goes, out of 10."""
    if not isinstance(value, Mapping) or not value.get("words"):
        return None
    words, score = cut(str(value["words"])), value.get("score")
    return f"{words} {score}/10" if score is not None else f"{words} (not rated)"


def times(value: Any) -> str | None:
    """The parts of the week, or the person's own words."""
    if not isinstance(value, Mapping):
        return None
    parts = ", ".join(str(part).replace("_", " ") for part in value.get("parts") or ())
    return parts or (str(value["words"]) if value.get("words") else None)
