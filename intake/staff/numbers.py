"""The numbers: funnel, drop-off, time to finish, escalations, unreadable turns, by channel and week. From tallies that hold no
patient; small counts are not shown exactly, so that nobody can be found in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from clinic.staff_words import name_of
from intake.records import StaffSession
from intake.records.tallies import Tally
from intake.staff.access import Here, actor, allowed
from intake.staff.charts import bars
from intake.staff.rendering import render
from intake.staff.words import name

SMALL = 5
FUNNEL = (("started", "Started"), ("consented", "Agreed"), ("half", "Half way"), ("finished", "Finished"), ("booked", "Booked"))
MINUTES = ("3", "5", "10", "15", "30", "60", "over")
WEEKS = (4, 12, 26, 52)
Reader = Annotated[StaffSession, Depends(allowed("numbers"))]
router = APIRouter(prefix="/staff", include_in_schema=False)


@dataclass(frozen=True)
class Figure:
    """One row: a label and a count as it may be shown. `width` is what its bar stands for."""

    label: str
    text: str
    width: int


def shown(count: int) -> tuple[str, int]:
    """A count as it may be shown: 0, "1–4", or rounded to the nearest five, so that no difference tells of one person."""
    if count <= 0:
        return "0", 0
    if count < SMALL:
        return "1–4", 2
    rounded = 5 * round(count / 5)
    return str(rounded), rounded


def figures(counts: Iterable[tuple[str, int]]) -> list[Figure]:
    """Rows of a picture and its table."""
    return [Figure(label, *shown(count)) for label, count in counts]


@router.get("/numbers")
def numbers(here: Here, session: Reader, weeks: Annotated[int, Query(ge=1, le=520)] = 12) -> Response:
    """Pictures, each with its table."""
    today = here.records.clock().date()
    monday = today - timedelta(days=today.weekday())
    with here.records.begin() as tx:
        tallies = tx.tallies.list(monday - timedelta(weeks=weeks - 1), monday + timedelta(days=7))
        tx.audit.record("numbers.read", actor(session), "installation", "this")
    pictures = [(title, note, bars(title, rows), rows) for title, note, rows in blocks(tallies)]
    return render(here, "numbers.html", session, here_now="numbers", pictures=pictures, weeks=weeks, choices=WEEKS)


def blocks(tallies: Sequence[Tally]) -> list[tuple[str, str, list[Figure]]]:
    """Title, note and rows of each picture."""

    def count(measure: str, key: Callable[[Tally], str] = lambda t: "") -> Counter[str]:
        found: Counter[str] = Counter()
        for tally in tallies:
            if tally.measure == measure:
                found[key(tally)] += tally.n
        return found

    funnel = [(label, count(measure)[""]) for measure, label in FUNNEL]
    dropped, minutes = count("dropped_at", _detail), count("minutes", _detail)
    escalated, unreadable = count("escalated", _detail), count("unreadable", _detail)
    channels, weeks = count("started", lambda t: t.channel), count("started", lambda t: t.week.isoformat())
    finished = count("finished", lambda t: t.week.isoformat())
    return [
        ("From start to booking", "Intakes that came so far.", figures(funnel)),
        ("Where people stopped", "The question that was open when an intake ran out of time.", figures(_top(dropped))),
        ("Minutes to finish", "From the first screen to the last answer, pauses included.", figures(_minutes(minutes))),
        ("Emergency words shown", "By the most urgent flag.", figures((t, escalated[t]) for t in ("T1", "T2"))),
        ("Answers that could not be read", "By question.", figures(_top(unreadable))),
        ("By channel", "Intakes started.", figures((name("channel", c), n) for c, n in channels.most_common())),
        ("Started by week", "Week that begins on this Monday.", figures(sorted(weeks.items()))),
        ("Finished by week", "Week that begins on this Monday.", figures((w, finished[w]) for w in sorted(weeks))),
    ]


def _detail(tally: Tally) -> str:
    return tally.detail


def _top(counts: Mapping[str, int], most: int = 12) -> list[tuple[str, int]]:
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])[:most]
    return [(name_of(question) if question else "no question", n) for question, n in ranked]


def _minutes(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [("more than 60" if m == "over" else f"up to {m}", counts.get(m, 0)) for m in MINUTES]
