"""Conversations: state, open question, consent and address of one intake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from intake.records.errors import NotFound, StaleTurn, UnknownField
from intake.records.ids import new_id, new_reference, new_secret, secret_hash
from intake.records.models import ConversationRow
from intake.records.scope import Scope

ENDED_STATES = frozenset({"handed_off", "withdrawn", "expired"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation as the gate sees it. `memory` is the gate's own JSON (kept sealed); times are UTC."""

    id: str
    reference: str | None
    state: str
    state_before_takeover: str | None
    channel: str
    language: str
    question: str | None
    ask_style: str | None
    asked: tuple[str, ...]
    unreadable: int
    consent: str
    consent_version: str | None
    consent_at: datetime | None
    for_whom: str
    has_contact: bool
    protocol_version: str | None
    rules_version: str | None
    turn: int
    taken_over_by: str | None
    taken_over_at: datetime | None
    staff_active_at: datetime | None
    escalated_at: datetime | None
    legal_hold: bool
    created_at: datetime
    active_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None
    erased_at: datetime | None
    memory: Mapping[str, Any] = field(repr=False)


_PLAIN = tuple(name for name in Conversation.__slots__ if name not in ("asked", "memory"))
_CHANGEABLE = frozenset(_PLAIN) - {"id", "reference", "turn", "created_at", "erased_at", "legal_hold"} | {"asked"}


class Conversations:
    """Create, find, load and change conversations."""

    def __init__(self, scope: Scope, reference_prefix: str) -> None:
        self._scope = scope
        self._prefix = reference_prefix

    def create(
        self,
        channel: str,
        *,
        address: str | None = None,
        language: str = "en",
        protocol_version: str | None = None,
        rules_version: str | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[Conversation, str]:
        """Start a conversation with a data key of its own; return it and its bearer token `imc_…` (shown once)."""
        now = self._scope.clock()
        token = new_secret("imc")
        row = ConversationRow(
            id=new_id("cv"),
            token_hash=secret_hash(token),
            reference=self._free_reference(),
            state="active",
            channel=channel,
            language=language,
            asked=[],
            unreadable=0,
            consent="none",
            for_whom="self",
            has_contact=False,
            protocol_version=protocol_version,
            rules_version=rules_version,
            next_seq=1,
            turn=0,
            legal_hold=False,
            created_at=now,
            active_at=now,
            expires_at=expires_at,
        )
        self._scope.session.add(row)
        self._scope.new_key(row.id)
        self._scope.session.flush()
        if address is not None:
            self._set_address(row, channel, address)
        return self._value(row), token

    def _free_reference(self) -> str:
        """Return an unused reference, a character longer whenever the short ones get crowded."""
        for attempt in range(40):
            reference = new_reference(self._prefix, 4 + attempt // 4)
            taken = select(ConversationRow.id).where(ConversationRow.reference == reference)
            if self._scope.session.scalar(taken) is None:
                return reference
        raise RuntimeError("no free reference was found in 40 tries")

    def get(self, conversation_id: str, *, lock: bool = False) -> Conversation:
        """Load one; with `lock` no other transaction writes it meanwhile. Raises NotFound."""
        return self._value(self._scope.conversation(conversation_id, lock=lock))

    def find(self, conversation_id: str, *, lock: bool = False) -> Conversation | None:
        """Load one or None; `lock` as in `get`."""
        try:
            return self._value(self._scope.conversation(conversation_id, lock=lock))
        except NotFound:
            return None

    def token_matches(self, conversation_id: str, token: str) -> bool:
        """Is this the bearer token of this conversation? (The hash is of 256 random bits; an index look-up is safe.)"""
        return self.channel_by_token(conversation_id, token) is not None

    def channel_by_token(self, conversation_id: str, token: str) -> str | None:
        """The channel of this conversation if this is its bearer token, else None."""
        query = select(ConversationRow.id, ConversationRow.channel).where(ConversationRow.token_hash == secret_hash(token))
        found = self._scope.session.execute(query).first()
        return found.channel if found is not None and found.id == conversation_id else None

    def new_token(self, conversation_id: str) -> str:
        """Replace the bearer token, for instance when another device takes over by a link; return the new one."""
        token = new_secret("imc")
        self._scope.conversation(conversation_id, lock=True).token_hash = secret_hash(token)
        return token

    def by_reference(self, reference: str) -> Conversation | None:
        """Find by the reference that the patient was told."""
        query = select(ConversationRow).where(ConversationRow.reference == reference.strip().upper())
        row = self._scope.session.scalar(query)
        return None if row is None else self._value(row)

    def latest_by_address(self, channel: str, address: str) -> Conversation | None:
        """Return the newest conversation of a phone number (E.164) on a channel, in any state, or None."""
        query = (
            select(ConversationRow)
            .where(
                ConversationRow.channel == channel,
                ConversationRow.address_index == self._scope.keyring.index("address", address),
            )
            .order_by(ConversationRow.created_at.desc())
            .limit(1)
        )
        row = self._scope.session.scalar(query)
        return None if row is None else self._value(row)

    def address(self, conversation_id: str) -> str | None:
        """Return the phone number (or other address) of the conversation's channel, opened, or None."""
        row = self._scope.conversation(conversation_id)
        opened = self._scope.open(row.id, row.sealed_address, f"conversations/sealed_address/{row.id}")
        return None if opened is None else str(opened)

    def set_address(self, conversation_id: str, channel: str, address: str) -> None:
        """Tie a confirmed address to the conversation and make it its channel."""
        self._set_address(self._scope.conversation(conversation_id, lock=True), channel, address)

    def _set_address(self, row: ConversationRow, channel: str, address: str) -> None:
        row.channel = channel
        row.address_index = self._scope.keyring.index("address", address)
        row.sealed_address = self._scope.seal(row.id, address, f"conversations/sealed_address/{row.id}")

    def change(
        self,
        conversation_id: str,
        *,
        expected_turn: int | None = None,
        memory: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Conversation:
        """Change fields of `Conversation` and count the turn up.

        With `expected_turn` (the `turn` read before) a concurrent turn raises StaleTurn. Entering an ended state
        sets `ended_at`, leaving it clears it. Raises UnknownField for a field that cannot be changed.
        """
        row = self._scope.conversation(conversation_id, lock=True)
        if expected_turn is not None and row.turn != expected_turn:
            raise StaleTurn(f"conversation {conversation_id} is at turn {row.turn}, not {expected_turn}")
        for name, value in changes.items():
            if name not in _CHANGEABLE:
                raise UnknownField(f"a conversation has no changeable field {name}")
            setattr(row, name, list(value) if name == "asked" else value)
        if "state" in changes and "ended_at" not in changes:
            ended = row.state in ENDED_STATES
            row.ended_at = (row.ended_at or self._scope.clock()) if ended else None
        if memory is not None:
            row.sealed_memory = self._scope.seal(row.id, dict(memory), f"conversations/sealed_memory/{row.id}")
        row.turn += 1
        self._scope.session.flush()
        return self._value(row)

    def inactive(self, before: datetime, *, states: tuple[str, ...] = ("active",), limit: int = 100) -> list[str]:
        """Return ids of conversations in these states without activity since `before`, the oldest first."""
        query = (
            select(ConversationRow.id)
            .where(ConversationRow.state.in_(states), ConversationRow.active_at < before)
            .order_by(ConversationRow.active_at)
            .limit(limit)
        )
        return list(self._scope.session.scalars(query))

    def count_by_state(self) -> dict[str, int]:
        """Return the number of conversations by state (for metrics: no ids)."""
        query = select(ConversationRow.state, func.count()).group_by(ConversationRow.state)
        return {row[0]: row[1] for row in self._scope.session.execute(query)}

    def _value(self, row: ConversationRow) -> Conversation:
        memory = self._scope.open(row.id, row.sealed_memory, f"conversations/sealed_memory/{row.id}") or {}
        plain = {name: getattr(row, name) for name in _PLAIN}
        return Conversation(**plain, asked=tuple(row.asked), memory=memory)
