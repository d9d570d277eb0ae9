"""Staff: users, their second factor, sessions, and invitations or resets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, select, update

from intake.records.errors import NotFound, RecordsError
from intake.records.ids import new_id, new_secret, secret_hash
from intake.records.models import StaffLinkRow, StaffSessionRow, StaffUserRow
from intake.records.scope import Scope

ROLES = ("reception", "physiotherapist", "admin")
LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)


class StaffError(RecordsError):
    """A staff user cannot be made or changed like this; the message says why."""


@dataclass(frozen=True, slots=True)
class StaffUser:
    """A member of staff. `has_totp`: the second factor is set up and confirmed."""

    id: str
    email: str
    name: str
    role: str
    has_password: bool
    has_totp: bool
    must_change_password: bool
    locked_until: datetime | None
    disabled_at: datetime | None
    last_login_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A log-in. Until `second_factor` is True it may do nothing but give the second factor."""

    id: str
    user: StaffUser
    csrf: str
    second_factor: bool
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class StaffUsers:
    """Create, change and authenticate staff. Use `Records.log_in` for a password: it is slow by design."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def create(
        self,
        email: str,
        name: str,
        role: str,
        *,
        hashed: str | None = None,
        must_change_password: bool = False,
    ) -> StaffUser:
        """Add a user; `hashed` comes from `passwords.password_hash`, None until an invitation is used."""
        if role not in ROLES:
            raise StaffError(f"there is no role {role}; roles are {', '.join(ROLES)}")
        if self._by_email(email) is not None:
            raise StaffError("there is a user with this e-mail address already")
        row = StaffUserRow(
            id=new_id("su"),
            email=email.strip().lower(),
            name=name,
            role=role,
            password_hash=hashed,
            must_change_password=must_change_password,
            totp_confirmed=False,
            failed_logins=0,
            created_at=self._scope.clock(),
        )
        self._scope.session.add(row)
        self._scope.session.flush()
        return _value(row)

    def get(self, user_id: str) -> StaffUser:
        """Load one. Raises NotFound."""
        return _value(self._row(user_id))

    def by_email(self, email: str) -> StaffUser | None:
        """Find by e-mail address, whatever its case."""
        row = self._by_email(email)
        return None if row is None else _value(row)

    def list(self) -> Sequence[StaffUser]:
        """Return all users by name."""
        return [_value(row) for row in self._scope.session.scalars(select(StaffUserRow).order_by(StaffUserRow.name))]

    def change(self, user_id: str, *, name: str | None = None, role: str | None = None) -> StaffUser:
        """Change name or role; a change of role ends the user's sessions."""
        row = self._row(user_id)
        if role is not None and role not in ROLES:
            raise StaffError(f"there is no role {role}; roles are {', '.join(ROLES)}")
        if role is not None and role != row.role:
            self.close_sessions(user_id)
            row.role = role
        row.name = name or row.name
        self._scope.session.flush()
        return _value(row)

    def disable(self, user_id: str, *, disabled: bool = True) -> StaffUser:
        """Shut a user out (and end the sessions), or let in again."""
        row = self._row(user_id)
        row.disabled_at = self._scope.clock() if disabled else None
        if disabled:
            self.close_sessions(user_id)
        self._scope.session.flush()
        return _value(row)

    def stored_hash(self, email: str) -> tuple[StaffUser | None, str | None]:
        """Return the user of an address and the password hash, to be checked outside the transaction."""
        row = self._by_email(email)
        return (None, None) if row is None else (_value(row), row.password_hash)

    def set_password(self, user_id: str, hashed: str, *, must_change: bool = False) -> None:
        """Store a new password hash, lift the lock, end all sessions."""
        row = self._row(user_id)
        row.password_hash, row.must_change_password = hashed, must_change
        row.failed_logins, row.locked_until = 0, None
        self.close_sessions(user_id)
        self._scope.session.flush()

    def login_failed(self, user_id: str) -> None:
        """Count a wrong password or code; the fifth in a row locks for 15 minutes."""
        row = self._row(user_id)
        row.failed_logins += 1
        if row.failed_logins >= LOCK_AFTER:
            row.failed_logins, row.locked_until = 0, self._scope.clock() + LOCK_FOR
        self._scope.session.flush()

    def login_succeeded(self, user_id: str) -> None:
        """Forget wrong tries and note the time."""
        row = self._row(user_id)
        row.failed_logins, row.locked_until, row.last_login_at = 0, None, self._scope.clock()
        self._scope.session.flush()

    # Second factor

    def new_totp(self, user_id: str) -> str:
        """Make and seal a TOTP secret (base32); it counts once `use_totp` accepted a code of it."""
        row = self._row(user_id)
        secret = pyotp.random_base32()
        row.sealed_totp = self._scope.seal(None, secret, f"staff_users/sealed_totp/{user_id}")
        row.totp_confirmed, row.totp_last_step = False, None
        self._scope.session.flush()
        return secret

    def use_totp(self, user_id: str, code: str) -> bool:
        """Accept a six-digit code of now or 30 s either side, each only once; the first one confirms the secret."""
        row = self._row(user_id)
        secret = self._scope.open(None, row.sealed_totp, f"staff_users/sealed_totp/{user_id}")
        if secret is None:
            return False
        totp = pyotp.TOTP(secret)
        now = int(self._scope.clock().timestamp()) // totp.interval
        for step in (now - 1, now, now + 1):
            fresh = row.totp_last_step is None or step > row.totp_last_step
            if fresh and pyotp.utils.strings_equal(totp.generate_otp(step), code.strip().replace(" ", "")):
                row.totp_last_step, row.totp_confirmed = step, True
                self._scope.session.flush()
                return True
        return False

    def remove_totp(self, user_id: str) -> None:
        """Take the second factor away (a lost phone; an admin's act)."""
        row = self._row(user_id)
        row.sealed_totp, row.totp_confirmed, row.totp_last_step = None, False, None
        self._scope.session.flush()

    # Sessions

    def open_session(self, user_id: str, ttl: timedelta, *, second_factor: bool) -> tuple[StaffSession, str]:
        """Start a session; return it and the secret for the cookie (kept as a hash)."""
        now, secret = self._scope.clock(), new_secret("ims")
        row = StaffSessionRow(
            id=new_id("ss"),
            user_id=user_id,
            secret_hash=secret_hash(secret),
            csrf=new_secret("csrf"),
            second_factor=second_factor,
            created_at=now,
            seen_at=now,
            expires_at=now + ttl,
        )
        self._scope.session.add(row)
        self._scope.session.flush()
        return self._session(row, self._row(user_id)), secret

    def session(self, secret: str) -> StaffSession | None:
        """Return the live session of a cookie, or None: unknown, expired, or its user disabled."""
        query = select(StaffSessionRow, StaffUserRow).where(
            StaffSessionRow.secret_hash == secret_hash(secret),
            StaffSessionRow.expires_at > self._scope.clock(),
            StaffUserRow.id == StaffSessionRow.user_id,
            StaffUserRow.disabled_at.is_(None),
        )
        found = self._scope.session.execute(query).one_or_none()
        return None if found is None else self._session(found[0], found[1])

    def touch_session(self, session_id: str, ttl: timedelta, *, second_factor: bool | None = None) -> None:
        """Prolong a session, and note that the second factor was given."""
        now = self._scope.clock()
        values: dict[str, datetime | bool] = {"seen_at": now, "expires_at": now + ttl}
        if second_factor is not None:
            values["second_factor"] = second_factor
        self._scope.session.execute(update(StaffSessionRow).where(StaffSessionRow.id == session_id).values(**values))

    def close_session(self, session_id: str) -> None:
        """Log out."""
        self._scope.session.execute(delete(StaffSessionRow).where(StaffSessionRow.id == session_id))

    def close_sessions(self, user_id: str) -> None:
        """Log out everywhere."""
        self._scope.session.execute(delete(StaffSessionRow).where(StaffSessionRow.user_id == user_id))

    # Invitations and resets

    def issue_link(self, user_id: str, purpose: str, ttl: timedelta) -> str:
        """Return a one-time secret for `invitation` or `reset`; earlier ones of that purpose stop working."""
        now, secret = self._scope.clock(), new_secret("isl")
        self._scope.session.execute(delete(StaffLinkRow).where(StaffLinkRow.user_id == user_id, StaffLinkRow.purpose == purpose))
        self._scope.session.add(
            StaffLinkRow(
                id=new_id("sl"),
                user_id=user_id,
                purpose=purpose,
                secret_hash=secret_hash(secret),
                expires_at=now + ttl,
                at=now,
            )
        )
        self._scope.session.flush()
        return secret

    def redeem_link(self, secret: str, purpose: str) -> StaffUser | None:
        """Use a link up and return its user, or None: unknown, used, expired, or the user disabled."""
        now = self._scope.clock()
        row = self._scope.session.scalar(
            select(StaffLinkRow)
            .where(StaffLinkRow.secret_hash == secret_hash(secret), StaffLinkRow.purpose == purpose)
            .with_for_update()
        )
        if row is None or row.used_at is not None or row.expires_at <= now:
            return None
        row.used_at = now
        self._scope.session.flush()
        user = self._row(row.user_id)
        return None if user.disabled_at is not None else _value(user)

    def _by_email(self, email: str) -> StaffUserRow | None:
        return self._scope.session.scalar(select(StaffUserRow).where(StaffUserRow.email == email.strip().lower()))

    def _row(self, user_id: str) -> StaffUserRow:
        row = self._scope.session.get(StaffUserRow, user_id)
        if row is None:
            raise NotFound(f"no staff user {user_id}")
        return row

    @staticmethod
    def _session(row: StaffSessionRow, user: StaffUserRow) -> StaffSession:
        return StaffSession(row.id, _value(user), row.csrf, row.second_factor, row.created_at, row.seen_at, row.expires_at)


def _value(row: StaffUserRow) -> StaffUser:
    return StaffUser(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        has_password=row.password_hash is not None,
        has_totp=row.totp_confirmed,
        must_change_password=row.must_change_password,
        locked_until=row.locked_until,
        disabled_at=row.disabled_at,
        last_login_at=row.last_login_at,
        created_at=row.created_at,
    )
