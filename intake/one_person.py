"""What is done with all that is held about one person: find it, export it, erase it, hold it. Audited each time.

The command line and the page of admins both call these, so that the two cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.handoff.person_export import person_zip
from intake.records import Actor, Records, Transaction
from intake.settings import Settings


@dataclass(frozen=True)
class Held:
    """What an admin must know before acting: ids, state, terms. Nothing of what the person told.

    `sent_to` names where documents went, and when; `receipt` is the newest one.
    """

    conversation_id: str
    handoff_id: str | None
    reference: str | None
    state: str
    started_at: datetime
    status: str | None
    legal_hold: bool
    locked_reason: str | None
    erased: bool
    sent_to: tuple[tuple[str, datetime], ...]
    receipt: dict[str, Any] | None


def find(tx: Transaction, text: str) -> str:
    """The conversation that a reference (IMS-7K3Q), a conversation id or a handoff id stands for. Raises NotFound."""
    asked = text.strip()
    known = tx.conversations.find(asked) or tx.conversations.by_reference(asked.upper())
    if known is not None:
        return known.id
    return tx.handoffs.get(asked).conversation_id


def held(tx: Transaction, conversation_id: str) -> Held:
    """What is held about the person of a conversation. Raises NotFound."""
    conversation = tx.conversations.get(conversation_id)
    handoff = tx.handoffs.of_conversation(conversation_id)
    sent = {d.destination: d.sent_at for d in reversed(tx.deliveries.list(conversation_id=conversation_id)) if d.sent_at and d.kind != "sms"}
    return Held(
        conversation_id=conversation_id,
        handoff_id=handoff.id if handoff else None,
        reference=conversation.reference,
        state=conversation.state,
        started_at=conversation.created_at,
        status=handoff.status if handoff else None,
        legal_hold=conversation.legal_hold or bool(handoff and handoff.legal_hold),
        locked_reason=handoff.locked_reason if handoff else None,
        erased=conversation.erased_at is not None and handoff is None,
        sent_to=tuple((name, at) for name, at in sent.items() if at),
        receipt=tx.erasure.receipt_of(conversation_id),
    )


def export(records: Records, settings: Settings, conversation_id: str, actor: Actor) -> bytes:
    """All that is held, as a zip: JSON, the person's answers and the handoff as PDF. Raises NotFound."""
    with records.begin() as tx:
        places = {place.id: place.name for place in settings.clinic.locations}
        content = person_zip(tx, conversation_id, settings.hours, settings.clinic.name, places)
        tx.audit.record("conversation.export", actor, "conversation", conversation_id)
    return content


def erase(records: Records, conversation_id: str, actor: Actor) -> dict[str, Any]:
    """Erase everything and return the receipt. Raises Held (a legal hold), NotFound.

    Where a withdrawal has left something locked, this erases that too. What has been sent to other systems is named in
    the receipt; it must be erased there.
    """
    with records.begin() as tx:
        return tx.erasure.erase(conversation_id, "request", actor, tombstone=True)


def hold(records: Records, conversation_id: str, actor: Actor, *, on: bool) -> None:
    """Set or lift a legal hold: while it stands nothing is erased. Raises NotFound."""
    with records.begin() as tx:
        tx.conversations.get(conversation_id)
        tx.erasure.hold(conversation_id, actor, on=on)


def receipt_text(receipt: dict[str, Any], clinic_name: str) -> str:
    """A receipt as plain text, to hand to the person."""
    erased = ", ".join(f"{n} {kind.replace('_', ' ')}{'' if n == 1 else 's'}" for kind, n in receipt["erased"].items())
    lines = [
        f"{clinic_name}: receipt {receipt['id']}",
        f"Intake {receipt['conversation_id']}, {receipt['at']}",
        f"Erased: {erased or 'nothing was left to erase'}",
    ]
    lines += [f"Kept: {kept['kind']}, because {kept['reason']}, until {kept['until'] or 'the hold is lifted'}" for kept in receipt["kept"]]
    lines += [f"Sent before to {sent['to']} at {sent['at']}: ask there to have it erased" for sent in receipt["sent_elsewhere"]]
    return "\n".join(lines) + "\n"


def due_now(records: Records) -> list[tuple[str, str]]:
    """[(conversation id, term)] that the next retention run erases."""
    with records.read() as tx:
        return [(due.conversation_id, due.term) for due in tx.retention.due()]


def run_retention(records: Records, actor: Actor) -> dict[str, int]:
    """Erase now what has reached the end of its term; {term: how many}. That it was run is audited, and each erasure."""
    counts = records.apply_retention()
    with records.begin() as tx:
        tx.audit.record("retention.run", actor, "installation", "this", erased=sum(counts.values()))
    return counts
