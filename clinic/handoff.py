"""Answers and red flags -> the handoff document of the contract (``handoff.schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from clinic.answers import NOT_ASKED, Answers
from clinic.case import Case, case_of
from clinic.protocol import protocol
from clinic.red_flags import Raised
from clinic.summary import summary

SCHEMA_ID = "ims-intake/handoff/1"
SCHEMA_FILE = Path(__file__).with_name("handoff.schema.json")
STATUSES = ("new", "in_review", "contacted", "booked", "closed")
REASONS = ("completed", "emergency", "person_requested", "unreadable", "complaint", "expired")


@dataclass(frozen=True)
class HandoffMeta:
    """What the handoff says about itself.

    Times are ISO 8601 UTC; ``reference`` is the short code told to the patient.
    """

    id: str
    reference: str
    conversation_id: str
    created_at: str
    updated_at: str
    version: int = 1
    status: str = "new"
    reason: str = "completed"
    partial: bool = False
    asked: tuple[str, ...] = ()  # topics that the patient asked about and the settings do not answer


@lru_cache(maxsize=1)
def handoff_schema() -> Mapping[str, Any]:
    """The JSON Schema of the document."""
    schema: Mapping[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def build_handoff(meta: HandoffMeta, answers: Answers, red_flags: Sequence[Raised] = ()) -> dict[str, Any]:
    """The handoff document: every id of the contract but groups and confirmations, asked or not."""
    return document(meta, case_of(answers, red_flags))


def build_without_consent(meta: HandoffMeta, answers: Answers, red_flags: Sequence[Raised]) -> dict[str, Any]:
    """The handoff of an emergency before consent.

    Only flag, quote, time and contact; nothing else that was told.
    """
    kept = {
        name: answer
        for name, answer in answers.items()
        if name in ("contact.phone", "contact.email", "for_whom")
    }
    return build_handoff(meta, kept, red_flags)


def document(meta: HandoffMeta, case: Case) -> dict[str, Any]:
    """The contract's JSON for a case that is at hand."""
    found = case.profile
    return {
        "schema": SCHEMA_ID,
        "id": meta.id,
        "reference": meta.reference,
        "conversation_id": meta.conversation_id,
        "created_at": meta.created_at,
        "updated_at": meta.updated_at,
        "version": meta.version,
        "status": meta.status,
        "reason": meta.reason,
        "urgency": case.decision.urgency,
        "partial": meta.partial,
        "answers": _answers(case),
        "indicators": [one.as_dict() for one in found.indicators],
        "score": found.score.as_dict(),
        "myofascial": [one.as_dict() for one in found.myofascial],
        "sensations": [one.as_dict() for one in found.sensations],
        "inflammation": [one.as_dict() for one in found.inflammation],
        "safety_screen": dict(case.screen),
        "red_flags": [one.as_dict() for one in case.flags],
        "precautions": [one.as_dict() for one in found.precautions],
        "summary": summary(case, meta.asked),
        "protocol_version": case.protocol_version,
        "rules_version": protocol().rules_version,
    }


def _answers(case: Case) -> dict[str, Any]:
    """Every answer of the contract.

    A finding's value is its state, also where it was derived or came from its group.
    """
    states = {one.id: one.state for one in case.profile.findings}
    found = {}
    for question in protocol().questions.values():
        if not question.in_handoff:
            continue
        body = case.answers.get(question.id, NOT_ASKED).as_dict()
        if question.id in states:
            body |= _finding(body, states[question.id], question.derived)
        found[question.id] = body
    return found


def _finding(body: Mapping[str, Any], state: str, derived: bool) -> dict[str, Any]:
    answered = {"reported": "answered", "not_reported": "answered"}.get(state, state)
    changed: dict[str, Any] = {"value": state, "state": answered}
    if derived:
        changed["via"] = None if state == "not_asked" else "derived"
    return changed
