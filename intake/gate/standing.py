"""Where a conversation stands, put together from the records: the interview's state and the red flags on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clinic.answers import Answer
from clinic.interview import State
from clinic.interview.asking import answered_so_far, remaining
from clinic.interview.state import answer_from_dict
from clinic.protocol import protocol
from clinic.red_flags import Raised
from intake.records import Conversation, Transaction
from intake.settings import Settings

# What of the interview's state is kept in the conversation's (sealed) memory; the rest comes from rows of its own.
REMEMBERED = (
    "question",
    "style",
    "offered",
    "asked",
    "path",
    "parked",
    "unreadable",
    "questions_asked",
    "person_requested",
)


@dataclass(frozen=True)
class Standing:
    """A conversation before its turn. `state.question` is the interview's open question; while escalated the one that is
    asked stands in `conversation.question` and the interview waits. `stored` are the answers as the records hold them."""

    conversation: Conversation
    state: State
    flags: tuple[Raised, ...]
    now: datetime
    stored: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def answer_rows(self) -> int:
        """How many rows of answers the records hold."""
        return sum(1 + len(body["previous"]) for body in self.stored.values())


def standing(tx: Transaction, conversation: Conversation, settings: Settings) -> Standing:
    """Load it."""
    memory = conversation.memory
    stored = tx.answers.current(conversation.id)
    answers = {qid: answer_from_dict(body) for qid, body in stored.items()}
    flags = flags_on_record(tx, conversation.id, memory)
    kept: tuple[dict[str, str], ...] = ()
    if conversation.consent != "yes":
        kept = tuple(
            {"message_id": m.id, "text": m.text}
            for m in tx.messages.list(conversation.id)
            if m.sender == "patient" and m.before_consent and m.text and m.body and "text" in m.body
        )
    body = {name: memory.get("interview", {})[name] for name in REMEMBERED if name in memory.get("interview", {})}
    body |= {
        "channel": conversation.channel,
        "kept": kept,
        "locations": [place.id for place in settings.clinic.locations],
        "raised": [flag.id for flag in flags],
    }
    return Standing(conversation, State.from_dict(body).but(answers=answers), flags, tx.now(), stored)


def flags_on_record(tx: Transaction, conversation_id: str, memory: Mapping[str, Any]) -> tuple[Raised, ...]:
    """The red flags of a conversation, with what the patient said of them afterwards."""
    confirmed: Mapping[str, Any] = memory.get("confirmed") or {}
    return tuple(
        Raised(
            row.flag, row.tier, row.state, tuple(row.evidence),
            row.shown_at.isoformat() if row.shown_at else None,
            confirmed.get(row.flag), row.flag in (memory.get("whole_list") or ()),
        )
        for row in tx.red_flags.list(conversation_id)
    )  # fmt: skip


def remember(state: State, **more: Any) -> dict[str, Any]:
    """The memory of a conversation: what of the interview's state has no row of its own."""
    body = state.but(answers={}).as_dict()
    return {"interview": {name: body[name] for name in REMEMBERED}, **more}


def view(conversation: Conversation, state: State, answers: Mapping[str, Answer] | None = None) -> dict[str, Any]:
    """The contract's `Conversation`."""
    if answers is not None:
        state = state.but(answers=answers)
    over = conversation.state in ("handed_off", "withdrawn", "expired")
    return {
        "id": conversation.id,
        "state": conversation.state,
        "channel": conversation.channel,
        "reference": conversation.reference,
        "progress": {
            "answered": len([qid for qid in answered_so_far(state) if qid in state.path]),
            "remaining": 0 if over else remaining(protocol(), state),
        },
        "question": conversation.question,
    }
