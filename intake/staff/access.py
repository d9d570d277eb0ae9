"""Who asks, and what they may: sessions, roles, forms that are ours. Every page of staff begins with one of these."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.api.auth import SESSION_COOKIE
from intake.api.rights import may
from intake.records import Actor, Handoff, NotFound, StaffSession, Transaction
from intake.services import Services, services
from intake.staff.words import say

Here = Annotated[Services, Depends(services)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class LogInFirst(Exception):
    """Nobody is logged in far enough; `to` is the page where that is mended."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def current(here: Services, request: Request) -> StaffSession | None:
    """The session of the request's cookie, however far its log-in has come."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        return None
    with here.records.read() as tx:
        return tx.staff_users.session(secret)


def member(request: Request, here: Here) -> StaffSession:
    """The session of somebody who is fully logged in, kept alive by the click; raises LogInFirst."""
    session = full_session(here, request)
    now, chosen = here.records.clock(), here.settings.staff
    ends = session.created_at + chosen.longest
    if now >= ends:
        with here.records.begin() as tx:
            tx.staff_users.close_session(session.id)
        raise LogInFirst("/staff/login")
    # A minute's grain is enough, and saves most requests a write.
    if (now - session.seen_at).total_seconds() > 60:
        with here.records.begin() as tx:
            tx.staff_users.touch_session(session.id, min(chosen.idle, ends - now))
    return session


def full_session(here: Services, request: Request) -> StaffSession:
    """The same without keeping it alive: for what the open page asks by itself."""
    session = current(here, request)
    if session is None:
        raise LogInFirst(_login_and_back(request))
    if session.user.must_change_password:
        raise LogInFirst("/staff/password")
    if not session.second_factor:
        raise LogInFirst("/staff/code" if session.user.has_totp else "/staff/second-factor")
    return session


def _login_and_back(request: Request) -> str:
    path = request.url.path
    return f"/staff/login?next={path}" if request.method == "GET" and path != "/staff" else "/staff/login"


Member = Annotated[StaffSession, Depends(member)]


def allowed(right: str) -> Callable[[StaffSession], StaffSession]:
    """A dependency: a member whose role has this right, or 403."""

    def check(session: Member) -> StaffSession:
        if not may(session.user.role, right):
            raise HTTPException(403, say("told", "forbidden"))
        return session

    return check


def checked(session: StaffSession | None, csrf: str) -> StaffSession:
    """The session, if the form was ours. Raises 403."""
    if session is None or not hmac.compare_digest(csrf.encode(), session.csrf.encode()):
        raise HTTPException(403, say("told", "form_old"))
    return session


def actor(session: StaffSession) -> Actor:
    """The member of staff, for the audit."""
    return Actor("staff", session.user.id)


def found(tx: Transaction, handoff_id: str, role: str) -> Handoff:
    """A handoff that this role may open. Raises 404, and 403 for one that was taken back."""
    try:
        one = tx.handoffs.get(handoff_id)
    except NotFound:
        raise HTTPException(404, say("told", "not_found")) from None
    if one.locked_reason and role != "admin":
        raise HTTPException(403, say("told", "locked"))
    return one


def people_of(tx: Transaction) -> dict[str, str]:
    """Names of all members of staff by id; patients and programs that act are not in it."""
    return {user.id: user.name for user in tx.staff_users.list()}


def with_cookie(here: Services, to: str, secret: str) -> Response:
    """Go to a page with a new session. Lax: a link in an alert must find the log-in; every change needs the form's token."""
    response = RedirectResponse(to, 303)
    secure = here.settings.base_url.startswith("https://")
    response.set_cookie(SESSION_COOKIE, secret, httponly=True, samesite="lax", path="/", secure=secure)
    return response
