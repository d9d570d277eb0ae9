"""Members of staff, for admins: invite by mail, change the role, shut out, reset the password or the second factor."""

from __future__ import annotations

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from intake.notices.mail import INVITATION, RESET, queue_link
from intake.records import ROLES, NotFound, StaffError, StaffSession, Transaction
from intake.services import Services
from intake.staff.access import Here, Id, actor, allowed, checked
from intake.staff.rendering import render
from intake.staff.words import say

Admin = Annotated[StaffSession, Depends(allowed("people"))]
router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/people")
def people(here: Here, session: Admin) -> Response:
    """Everybody."""
    return _page(here, session)


def _page(here: Services, session: StaffSession, *, problem: str | None = None, notice: str | None = None, status: int = 200) -> Response:
    with here.records.begin() as tx:
        users = tx.staff_users.list()
        tx.audit.record("staff.list", actor(session), "staff_user", None)
    return render(
        here, "people.html", session, here_now="people", users=users, roles=ROLES, can_mail=bool(here.settings.smtp_url),
        problem=problem, notice=notice, status=status,
    )  # fmt: skip


@router.post("/people")
def invite(
    here: Here,
    session: Admin,
    csrf: Annotated[str, Form()] = "",
    email: Annotated[str, Form(max_length=320)] = "",
    name: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[str, Form(max_length=20)] = "reception",
) -> Response:
    """Add somebody, who chooses a password by the link in a mail."""
    checked(session, csrf)
    if not here.settings.smtp_url:
        return _page(here, session, problem=say("people", "no_mail"), status=422)
    try:
        address = validate_email(email, check_deliverability=False).normalized
        with here.records.begin() as tx:
            user = tx.staff_users.create(address, name.strip() or address, role)
            queue_link(tx, user.id, INVITATION)
            tx.audit.record("staff.invite", actor(session), "staff_user", user.id, role=role)
    except (EmailNotValidError, StaffError) as failure:
        return _page(here, session, problem=str(failure), status=422)
    return _page(here, session, notice=say("people", "invited", name=user.name))


@router.post("/people/{user_id}")
def change(
    user_id: Id,
    request: Request,
    here: Here,
    session: Admin,
    csrf: Annotated[str, Form()] = "",
    action: Annotated[str, Form(max_length=20)] = "",
    value: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """One change to one account. Nobody locks themselves out, and one admin is always left."""
    checked(session, csrf)
    if user_id == session.user.id:
        return _page(here, session, problem=say("people", "self"), status=422)
    with here.records.begin() as tx:
        try:
            user = tx.staff_users.get(user_id)
        except NotFound:
            return RedirectResponse("/staff/people", 303)
        done = _apply(tx, here, user_id, action, value)
        if done:
            tx.audit.record(f"staff.{action}", actor(session), "staff_user", user_id, **({"role": value} if action == "role" else {}))
    said = say("people", "resent" if action == "link" else "changed", name=user.name)
    return _page(here, session, notice=said) if done else _page(here, session, problem=say("told", "no_action"), status=422)


def _apply(tx: Transaction, here: Services, user_id: str, action: str, value: str) -> bool:
    users = tx.staff_users
    if action == "role" and value in ROLES:
        users.change(user_id, role=value)
    elif action in ("disable", "enable"):
        users.disable(user_id, disabled=action == "disable")
    elif action == "second_factor":
        users.remove_totp(user_id)
        users.close_sessions(user_id)
    elif action == "link" and here.settings.smtp_url:
        queue_link(tx, user_id, RESET if users.get(user_id).has_password else INVITATION)
    else:
        return False
    return True
