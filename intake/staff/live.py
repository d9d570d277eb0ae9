"""Live updates by server-sent events: how many urgent handoffs wait, and that a page has something new. No patient's words."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from intake.records import NotFound, Records
from intake.services import Services
from intake.staff.access import Here, LogInFirst, full_session

LOOK_EVERY = 1.5
FRESH_FOR = 1.0
STILL_THERE_EVERY = 20.0
router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/events")
async def events(
    request: Request, here: Here, handoff: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
) -> StreamingResponse:
    """The stream. It ends with the log-in, and does not keep a log-in alive by itself."""
    await here.in_thread(lambda: full_session(here, request))
    return StreamingResponse(
        _stream(request, here, handoff), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _stream(request: Request, here: Services, handoff: str) -> AsyncIterator[str]:
    last: dict[str, Any] | None = None
    spoke = time.monotonic()
    yield "retry: 3000\n\n"
    while not here.stopping.is_set() and not await request.is_disconnected():
        found = await here.in_thread(lambda: look(here, handoff))
        if found != last:
            last, spoke = found, time.monotonic()
            yield f"data: {json.dumps(found)}\n\n"
        elif time.monotonic() - spoke > STILL_THERE_EVERY:
            spoke = time.monotonic()
            try:
                await here.in_thread(lambda: full_session(here, request))
            except LogInFirst:
                yield "event: ended\ndata: {}\n\n"
                return
            yield ": still there\n\n"
        await asyncio.sleep(LOOK_EVERY)


class Glance:
    """The counts of the inbox, looked up once a second at most, however many pages are open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at, self._found = 0.0, dict[str, Any]()

    def counts(self, here: Services) -> dict[str, Any]:
        """`urgent` T1 and T2 that are open, `waiting` of them unacknowledged, `mark` changes with any handoff."""
        with self._lock:
            if not self._found or time.monotonic() - self._at > FRESH_FOR:
                self._found, self._at = self._look(here), time.monotonic()
            return dict(self._found)

    @staticmethod
    def _look(here: Services) -> dict[str, Any]:
        with here.records.read() as tx:
            count, newest = tx.handoffs.count_open(), tx.handoffs.newest_change()
            waiting = tx.handoffs.count_unacknowledged()
        urgent, mark = count.get("T1", 0) + count.get("T2", 0), newest.isoformat() if newest else ""
        return {"urgent": urgent, "waiting": waiting, "mark": f"{sum(count.values())}:{mark}"}


_glances: WeakKeyDictionary[Records, Glance] = WeakKeyDictionary()


def look(here: Services, handoff: str = "") -> dict[str, Any]:
    """The counts, and of one handoff its `version`, its conversation's `turn` and the id of the last `message`."""
    found = _glances.setdefault(here.records, Glance()).counts(here)
    if handoff:
        with here.records.read() as tx:
            try:
                one = tx.handoffs.get(handoff)
                last = tx.messages.last(one.conversation_id)
                found |= {"version": one.version, "turn": tx.conversations.get(one.conversation_id).turn, "message": last.id if last else None}
            except NotFound:
                found |= {"version": None}
    return found
