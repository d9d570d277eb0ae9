"""Retention: how long each kind of conversation is kept, and which are due to be erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, func, or_, select

from intake.records.errors import NotFound
from intake.records.handoffs import RANKS
from intake.records.models import ConversationRow, HandoffRow, LinkRow, StaffLinkRow, StaffSessionRow
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms, as settings give them. All but `booked` count from the patient's last message.

    no_contact: nobody can be reached, or consent was never given. abandoned: a contact, but not finished.
    not_booked: finished, or urgent, and no appointment came of it. booked: counted from the copy to the clinic's
    own record. without_consent: an emergency shown without consent, unless staff close it earlier.
    """

    no_contact: timedelta = timedelta(days=7)
    abandoned: timedelta = timedelta(days=30)
    not_booked: timedelta = timedelta(days=396)
    booked: timedelta = timedelta(days=90)
    without_consent: timedelta = timedelta(hours=72)
    tombstone: timedelta = timedelta(days=30)

    def end_of_handoff(self, active_at: datetime, booked_at: datetime | None, copied_at: datetime | None) -> datetime:
        """Return when a handoff's own term ends."""
        if booked_at is not None and copied_at is not None:
            return copied_at + self.booked
        return active_at + self.not_booked


@dataclass(frozen=True, slots=True)
class Due:
    """A conversation whose term has ended, and which term that was."""

    conversation_id: str
    term: str


class Retention:
    """Find what is due. `Records.apply_retention` erases it, one transaction a conversation."""

    def __init__(self, scope: Scope, terms: Terms) -> None:
        self._scope = scope
        self._terms = terms

    def due(self, *, limit: int = 500, conversation_id: str | None = None) -> Sequence[Due]:
        """Return conversations (or this one) to erase now, the longest silent first; none under a legal hold."""
        now, terms = self._scope.clock(), self._terms
        c, h = ConversationRow, HandoffRow
        urgent = h.rank <= RANKS["T2"]
        unreachable = and_(
            or_(h.id.is_(None), and_(h.partial, ~urgent, h.status.in_(("new", "closed")))),
            or_(
                c.consent != "yes",
                and_(~c.has_contact, c.address_index.is_(None), func.coalesce(~h.has_contact, True)),
            ),
        )
        unfinished = or_(h.id.is_(None), and_(h.partial, ~urgent, h.booked_at.is_(None)))
        term = case(
            (and_(c.erased_at.is_not(None), h.id.is_(None)), "tombstone"),
            (h.locked_reason.is_not(None), "locked"),
            (h.without_consent.is_(True), "without_consent"),
            (unreachable, "no_contact"),
            (unfinished, "abandoned"),
            (and_(h.booked_at.is_not(None), h.copied_at.is_not(None)), "booked"),
            else_="not_booked",
        )
        ends = {
            "tombstone": c.erased_at <= now - terms.tombstone,
            "locked": h.locked_until <= now,
            "without_consent": or_(
                h.status == "closed",
                h.locked_until <= now,
                and_(h.locked_until.is_(None), h.created_at <= now - terms.without_consent),
            ),
            "no_contact": c.active_at <= now - terms.no_contact,
            "abandoned": c.active_at <= now - terms.abandoned,
            "booked": h.copied_at <= now - terms.booked,
            "not_booked": c.active_at <= now - terms.not_booked,
        }
        query = (
            select(c.id, term)
            .outerjoin(h, h.conversation_id == c.id)
            .where(
                ~c.legal_hold,
                or_(h.id.is_(None), ~h.legal_hold),
                or_(*(and_(term == name, end) for name, end in ends.items())),
            )
            .order_by(c.active_at)
            .limit(limit)
        )
        if conversation_id is not None:
            query = query.where(c.id == conversation_id)
        return [Due(found, name) for found, name in self._scope.session.execute(query)]

    def not_copied(self, *, limit: int = 100) -> Sequence[str]:
        """Return ids of booked handoffs that nobody marked as copied to the clinic's record, the oldest first."""
        query = (
            select(HandoffRow.id)
            .where(HandoffRow.booked_at.is_not(None), HandoffRow.copied_at.is_(None))
            .order_by(HandoffRow.booked_at)
            .limit(limit)
        )
        return list(self._scope.session.scalars(query))

    def copied(self, handoff_id: str) -> bool:
        """Note that the handoff stands in the clinic's own record now: its shorter term begins. False if noted before.

        Not a change of the handoff (its version stays): nothing that staff look at becomes stale by it.
        """
        row = self._scope.session.get(HandoffRow, handoff_id, with_for_update=True)
        if row is None:
            raise NotFound(f"no handoff {handoff_id}")
        if row.copied_at is not None:
            return False
        row.copied_at = self._scope.clock()
        self._scope.session.flush()
        return True

    def sweep(self) -> None:
        """Delete expired sessions and links: they are of no use and hold addresses' indexes."""
        now = self._scope.clock()
        # A day longer than their life: the limits per day count them.
        day_ago = now - timedelta(days=1)
        self._scope.session.execute(delete(LinkRow).where(LinkRow.expires_at < day_ago))
        self._scope.session.execute(delete(StaffLinkRow).where(StaffLinkRow.expires_at < day_ago))
        self._scope.session.execute(delete(StaffSessionRow).where(StaffSessionRow.expires_at < now))
