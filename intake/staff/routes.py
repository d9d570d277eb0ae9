"""Puts the staff pages into the app."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from intake.services import Services
from intake.staff import inbox, session


def include(app: FastAPI, parts: Services) -> None:
    """Add the routes; whoever is not logged in is led to the log-in."""
    app.include_router(session.router)
    app.include_router(inbox.router)

    @app.exception_handler(session.LogInFirst)
    async def log_in_first(request: Request, failure: Exception) -> Response:
        return RedirectResponse(getattr(failure, "to", "/staff/login"), 303)
