"""One's own account: a password of one's own, a forgotten one, and the link of an invitation or a reset."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.api.limits import client_address
from intake.notices.mail import RESET, queue_link
from intake.records import Actor, password_hash
from intake.staff.access import Here, Member, actor, checked, current, with_cookie
from intake.staff.login import HALF_SESSION_FOR
from intake.staff.rendering import render
from intake.staff.words import say

LEAST_PASSWORD = 12
# Long enough and still the first to be tried; the clinic's name and the person's address count as well.
COMMON = ("password", "qwerty", "letmein", "welcome", "physio", "clinic")
router = APIRouter(prefix="/staff", include_in_schema=False)


def password_problem(password: str, again: str, email: str) -> str | None:
    """Why a password is not taken, or None."""
    if len(password) < LEAST_PASSWORD or password != again:
        return say("login", "short")
    low = password.lower()
    bare = "".join(c for c in low if c.isalpha())
    made_of_one = any(word and bare.replace(word, "") == "" for word in COMMON if bare)
    if made_of_one or low == email.lower() or len(set(low)) < 5:
        return say("login", "common")
    return None


@router.get("/account")
def account(here: Here, session: Member) -> Response:
    """Who I am here, and what I may change."""
    return render(here, "account.html", session, here_now="account")


@router.get("/password")
def password_page(request: Request, here: Here) -> Response:
    """The form for a new password."""
    session = current(here, request)
    return RedirectResponse("/staff/login", 303) if session is None else render(here, "password.html", session, link="")


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
        raise HTTPException(403, say("told", "forbidden"))
    problem = password_problem(password, again, session.user.email)
    if problem:
        return render(here, "password.html", session, status=422, problem=problem, link="")
    hashed = password_hash(password)
    with here.records.begin() as tx:
        tx.staff_users.set_password(session.user.id, hashed)
        full = session.second_factor  # the old sessions end with the old password, this one goes on under a new secret
        ttl = here.settings.staff.idle if full else HALF_SESSION_FOR
        _, secret = tx.staff_users.open_session(session.user.id, ttl, second_factor=full)
        tx.audit.record("staff.password", actor(session), "staff_user", session.user.id)
    return with_cookie(here, "/staff", secret)


@router.get("/forgot")
def forgot_page(here: Here) -> Response:
    """Ask for a link by mail."""
    return render(here, "forgot.html", can_mail=bool(here.settings.smtp_url))


@router.post("/forgot")
def forgot(request: Request, here: Here, email: Annotated[str, Form()] = "") -> Response:
    """Send a link, if there is such an account; the answer is the same either way."""
    here.limits.password_mails.take(client_address(request, here.settings))
    with here.records.begin() as tx:
        user = tx.staff_users.by_email(email[:320])
        if user is not None and user.disabled_at is None and here.settings.smtp_url:
            queue_link(tx, user.id, RESET)
            tx.audit.record("staff.forgot", Actor("staff", user.id), "staff_user", user.id)
    return render(here, "forgot.html", notice=say("login", "mailed"), can_mail=bool(here.settings.smtp_url))


@router.get("/join")
def join_page(here: Here) -> Response:
    """The page of a link: its secret stands in the fragment, which no server and no log sees; a script puts it into the form."""
    return render(here, "join.html")


@router.post("/join")
def join(
    request: Request,
    here: Here,
    link: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Use an invitation or a reset up: a new password, then the log-in with the second factor as always."""
    here.limits.log_ins.take(client_address(request, here.settings))
    problem = password_problem(password, again, "")
    if problem:
        return render(here, "join.html", status=422, problem=problem)
    hashed = password_hash(password)
    with here.records.begin() as tx:
        user = tx.staff_users.redeem_link(link[:200], "invitation") or tx.staff_users.redeem_link(link[:200], "reset")
        if user is not None:
            tx.staff_users.set_password(user.id, hashed)
            tx.audit.record("staff.join", Actor("staff", user.id), "staff_user", user.id)
    if user is None:
        return render(here, "join.html", status=410, problem=say("login", "link_dead"))
    return RedirectResponse("/staff/login?said=changed", 303)


INVITATION_FOR = timedelta(days=3)
