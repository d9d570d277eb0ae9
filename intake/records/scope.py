"""What every concept of one transaction shares: the session, the clock, and the data keys opened so far."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from intake.records.errors import Erased, NotFound
from intake.records.keyring import Keyring
from intake.records.models import SYSTEM_KEY, ConversationRow, DataKeyRow
from intake.records.sealing import DataKey


class Scope:
    """One transaction's session, keys and clock."""

    def __init__(self, session: Session, keyring: Keyring, clock: Callable[[], datetime]) -> None:
        self.session = session
        self.keyring = keyring
        self.clock = clock
        self.erased: list[tuple[str, str]] = []  # (conversation, how) erased in this transaction
        self._keys: dict[str, DataKey] = {}
        self._locked: set[str] = set()
        # The session forgets a row that nobody holds, and would load it anew for every look at it.
        self._held: dict[str, ConversationRow] = {}

    def new_key(self, owner: str) -> DataKey:
        """Make, wrap and keep a random data key for `owner`."""
        # A rotation in another process locks this table for its last look: whoever wraps after it must use
        # the new master key. SQLite's write lock, held from the begin of the transaction, does the same.
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(text("LOCK TABLE data_keys IN ROW EXCLUSIVE MODE"))
        self.keyring.refresh()
        key = secrets.token_bytes(32)
        key_id, wrapped = self.keyring.wrap(key, owner)
        self.session.add(DataKeyRow(owner=owner, key_id=key_id, wrapped=wrapped, created_at=self.clock()))
        self._keys[owner] = DataKey(key)
        return self._keys[owner]

    def key(self, owner: str | None) -> DataKey:
        """Return the data key of a conversation, or of the installation for None. Raises Erased."""
        owner = owner or SYSTEM_KEY
        if owner not in self._keys:
            row = self.session.get(DataKeyRow, owner)
            if row is None:
                raise Erased(f"the data key of {owner} was destroyed")
            self._keys[owner] = DataKey(self.keyring.unwrap(row.key_id, row.wrapped, owner))
        return self._keys[owner]

    def load_keys(self, owners: set[str]) -> None:
        """Fetch the keys of many conversations at once (a list of handoffs)."""
        missing = owners - self._keys.keys()
        if missing:
            for row in self.session.scalars(select(DataKeyRow).where(DataKeyRow.owner.in_(missing))):
                self._keys[row.owner] = DataKey(self.keyring.unwrap(row.key_id, row.wrapped, row.owner))

    def forget_key(self, owner: str) -> None:
        """Drop a key from this transaction once its row is gone."""
        self._keys.pop(owner, None)

    def seal(self, owner: str | None, value: Any, place: str) -> bytes:
        """Seal a JSON value under the key of its conversation."""
        return self.key(owner).seal(value, place)

    def open(self, owner: str | None, sealed: bytes | None, place: str) -> Any:
        """Open a sealed value; None stays None (erased or never there)."""
        return None if sealed is None else self.key(owner).open(sealed, place)

    def conversation(self, conversation_id: str, *, lock: bool = False) -> ConversationRow:
        """Return the row; with `lock`, nobody else writes this conversation until the transaction ends."""
        if lock and conversation_id not in self._locked:
            row = self.session.get(ConversationRow, conversation_id, with_for_update=True, populate_existing=True)
            self._locked.add(conversation_id)
        else:
            row = self.session.get(ConversationRow, conversation_id)
        if row is None:
            self._held.pop(conversation_id, None)
            raise NotFound(f"no conversation {conversation_id}")
        self._held[conversation_id] = row
        return row
