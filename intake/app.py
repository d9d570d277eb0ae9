"""The app: one process, one public port. Puts the parts together; decides nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.gzip import GZipMiddleware

from intake import wiring
from intake.api import conversations, description, handoffs, problems, staff_conversations
from intake.api.limits import BodyLimit, TooMany
from intake.handoff import routes
from intake.metrics import Measured
from intake.services import Services, build
from intake.settings import Settings, settings
from intake.staff import routes as staff

logger = logging.getLogger(__name__)
DESCRIPTION = "Intake before a first visit: conversations of patients, handoffs for staff. Not for emergencies."


def create_app(chosen: Settings | None = None) -> FastAPI:
    """The app of one installation."""
    configuration = chosen or settings()
    parts = build(configuration)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with wiring.background(app, parts):
            waiting = await parts.gate.recover()
            if waiting:
                logger.info("answered %d messages that a stop had left waiting", waiting)
            yield
        parts.stopping.set()
        await parts.dialogue.close()
        parts.records.close()

    app = FastAPI(
        title="IMS Intake", version="1", description=DESCRIPTION, lifespan=life,
        docs_url="/api/docs", openapi_url="/api/openapi.json", redoc_url=None,
    )  # fmt: skip
    app.state.services = parts
    problems.install(app)
    description.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(BodyLimit, most=configuration.limits.body_bytes)
    app.add_middleware(Measured)

    @app.exception_handler(TooMany)
    async def too_many(request: Request, failure: Exception) -> JSONResponse:
        seconds = getattr(failure, "seconds", 60)
        return problems.problem(
            429, "Too many requests in a short time. Please wait a little.", {"Retry-After": str(seconds)}
        )

    @app.middleware("http")
    async def plain_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            response = await call_next(request)
        except Exception as failure:  # further out the server would log its text, which may hold a patient's words
            logger.error("a request failed: %s", type(failure).__name__)
            response = staff.broken(parts, request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        if request.url.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    health(app, parts)
    app.include_router(conversations.router)
    routes.include(app, parts)  # before the handoff's own routes: they would take `{id}.pdf` for an id
    app.include_router(handoffs.router)
    app.include_router(staff_conversations.router)
    wiring.include(app, parts)
    return app


def health(app: FastAPI, parts: Services) -> None:
    """`/healthz` (the process is up) and `/readyz` (database, dialogue model and actions answer)."""

    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Up."""
        return {"status": "up"}

    @app.get("/readyz", tags=["health"], responses=problems.responses(503))
    async def readyz() -> Response:
        """Ready to hold a conversation; 503 names what is not."""
        found = await parts.dialogue.ready()
        try:
            found["database"] = await parts.in_thread(parts.records.ready)
        except Exception as failure:  # any driver's error means: not ready
            logger.error("the database does not answer: %s", type(failure).__name__)
            found["database"] = False
        if all(found.values()):
            return JSONResponse({"status": "ready", **found})
        missing = ", ".join(name for name, ready in found.items() if not ready)
        return problems.problem(503, f"Not ready: {missing}.", {"Retry-After": "5"}, **found)
