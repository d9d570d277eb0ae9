"""Staff correct how a patient is reached: a new answer by staff beside the patient's own, and the handoff made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from clinic.protocol import protocol
from clinic.values import BadValue, check
from intake.gate import handing
from intake.records import Handoff, StaffSession, StaleVersion
from intake.records.handoffs import iso
from intake.services import Services
from intake.staff.access import actor
from intake.staff.words import name, say

FIELDS = ("contact.name", "contact.phone", "contact.email", "contact.preferred")


def correct(here: Services, session: StaffSession, handoff: Handoff, form: Mapping[str, str], version: int) -> None:
    """Take what differs from what is on record. An empty field leaves the answer as it is. Raises StaleVersion, 422."""
    known: Mapping[str, Any] = (handoff.document or {}).get("answers") or {}
    changed: dict[str, dict[str, Any]] = {}
    with here.records.begin() as tx:
        at = iso(tx.now())
        for field in FIELDS:
            given = form.get(field, "").strip()
            if not given or given == (known.get(field) or {}).get("value"):
                continue
            try:
                checked = check(protocol(), protocol().questions[field], [given] if field == "contact.preferred" else given)
            except BadValue:
                raise HTTPException(422, say("told", "bad_contact", field=name("contact", field))) from None
            if checked.state != "answered":
                raise HTTPException(422, say("told", "bad_contact", field=name("contact", field)))
            if checked.value == (known.get(field) or {}).get("value"):
                continue
            changed[field] = {
                "value": checked.value, "state": "answered", "quote": None, "message_id": None, "at": at,
                "channel": "staff", "via": "staff", "by": "staff",
            }  # fmt: skip
        if not changed:
            raise HTTPException(422, say("told", "no_contact_change"))
        conversation = tx.conversations.get(handoff.conversation_id, lock=True)
        now = tx.handoffs.get(handoff.id)
        if now.version != version:
            raise StaleVersion(handoff.id, now.version)
        tx.answers.append(conversation.id, changed)
        conversation = tx.conversations.change(conversation.id, has_contact=True)
        handing.put(tx, here.settings, conversation, conversation.memory, False, completed=False)
        tx.audit.record("handoff.contact", actor(session), "handoff", handoff.id, fields="+".join(sorted(changed)))
