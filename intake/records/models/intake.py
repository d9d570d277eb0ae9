"""Tables of one intake: conversation, its key, messages, answers, red flags and consents.

A column named `sealed…` holds AES-256-GCM ciphertext (sealing.py); nothing a patient wrote stands in any other.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.records.models.base import Base

SYSTEM_KEY = "system"


class Installation(Base):
    """One row: which key file this database was sealed with."""

    __tablename__ = "installation"
    id: Mapped[str] = mapped_column(primary_key=True)
    key_fingerprint: Mapped[str]
    created_at: Mapped[datetime]


class DataKeyRow(Base):
    """A random data key, wrapped by a master key of the key file. Owner: a conversation id, or `system`."""

    __tablename__ = "data_keys"
    owner: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(index=True)
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


class ConversationRow(Base):
    """One intake with one person, over any channel."""

    __tablename__ = "conversations"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    reference: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    state_before_takeover: Mapped[str | None]
    channel: Mapped[str]
    address_index: Mapped[str | None]
    sealed_address: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(server_default="en")
    question: Mapped[str | None]
    ask_style: Mapped[str | None]
    asked: Mapped[list[Any]]
    unreadable: Mapped[int] = mapped_column(server_default="0")
    consent: Mapped[str] = mapped_column(server_default="none")
    consent_version: Mapped[str | None]
    consent_at: Mapped[datetime | None]
    for_whom: Mapped[str] = mapped_column(server_default="self")
    has_contact: Mapped[bool] = mapped_column(server_default=text("false"))
    protocol_version: Mapped[str | None]
    rules_version: Mapped[str | None]
    sealed_memory: Mapped[bytes | None]
    next_seq: Mapped[int] = mapped_column(server_default="1")
    turn: Mapped[int] = mapped_column(server_default="0")
    taken_over_by: Mapped[str | None]
    taken_over_at: Mapped[datetime | None]
    staff_active_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    legal_hold: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_conversations_address", "channel", "address_index", "created_at"),
        Index("ix_conversations_activity", "state", "active_at"),
    )


def _conversation() -> Mapped[str]:
    return mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))


class MessageRow(Base):
    """One message in either direction; `seq` is its place in the conversation.

    `sealed` holds {"text", "choices", "media"}; `sealed` null means that the words were erased.
    """

    __tablename__ = "messages"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    seq: Mapped[int]
    sender: Mapped[str]
    sender_id: Mapped[str | None]
    kind: Mapped[str]
    channel: Mapped[str]
    question: Mapped[str | None]
    multiple: Mapped[bool] = mapped_column(server_default=text("false"))
    sealed: Mapped[bytes | None]
    client_message_id: Mapped[str | None]
    body_digest: Mapped[str | None]
    status: Mapped[str | None]
    reply_to: Mapped[str | None]
    before_consent: Mapped[bool] = mapped_column(server_default=text("false"))
    at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_message_id"),
        Index("ix_messages_reply_to", "reply_to"),
        Index("ix_messages_client_message_id", "client_message_id"),
        Index("ix_messages_unanswered", "status", "at"),
    )


class AnswerRow(Base):
    """One answer as given, corrected or set by staff. Never changed: a correction is a new row with a higher `seq`."""

    __tablename__ = "answers"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    question: Mapped[str]
    seq: Mapped[int]
    message_id: Mapped[str | None]
    sealed: Mapped[bytes]
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)


class RedFlagRow(Base):
    """A red flag raised in a conversation. Which one and on what words is sealed; the tier is not."""

    __tablename__ = "red_flags"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    tier: Mapped[str]
    state: Mapped[str]
    sealed: Mapped[bytes]
    shown_at: Mapped[datetime | None]
    denied_at: Mapped[datetime | None]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_red_flags_conversation_id", "conversation_id"),)


class ConsentRow(Base):
    """A consent given, refused or withdrawn, to which version of the notice."""

    __tablename__ = "consents"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation()
    answer: Mapped[str]
    notice_version: Mapped[str]
    channel: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index("ix_consents_conversation_id", "conversation_id"),)


class LinkRow(Base):
    """A one-time link or confirmation code. The secret is kept as a hash; a code's hash is keyed."""

    __tablename__ = "links"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    address_index: Mapped[str | None]
    requester_index: Mapped[str | None]
    sealed: Mapped[bytes | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_links_conversation", "conversation_id", "purpose", "at"),
        Index("ix_links_address", "address_index", "at"),
        Index("ix_links_requester", "requester_index", "at"),
        Index("ix_links_expires_at", "expires_at"),
    )


class OptOutRow(Base):
    """A number that asked for no more messages: only its keyed index is kept."""

    __tablename__ = "opt_outs"
    channel: Mapped[str] = mapped_column(primary_key=True)
    address_index: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    at: Mapped[datetime]


class ReceiptRow(Base):
    """Proof of an erasure: opaque ids, counts and terms, nothing about the person."""

    __tablename__ = "receipts"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(index=True)
    cause: Mapped[str]
    receipt: Mapped[dict[str, Any]]
    at: Mapped[datetime]
