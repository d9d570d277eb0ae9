"""Which parts of the app are there: routers of the channels and of staff, and what runs in the background."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from clinic.reading import read
from intake.channels.sms.channel import SmsChannel
from intake.channels.sms.router import build_router as sms_router
from intake.channels.web.router import build_router as web_router
from intake.gate import person
from intake.services import Services
from intake.staff import routes as staff

logger = logging.getLogger(__name__)
KEEP_TIME_EVERY = 30.0
WARM = "my left knee hurts"


def include(app: FastAPI, parts: Services) -> None:
    """Add the routers."""
    app.include_router(web_router(parts.settings))
    staff.include(app, parts)
    app.state.sms = SmsChannel(parts.settings, parts.records, parts.gate)
    app.include_router(sms_router(app.state.sms, parts.settings))


@asynccontextmanager
async def background(app: FastAPI, parts: Services) -> AsyncIterator[None]:
    """What runs beside the requests, started and ended with the app."""
    await parts.in_thread(lambda: read(WARM))  # the first reading builds the lexicon; no patient should wait for it
    await app.state.sms.start()
    clock = asyncio.create_task(_keep_time(parts))
    try:
        yield
    finally:
        clock.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await clock
        await app.state.sms.stop()


async def _keep_time(parts: Services) -> None:
    """Every half minute: conversations that staff fell silent in, and intakes that have waited too long."""
    while True:
        try:
            for conversation_id in await parts.in_thread(lambda: person.keep_time(parts.records, parts.settings)):
                parts.gate.news.tell(conversation_id)
        except Exception as failure:  # the clock must outlive any one failure
            logger.error("keeping time failed: %s", type(failure).__name__)
        await asyncio.sleep(KEEP_TIME_EVERY)
