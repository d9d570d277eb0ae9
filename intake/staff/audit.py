"""The audit for admins: who read and changed what, filtered, page by page, and as a file. There is no route that changes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from intake.hours import clinic_zone
from intake.records import StaffSession
from intake.services import Services
from intake.staff.access import Here, actor, allowed, people_of
from intake.staff.rendering import render

PAGE = 100
Admin = Annotated[StaffSession, Depends(allowed("audit"))]
router = APIRouter(prefix="/staff", include_in_schema=False)


def _moment(text: str, here: Services, *, after: bool = False) -> datetime | None:
    """The beginning (or, with `after`, the end) of a day in the clinic's zone; None for what is no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    local = datetime.combine(day + timedelta(days=1 if after else 0), time(0), clinic_zone(here.settings.hours.timezone))
    return local.astimezone(UTC)


@router.get("/audit")
def audit(
    request: Request,
    here: Here,
    session: Admin,
    action: Annotated[str, Query(pattern=r"^[a-z_.]{0,60}$")] = "",
    who: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    subject: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """A page of entries, the newest first."""
    with here.records.begin() as tx:
        entries = tx.audit.list(
            action=action or None, actor_id=who or None, subject_id=subject or None, since=_moment(since, here),
            until=_moment(until, here, after=True), before=before, limit=PAGE + 1,
        )  # fmt: skip
        people = people_of(tx)
        tx.audit.record("audit.read", actor(session), "audit", None)
    asked = {"action": action, "who": who, "subject": subject, "since": since, "until": until}
    return render(
        here, "audit.html", session, here_now="audit", entries=entries[:PAGE], people=people, asked=asked,
        older=entries[PAGE - 1].id if len(entries) > PAGE else None,
    )  # fmt: skip


@router.get("/audit.csv")
def audit_csv(
    here: Here,
    session: Admin,
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """All entries of a time as CSV, the oldest first."""
    first, last = _moment(since, here), _moment(until, here, after=True)
    with here.records.begin() as tx:
        tx.audit.record("audit.export", actor(session), "audit", None, format="csv")

    def lines() -> Iterator[str]:
        with here.records.read() as tx:
            yield from tx.audit.csv(since=first, until=last)

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
