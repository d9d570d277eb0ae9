"""Tallies: counts by week and channel for the staff's numbers; they hold no id and outlive every conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from intake.records.models import TallyRow
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something happened in the week that begins on Monday `week`."""

    week: date
    channel: str
    measure: str
    detail: str
    n: int


class Tallies:
    """Count and read. Measures: started, consented, half, finished, booked, dropped_at (detail: question id),
    escalated (detail: tier), unreadable (detail: question id), minutes (detail: upper bound) …
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def count(self, measure: str, channel: str, *, detail: str = "", n: int = 1) -> None:
        """Add `n` to this week's count."""
        today = self._scope.clock().date()
        insert = sqlite.insert if self._scope.session.get_bind().dialect.name == "sqlite" else postgresql.insert
        row = insert(TallyRow).values(
            week=today - timedelta(days=today.weekday()), channel=channel, measure=measure, detail=detail, n=n
        )
        self._scope.session.execute(
            row.on_conflict_do_update(index_elements=["week", "channel", "measure", "detail"], set_={"n": TallyRow.n + n})
        )

    def list(self, since: date, until: date) -> Sequence[Tally]:
        """Return the counts of the weeks that begin in [since, until)."""
        query = (
            select(TallyRow)
            .where(TallyRow.week >= since, TallyRow.week < until)
            .order_by(TallyRow.week, TallyRow.channel, TallyRow.measure, TallyRow.detail)
        )
        return [Tally(row.week, row.channel, row.measure, row.detail, row.n) for row in self._scope.session.scalars(query)]
