"""Tables of what staff and other systems do with an intake: handoffs, notes, search, outbox, jobs, tallies."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.records.models.base import Base


class HandoffRow(Base):
    """The handoff of one conversation. `sealed` is the contract's document, `sealed_name` the name for the list,
    `sealed_appointment` the time that was agreed.

    The other columns are what the list filters and sorts by; they hold no words of the patient.
    """

    __tablename__ = "handoffs"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    reason: Mapped[str]
    urgency: Mapped[str | None]
    rank: Mapped[int]
    partial: Mapped[bool]
    has_contact: Mapped[bool]
    without_consent: Mapped[bool] = mapped_column(server_default=text("false"))
    hold: Mapped[bool] = mapped_column(server_default=text("false"))
    channel: Mapped[str]
    location: Mapped[str | None]
    assignee: Mapped[str | None]
    version: Mapped[int]
    sealed: Mapped[bytes]
    sealed_name: Mapped[bytes | None]
    sealed_appointment: Mapped[bytes | None]
    close_reason: Mapped[str | None]
    due_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    booked_at: Mapped[datetime | None]
    copied_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    legal_hold: Mapped[bool] = mapped_column(server_default=text("false"))
    locked_reason: Mapped[str | None]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


_H = HandoffRow
# Each list that staff open is one of these indexes read from its start: urgent first, then new.
Index("ix_handoffs_list", _H.rank, _H.created_at.desc(), _H.id)
# The last two columns are for the counts above the inbox: they come from the index alone, without reading a row.
Index("ix_handoffs_status", _H.status, _H.rank, _H.created_at.desc(), _H.id, _H.locked_reason, _H.urgency)
Index("ix_handoffs_assignee", _H.assignee, _H.rank, _H.created_at.desc(), _H.id)
Index("ix_handoffs_location", _H.location, _H.rank, _H.created_at.desc(), _H.id)
Index("ix_handoffs_channel", _H.channel, _H.rank, _H.created_at.desc(), _H.id)
Index("ix_handoffs_updated_at", _H.updated_at)


class SearchTermRow(Base):
    """A keyed index of a name word or phone number that finds a handoff."""

    __tablename__ = "search_terms"
    term: Mapped[str] = mapped_column(primary_key=True)
    handoff_id: Mapped[str] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), primary_key=True)
    __table_args__ = (Index("ix_search_terms_handoff_id", "handoff_id"),)


class NoteRow(Base):
    """An internal note of staff on a handoff, sealed."""

    __tablename__ = "notes"
    id: Mapped[str] = mapped_column(primary_key=True)
    handoff_id: Mapped[str] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), index=True)
    author: Mapped[str]
    sealed: Mapped[bytes]
    at: Mapped[datetime]


class DeliveryRow(Base):
    """An outbox row: something to send, written in the transaction that made it necessary.

    Rows of one `stream` go out in the order of `seq`; `idempotency_id` is given to the receiver.
    """

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(primary_key=True)
    idempotency_id: Mapped[str] = mapped_column(unique=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    handoff_id: Mapped[str | None] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"))
    kind: Mapped[str]
    destination: Mapped[str]
    stream: Mapped[str]
    seq: Mapped[int]
    sealed: Mapped[bytes | None]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    remote_id: Mapped[str | None] = mapped_column(index=True)
    remote_status: Mapped[str | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("stream", "seq"),
        Index("ix_deliveries_due", "state", "next_attempt_at"),
        Index("ix_deliveries_handoff_id", "handoff_id"),
        Index("ix_deliveries_conversation_id", "conversation_id"),
    )


class JobRow(Base):
    """Something to do at a time: nudge, expiry, retention, alert. `key` makes scheduling it twice harmless."""

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    handoff_id: Mapped[str | None] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"))
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_jobs_due", "run_at"),
        Index("ix_jobs_conversation_id", "conversation_id"),
        Index("ix_jobs_handoff_id", "handoff_id"),
    )


class TallyRow(Base):
    """Counts by week and channel that outlive the conversations: no id, no words, no time of day."""

    __tablename__ = "tallies"
    week: Mapped[date] = mapped_column(Date(), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    detail: Mapped[str] = mapped_column(primary_key=True, server_default="")
    n: Mapped[int]
