"""Puts the staff pages into the app."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.api import problems
from intake.services import Services
from intake.staff import account, audit, data, deliveries, handoff_page, inbox, live, login, numbers, people, setup, work
from intake.staff.access import LogInFirst, current
from intake.staff.rendering import HERE, render

static = APIRouter(prefix="/staff/static", include_in_schema=False)


@static.get("/{name}")
def file(name: Annotated[str, Path(pattern=r"^[a-z]+\.(css|js|svg)$")]) -> Response:
    """Style and scripts of the staff pages; their address changes with their content."""
    path = HERE / "static" / name
    if not path.is_file():
        raise HTTPException(404, "No such file.")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


ROUTERS = (
    login.router, account.router, inbox.router, live.router, handoff_page.router, work.router, numbers.router, people.router,
    deliveries.router, setup.router, audit.router, data.router, static,
)  # fmt: skip


def include(app: FastAPI, parts: Services) -> None:
    """Add the routes; whoever is not logged in is led to the log-in, and a refused page still looks like ours."""
    for router in ROUTERS:
        app.include_router(router)

    @app.exception_handler(LogInFirst)
    async def log_in_first(request: Request, failure: Exception) -> Response:
        return RedirectResponse(getattr(failure, "to", "/staff/login"), 303)

    before = app.exception_handlers[HTTPException]

    @app.exception_handler(HTTPException)
    async def refused(request: Request, failure: Exception) -> Response:
        if not (isinstance(failure, HTTPException) and request.url.path.startswith("/staff")):
            return await before(request, failure)  # type: ignore[misc,no-any-return]
        if "text/html" not in request.headers.get("accept", ""):
            return problems.problem(failure.status_code, str(failure.detail))
        session = await parts.in_thread(lambda: current(parts, request))
        shown = session if session is not None and session.second_factor else None
        return render(parts, "refused.html", shown, status=failure.status_code, said=str(failure.detail))
