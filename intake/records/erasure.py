"""Erasure: by the patient's withdrawal, a refused consent, a request, or the end of a term; with a receipt.

Erasing deletes the rows and destroys the conversation's data key, so that copies of them (a write-ahead log, a page
not yet overwritten) can never be opened again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from intake.records.audit import PATIENT, Actor, Audit
from intake.records.errors import Held
from intake.records.handoffs import RANKS, iso
from intake.records.ids import new_id
from intake.records.models import (
    AnswerRow,
    ConversationRow,
    DataKeyRow,
    DeliveryRow,
    HandoffRow,
    MessageRow,
    NoteRow,
    ReceiptRow,
)
from intake.records.personal_data import BY_NAME, KINDS
from intake.records.reduction import reduced
from intake.records.retention import Terms
from intake.records.scope import Scope

STAFF_ACTED = "staff have already acted on it"
EMERGENCY = "an emergency was shown and staff may still need to check on you"
LEGAL_HOLD = "the clinic must keep it by law for now"
# A receipt counts what a person would recognise as theirs, not the machinery.
_COUNTED = ("message", "answer", "red_flag", "consent", "handoff", "note", "delivery", "link")


class Erasure:
    """Withdraw, refuse, erase, hold. Each method is one step of the caller's transaction."""

    def __init__(self, scope: Scope, terms: Terms) -> None:
        self._scope = scope
        self._terms = terms
        self._audit = Audit(scope)

    def withdraw(self, conversation_id: str, actor: Actor = PATIENT) -> dict[str, Any]:
        """Withdraw for the patient and return the contract's receipt; the same one when withdrawn before.

        Nobody has acted on it: everything is erased. Staff have: the handoff and its notes stay, locked to admins,
        until the end of their term. An urgent handoff that nobody has opened yet stays as flag, quote, time and
        contact until staff close it, 72 hours at most. A legal hold keeps everything, locked.
        """
        known = self.receipt_of(conversation_id)
        if known is not None:
            return known
        row = self._scope.conversation(conversation_id, lock=True)
        handoff = self._handoff(conversation_id)
        sent = self._sent_elsewhere(conversation_id)
        kept: list[dict[str, Any]] = []
        if row.legal_hold or (handoff is not None and handoff.legal_hold):
            erased = {}
            kept = [{"kind": kind, "reason": LEGAL_HOLD, "until": None} for kind in self._present(conversation_id)]
            if handoff is not None:
                self._lock(handoff, "withdrawn_under_legal_hold", None)
        elif handoff is None:
            erased = self._erase_all(row, tombstone=True)
        elif self._acted_on(handoff):
            until = self._terms.end_of_handoff(row.active_at, handoff.booked_at, handoff.copied_at)
            erased = self._erase_kinds(conversation_id, keep=("handoff", "note"))
            kinds = ["handoff"] + (["note"] if self._count("note", conversation_id) else [])
            kept = [{"kind": kind, "reason": STAFF_ACTED, "until": iso(until)} for kind in kinds]
            self._lock(handoff, "withdrawn", until)
            self._blank(row)
        elif handoff.rank <= RANKS["T2"] and handoff.status != "closed":
            until = self._scope.clock() + self._terms.without_consent
            erased = self._erase_kinds(conversation_id, keep=("handoff", "search_term"))
            self._reduce(handoff)
            handoff.locked_until = until
            kept = [{"kind": "handoff", "reason": EMERGENCY, "until": iso(until)}]
            self._blank(row)
        else:
            erased = self._erase_all(row, tombstone=True)
        row.state = "withdrawn"
        self._scope.erased.append((conversation_id, "withdrawn"))
        row.ended_at = self._scope.clock()
        row.turn += 1
        self._audit.record("conversation.withdraw", actor, "conversation", conversation_id)
        return self._receipt(conversation_id, "withdrawn", erased, kept, sent)

    def refuse_consent(self, conversation_id: str) -> None:
        """Erase what was written before a consent that was refused; keep the fact.

        With an emergency handoff only flag, quote, time and contact stay in it, for staff, until closed or 72 hours.
        """
        row = self._scope.conversation(conversation_id, lock=True)
        handoff = self._handoff(conversation_id)
        session = self._scope.session
        session.execute(
            update(MessageRow)
            .where(
                MessageRow.conversation_id == conversation_id,
                (MessageRow.sender == "patient") | MessageRow.kind.in_(("emergency", "summary")),
            )
            .values(sealed=None, body_digest=None)
        )
        session.execute(delete(AnswerRow).where(AnswerRow.conversation_id == conversation_id, AnswerRow.question != "consent"))
        for kind in ("link", "red_flag", "job"):
            BY_NAME[kind].erase(self._scope, conversation_id)
        session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.conversation_id == conversation_id,
                DeliveryRow.state.in_(("sent", "dead", "cancelled")),
            )
            .values(sealed=None)
        )
        row.sealed_memory = None
        row.has_contact = False
        if handoff is None:
            row.sealed_address = None
        else:
            self._reduce(handoff)
        session.flush()
        session.expire_all()
        self._scope.erased.append((conversation_id, "refused"))
        self._audit.record("consent.refuse", PATIENT, "conversation", conversation_id)

    def erase(self, conversation_id: str, cause: str, actor: Actor, *, tombstone: bool = False) -> dict[str, Any]:
        """Erase everything of a conversation and return the receipt. Raises Held under a legal hold.

        With `tombstone` its id and token stay for a while, so that its owner is told that it is gone (410).
        """
        row = self._scope.conversation(conversation_id, lock=True)
        handoff = self._handoff(conversation_id)
        if row.legal_hold or (handoff is not None and handoff.legal_hold):
            raise Held(f"conversation {conversation_id} is under a legal hold")
        sent = self._sent_elsewhere(conversation_id)
        erased = self._erase_all(row, tombstone=tombstone)
        self._scope.erased.append((conversation_id, "erased"))
        self._audit.record("conversation.erase", actor, "conversation", conversation_id, cause=cause)
        return self._receipt(conversation_id, cause, erased, [], sent)

    def hold(self, conversation_id: str, actor: Actor, *, on: bool) -> None:
        """Set or lift a legal hold: while it stands nothing of the conversation is erased."""
        self._scope.conversation(conversation_id, lock=True).legal_hold = on
        handoff = self._handoff(conversation_id)
        if handoff is not None:
            handoff.legal_hold = on
            if not on and handoff.locked_reason and handoff.locked_until is None:
                active_at = self._scope.conversation(conversation_id).active_at
                handoff.locked_until = self._terms.end_of_handoff(active_at, handoff.booked_at, handoff.copied_at)
        self._scope.session.flush()
        action = "legal_hold.set" if on else "legal_hold.lift"
        self._audit.record(action, actor, "conversation", conversation_id)

    def receipt_of(self, conversation_id: str) -> dict[str, Any] | None:
        """Return the newest receipt of a conversation, or None."""
        query = (
            select(ReceiptRow.receipt)
            .where(ReceiptRow.conversation_id == conversation_id)
            .order_by(ReceiptRow.at.desc())
            .limit(1)
        )
        return self._scope.session.scalar(query)

    def drop_tombstone(self, conversation_id: str) -> None:
        """Delete what was left of an erased conversation, at the end of its term."""
        self._scope.session.delete(self._scope.conversation(conversation_id, lock=True))
        self._scope.session.flush()

    # Steps

    def _erase_kinds(self, conversation_id: str, keep: tuple[str, ...] = ()) -> dict[str, int]:
        erased = {}
        for kind in KINDS:
            if kind.name not in keep:
                n = kind.erase(self._scope, conversation_id)
                if n and kind.name in _COUNTED:
                    erased[kind.name] = n
        return erased

    def _erase_all(self, row: ConversationRow, *, tombstone: bool) -> dict[str, int]:
        session, conversation_id = self._scope.session, row.id
        erased = self._erase_kinds(conversation_id)
        session.execute(delete(DataKeyRow).where(DataKeyRow.owner == conversation_id))
        self._scope.forget_key(conversation_id)
        if tombstone:
            self._blank(row)
        else:
            session.delete(row)
        session.flush()
        return erased

    def _blank(self, row: ConversationRow) -> None:
        """Leave of the conversation what tells nothing about the person."""
        row.sealed_address = row.sealed_memory = row.address_index = None
        row.question = row.ask_style = row.taken_over_by = row.state_before_takeover = None
        row.taken_over_at = row.staff_active_at = row.escalated_at = row.expires_at = None
        row.asked, row.unreadable, row.for_whom, row.has_contact = [], 0, "self", False
        row.erased_at = self._scope.clock()
        self._scope.session.flush()

    def _lock(self, handoff: HandoffRow, reason: str, until: datetime | None) -> None:
        handoff.locked_reason, handoff.locked_until = reason, until
        handoff.sealed_name = None
        handoff.updated_at = self._scope.clock()
        handoff.version += 1
        BY_NAME["search_term"].erase(self._scope, handoff.conversation_id)
        self._scope.session.flush()

    def _reduce(self, handoff: HandoffRow) -> None:
        place = f"handoffs/sealed/{handoff.id}"
        document = self._scope.open(handoff.conversation_id, handoff.sealed, place)
        handoff.sealed = self._scope.seal(handoff.conversation_id, reduced(document), place)
        handoff.sealed_appointment = None
        handoff.without_consent = True
        handoff.updated_at = self._scope.clock()
        handoff.version += 1
        self._scope.session.flush()

    def _handoff(self, conversation_id: str) -> HandoffRow | None:
        query = select(HandoffRow).where(HandoffRow.conversation_id == conversation_id).with_for_update()
        return self._scope.session.scalar(query)

    def _acted_on(self, handoff: HandoffRow) -> bool:
        """Did staff do anything on the strength of it: status, assignment, acknowledgement, a note or a reply?"""
        if handoff.status != "new" or handoff.assignee or handoff.acknowledged_at:
            return True
        session = self._scope.session
        notes = select(func.count()).select_from(NoteRow).where(NoteRow.handoff_id == handoff.id)
        replies = (
            select(func.count())
            .select_from(MessageRow)
            .where(MessageRow.conversation_id == handoff.conversation_id, MessageRow.sender == "staff")
        )
        return bool(session.scalar(notes) or session.scalar(replies))

    def _present(self, conversation_id: str) -> list[str]:
        return [name for name in _COUNTED if self._count(name, conversation_id)]

    def _count(self, kind: str, conversation_id: str) -> int:
        rows = BY_NAME[kind].where(conversation_id).subquery()
        return self._scope.session.scalar(select(func.count()).select_from(rows)) or 0

    def _sent_elsewhere(self, conversation_id: str) -> list[dict[str, Any]]:
        query = (
            select(DeliveryRow.kind, DeliveryRow.destination, func.max(DeliveryRow.sent_at))
            .where(DeliveryRow.conversation_id == conversation_id, DeliveryRow.sent_at.is_not(None))
            .group_by(DeliveryRow.kind, DeliveryRow.destination)
            .order_by(DeliveryRow.kind, DeliveryRow.destination)
        )
        return [{"to": f"{kind}:{to}", "at": iso(at)} for kind, to, at in self._scope.session.execute(query) if at]

    def _receipt(
        self,
        conversation_id: str,
        cause: str,
        erased: Mapping[str, int],
        kept: list[dict[str, Any]],
        sent: list[dict[str, Any]],
    ) -> dict[str, Any]:
        now = self._scope.clock()
        receipt = {
            "id": new_id("rc"),
            "conversation_id": conversation_id,
            "at": iso(now),
            "erased": dict(erased),
            "kept": kept,
            "sent_elsewhere": sent,
        }
        self._scope.session.add(
            ReceiptRow(id=receipt["id"], conversation_id=conversation_id, cause=cause, receipt=receipt, at=now)
        )
        self._scope.session.flush()
        return receipt
