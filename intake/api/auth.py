"""Who asks: a program by its key (imk_…), or a member of staff by the session cookie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from intake.records import Actor
from intake.services import Services, services

SESSION_COOKIE = "ims_staff"
CSRF_HEADER = "X-CSRF-Token"
bearer = HTTPBearer(auto_error=False, description="An API key of a program (imk_…)")
cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="The session of a member of staff")


@dataclass(frozen=True)
class Reader:
    """Somebody who may see handoffs: `actor` for the audit, `role` for what may be seen."""

    actor: Actor
    role: str
    name: str


async def reader(
    request: Request,
    here: Annotated[Services, Depends(services)],
    key: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    session: Annotated[str | None, Depends(cookie)],
) -> Reader:
    """The reader of this request, or 401. A change by cookie also needs the session's CSRF token (403 without)."""

    def by_key(secret: str) -> Reader | None:
        with here.records.begin() as tx:
            found = tx.api_keys.check(secret)
            if found is None:
                return None
            tx.api_keys.used(found.id)
            return Reader(Actor("api_key", found.id), found.role, found.name)

    if key is not None:
        known = await here.in_thread(lambda: by_key(key.credentials))
        if known is None:
            raise HTTPException(
                401, "This key is not known, has expired or was revoked.", {"WWW-Authenticate": "Bearer"}
            )
        return known
    if session is None:
        raise HTTPException(401, "Log in, or send an API key as bearer token.", {"WWW-Authenticate": "Bearer"})

    def by_session(secret: str) -> tuple[Reader, str] | None:
        with here.records.read() as tx:
            found = tx.staff_users.session(secret)
        if found is None or not found.second_factor or found.user.must_change_password:
            return None
        return Reader(Actor("staff", found.user.id), found.user.role, found.user.name), found.csrf

    opened = await here.in_thread(lambda: by_session(session))
    if opened is None:
        raise HTTPException(401, "Your log-in has ended. Please log in again.")
    if request.method not in ("GET", "HEAD") and request.headers.get(CSRF_HEADER) != opened[1]:
        raise HTTPException(403, f"The {CSRF_HEADER} header is missing or wrong.")
    return opened[0]


Asking = Annotated[Reader, Depends(reader)]
