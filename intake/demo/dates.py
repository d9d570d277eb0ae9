"""Puts what was played just now into the past, so that the demonstration shows weeks of work and not one busy minute.

Only for the demonstration's own records. The audit and the answers' own times stay as they are: nothing may change those,
and they say truly when the demonstration was filled.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from intake.gate.tallying import minutes_class
from intake.records import Transaction
from intake.records.models import ConversationRow, TallyRow
from intake.records.models.base import UtcTime
from intake.records.personal_data import KINDS

# Played in seconds, told as if a person had typed: so many times slower.
SLOWER = 90
# Nothing may change an answer once it is given; work that waits for its time must not come due at once.
_LEFT_ALONE = ("answer", "job", "delivery")
Counts = Counter[tuple[Any, str, str, str]]


def counts(tx: Transaction) -> Counts:
    """All tallies as they are: (week, channel, measure, detail) -> how often."""
    rows = tx.scope.session.scalars(select(TallyRow))
    return Counter({(row.week, row.channel, row.measure, row.detail): row.n for row in rows})


def send_back(tx: Transaction, conversation_id: str, ago: timedelta, before: Counts) -> None:
    """Move one conversation so that it ended `ago`; what it added to the tallies since `before` moves with it."""
    began, ended = _span(tx, conversation_id)

    def moved(moment: datetime) -> datetime:
        return moment - ago - SLOWER * max(timedelta(0), ended - moment)

    rows = [row for kind in KINDS if kind.name not in _LEFT_ALONE for row in _rows(tx, kind, conversation_id)]
    for row in [*rows, tx.scope.session.get(ConversationRow, conversation_id)]:
        for column in type(row).__table__.columns:
            moment = getattr(row, column.key)
            if isinstance(column.type, UtcTime) and moment is not None:
                setattr(row, column.key, moved(moment))
    _move_counts(tx, counts(tx) - before, moved(began), moved(ended))
    tx.scope.session.flush()


def _span(tx: Transaction, conversation_id: str) -> tuple[datetime, datetime]:
    messages = tx.messages.list(conversation_id)
    return messages[0].at, messages[-1].at


def _rows(tx: Transaction, kind: Any, conversation_id: str) -> list[Any]:
    wanted = getattr(kind.table, kind.key).in_(kind.where(conversation_id))
    return list(tx.scope.session.scalars(select(kind.table).where(wanted)))


def _move_counts(tx: Transaction, added: Counts, began: datetime, ended: datetime) -> None:
    """Take what was added out of this week and count it in the week in which it is said to have happened."""
    monday = ended.date() - timedelta(days=ended.weekday())
    for (week, channel, measure, detail), n in added.items():
        row = tx.scope.session.get(TallyRow, (week, channel, measure, detail))
        assert row is not None, "it was counted a moment ago"
        if row.n == n:
            tx.scope.session.execute(delete(TallyRow).where(*_key(week, channel, measure, detail)))
        else:
            row.n -= n
        tx.scope.session.flush()
        detail = minutes_class(ended, began) if measure == "minutes" else detail
        there = tx.scope.session.get(TallyRow, (monday, channel, measure, detail), populate_existing=True)
        if there is None:
            tx.scope.session.add(TallyRow(week=monday, channel=channel, measure=measure, detail=detail, n=n))
        else:
            there.n += n


def _key(*values: Any) -> list[Any]:
    columns = (TallyRow.week, TallyRow.channel, TallyRow.measure, TallyRow.detail)
    return [column == value for column, value in zip(columns, values, strict=True)]
