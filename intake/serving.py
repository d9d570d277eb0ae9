"""Listening: the public port, and, where the settings split them, the staff side and the metrics on ports of their own."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from intake import metrics
from intake.api.problems import problem
from intake.app import create_app
from intake.services import Services
from intake.settings import Settings

SHARED = ("/healthz", "/readyz", "/api/docs", "/api/openapi.json")
_STAFF = re.compile(
    r"/staff(/|$)|/api/v1/(handoffs|deliveries|destinations)(/|\.|$)|/api/v1/conversations/[^/]+/(takeover|handback|release|reply)$"
)


def of_staff(path: str) -> bool:
    """Whether a path belongs to the staff side (contract, section 3)."""
    return _STAFF.match(path) is not None


class OneSide:
    """ASGI: only the staff side of the app, or only the public one; the other is not there (404)."""

    def __init__(self, app: ASGIApp, *, staff: bool) -> None:
        self._app, self._staff = app, staff

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is of this side."""
        if scope["type"] == "http" and scope["path"] not in SHARED and of_staff(scope["path"]) != self._staff:
            await problem(404, "There is no such page.")(scope, receive, send)
            return
        await self._app(scope, receive, send)


class _Beside(uvicorn.Server):
    """A second server of the same process: signals go to the first one, which ends this one too."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp, settings: Settings, port: int, *, first: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app, host=settings.host, port=port, access_log=False, log_level="warning", proxy_headers=False, server_header=False,
        timeout_graceful_shutdown=5, h11_max_incomplete_event_size=65536, lifespan="on" if first else "off",
    )  # fmt: skip


def serve(settings: Settings) -> None:
    """Run the app until it is told to stop."""
    app = create_app(settings)
    parts: Services = app.state.services
    if settings.metrics_port:
        metrics.serve(parts.records, settings.metrics_port)
    if not settings.staff_port:
        uvicorn.Server(_config(app, settings, settings.port, first=True)).run()
        return
    public = uvicorn.Server(_config(OneSide(app, staff=False), settings, settings.port, first=True))
    staff = _Beside(_config(OneSide(app, staff=True), settings, settings.staff_port, first=False))
    asyncio.run(_both(public, staff))


async def _both(public: uvicorn.Server, staff: uvicorn.Server) -> None:
    beside = asyncio.create_task(staff.serve())
    try:
        await public.serve()
    finally:
        staff.should_exit = True
        await beside
