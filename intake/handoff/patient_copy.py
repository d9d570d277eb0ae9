"""The patient's own answers as PDF: their words and labels of the read-back, no score, no profile, no conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clinic.protocol import Question, protocol
from clinic.wording import in_words, wording
from intake.facts import spoken_phone
from intake.handoff.pdf import local, render, style, templates
from intake.hours import OpeningHours

# In the order of the page; every stage of the protocol that has answers stands in one of them (a test holds this).
PARTS: Mapping[str, tuple[str, ...]] = {
    "About you": ("consent", "who", "contact"),
    "Your pain": ("narrative", "site", "pain", "onset", "indicators", "more"),
    "Checks that we ask everyone": ("safety_now", "safety", "aside"),
    "Before needling": ("precautions",),
    "Booking": ("booking",),
}
_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}
_PARTS_OF_DAY = {"am": "morning", "pm": "afternoon", "eve": "evening"}
_STATES = {"declined": "rather not say", "skipped": "skipped", "unknown": "not sure"}


def write_patient_copy(
    handoff: Mapping[str, Any],
    *,
    hours: OpeningHours | None = None,
    clinic_name: str = "",
    places: Mapping[str, str] | None = None,
) -> bytes:
    """The copy as PDF. `places`: location id -> name."""
    html = (
        templates()
        .get_template("answers.html")
        .render(
            reference=handoff["reference"],
            clinic_name=clinic_name,
            style=style(),
            received=local(handoff["created_at"], hours or OpeningHours()),
            parts=own_answers(handoff, places or {}),
        )
    )
    return render(html)


def own_answers(handoff: Mapping[str, Any], places: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(part, [(what was asked, what they said)])] of everything that was asked."""
    found = []
    for part, stages in PARTS.items():
        lines = []
        for question in protocol().questions.values():
            body = handoff["answers"].get(question.id)
            if question.stage in stages and question.in_handoff and not question.derived and body and body["state"] != "not_asked":
                lines.append((_label(question), _said(question, body, places)))
        if lines:
            found.append((part, lines))
    return found


def _label(question: Question) -> str:
    finding = protocol().findings.get(question.id)
    return finding.plain if finding else wording().say(f"utter_label_{question.slot}")


def _said(question: Question, body: Mapping[str, Any], places: Mapping[str, str]) -> str:
    state, value = str(body["state"]), body.get("value")
    if state != "answered":
        return _STATES.get(state, state)
    if question.id == "consent":
        return "yes" if value == "yes" else "no"
    if question.id == "contact.phone":
        return spoken_phone(str(value))
    if question.id == "booking.location" and value in places:
        return places[str(value)]
    if question.id == "booking.times" and isinstance(value, Mapping) and not value.get("words"):
        return ", ".join(_time(str(part)) for part in value.get("parts") or ())
    if question.kind == "severity":
        return f"{in_words(protocol(), wording(), question.id, value)} out of 10"
    if isinstance(value, list) and not value:
        return "none of these"
    return in_words(protocol(), wording(), question.id, value, state)


def _time(part: str) -> str:
    day, _, half = part.partition("_")
    return f"{_DAYS[day]} {_PARTS_OF_DAY[half]}" if day in _DAYS and half in _PARTS_OF_DAY else "any time"
