"""API keys `imk_…` of other programs: shown once, kept as a hash, with a role, revocable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from intake.records.errors import NotFound
from intake.records.ids import new_id, new_secret, secret_hash
from intake.records.models import ApiKeyRow
from intake.records.scope import Scope
from intake.records.staff_users import ROLES, StaffError


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, without its secret."""

    id: str
    name: str
    role: str
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class ApiKeys:
    """Add, check and revoke API keys."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, name: str, role: str, *, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
        """Make a key; return it and its secret, which is never shown again."""
        if role not in ROLES:
            raise StaffError(f"there is no role {role}; roles are {', '.join(ROLES)}")
        secret = new_secret("imk")
        row = ApiKeyRow(
            id=new_id("ak"),
            name=name,
            role=role,
            secret_hash=secret_hash(secret),
            expires_at=expires_at,
            created_at=self._scope.clock(),
        )
        self._scope.session.add(row)
        self._scope.session.flush()
        return _value(row), secret

    def check(self, secret: str) -> ApiKey | None:
        """Return the valid key of a secret, or None: unknown, expired or revoked."""
        query = select(ApiKeyRow).where(
            ApiKeyRow.secret_hash == secret_hash(secret),
            ApiKeyRow.revoked_at.is_(None),
            or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > self._scope.clock()),
        )
        row = self._scope.session.scalar(query)
        return None if row is None else _value(row)

    def used(self, key_id: str) -> None:
        """Note that a key was used now."""
        self._scope.session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=self._scope.clock()))

    def revoke(self, key_id: str) -> ApiKey:
        """Make a key useless at once. Raises NotFound."""
        row = self._scope.session.get(ApiKeyRow, key_id)
        if row is None:
            raise NotFound(f"no API key {key_id}")
        row.revoked_at = row.revoked_at or self._scope.clock()
        self._scope.session.flush()
        return _value(row)

    def list(self) -> Sequence[ApiKey]:
        """Return all keys, the newest first."""
        query = select(ApiKeyRow).order_by(ApiKeyRow.created_at.desc())
        return [_value(row) for row in self._scope.session.scalars(query)]


def _value(row: ApiKeyRow) -> ApiKey:
    return ApiKey(**{name: getattr(row, name) for name in ApiKey.__slots__})
