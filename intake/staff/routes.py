"""Puts the staff pages into the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.api import problems
from intake.api.limits import TooMany
from intake.services import Services
from intake.staff import account, audit, data, deliveries, free_times, handoff_page, inbox, live, login, numbers, people, setup, work
from intake.staff.access import LogInFirst, current
from intake.staff.rendering import HERE, render
from intake.staff.words import say

static = APIRouter(prefix="/staff/static", include_in_schema=False)


@static.get("/{name}")
def file(name: Annotated[str, Path(pattern=r"^[a-z]+\.(css|js|svg)$")]) -> Response:
    """Style and scripts of the staff pages; their address changes with their content."""
    path = HERE / "static" / name
    if not path.is_file():
        raise HTTPException(404, "No such file.")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


ROUTERS = (
    login.router, account.router, inbox.router, live.router, handoff_page.router, free_times.router, work.router, numbers.router, people.router,
    deliveries.router, setup.router, audit.router, data.router, static,
)  # fmt: skip


def include(app: FastAPI, parts: Services) -> None:
    """Add the routes; whoever is not logged in is led to the log-in, and a refused page still looks like ours."""
    for router in ROUTERS:
        app.include_router(router)

    @app.exception_handler(LogInFirst)
    async def log_in_first(request: Request, failure: Exception) -> Response:
        return RedirectResponse(getattr(failure, "to", "/staff/login"), 303)

    def told(kind: type[Exception], said: Callable[[Exception], tuple[int, str]]) -> None:
        """Errors of this kind on a staff page look like a page of ours; elsewhere, and for programs, they stay what they were."""
        before = app.exception_handlers[kind]

        @app.exception_handler(kind)
        async def refused(request: Request, failure: Exception) -> Response:
            answer: Response = await before(request, failure)  # type: ignore[misc]
            if not _wants_page(request):
                return answer
            session = await parts.in_thread(lambda: current(parts, request))
            shown = session if session is not None and session.second_factor else None
            status, words = said(failure)
            page = render(parts, "refused.html", shown, status=status, said=words)
            if "retry-after" in answer.headers:
                page.headers["Retry-After"] = answer.headers["retry-after"]
            return page

    told(HTTPException, lambda failure: (failure.status_code, str(failure.detail)) if isinstance(failure, HTTPException) else (500, ""))
    told(RequestValidationError, lambda failure: (422, say("told", "bad_request")))
    told(TooMany, lambda failure: (429, say("told", "too_many", wait=wait_words(getattr(failure, "seconds", 60)))))


def broken(parts: Services, request: Request) -> Response:
    """What a request that failed on our side gets: a page for a person, a problem for a program. Reads nothing, so it cannot fail too."""
    if _wants_page(request):
        return render(parts, "refused.html", status=500, said=problems.BROKEN)
    return problems.problem(500, problems.BROKEN)


def wait_words(seconds: int) -> str:
    """A wait as people say it."""
    return f"{seconds} second{'s' if seconds != 1 else ''}" if seconds < 60 else "a minute"


def _wants_page(request: Request) -> bool:
    return request.url.path.startswith("/staff") and "text/html" in request.headers.get("accept", "")
