"""The outbox: what is to be sent, in the transaction that made it necessary; claimed by workers under a lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import aliased

from intake.records.errors import NotFound
from intake.records.ids import new_id
from intake.records.models import DeliveryRow
from intake.records.scope import Scope

OPEN_STATES = ("pending", "sending")
FINAL_STATUSES = ("delivered", "undelivered", "failed")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One outbox row, opened. States: pending, sending, sent, dead, cancelled. `last_error` is a short code."""

    id: str
    idempotency_id: str
    conversation_id: str | None
    handoff_id: str | None
    kind: str
    destination: str
    stream: str
    seq: int
    payload: Mapping[str, Any] | None = field(repr=False)
    state: str
    attempts: int
    next_attempt_at: datetime
    lease_until: datetime | None
    leased_by: str | None
    remote_id: str | None
    remote_status: str | None
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


_PLAIN = tuple(name for name in Delivery.__slots__ if name != "payload")


class Deliveries:
    """Add, claim and settle deliveries. Nothing personal belongs into `kind`, `destination`, `stream` or errors."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(
        self,
        kind: str,
        destination: str,
        payload: Mapping[str, Any],
        *,
        conversation_id: str | None = None,
        handoff_id: str | None = None,
        idempotency_id: str | None = None,
        stream: str | None = None,
        not_before: datetime | None = None,
    ) -> Delivery:
        """Put something into the outbox.

        `kind` names the sender (`sms`, `webhook`, `email`, `jane`, `cliniko`), `destination` a name of the settings;
        addresses and words go into `payload`, which is sealed. Rows of one `stream` (default: destination and
        handoff or conversation) go out in order. An `idempotency_id` that is there already returns that row.
        """
        delivery_id = new_id("dl")
        idempotency_id = idempotency_id or delivery_id
        known = self._scope.session.scalar(select(DeliveryRow).where(DeliveryRow.idempotency_id == idempotency_id))
        if known is not None:
            return self._value(known)
        if conversation_id is not None:
            self._scope.conversation(conversation_id, lock=True)
        stream = stream or f"{kind}:{destination}:{handoff_id or conversation_id or delivery_id}"
        last = self._scope.session.scalar(select(func.max(DeliveryRow.seq)).where(DeliveryRow.stream == stream))
        now = self._scope.clock()
        row = DeliveryRow(
            id=delivery_id,
            idempotency_id=idempotency_id,
            conversation_id=conversation_id,
            handoff_id=handoff_id,
            kind=kind,
            destination=destination,
            stream=stream,
            seq=(last or 0) + 1,
            sealed=self._scope.seal(conversation_id, dict(payload), f"deliveries/sealed/{delivery_id}"),
            state="pending",
            attempts=0,
            next_attempt_at=not_before or now,
            created_at=now,
        )
        self._scope.session.add(row)
        self._scope.session.flush()
        return self._value(row)

    def claim(
        self,
        worker: str,
        *,
        lease: timedelta = timedelta(seconds=60),
        limit: int = 10,
        kinds: tuple[str, ...] = (),
    ) -> Sequence[Delivery]:
        """Lease what is due and first in its stream; a lease that ran out (a killed worker) is due again.

        Counts an attempt for each. Two workers never get the same row.
        """
        now = self._scope.clock()
        earlier = aliased(DeliveryRow)
        blocked = select(earlier.id).where(
            earlier.stream == DeliveryRow.stream,
            earlier.seq < DeliveryRow.seq,
            earlier.state.in_(OPEN_STATES),
        )
        query = (
            select(DeliveryRow)
            .where(
                or_(
                    and_(DeliveryRow.state == "pending", DeliveryRow.next_attempt_at <= now),
                    and_(DeliveryRow.state == "sending", DeliveryRow.lease_until < now),
                ),
                ~blocked.exists(),
            )
            .order_by(DeliveryRow.next_attempt_at, DeliveryRow.seq)
            .limit(limit)
            .with_for_update(skip_locked=True, of=DeliveryRow)
        )
        if kinds:
            query = query.where(DeliveryRow.kind.in_(kinds))
        rows = self._scope.session.scalars(query).all()
        for row in rows:
            row.state = "sending"
            row.attempts += 1
            row.leased_by = worker
            row.lease_until = now + lease
        self._scope.session.flush()
        return [self._value(row) for row in rows]

    def sent(self, delivery_id: str, *, remote_id: str | None = None, worker: str | None = None) -> bool:
        """Mark as sent. With `worker`, only while that worker's lease holds; False if it lost it."""
        now = self._scope.clock()
        return self._settle(delivery_id, worker, state="sent", sent_at=now, remote_id=remote_id, last_error=None)

    def keep(self, delivery_id: str, payload: Mapping[str, Any], *, worker: str, lease: timedelta) -> bool:
        """Replace the payload of a delivery in hand (how far it got) and extend its lease; False if it was lost."""
        row = self._scope.session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
        if row is None or row.state != "sending" or row.leased_by != worker:
            return False
        row.sealed = self._scope.seal(row.conversation_id, dict(payload), f"deliveries/sealed/{row.id}")
        row.lease_until = self._scope.clock() + lease
        self._scope.session.flush()
        return True

    def retry(self, delivery_id: str, *, at: datetime, error: str, worker: str | None = None) -> bool:
        """Give it back to be tried again at a time; `error` is a code such as `http_503`, never a text of theirs."""
        return self._settle(delivery_id, worker, state="pending", next_attempt_at=at, last_error=error)

    def dead(self, delivery_id: str, *, error: str, worker: str | None = None) -> bool:
        """Give up: a dead letter that staff see and can resend. It no longer blocks its stream."""
        return self._settle(delivery_id, worker, state="dead", last_error=error)

    def cancel(self, delivery_id: str, *, error: str = "cancelled") -> bool:
        """Do not send this (an opt-out, an erasure)."""
        return self._settle(delivery_id, None, state="cancelled", last_error=error)

    def forget(self, delivery_id: str) -> None:
        """Close a row whose content has been used up elsewhere, and erase that content."""
        row = self._row(delivery_id)
        row.state, row.sealed, row.last_error = "cancelled", None, "used"
        row.lease_until = row.leased_by = None
        self._scope.session.flush()

    def resend(self, delivery_id: str) -> Delivery:
        """Put a dead letter back, due now, with its attempts counted anew."""
        row = self._row(delivery_id)
        row.state, row.attempts, row.next_attempt_at, row.last_error = "pending", 0, self._scope.clock(), None
        row.lease_until = row.leased_by = None
        self._scope.session.flush()
        return self._value(row)

    def find(self, *, id: str | None = None, idempotency_id: str | None = None) -> Delivery | None:
        """Load one by its id or by its idempotency id, or None."""
        column, value = (DeliveryRow.id, id) if id is not None else (DeliveryRow.idempotency_id, idempotency_id)
        row = self._scope.session.scalar(select(DeliveryRow).where(column == value))
        return None if row is None else self._value(row)

    def report(self, remote_id: str, status: str) -> Delivery | None:
        """Record the receiver's own status (Twilio: delivered, failed, undelivered) by its id; None if unknown.

        Reports come late and out of order: a final one is not followed by an earlier one.
        """
        row = self._scope.session.scalar(select(DeliveryRow).where(DeliveryRow.remote_id == remote_id))
        if row is None:
            return None
        if row.remote_status not in FINAL_STATUSES:
            row.remote_status = status
        self._scope.session.flush()
        return self._value(row)

    def get(self, delivery_id: str) -> Delivery:
        """Load one. Raises NotFound."""
        return self._value(self._row(delivery_id))

    def list(
        self,
        *,
        conversation_id: str | None = None,
        handoff_id: str | None = None,
        states: tuple[str, ...] = (),
        kinds: tuple[str, ...] = (),
        limit: int = 100,
    ) -> Sequence[Delivery]:
        """Return deliveries, the newest first."""
        query = select(DeliveryRow).order_by(DeliveryRow.created_at.desc(), DeliveryRow.id).limit(limit)
        if conversation_id is not None:
            query = query.where(DeliveryRow.conversation_id == conversation_id)
        if handoff_id is not None:
            query = query.where(DeliveryRow.handoff_id == handoff_id)
        if states:
            query = query.where(DeliveryRow.state.in_(states))
        if kinds:
            query = query.where(DeliveryRow.kind.in_(kinds))
        return [self._value(row) for row in self._scope.session.scalars(query)]

    def count_by_state(self) -> dict[str, int]:
        """Return the number of rows by state (for metrics: no ids)."""
        query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
        return {row[0]: row[1] for row in self._scope.session.execute(query)}

    def _settle(self, delivery_id: str, worker: str | None, **columns: Any) -> bool:
        change = update(DeliveryRow).where(DeliveryRow.id == delivery_id)
        if worker is not None:
            change = change.where(DeliveryRow.leased_by == worker, DeliveryRow.state == "sending")
        change = change.values(lease_until=None, leased_by=None, **columns).returning(DeliveryRow.id)
        return self._scope.session.scalar(change) is not None

    def _row(self, delivery_id: str) -> DeliveryRow:
        row = self._scope.session.get(DeliveryRow, delivery_id)
        if row is None:
            raise NotFound(f"no delivery {delivery_id}")
        return row

    def _value(self, row: DeliveryRow) -> Delivery:
        payload = self._scope.open(row.conversation_id, row.sealed, f"deliveries/sealed/{row.id}")
        return Delivery(**{name: getattr(row, name) for name in _PLAIN}, payload=payload)
