"""Each kind of personal data: where it stands, what an export shows of it, and how its rows are erased.

Export-then-erase is one list, so that what an export shows and what an erasure removes cannot drift apart. A test
holds the list against the schema: every table that belongs to a conversation is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, select

from intake.records.handoffs import iso
from intake.records.models import (
    AnswerRow,
    Base,
    ConsentRow,
    DeliveryRow,
    HandoffRow,
    JobRow,
    LinkRow,
    MessageRow,
    NoteRow,
    RedFlagRow,
    SearchTermRow,
)
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data. `where` selects ids of its rows; `shown` opens one row for an export."""

    name: str
    table: type[Base]
    key: str
    where: Callable[[str], Select[Any]]
    shown: Callable[[Scope, str, Any], Mapping[str, Any]] | None
    order: Any

    @property
    def plural(self) -> str:
        """The name of the list in an export."""
        return "deliveries" if self.name == "delivery" else f"{self.name}s"

    def erase(self, scope: Scope, conversation_id: str) -> int:
        """Delete the rows of a conversation and return how many there were."""
        column = getattr(self.table, self.key)
        change = delete(self.table).where(column.in_(self.where(conversation_id))).returning(column)
        return len(scope.session.scalars(change, execution_options={"synchronize_session": "fetch"}).all())

    def export(self, scope: Scope, conversation_id: str) -> list[Mapping[str, Any]]:
        """Return the rows of a conversation, opened, in order."""
        if self.shown is None:
            return []
        column = getattr(self.table, self.key)
        query = select(self.table).where(column.in_(self.where(conversation_id))).order_by(self.order, column)
        return [self.shown(scope, conversation_id, row) for row in scope.session.scalars(query)]


def _kind(name: str, table: Any, shown: Callable[[Scope, str, Any], Mapping[str, Any]] | None, order: Any) -> Kind:
    """A kind whose table names its conversation."""

    def where(conversation_id: str) -> Select[Any]:
        return select(table.id).where(table.conversation_id == conversation_id)

    return Kind(name, table, "id", where, shown, order)


def _of_handoff(column: Any, handoff: Any) -> Callable[[str], Select[Any]]:
    return lambda conversation_id: select(column).where(
        handoff.in_(select(HandoffRow.id).where(HandoffRow.conversation_id == conversation_id))
    )


def _message(scope: Scope, owner: str, row: MessageRow) -> Mapping[str, Any]:
    content = scope.open(owner, row.sealed, f"messages/sealed/{row.id}") or {}
    return {
        "id": row.id,
        "from": row.sender,
        "at": iso(row.at),
        "channel": row.channel,
        "kind": row.kind,
        "question": row.question,
        "text": content.get("text"),
        "choices": content.get("choices", []),
        "media": content.get("media", []),
    }


def _answer(scope: Scope, owner: str, row: AnswerRow) -> Mapping[str, Any]:
    return {"question": row.question, **scope.open(owner, row.sealed, f"answers/sealed/{row.id}")}


def _red_flag(scope: Scope, owner: str, row: RedFlagRow) -> Mapping[str, Any]:
    content = scope.open(owner, row.sealed, f"red_flags/sealed/{row.id}")
    return {
        "id": content["flag"],
        "tier": row.tier,
        "state": row.state,
        "evidence": content["evidence"],
        "at": iso(row.at),
        "shown_at": iso(row.shown_at) if row.shown_at else None,
        "denied_at": iso(row.denied_at) if row.denied_at else None,
    }


def _consent(scope: Scope, owner: str, row: ConsentRow) -> Mapping[str, Any]:
    return {
        "answer": row.answer,
        "notice_version": row.notice_version,
        "channel": row.channel,
        "by": row.by,
        "at": iso(row.at),
    }


def _handoff(scope: Scope, owner: str, row: HandoffRow) -> Mapping[str, Any]:
    document: dict[str, Any] = scope.open(owner, row.sealed, f"handoffs/sealed/{row.id}")
    return {
        **document,
        "id": row.id,
        "reference": row.reference,
        "status": row.status,
        "version": row.version,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "appointment": scope.open(owner, row.sealed_appointment, f"handoffs/sealed_appointment/{row.id}"),
    }


def _note(scope: Scope, owner: str, row: NoteRow) -> Mapping[str, Any]:
    return {
        "author": row.author,
        "at": iso(row.at),
        "text": scope.open(owner, row.sealed, f"notes/sealed/{row.id}"),
    }


def _delivery(scope: Scope, owner: str, row: DeliveryRow) -> Mapping[str, Any]:
    return {
        "to": f"{row.kind}:{row.destination}",
        "state": row.state,
        "created_at": iso(row.created_at),
        "sent_at": iso(row.sent_at) if row.sent_at else None,
        "content": scope.open(row.conversation_id, row.sealed, f"deliveries/sealed/{row.id}"),
    }


def _link(scope: Scope, owner: str, row: LinkRow) -> Mapping[str, Any]:
    return {"purpose": row.purpose, "at": iso(row.at), "used_at": iso(row.used_at) if row.used_at else None}


# In the order in which they are erased: what hangs on a handoff before the handoff.
KINDS = (
    Kind("note", NoteRow, "id", _of_handoff(NoteRow.id, NoteRow.handoff_id), _note, NoteRow.at),
    Kind(
        "search_term",
        SearchTermRow,
        "handoff_id",
        _of_handoff(SearchTermRow.handoff_id, SearchTermRow.handoff_id),
        None,
        SearchTermRow.term,
    ),
    _kind("delivery", DeliveryRow, _delivery, DeliveryRow.created_at),
    _kind("job", JobRow, None, JobRow.run_at),
    _kind("handoff", HandoffRow, _handoff, HandoffRow.created_at),
    _kind("link", LinkRow, _link, LinkRow.at),
    _kind("red_flag", RedFlagRow, _red_flag, RedFlagRow.at),
    _kind("answer", AnswerRow, _answer, AnswerRow.seq),
    _kind("consent", ConsentRow, _consent, ConsentRow.at),
    _kind("message", MessageRow, _message, MessageRow.seq),
)
BY_NAME = {kind.name: kind for kind in KINDS}
