"""The "Do this" box above a handoff: what staff do first, by urgency and role, and by when.

Due times count in opening hours; who computes the clock time knows them (settings). Nothing here is said to
patients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clinic.red_flags import SELF_HARM

ROLES = ("reception", "physiotherapist", "admin")
CALL_911 = "No answer or getting worse: call 9-1-1 with what is known, and tell the physiotherapist on duty."


@dataclass(frozen=True)
class Due:
    """By when.

    ``minutes`` from the moment it was raised, or ``day`` (same_day, next_working_day), in opening hours.
    """

    minutes: int | None = None
    day: str | None = None


@dataclass(frozen=True)
class DoThis:
    """The box: a heading, the steps in order, and the due time (None where nothing is urgent)."""

    heading: str
    steps: tuple[str, ...]
    due: Due | None


DUE: Mapping[str | None, Due | None] = {
    "T1": Due(minutes=5),
    "T2": Due(minutes=15),
    "T3": Due(day="same_day"),
    "T4": Due(day="next_working_day"),
    None: Due(day="next_working_day"),
}
HEADINGS: Mapping[str | None, str] = {
    "T1": "Call now: told to call 9-1-1",
    "T2": "Call now: told to go to an emergency department today",
    "T3": "Physiotherapist calls today: told to see a doctor in 1–2 days",
    "T4": "Read before booking: a sign for the physiotherapist",
    None: "Call to book",
}

_NO_ADVICE = "Give no medical advice."
_VOICEMAIL = "After two missed calls: leave no clinical detail, only name, clinic and number."
_STEPS: Mapping[tuple[str | None, str], tuple[str, ...]] = {
    ("T1", "reception"): (
        "Call now. Ask: “Have you called 9-1-1?” If not, ask them to do it now.",
        _NO_ADVICE,
        _VOICEMAIL,
        CALL_911,
    ),
    ("T1", "physiotherapist"): (
        "Call now. Ask: “Have you called 9-1-1?” If not, stay on the line while they do.",
        "Read the quotes below. Do not examine by phone and do not send them to the clinic.",
        CALL_911,
    ),
    ("T2", "reception"): (
        "Call now. Ask: “Are you on your way to the emergency department?”",
        _NO_ADVICE,
        _VOICEMAIL,
        "Then tell the physiotherapist on duty.",
    ),
    ("T2", "physiotherapist"): (
        "Call now. Ask: “Are you on your way to the emergency department?”",
        "Read the quotes below. Say once more what to watch for. Book nothing before it is checked.",
        _VOICEMAIL,
    ),
    ("T3", "reception"): (
        "Give it to the physiotherapist on duty now.",
        "Book no needling. Send no booking link.",
        _NO_ADVICE,
    ),
    ("T3", "physiotherapist"): (
        "Call today. Ask whether a doctor or nurse has checked it; if not, when they will.",
        "Read “Check first” and the quotes. No needling before that.",
    ),
    ("T4", "reception"): ("Book an assessment.", "Mark it for the physiotherapist to read before the visit."),
    ("T4", "physiotherapist"): (
        "Read the flag and its quote before the visit.",
        "Decide whether needling waits.",
    ),
    (None, "reception"): ("Call or write to book, at the times below.",),
    (None, "physiotherapist"): ("Read page one and the precautions before the visit.",),
}
_SELF_HARM: Mapping[str, tuple[str, ...]] = {
    "reception": (
        "Tell the physiotherapist on duty now, in person. Do not call alone and do not ask about it.",
        "In danger now, or nobody on duty: call 9-1-1 with what is known.",
    ),
    "physiotherapist": (
        "Call now. Ask: “Are you safe right now?” If not, 9-1-1, and stay on the line.",
        "Safe: 9-8-8, on Vancouver Island 1-888-494-3888. Ask who can be with them.",
        "After two missed calls: leave no clinical detail. Not safe when last heard: call 9-1-1.",
    ),
}


def do_this(
    urgency: str | None,
    role: str,
    *,
    red_flags: Sequence[str] = (),
    hold: bool = False,
    screened: bool = True,
    contact: bool = True,
    reason: str = "completed",
) -> DoThis:
    """The box for one handoff and one reader.

    ``red_flags`` are ids; ``hold``: a precaution or flag holds needling; ``screened`` False: red flags not
    fully screened; ``contact`` False: no phone number and no address; ``reason``: the handoff's. KeyError
    for an unknown urgency.
    """
    reader = "reception" if role == "reception" else "physiotherapist"
    steps = list(_STEPS[(urgency, reader)])
    heading = HEADINGS[urgency]
    if SELF_HARM in red_flags:
        others = [flag for flag in red_flags if flag != SELF_HARM]
        steps = [*_SELF_HARM[reader], *(steps if others and urgency in ("T1", "T2") else ())]
        heading = "Self-harm: physiotherapist calls now" if not others else heading
    if not contact:
        steps.insert(0, "No phone number and no e-mail: reply in the chat; it shows when they look again.")
    if not screened and urgency not in ("T1", "T2"):
        steps.append("Red flags not fully screened: ask what is left before booking. Send no booking link.")
    if hold and urgency in (None, "T4"):
        steps.append(
            "HOLD: book an assessment or a call first, no needling slot. May have self-booked: check Jane."
        )
    steps += _REASONS.get(reason, ())
    return DoThis(heading, tuple(steps), DUE[urgency])


_REASONS: Mapping[str, tuple[str, ...]] = {
    "person_requested": ("They asked for a person: call or reply today.",),
    "unreadable": ("The chat could not read their answers: finish the intake by phone.",),
    "complaint": ("They complained: give it to the clinic manager today.",),
    "expired": ("They did not finish: ask whether they want to go on.",),
}
