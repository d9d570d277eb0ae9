"""Log-in in two steps: password, then a code of the second factor; the first time the factor is set up. Log-out."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from intake.api.auth import SESSION_COOKIE
from intake.api.limits import client_address
from intake.records import Actor
from intake.staff.access import Here, actor, checked, current, with_cookie
from intake.staff.rendering import render
from intake.staff.words import say

HALF_SESSION_FOR = timedelta(minutes=15)  # between the password and the second factor
router = APIRouter(prefix="/staff", include_in_schema=False)


def safe_next(path: str) -> str:
    """A page of ours to go on to after the log-in; anything else is the inbox."""
    plain = path.startswith("/staff/") and "//" not in path and "\\" not in path and ".." not in path
    return path if plain and len(path) < 200 and not path.startswith(("/staff/login", "/staff/static")) else "/staff"


@router.get("/login")
def login_page(here: Here, next: str = "", said: str = "") -> Response:
    """The log-in form."""
    notice = {"changed": say("login", "changed")}.get(said)
    return render(here, "login.html", email="", next=safe_next(next), notice=notice)


@router.post("/login")
def login(
    request: Request,
    here: Here,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Check the password; five wrong ones lock the account for 15 minutes."""
    here.limits.log_ins.take(client_address(request, here.settings))
    outcome = here.records.log_in(email[:320], password[:200])
    onward = safe_next(next)
    if outcome.user is None:
        with here.records.begin() as tx:
            known = tx.staff_users.by_email(email[:320])
            if known is not None:
                tx.audit.record("staff.login_failed", Actor("staff", known.id), "staff_user", known.id, outcome=outcome.outcome)
        said = say("login", "locked" if outcome.outcome == "locked" else "wrong")
        return render(here, "login.html", status=401, problem=said, email=email[:320], next=onward)
    with here.records.begin() as tx:
        session, secret = tx.staff_users.open_session(outcome.user.id, HALF_SESSION_FOR, second_factor=False)
        tx.audit.record("staff.login", actor(session), "staff_user", outcome.user.id)
    if outcome.user.must_change_password:
        return with_cookie(here, "/staff/password", secret)
    to = "/staff/code" if outcome.user.has_totp else "/staff/second-factor"
    return with_cookie(here, f"{to}?next={onward}", secret)


@router.get("/second-factor")
def second_factor_page(request: Request, here: Here, next: str = "") -> Response:
    """Set up the second factor: a secret for an authenticator app, as picture and text."""
    session = current(here, request)
    if session is None or session.user.has_totp or session.user.must_change_password:
        return RedirectResponse("/staff/login" if session is None else "/staff", 303)
    with here.records.begin() as tx:
        secret = tx.staff_users.new_totp(session.user.id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=session.user.email, issuer_name=here.settings.clinic.name)
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(drawn, kind="svg", scale=4, xmldecl=False, svgns=True, omitsize=False)
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    # Drawn by segno from our own address, nobody else's words.
    picture = Markup(drawn.getvalue().decode())
    return render(here, "second_factor.html", session, picture=picture, secret=grouped, next=safe_next(next))


@router.get("/code")
def code_page(request: Request, here: Here, next: str = "") -> Response:
    """The form for a code of the second factor."""
    session = current(here, request)
    if session is None:
        return RedirectResponse("/staff/login", 303)
    return render(here, "code.html", session, next=safe_next(next))


@router.post("/code")
def code(
    request: Request,
    here: Here,
    csrf: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Check a code; the first one also confirms a new second factor. The session gets a new secret. Wrong codes lock too."""
    here.limits.log_ins.take(client_address(request, here.settings))
    session = checked(current(here, request), csrf)
    user, secret = session.user, None
    if user.locked_until is not None and user.locked_until > here.records.clock():
        return render(here, "code.html", session, status=401, problem=say("login", "locked"), next=safe_next(next))
    with here.records.begin() as tx:
        if not user.must_change_password and tx.staff_users.use_totp(user.id, code[:12]):
            tx.staff_users.close_session(session.id)
            _, secret = tx.staff_users.open_session(user.id, here.settings.staff.idle, second_factor=True)
            tx.staff_users.login_succeeded(user.id)
            tx.audit.record("staff.second_factor", actor(session), "staff_user", user.id)
        else:
            tx.staff_users.login_failed(user.id)
    if secret is None:
        return render(here, "code.html", session, status=401, problem=say("login", "code"), next=safe_next(next))
    return with_cookie(here, safe_next(next), secret)


@router.post("/logout")
def logout(request: Request, here: Here, csrf: Annotated[str, Form()] = "", everywhere: Annotated[str, Form()] = "") -> Response:
    """End the session, or all sessions of this person."""
    session = checked(current(here, request), csrf)
    with here.records.begin() as tx:
        if everywhere:
            tx.staff_users.close_sessions(session.user.id)
        tx.staff_users.close_session(session.id)
        tx.audit.record("staff.logout", actor(session), "staff_user", session.user.id, everywhere=bool(everywhere))
    response = RedirectResponse("/staff/login", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response
