"""The free times of the booking system, on a page from which one is booked for a handoff with one tap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated, Protocol, runtime_checkable

from fastapi import APIRouter, Query
from fastapi.responses import Response

from intake.handoff.delivery import Refused, Retry
from intake.handoff.outbox import open_destination
from intake.hours import clinic_zone
from intake.services import Services
from intake.staff.access import Here, Id, Member, actor, found
from intake.staff.rendering import render
from intake.staff.words import say
from intake.work import delivery_context

DAYS = 14  # shown at once
router = APIRouter(prefix="/staff", include_in_schema=False)


@runtime_checkable
class Calendar(Protocol):
    """A destination that knows its free times."""

    def available_times(self, location: str, service: str, first: date, last: date) -> list[datetime]:
        """Free start times (UTC) between two dates, both included. Raises Refused, Retry."""
        ...


def calendar(here: Services) -> Calendar | None:
    """The first destination in use with a calendar, None without one."""
    for destination in here.settings.delivery.destinations:
        adapter = open_destination(destination, delivery_context(here.settings))
        if isinstance(adapter, Calendar):
            return adapter
    return None


@router.get("/handoffs/{handoff_id}/times")
async def times(
    handoff_id: Id,
    here: Here,
    session: Member,
    service: Annotated[str, Query(max_length=60)] = "",
    location: Annotated[str, Query(max_length=60)] = "",
    day: date | None = None,
) -> Response:
    """Two weeks of free times from `day` (default today) for a service at a location, each a button that books it."""
    zone = clinic_zone(here.settings.hours.timezone)
    today = here.records.clock().astimezone(zone).date()
    first = max(day, today) if day and day < today + timedelta(days=366) else today
    last = first + timedelta(days=DAYS - 1)

    def load() -> tuple[object, list[datetime], str | None]:
        with here.records.begin() as tx:
            handoff = found(tx, handoff_id, session.user.role)
            tx.audit.record("handoff.free_times", actor(session), "handoff", handoff_id)
        asked = calendar(here)
        if asked is None:
            return handoff, [], say("told", "no_calendar")
        try:
            return handoff, asked.available_times(location, service, first, last), None
        except Refused:
            return handoff, [], say("told", "not_in_calendar")
        except Retry:
            return handoff, [], say("told", "calendar_silent")

    handoff, free, problem = await here.in_thread(load)
    now = here.records.clock()
    local = sorted(moment.astimezone(zone) for moment in free if moment > now)
    names = {s.id: s.name for s in here.settings.booking.services} | {p.id: p.name for p in here.settings.clinic.locations}
    return render(
        here, "times.html", session, problem=problem, one=handoff, days=list(_days(local)), service=service, location=location,
        names=names, first=first, last=last, earlier=first - timedelta(days=DAYS) if first > today else None, later=last + timedelta(days=1),
    )  # fmt: skip


def _days(local: list[datetime]) -> Iterator[tuple[date, list[datetime]]]:
    """(day, its free times)."""
    for day, moments in groupby(local, key=lambda moment: moment.date()):
        yield day, list(moments)
