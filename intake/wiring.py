"""Which parts of the app are there: routers of the channels and of staff, and what runs in the background."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from intake.channels.sms.channel import SmsChannel
from intake.channels.sms.router import build_router as sms_router
from intake.channels.web.router import build_router as web_router
from intake.services import Services

logger = logging.getLogger(__name__)


def include(app: FastAPI, parts: Services) -> None:
    """Add the routers."""
    app.include_router(web_router(parts.settings))
    app.state.sms = SmsChannel(parts.settings, parts.records, parts.gate)
    app.include_router(sms_router(app.state.sms, parts.settings))


@asynccontextmanager
async def background(app: FastAPI, parts: Services) -> AsyncIterator[None]:
    """What runs beside the requests, started and ended with the app."""
    await app.state.sms.start()
    try:
        yield
    finally:
        await app.state.sms.stop()


