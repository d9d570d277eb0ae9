"""What the clinic must know and do: Flags (red flags, precautions, an incomplete screen), ServiceRequest, Task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from intake.handoff.fhir.people import author_of, value_of
from intake.handoff.fhir.terms import (
    HANDOFF_SYSTEM,
    PRECAUTION_SYSTEM,
    RED_FLAG_SYSTEM,
    REFERENCE_SYSTEM,
    TASK_SYSTEM,
    URGENCY_SYSTEM,
    Resource,
    coding,
    concept,
    quote_notes,
    reference,
    without_empty,
)
from intake.handoff.labels import code_label

_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
PRIORITY = {"T1": "stat", "T2": "asap", "T3": "urgent"}
_TASK_STATUS = {
    "new": "requested",
    "in_review": "received",
    "contacted": "in-progress",
    "booked": "completed",
    "closed": "completed",
}


def not_fully_screened(handoff: Mapping[str, Any]) -> bool:
    """Whether a safety list is missing an answer."""
    return any(state != "complete" for state in handoff["safety_screen"].values())


def flags(handoff: Mapping[str, Any]) -> Iterator[tuple[str, Resource]]:
    """Named Flags: an incomplete screen first, then red flags by urgency, then precautions."""
    if not_fully_screened(handoff):
        yield (
            "not-screened",
            _flag(
                handoff,
                "safety",
                concept("RED FLAGS NOT FULLY SCREENED", coding(RED_FLAG_SYSTEM, "not-fully-screened")),
                handoff["updated_at"],
            ),
        )
    for red_flag in handoff["red_flags"]:
        unsure = " (unsure, treated as yes)" if red_flag["state"] == "unknown" else ""
        code = concept(
            f"{red_flag['tier']} {code_label(red_flag['id'])}{unsure}",
            coding(RED_FLAG_SYSTEM, red_flag["id"], code_label(red_flag["id"])),
            coding(URGENCY_SYSTEM, red_flag["tier"]),
        )
        started = red_flag.get("shown_at") or handoff["created_at"]
        yield red_flag["id"], _flag(handoff, "safety", code, started, red_flag["evidence"])
    for precaution in handoff["precautions"]:
        detail = f": {precaution['detail']}" if precaution.get("detail") else ""
        code = concept(
            f"{precaution['action']} {code_label(precaution['id'])}{detail}",
            coding(PRECAUTION_SYSTEM, precaution["id"], code_label(precaution["id"])),
            coding(PRECAUTION_SYSTEM, precaution["action"]),
        )
        yield (
            precaution["id"],
            _flag(handoff, "clinical", code, handoff["created_at"], precaution["evidence"]),
        )


def _flag(handoff: Mapping[str, Any], category: str, code: Resource, start: str, evidence: Any = ()) -> Resource:
    quotes = " ".join(note["text"] for note in quote_notes(evidence))
    text = f"{code['text']} {quotes}".strip()
    return {
        "resourceType": "Flag",
        "status": "inactive" if handoff["status"] == "closed" else "active",
        "category": [concept(category.capitalize(), coding(_CATEGORY, category, category.capitalize()))],
        "code": code | {"text": text},
        "subject": reference(handoff["id"], "patient"),
        "period": {"start": start},
        "author": reference(handoff["id"], "device"),
    }


def service_request(handoff: Mapping[str, Any], observation_names: list[str]) -> Resource:
    """What the patient asks for. On hold while something has to be cleared first (T1 to T3, HOLD, not screened)."""
    held = (
        handoff["urgency"] in PRIORITY or not_fully_screened(handoff) or any(precaution["action"] == "HOLD" for precaution in handoff["precautions"])
    )
    reason = value_of(handoff, "narrative")
    names = ["response", *observation_names]
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "identifier": [{"system": REFERENCE_SYSTEM, "value": handoff["reference"]}],
            "status": "revoked" if handoff["status"] == "closed" else "on-hold" if held else "active",
            "intent": "proposal",
            "priority": PRIORITY.get(handoff["urgency"], "routine"),
            "code": concept("Physiotherapy assessment; the patient asks about Intramuscular Stimulation (IMS)"),
            "subject": reference(handoff["id"], "patient"),
            "authoredOn": handoff["created_at"],
            "requester": author_of(handoff),
            "reasonCode": [concept(str(reason))] if reason else [],
            "supportingInfo": [reference(handoff["id"], name) for name in names],
        }
    )


def task(handoff: Mapping[str, Any], due: datetime | None) -> Resource:
    """What staff do next, by when."""
    urgency = handoff["urgency"]
    words = {
        "T1": "Call the patient now: emergency words were shown.",
        "T2": "Call the patient now: emergency words were shown.",
        "T3": "A physiotherapist calls by the next working day.",
    }.get(urgency, "Contact the patient to book.")
    return without_empty(
        {
            "resourceType": "Task",
            "identifier": [{"system": HANDOFF_SYSTEM, "value": handoff["id"]}],
            "status": _TASK_STATUS[handoff["status"]],
            "intent": "proposal",
            "priority": PRIORITY.get(urgency, "routine"),
            "code": concept("Follow up intake", coding(TASK_SYSTEM, handoff["reason"])),
            "description": words,
            "focus": reference(handoff["id"], "request"),
            "for": reference(handoff["id"], "patient"),
            "authoredOn": handoff["created_at"],
            "lastModified": handoff["updated_at"],
            "requester": reference(handoff["id"], "device"),
            "restriction": {"period": {"end": due.isoformat()}} if due else None,
        }
    )
