"""The key file: master keys that wrap data keys, and the key of the look-up index.

The file is JSON, mode 0600, made once and kept apart from the database and its backups:

    {"format": "ims-intake/keys/1", "current": "k1", "keys": {"k1": "<base64, 32 bytes>"}, "index": "<base64>"}

`rotate()` adds a master key and makes it current; `Records.rotate_keys` then wraps every data key anew and the
old master key is dropped. The index key is not rotated: that would need every name and number in clear once.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
import unicodedata
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake.records.errors import KeyFileError

_FORMAT = "ims-intake/keys/1"
_NONCE = 12


class Keyring:
    """Master keys by id and the index key, in memory; `path` is where they came from."""

    def __init__(self, path: Path, current: str, keys: dict[str, bytes], index: bytes) -> None:
        self.path = path
        self.current = current
        self._keys = dict(keys)
        self._index = index
        self._seen = self._stamp()

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True) -> "Keyring":
        """Load the key file, or make it at the first run (mode 0600, folder 0700).

        Raises KeyFileError when it is missing (and `create` is False), broken, or readable by others.
        """
        file = Path(path)
        if not file.exists():
            if not create:
                raise KeyFileError(f"no key file at {file}: restore it from where you keep it apart from backups")
            ring = cls(file, "k1", {"k1": secrets.token_bytes(32)}, secrets.token_bytes(32))
            ring._write(exclusive=True)
            # Another process may have been first: what stands in the file counts.
        return cls._load(file)

    @classmethod
    def _load(cls, file: Path) -> "Keyring":
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            raise KeyFileError(f"key file {file} can be read by others (mode {mode:04o}): chmod 600 {file}")
        try:
            data = json.loads(file.read_text(encoding="ascii"))
            if data["format"] != _FORMAT:
                raise KeyFileError(f"key file {file} has an unknown format")
            keys = {name: base64.b64decode(value, validate=True) for name, value in data["keys"].items()}
            index = base64.b64decode(data["index"], validate=True)
            current = str(data["current"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyFileError(f"key file {file} is not a key file of this program") from error
        if current not in keys or len(index) != 32 or any(len(key) != 32 for key in keys.values()):
            raise KeyFileError(f"key file {file} is damaged")
        return cls(file, current, keys, index)

    def _write(self, *, exclusive: bool = False) -> None:
        """Write the file whole or not at all: a half-written key file loses every record."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        data = {
            "format": _FORMAT,
            "current": self.current,
            "keys": {name: base64.b64encode(key).decode() for name, key in self._keys.items()},
            "index": base64.b64encode(self._index).decode(),
        }
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            json.dump(data, stream)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            if exclusive:
                self.path.hardlink_to(draft)
            else:
                draft.replace(self.path)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def refresh(self) -> None:
        """Take over what a rotation in another process wrote; keys known before stay in memory."""
        stamp = self._stamp()
        if stamp is not None and stamp != self._seen:
            found = self._load(self.path)
            self.current, self._keys, self._seen = found.current, {**self._keys, **found._keys}, stamp

    def key_ids(self) -> tuple[str, ...]:
        """Return the ids of all master keys, the oldest first."""
        return tuple(self._keys)

    def fingerprint(self) -> str:
        """Return 16 hex digits that tell one key file from another and say nothing about its keys."""
        return hmac.new(self._index, b"fingerprint", hashlib.sha256).hexdigest()[:16]

    def wrap(self, data_key: bytes, owner: str) -> tuple[str, bytes]:
        """Return (master key id, data key encrypted for `owner`)."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._keys[self.current]).encrypt(nonce, data_key, f"data_keys/wrapped/{owner}".encode())
        return self.current, nonce + sealed

    def unwrap(self, key_id: str, wrapped: bytes, owner: str) -> bytes:
        """Return the data key of `owner`. Raises KeyFileError when this key file did not wrap it."""
        if key_id not in self._keys:
            self.refresh()
        if key_id not in self._keys:
            raise KeyFileError(f"the key file {self.path} has no master key {key_id}")
        try:
            return AESGCM(self._keys[key_id]).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], f"data_keys/wrapped/{owner}".encode())
        except InvalidTag as error:
            raise KeyFileError(f"the key file {self.path} is not the one these records were sealed with") from error

    def add_master_key(self) -> str:
        """Make a new master key current, keep the old ones, and write the file. Return its id."""
        number = max(int(name[1:]) for name in self._keys) + 1
        self.current = f"k{number}"
        self._keys[self.current] = secrets.token_bytes(32)
        self._write()
        return self.current

    def drop_old_keys(self) -> None:
        """Forget every master key but the current one, once nothing is wrapped by them."""
        self._keys = {self.current: self._keys[self.current]}
        self._write()

    def index(self, purpose: str, value: str) -> str:
        """Return the keyed index (HMAC-SHA256, 128 bits in hex) of a normalised value under a purpose."""
        message = f"{purpose}\0{normalised(value)}".encode()
        return hmac.new(self._index, message, hashlib.sha256).hexdigest()[:32]


def normalised(value: str) -> str:
    """Fold case, accents and spaces, so that `José ` and `JOSE` are found by either spelling."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def name_words(name: str) -> frozenset[str]:
    """Return the words of a name, normalised, as the search looks for them."""
    cleaned = "".join(c if c.isalnum() else " " for c in normalised(name))
    return frozenset(cleaned.split())
