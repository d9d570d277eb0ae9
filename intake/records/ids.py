"""Opaque ids and secrets: random, never derived from a person."""

import base64
import hashlib
import secrets

# Crockford's alphabet without I, L, O, U, 0 and 1: a reference is read aloud over the phone.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """Return `prefix_` and 26 base32 characters (128 random bits)."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(16)).decode().rstrip('=').lower()}"


def new_secret(prefix: str) -> str:
    """Return a bearer secret: `prefix_` and 43 URL-safe characters (256 random bits)."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def new_reference(prefix: str, length: int = 4) -> str:
    """Return a short reference that a person can say, such as `IMS-7K3Q`. Uniqueness is the caller's."""
    return f"{prefix}-{''.join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(length))}"


def new_code(length: int = 8) -> str:
    """Return a confirmation code of base32 characters that are not easily confused (contract: >= 8)."""
    return "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(length))


def secret_hash(secret: str) -> str:
    """Return SHA-256 in hex. Only for secrets of full entropy: a code or a password needs a keyed or slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
