"""Names for staff of what the protocol only has codes for: questions and closed values.

Findings, red flags, precautions and regions have their labels in `clinic/protocol.yml`; they are read from there.
What patients read stands in `domain.yml`. A test holds these tables and the protocol together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clinic.protocol import protocol

QUESTIONS: Mapping[str, str] = {
    "consent": "Consent to collect",
    "for_whom": "Intake is for",
    "for_whom.detail": "Filled in by",
    "age_band": "Age",
    "safety.now": "Safety: right now",
    "safety.spine": "Safety: spine and nerves",
    "safety.general": "Safety: general",
    "safety.self": "Safe from self-harm",
    "narrative": "In their own words",
    "pain.site": "Where",
    "pain.side": "Side",
    "pain.duration": "How long",
    "pain.severity_now": "Pain now (0-10)",
    "pain.severity_worst": "Pain at its worst (0-10)",
    "onset.event": "What started it",
    "onset.delay": "Event to pain",
    "myofascial.pressed": "Anyone pressed or needled it",
    "function.activity": "Activity",
    "aggravating": "Worse with",
    "easing": "Better with",
    "previous_treatment": "Tried and tested",
    "goal": "Goal",
    "precaution": "Needling precautions",
    "precaution.detail": "Precaution detail",
    "contact.name": "Name",
    "contact.phone": "Phone",
    "contact.email": "E-mail",
    "contact.preferred": "Prefers",
    "booking.new_patient": "New or returning",
    "booking.payer": "Who pays",
    "booking.claim": "Claim",
    "booking.location": "Location",
    "booking.times": "Times",
}

VALUES: Mapping[str, Mapping[str, str]] = {
    "consent": {"yes": "yes", "no": "no"},
    "for_whom": {"self": "the patient", "other": "somebody else"},
    "age_band": {
        "under_12": "under 12",
        "12_18": "12 to 18",
        "19_49": "19 to 49",
        "50_64": "50 to 64",
        "65_plus": "65 or over",
    },
    "safety.self": {"safe": "safe", "not_safe": "not safe", "unsure": "unsure"},
    "pain.side": {"left": "left", "right": "right", "both": "both sides", "middle": "middle"},
    "onset.event": {
        "injury": "an injury",
        "overuse": "overuse",
        "gradual": "came on gradually",
        "surgery": "surgery",
        "illness": "an illness",
        "unknown": "not known",
    },
    "onset.delay": {
        "immediate": "at once",
        "within_day": "the same day",
        "days_1_3": "1–3 days, usual after whiplash",
        "days_4_14": "4–14 days",
        "later": "more than 14 days",
        "no_event": "not applicable (no event)",
        "unknown": "not known",
    },
    "myofascial.pressed": {"yes": "yes", "no": "no", "unknown": "not known"},
    "contact.preferred": {"phone": "a call", "sms": "a text message", "email": "an e-mail"},
    "booking.new_patient": {"new": "new patient", "returning": "returning patient"},
    "booking.payer": {
        "private": "private",
        "extended": "extended health plan",
        "icbc": "ICBC",
        "worksafebc": "WorkSafeBC",
        "other": "other",
    },
    "booking.location": {"either": "either location"},
}

FINDING_STATES: Mapping[str, str] = {
    "reported": "reported",
    "not_reported": "not reported",
    "unknown": "unknown",
    "declined": "declined",
    "not_asked": "not asked",
}
ANSWER_STATES: Mapping[str, str] = {
    "unknown": "does not know",
    "declined": "rather not say",
    "skipped": "skipped",
    "not_asked": "not asked",
}
_DAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}
_PARTS = {"am": "morning", "pm": "afternoon", "eve": "evening"}


def question_label(question: str) -> str:
    """The staff label of a question id; a finding's label comes from the protocol. An unknown id is shown as it is."""
    finding = protocol().findings.get(question)
    return finding.label if finding else QUESTIONS.get(question, question)


def code_label(code: str) -> str:
    """The label of a red flag, precaution, finding or region code (with or without "@T1"); unknown codes as they are."""
    known = protocol()
    bare = code.partition("@")[0]
    for table in (known.red_flags, known.precautions, known.findings, known.regions):
        if bare in table:
            return str(table[bare].label)
    return code.replace("_", " ")


def severity_words(value: Mapping[str, Any]) -> str:
    """{"low": 6, "high": 7} as "6–7/10"."""
    low, high = value["low"], value["high"]
    return f"{low}/10" if low == high else f"{low}–{high}/10"


def duration_words(value: Mapping[str, Any]) -> str:
    """{"iso": "P3W", "words"} as the words, else as "3 weeks"."""
    words = value.get("words")
    if words:
        return str(words)
    iso = str(value.get("iso") or "")
    unit = {"D": "day", "W": "week", "M": "month", "Y": "year"}.get(iso[-1:], "")
    number = iso[1:-1]
    return f"{number} {unit}{'' if number == '1' else 's'}" if unit else iso


def site_words(answer: Mapping[str, Any]) -> str:
    """An answer to `pain.site` as "right shoulder (spreads to upper arm), neck", the main site first."""
    details = {part.get("region"): part for part in answer.get("detail") or ()}
    sites = []
    for region in answer.get("value") or ():
        part = details.get(region, {})
        side = part.get("side")
        name = code_label(region)
        if side in ("left", "right"):
            name = f"{side} {name}"
        elif side == "both":
            name = f"both sides of the {name}"
        spread = part.get("spreads_to") or ()
        spread = spread.split() if isinstance(spread, str) else spread
        if spread:
            name += f" (spreads to {', '.join(code_label(code) for code in spread)})"
        sites.append(name)
    return ", ".join(sites)


def times_words(value: Mapping[str, Any]) -> str:
    """{"parts": ["mon_am"], "words"} as the words, else as "Mon morning"."""
    if value.get("words"):
        return str(value["words"])
    named = []
    for part in value.get("parts") or ():
        day, _, time = part.partition("_")
        named.append(f"{_DAYS.get(day, day)} {_PARTS.get(time, time)}".strip() if time else "any time")
    return ", ".join(named)


def value_words(question: str, answer: Mapping[str, Any]) -> str:
    """The value of an answered question in words for staff."""
    value = answer.get("value")
    if question == "pain.site":
        return site_words(answer)
    if isinstance(value, str):
        table = VALUES.get(question) or (FINDING_STATES if question in protocol().findings else {})
        return table.get(value, value)
    if isinstance(value, Mapping):
        if "low" in value:
            return severity_words(value)
        if "iso" in value:
            return duration_words(value)
        if "parts" in value:
            return times_words(value)
        score = value.get("score")
        return f"{value.get('words', '')}{'' if score is None else f' ({score}/10)'}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_item_words(item) for item in value)
    return "" if value is None else str(value)


def _item_words(item: Any) -> str:
    if isinstance(item, Mapping):
        detail = item.get("detail")
        return f"{code_label(str(item.get('id')))}{f' ({detail})' if detail else ''}"
    return str(item) if item in ("none", "unsure") else code_label(str(item))


def answer_words(question: str, answer: Mapping[str, Any] | None) -> str:
    """An answer in words for staff, also when there is no value: "does not know", "rather not say", "not asked"."""
    if not answer:
        return ANSWER_STATES["not_asked"]
    if answer.get("state") == "answered":
        return value_words(question, answer)
    return ANSWER_STATES.get(str(answer.get("state")), str(answer.get("state")))
