"""Tables of the people and programs that read intakes, and of the audit of what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.records.models.base import Base


class StaffUserRow(Base):
    """A member of staff. Name and e-mail are staff data, not patients', and stand in clear."""

    __tablename__ = "staff_users"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    sealed_totp: Mapped[bytes | None]
    totp_confirmed: Mapped[bool] = mapped_column(server_default=text("false"))
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger())
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class StaffSessionRow(Base):
    """A log-in on one device. The cookie's secret is kept as a hash only."""

    __tablename__ = "staff_sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("staff_users.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    csrf: Mapped[str]
    second_factor: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class StaffLinkRow(Base):
    """An invitation or password reset sent to a member of staff: hashed, once, expiring."""

    __tablename__ = "staff_links"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("staff_users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    at: Mapped[datetime]


class ApiKeyRow(Base):
    """A key `imk_…` of another program, kept as a hash, with the role it may act in."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AuditEntryRow(Base):
    """Who did which named action to what, when. Opaque ids only; triggers refuse change and deletion."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_subject", "subject_id", "at"),
        Index("ix_audit_actor", "actor_id", "at"),
        Index("ix_audit_action", "action", "at"),
    )
