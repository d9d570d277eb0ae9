"""What of a handoff which role may see; the same for the pages of staff and for programs."""

from __future__ import annotations

from typing import Any

from clinic.red_flags import SELF_HARM

MASK = "(for the physiotherapist)"


def for_role(document: dict[str, Any], role: str) -> dict[str, Any]:
    """The document without what the role may not see.

    Reception needs action, contact, precautions, payer and booking: the patient's own story and every word of
    self-harm, wherever it stands, are left to the physiotherapist.
    """
    if role != "reception" or not document:
        return document
    hidden = [
        str(e["quote"]) for flag in document.get("red_flags") or [] if flag["id"] == SELF_HARM for e in flag["evidence"]
    ]
    answers = dict(document.get("answers") or {})
    for question in ("narrative", "safety.self"):
        if answers.get(question):
            answers[question] = {**answers[question], "value": None, "quote": None, "previous": []}
    masked: dict[str, Any] = _masked({**document, "answers": answers}, hidden)
    return masked


def _masked(part: Any, hidden: list[str]) -> Any:
    if isinstance(part, str):
        for words in hidden:
            part = part.replace(words, MASK) if words else part
        return part
    if isinstance(part, dict):
        return {key: _masked(value, hidden) for key, value in part.items()}
    if isinstance(part, list):
        return [_masked(value, hidden) for value in part]
    return part
