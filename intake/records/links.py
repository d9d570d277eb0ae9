"""One-time links and confirmation codes that carry a conversation to another device or channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from intake.records.errors import NotFound
from intake.records.ids import new_code, new_id, new_secret, secret_hash
from intake.records.models import LinkRow
from intake.records.scope import Scope

LINK_TTL = timedelta(minutes=15)
CODE_TTL = timedelta(minutes=10)
CODE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Link:
    """A link or code without its secret; `detail` is what the issuer kept with it (sealed)."""

    id: str
    conversation_id: str | None
    purpose: str
    tries: int
    expires_at: datetime
    used_at: datetime | None
    at: datetime
    detail: Mapping[str, Any] = field(repr=False)


class Links:
    """Issue and redeem links (by their secret) and codes (by conversation, in five tries)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def issue(
        self,
        purpose: str,
        conversation_id: str | None,
        *,
        ttl: timedelta = LINK_TTL,
        address: str | None = None,
        requester: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> tuple[Link, str]:
        """Return a link and its secret, for the URL's fragment. `requester` is the asking network address (indexed)."""
        secret = new_secret("iml")
        row = self._add(purpose, conversation_id, secret_hash(secret), ttl, address, requester, detail)
        return self._value(row), secret

    def issue_code(
        self,
        purpose: str,
        conversation_id: str,
        *,
        address: str,
        ttl: timedelta = CODE_TTL,
        requester: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> tuple[Link, str]:
        """Return a code of 8 characters to be sent to `address`; earlier codes of the conversation and purpose end."""
        for row in self._scope.session.scalars(self._open_codes(purpose, conversation_id)):
            row.used_at = self._scope.clock()
        code = new_code()
        kept = {"address": address, **(detail or {})}
        row = self._add(purpose, conversation_id, self._code_hash(conversation_id, code), ttl, address, requester, kept)
        return self._value(row), code

    def peek(self, secret: str, purpose: str) -> Link | None:
        """Return a live link without using it up (to ask for the last four digits first)."""
        row = self._live(secret, purpose)
        return None if row is None else self._value(row)

    def redeem(self, secret: str, purpose: str) -> Link | None:
        """Use a link up; None when unknown, used or expired."""
        row = self._live(secret, purpose)
        if row is None:
            return None
        row.used_at = self._scope.clock()
        self._scope.session.flush()
        return self._value(row)

    def missed(self, link_id: str, *, tries: int = CODE_TRIES) -> int:
        """Count a wrong try (four digits that do not match); the last one ends the link. Return the tries left."""
        row = self._scope.session.get(LinkRow, link_id)
        if row is None:
            raise NotFound(f"no link {link_id}")
        row.tries += 1
        if row.tries >= tries:
            row.used_at = row.used_at or self._scope.clock()
        self._scope.session.flush()
        return max(0, tries - row.tries)

    def redeem_code(self, purpose: str, conversation_id: str, code: str) -> Link | None:
        """Use the conversation's code up; a wrong one counts, the fifth wrong one ends it. None when not accepted.

        The count must survive: commit the transaction also when None comes back.
        """
        row = self._scope.session.scalar(self._open_codes(purpose, conversation_id).with_for_update())
        if row is None:
            return None
        if row.secret_hash != self._code_hash(conversation_id, code):
            self.missed(row.id)
            return None
        row.used_at = self._scope.clock()
        self._scope.session.flush()
        return self._value(row)

    def issued_since(
        self,
        since: datetime,
        *,
        purpose: str | None = None,
        conversation_id: str | None = None,
        address: str | None = None,
        requester: str | None = None,
    ) -> int:
        """Count what was issued to a conversation, a number or a network address since a time (limits)."""
        query = select(func.count()).select_from(LinkRow).where(LinkRow.at >= since)
        if purpose is not None:
            query = query.where(LinkRow.purpose == purpose)
        if conversation_id is not None:
            query = query.where(LinkRow.conversation_id == conversation_id)
        if address is not None:
            query = query.where(LinkRow.address_index == self._scope.keyring.index("address", address))
        if requester is not None:
            query = query.where(LinkRow.requester_index == self._scope.keyring.index("requester", requester))
        return self._scope.session.scalar(query) or 0

    def _open_codes(self, purpose: str, conversation_id: str) -> Select[LinkRow]:
        return select(LinkRow).where(
            LinkRow.conversation_id == conversation_id,
            LinkRow.purpose == purpose,
            LinkRow.used_at.is_(None),
            LinkRow.expires_at > self._scope.clock(),
        )

    def _code_hash(self, conversation_id: str, code: str) -> str:
        # 40 bits would fall to a search offline: the hash is keyed, and bound to its conversation.
        return self._scope.keyring.index("code", f"{conversation_id} {code.strip().upper()}")

    def _live(self, secret: str, purpose: str) -> LinkRow | None:
        return self._scope.session.scalar(
            select(LinkRow)
            .where(
                LinkRow.secret_hash == secret_hash(secret),
                LinkRow.purpose == purpose,
                LinkRow.used_at.is_(None),
                LinkRow.expires_at > self._scope.clock(),
            )
            .with_for_update()
        )

    def _add(
        self,
        purpose: str,
        conversation_id: str | None,
        hashed: str,
        ttl: timedelta,
        address: str | None,
        requester: str | None,
        detail: Mapping[str, Any] | None,
    ) -> LinkRow:
        now, link_id = self._scope.clock(), new_id("ln")
        index = self._scope.keyring.index
        row = LinkRow(
            id=link_id,
            conversation_id=conversation_id,
            purpose=purpose,
            secret_hash=hashed,
            address_index=None if address is None else index("address", address),
            requester_index=None if requester is None else index("requester", requester),
            sealed=self._scope.seal(conversation_id, dict(detail), f"links/sealed/{link_id}") if detail else None,
            tries=0,
            expires_at=now + ttl,
            at=now,
        )
        self._scope.session.add(row)
        self._scope.session.flush()
        return row

    def _value(self, row: LinkRow) -> Link:
        return Link(
            row.id,
            row.conversation_id,
            row.purpose,
            row.tries,
            row.expires_at,
            row.used_at,
            row.at,
            self._scope.open(row.conversation_id, row.sealed, f"links/sealed/{row.id}") or {},
        )
