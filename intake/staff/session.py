"""Log-in: password, a new one instead of a one-time one, the second factor; sessions and CSRF tokens."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.api.auth import SESSION_COOKIE
from intake.api.limits import Rate, client_address
from intake.records import Actor, StaffSession, password_hash
from intake.services import Services, services
from intake.staff.rendering import render

SESSION_FOR = timedelta(hours=8)
HALF_SESSION_FOR = timedelta(minutes=15)  # between the password and the second factor
LEAST_PASSWORD = 12
TRIES_A_MINUTE = 20
Here = Annotated[Services, Depends(services)]
router = APIRouter(prefix="/staff", include_in_schema=False)
_tries = Rate(TRIES_A_MINUTE)


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


def member(here: Services, request: Request) -> StaffSession:
    """The session of somebody who is fully logged in; raises LogInFirst."""
    session = current(here, request)
    if session is None:
        raise LogInFirst("/staff/login")
    if session.user.must_change_password:
        raise LogInFirst("/staff/password")
    if not session.second_factor:
        raise LogInFirst("/staff/code" if session.user.has_totp else "/staff/second-factor")
    with here.records.begin() as tx:
        tx.staff_users.touch_session(session.id, SESSION_FOR)
    return session


def checked(session: StaffSession | None, csrf: str) -> StaffSession:
    """The session, if the form was ours. Raises 403."""
    if session is None or csrf != session.csrf:
        raise HTTPException(403, "This form is out of date. Go back, reload the page and try again.")
    return session


def _with_cookie(here: Services, to: str, secret: str) -> Response:
    response = RedirectResponse(to, 303)
    response.set_cookie(
        SESSION_COOKIE, secret, httponly=True, samesite="strict", path="/", secure=here.settings.base_url.startswith("https://")
    )
    return response


@router.get("/login")
def login_page(request: Request, here: Here) -> Response:
    """The log-in form."""
    return render(here, request, "login.html")


@router.post("/login")
def login(request: Request, here: Here, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "") -> Response:
    """Check the password; five wrong ones lock the account for 15 minutes."""
    _tries.take(client_address(request, here.settings))
    outcome = here.records.log_in(email, password[:200])
    if outcome.user is None:
        locked = outcome.outcome == "locked"
        said = "Too many wrong tries. Wait 15 minutes." if locked else "E-mail or password is wrong."
        return render(here, request, "login.html", status=401, problem=said, email=email)
    with here.records.begin() as tx:
        session, secret = tx.staff_users.open_session(outcome.user.id, HALF_SESSION_FOR, second_factor=False)
        tx.audit.record("staff.login", Actor("staff", outcome.user.id), "staff_user", outcome.user.id)
    to = "/staff/password" if outcome.user.must_change_password else "/staff/code" if outcome.user.has_totp else "/staff/second-factor"
    return _with_cookie(here, to, secret)


@router.get("/password")
def password_page(request: Request, here: Here) -> Response:
    """The form for a new password."""
    session = current(here, request)
    return RedirectResponse("/staff/login", 303) if session is None else render(here, request, "password.html", session)


@router.post("/password")
def password_change(
    request: Request,
    here: Here,
    csrf: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Set a password of one's own."""
    session = checked(current(here, request), csrf)
    if not session.second_factor and not session.user.must_change_password:
        raise HTTPException(403, "Give the second factor first.")
    if len(password) < LEAST_PASSWORD or password != again:
        said = f"Use at least {LEAST_PASSWORD} characters, the same twice."
        return render(here, request, "password.html", session, status=422, problem=said)
    with here.records.begin() as tx:
        tx.staff_users.set_password(session.user.id, password_hash(password))
        full = session.second_factor  # the old sessions end with the old password, this one goes on under a new secret
        _, secret = tx.staff_users.open_session(
            session.user.id, SESSION_FOR if full else HALF_SESSION_FOR, second_factor=full
        )
        tx.audit.record("staff.password", Actor("staff", session.user.id), "staff_user", session.user.id)
    return _with_cookie(here, "/staff", secret)


@router.get("/second-factor")
def second_factor_page(request: Request, here: Here) -> Response:
    """Set up the second factor: a secret for an authenticator app, as picture and text."""
    session = current(here, request)
    if session is None or session.user.has_totp:
        return RedirectResponse("/staff/login" if session is None else "/staff", 303)
    with here.records.begin() as tx:
        secret = tx.staff_users.new_totp(session.user.id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=session.user.email, issuer_name=here.settings.clinic.name)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=5, xmldecl=False, svgns=True, omitsize=False)
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return render(here, request, "second_factor.html", session, picture=picture.getvalue().decode(), secret=grouped)


@router.get("/code")
def code_page(request: Request, here: Here) -> Response:
    """The form for a code of the second factor."""
    session = current(here, request)
    return RedirectResponse("/staff/login", 303) if session is None else render(here, request, "code.html", session)


@router.post("/code")
def code(request: Request, here: Here, csrf: Annotated[str, Form()] = "", code: Annotated[str, Form()] = "") -> Response:
    """Check a code; the first one also confirms a new second factor. The session gets a new secret."""
    _tries.take(client_address(request, here.settings))
    session = checked(current(here, request), csrf)
    with here.records.begin() as tx:
        accepted = tx.staff_users.use_totp(session.user.id, code[:12])
        if not accepted:
            tx.staff_users.login_failed(session.user.id)
        else:
            tx.staff_users.close_session(session.id)
            _, secret = tx.staff_users.open_session(session.user.id, SESSION_FOR, second_factor=True)
            tx.audit.record("staff.second_factor", Actor("staff", session.user.id), "staff_user", session.user.id)
    if not accepted:
        return render(here, request, "code.html", session, status=401, problem="That code is not right, or was used already.")
    return _with_cookie(here, "/staff", secret)


@router.post("/logout")
def logout(request: Request, here: Here, csrf: Annotated[str, Form()] = "") -> Response:
    """End the session."""
    session = checked(current(here, request), csrf)
    with here.records.begin() as tx:
        tx.staff_users.close_session(session.id)
        tx.audit.record("staff.logout", Actor("staff", session.user.id), "staff_user", session.user.id)
    response = RedirectResponse("/staff/login", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


