"""A handoff reduced to what an emergency needs: flag, quote, time and contact. Pure."""

from collections.abc import Mapping
from typing import Any

_CONTACT = ("contact.name", "contact.phone", "contact.email", "contact.preferred")
_NOT_ASKED = {"value": None, "state": "not_asked", "quote": None, "message_id": None}
_URGENT = ("T1", "T2")


def reduced(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contract's handoff document without anything but urgent red flags and the contact.

    Its shape stays: every other answer and finding reads `not_asked`, the lists are empty.
    """
    answers = {
        question: dict(answer) if question in _CONTACT else {**dict.fromkeys(answer), **_NOT_ASKED, "previous": []}
        for question, answer in document.get("answers", {}).items()
    }
    for question in _CONTACT:
        if question in answers:
            answers[question]["previous"] = []
    emptied = {
        name: [{**item, "state": "not_asked", "evidence": []} for item in document[name]]
        for name in ("indicators", "myofascial", "sensations", "inflammation")
        if name in document
    }
    flags = [dict(flag) for flag in document.get("red_flags", ()) if flag["tier"] in _URGENT]
    lines = [f"{flag['tier']} {flag['id']}" for flag in flags]
    return {
        **document,
        **emptied,
        "answers": answers,
        "partial": True,
        "score": {"reported": 0, "answered": 0, "of": 5},
        "safety_screen": {"now": "not_asked", "spine": "not_asked", "general": "not_asked"},
        "red_flags": flags,
        "precautions": [],
        "summary": "Kept without consent, for safety only: " + ("; ".join(lines) or "no urgent flag") + ".",
    }
