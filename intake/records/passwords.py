"""Passwords of staff: argon2id, checked outside any transaction because it takes tens of milliseconds by design."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106's second recommended choice (64 MiB, 3 passes), which is also argon2-cffi's default.
_HASHER = PasswordHasher()
# Checked when there is no such user, so that an unknown address takes as long as a wrong password.
_NOBODY = _HASHER.hash("nobody has this password")

SHORTEST = 12


def password_hash(password: str) -> str:
    """Return the argon2id hash. Raises ValueError for fewer than 12 characters."""
    if len(password) < SHORTEST:
        raise ValueError(f"a password needs at least {SHORTEST} characters")
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Is it the password of this hash? None (no such user, no password yet) costs the same time and is False."""
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
