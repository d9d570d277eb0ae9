"""Sealing of columns: AES-256-GCM under a data key, bound to the table, column and row it stands in.

A sealed value is one version byte (1), 12 bytes of nonce and the ciphertext with its tag. Moving it to another row
or column makes it unreadable, because the place is authenticated with it.
"""

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake.records.errors import Erased

_VERSION = b"\x01"
_NONCE = 12


class DataKey:
    """The data key of one conversation (or of the installation), ready to seal and open."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._digest_key = hmac.new(key, b"message body digest", hashlib.sha256).digest()

    def seal(self, value: Any, place: str) -> bytes:
        """Seal any JSON value for its `place`, `table/column/row id`."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, place: str) -> Any:
        """Return the JSON value. Raises Erased when this key or place did not seal it."""
        if sealed[:1] != _VERSION:
            raise Erased(f"{place} was sealed by an unknown version")
        try:
            text = self._aead.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
        except InvalidTag as error:
            raise Erased(f"{place} cannot be read with the key at hand") from error
        return json.loads(text)

    def digest(self, value: Any) -> str:
        """Return a keyed digest of a JSON value: comparable within the conversation, worthless after erasure."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return hmac.new(self._digest_key, text, hashlib.sha256).hexdigest()
