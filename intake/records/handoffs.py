"""Handoffs: the sealed document of the contract, and the plain columns that the inbox lists and filters by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from intake.records.errors import NotFound, StaleVersion, UnknownField
from intake.records.ids import new_id
from intake.records.models import HandoffRow, NoteRow
from intake.records.scope import Scope
from intake.records.search import SearchTerms
from intake.records.tallies import Tallies

RANKS = {"T1": 1, "T2": 2, "T3": 3, "T4": 4, None: 5}
OPEN_STATUSES = ("new", "in_review", "contacted")
_CHANGEABLE = frozenset(
    {
        "status",
        "assignee",
        "location",
        "due_at",
        "acknowledged_by",
        "acknowledged_at",
        "booked_at",
        "copied_at",
    }
    | {"closed_at", "close_reason", "hold", "has_contact"}
)


@dataclass(frozen=True, slots=True)
class Handoff:
    """One handoff. `document` is the contract's JSON with the live status, version and times; `name` may be None.

    `appointment` is the agreed time as `intake.handoff.appointments` keeps it. In a list it and `document` are None.
    `locked_reason` says why only admins may open it (withdrawn).
    """

    id: str
    conversation_id: str
    reference: str
    status: str
    reason: str
    urgency: str | None
    partial: bool
    has_contact: bool
    without_consent: bool
    hold: bool
    channel: str
    location: str | None
    assignee: str | None
    version: int
    close_reason: str | None
    due_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    booked_at: datetime | None
    copied_at: datetime | None
    closed_at: datetime | None
    legal_hold: bool
    locked_reason: str | None
    locked_until: datetime | None
    created_at: datetime
    updated_at: datetime
    name: str | None = field(repr=False)
    document: Mapping[str, Any] | None = field(repr=False)
    appointment: Mapping[str, Any] | None = field(repr=False, default=None)

    def as_item(self) -> dict[str, Any]:
        """Return the contract's list item."""
        return {
            "id": self.id,
            "reference": self.reference,
            "conversation_id": self.conversation_id,
            "urgency": self.urgency,
            "status": self.status,
            "reason": self.reason,
            "partial": self.partial,
            "name": self.name,
            "created_at": iso(self.created_at),
        }


@dataclass(frozen=True, slots=True)
class Note:
    """An internal note: author is a staff id."""

    id: str
    author: str
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list shows. Empty tuples and None do not filter; `tier` may hold None for handoffs without urgency."""

    statuses: tuple[str, ...] = ()
    tiers: tuple[str | None, ...] = ()
    location: str | None = None
    channel: str | None = None
    assignee: str | None = None
    partial: bool | None = None
    reason: str | None = None
    reference: str | None = None
    ids: tuple[str, ...] | None = None
    with_contact_only: bool = False
    include_locked: bool = False


_PLAIN = tuple(name for name in Handoff.__slots__ if name not in ("name", "document", "appointment"))


def iso(moment: datetime) -> str:
    """Return an ISO 8601 time in UTC with milliseconds and Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Handoffs:
    """Write, list, search and change handoffs."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._terms = SearchTerms(scope)
        self._locked: dict[str, HandoffRow] = {}

    def put(
        self,
        conversation_id: str,
        document: Mapping[str, Any],
        *,
        location: str | None = None,
        due_at: datetime | None = None,
        hold: bool = False,
        without_consent: bool = False,
        reindex: bool = True,
    ) -> Handoff:
        """Create the conversation's handoff from the contract's document, or replace its document.

        The document brings `reason`, `urgency`, `partial` and `answers`; the store gives id, reference, status,
        version and times (what the document says of them is ignored). An existing status, assignee and
        acknowledgement stay, except that a rise of urgency to T1 or T2 asks for acknowledgement again.
        `reindex` False: name and number are those of the document that stands already.
        """
        conversation = self._scope.conversation(conversation_id, lock=True)
        now = self._scope.clock()
        row = self._of(conversation_id, lock=True)
        reindex = reindex or row is None
        if row is None:
            row = HandoffRow(
                id=new_id("ho"),
                conversation_id=conversation_id,
                reference=conversation.reference,
                status="new",
                version=0,
                legal_hold=conversation.legal_hold,
                created_at=now,
            )
            self._scope.session.add(row)
        rank = RANKS[document["urgency"]]
        if row.version and rank < row.rank and rank <= RANKS["T2"]:
            row.acknowledged_by = row.acknowledged_at = None
        row.reason = document["reason"]
        row.urgency = document["urgency"]
        row.rank = rank
        row.partial = bool(document["partial"])
        row.hold = hold
        row.without_consent = without_consent
        row.channel = conversation.channel
        row.location = location or row.location
        row.due_at = due_at or row.due_at
        row.version += 1
        row.updated_at = now
        answers = document.get("answers", {})
        name, phone, email = (_words(answers, f"contact.{part}") for part in ("name", "phone", "email"))
        # On SMS the number is a contact without having been asked for.
        row.has_contact = bool(phone or email or conversation.address_index)
        row.sealed = self._scope.seal(conversation_id, dict(document), f"handoffs/sealed/{row.id}")
        row.sealed_name = self._scope.seal(conversation_id, name, f"handoffs/sealed_name/{row.id}") if name else None
        self._scope.session.flush()
        if reindex:
            self._terms.put(row.id, name=name, numbers=[phone] if phone else [])
        return self._value(row, dict(document))

    def get(self, handoff_id: str) -> Handoff:
        """Load one with its document. Raises NotFound."""
        row = self._row(handoff_id)
        return self._value(row, self._document(row))

    def of_conversation(self, conversation_id: str, *, lock: bool = False, document: bool = True) -> Handoff | None:
        """Load the handoff of a conversation, or None; with `lock` nobody else changes it until the transaction ends."""
        row = self._of(conversation_id, lock=lock)
        if row is None:
            return None
        return self._value(row, self._document(row) if document else None)

    def _of(self, conversation_id: str, *, lock: bool = False) -> HandoffRow | None:
        if conversation_id in self._locked:
            return self._locked[conversation_id]
        query = select(HandoffRow).where(HandoffRow.conversation_id == conversation_id)
        row = self._scope.session.scalar(query.with_for_update() if lock else query)
        if lock and row is not None:
            self._locked[conversation_id] = row
        return row

    def change(self, handoff_id: str, *, expected_version: int | None = None, **changes: Any) -> Handoff:
        """Change plain columns (status, assignee, …) and count the version up; stamps `booked_at` and `closed_at`.

        A version other than expected raises StaleVersion, an unknown field UnknownField.
        """
        row = self._row(handoff_id, lock=True)
        if expected_version is not None and row.version != expected_version:
            raise StaleVersion(handoff_id, row.version)
        now = self._scope.clock()
        for name, value in changes.items():
            if name not in _CHANGEABLE:
                raise UnknownField(f"a handoff has no changeable field {name}")
            setattr(row, name, value)
        if changes.get("status") == "booked" and "booked_at" not in changes:
            if row.booked_at is None:
                Tallies(self._scope).count("booked", row.channel)
            row.booked_at = row.booked_at or now
        if changes.get("status") == "closed" and "closed_at" not in changes:
            row.closed_at = row.closed_at or now
        row.version += 1
        row.updated_at = now
        self._scope.session.flush()
        return self._value(row, self._document(row))

    def set_appointment(self, handoff_id: str, appointment: Mapping[str, Any]) -> None:
        """Keep the agreed time, sealed; `change` beside it counts the version up."""
        row = self._row(handoff_id, lock=True)
        row.sealed_appointment = self._scope.seal(row.conversation_id, dict(appointment), f"handoffs/sealed_appointment/{row.id}")
        self._scope.session.flush()

    def list(
        self, wanted: Filter = Filter(), *, after: str | None = None, limit: int = 50
    ) -> tuple[Sequence[Handoff], str | None]:
        """Return a page (no documents), urgent first, then new, and the cursor of the next page or None.

        The cursor is the id of the last handoff shown; one that is gone meanwhile raises NotFound.
        """
        query = select(HandoffRow).where(*self._conditions(wanted))
        if after is not None:
            last = self._row(after)
            query = query.where(
                HandoffRow.rank >= last.rank,
                or_(
                    HandoffRow.rank > last.rank,
                    HandoffRow.created_at < last.created_at,
                    and_(HandoffRow.created_at == last.created_at, HandoffRow.id > last.id),
                ),
            )
        query = query.order_by(HandoffRow.rank, HandoffRow.created_at.desc(), HandoffRow.id).limit(limit + 1)
        rows = self._scope.session.scalars(query).all()
        page = rows[:limit]
        self._scope.load_keys({row.conversation_id for row in page})
        return [self._value(row) for row in page], page[-1].id if len(rows) > limit else None

    def search(self, text: str, *, limit: int = 50) -> Sequence[Handoff]:
        """Find by reference, by all whole words of a name, or by a full phone number, through the keyed index."""
        ids = self._terms.find(text, limit)
        return self.list(Filter(ids=tuple(ids)), limit=limit)[0] if ids else []

    def unacknowledged(self, *, tiers: tuple[str, ...] = ("T1", "T2"), limit: int = 100) -> Sequence[Handoff]:
        """Return open handoffs of these tiers that nobody has acknowledged by name, the earliest due first."""
        query = select(HandoffRow).where(*self._waiting(tiers)).order_by(HandoffRow.due_at, HandoffRow.id).limit(limit)
        rows = self._scope.session.scalars(query).all()
        self._scope.load_keys({row.conversation_id for row in rows})
        return [self._value(row) for row in rows]

    def count_unacknowledged(self, *, tiers: tuple[str, ...] = ("T1", "T2")) -> int:
        """Return how many there are, without opening any (live updates of the inbox)."""
        return self._scope.session.scalar(select(func.count()).select_from(HandoffRow).where(*self._waiting(tiers))) or 0

    @staticmethod
    def _waiting(tiers: tuple[str, ...]) -> Sequence[ColumnElement[bool]]:
        return (
            HandoffRow.acknowledged_at.is_(None),
            HandoffRow.rank.in_([RANKS[tier] for tier in tiers]),
            HandoffRow.status.in_(OPEN_STATUSES),
            HandoffRow.locked_reason.is_(None),
        )

    def changed_since(self, moment: datetime, *, limit: int = 100) -> Sequence[Handoff]:
        """Return handoffs changed after a moment, the oldest change first (live updates of the inbox)."""
        query = select(HandoffRow).where(HandoffRow.updated_at > moment).order_by(HandoffRow.updated_at).limit(limit)
        return [self._value(row) for row in self._scope.session.scalars(query)]

    def newest_change(self) -> datetime | None:
        """Return when any handoff was changed last, or None when there is none (live updates of the inbox)."""
        return self._scope.session.scalar(select(func.max(HandoffRow.updated_at)))

    def count_open(self) -> dict[str | None, int]:
        """Return how many open handoffs there are by urgency."""
        query = (
            select(HandoffRow.urgency, func.count())
            .where(HandoffRow.status.in_(OPEN_STATUSES), HandoffRow.locked_reason.is_(None))
            .group_by(HandoffRow.urgency)
        )
        return {row[0]: row[1] for row in self._scope.session.execute(query)}

    def add_note(self, handoff_id: str, author: str, text: str) -> Note:
        """Add an internal note (sealed); `author` is a staff id."""
        row = self._row(handoff_id, lock=True)
        note_id = new_id("no")
        sealed = self._scope.seal(row.conversation_id, text, f"notes/sealed/{note_id}")
        note = NoteRow(id=note_id, handoff_id=handoff_id, author=author, sealed=sealed, at=self._scope.clock())
        self._scope.session.add(note)
        row.updated_at = self._scope.clock()
        self._scope.session.flush()
        return Note(note.id, author, text, note.at)

    def notes(self, handoff_id: str) -> Sequence[Note]:
        """Return the notes of a handoff, the oldest first."""
        row = self._row(handoff_id)
        query = select(NoteRow).where(NoteRow.handoff_id == handoff_id).order_by(NoteRow.at, NoteRow.id)
        return [
            Note(n.id, n.author, self._scope.open(row.conversation_id, n.sealed, f"notes/sealed/{n.id}"), n.at)
            for n in self._scope.session.scalars(query)
        ]

    def _row(self, handoff_id: str, *, lock: bool = False) -> HandoffRow:
        row = self._scope.session.get(HandoffRow, handoff_id, with_for_update=lock or None, populate_existing=lock)
        if row is None:
            raise NotFound(f"no handoff {handoff_id}")
        return row

    def _conditions(self, wanted: Filter) -> Sequence[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if not wanted.include_locked:
            conditions.append(HandoffRow.locked_reason.is_(None))
        if wanted.statuses:
            conditions.append(HandoffRow.status.in_(wanted.statuses))
        if wanted.tiers:
            conditions.append(HandoffRow.rank.in_([RANKS[tier] for tier in wanted.tiers]))
        for column, value in (
            (HandoffRow.location, wanted.location),
            (HandoffRow.channel, wanted.channel),
            (HandoffRow.assignee, wanted.assignee),
            (HandoffRow.reason, wanted.reason),
        ):
            if value is not None:
                conditions.append(column == value)
        if wanted.reference is not None:
            conditions.append(HandoffRow.reference == wanted.reference.strip().upper())
        if wanted.partial is not None:
            conditions.append(HandoffRow.partial.is_(wanted.partial))
        if wanted.with_contact_only:
            # Who cannot be reached stays out of the main list, unless it is urgent.
            conditions.append(or_(HandoffRow.has_contact, HandoffRow.rank <= RANKS["T2"]))
        if wanted.ids is not None:
            conditions.append(HandoffRow.id.in_(wanted.ids))
        return conditions

    def _document(self, row: HandoffRow) -> dict[str, Any]:
        found: dict[str, Any] = self._scope.open(row.conversation_id, row.sealed, f"handoffs/sealed/{row.id}")
        return found

    def _value(self, row: HandoffRow, opened: dict[str, Any] | None = None) -> Handoff:
        if opened is not None:
            opened |= {
                "id": row.id,
                "reference": row.reference,
                "conversation_id": row.conversation_id,
                "created_at": iso(row.created_at),
                "updated_at": iso(row.updated_at),
                "version": row.version,
                "status": row.status,
                "reason": row.reason,
                "urgency": row.urgency,
                "partial": row.partial,
            }
        name = self._scope.open(row.conversation_id, row.sealed_name, f"handoffs/sealed_name/{row.id}")
        agreed = None
        if opened is not None:
            agreed = self._scope.open(row.conversation_id, row.sealed_appointment, f"handoffs/sealed_appointment/{row.id}")
        plain = {column: getattr(row, column) for column in _PLAIN}
        return Handoff(**plain, name=name, document=opened, appointment=agreed)


def _words(answers: Mapping[str, Any], question: str) -> str | None:
    value = answers.get(question, {}).get("value")
    return value if isinstance(value, str) and value.strip() else None
