"""The settings as they are in force, for admins: what is set, who is alerted, and tests of what leaves the house.

They are changed in `settings.toml` or the environment (docs/settings.md); secrets are never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from pydantic import BaseModel, SecretStr

from intake.channels.sms import outbox as texts
from intake.handoff.delivery import Refused, Retry
from intake.handoff.outbox import send_test
from intake.notices.mail import queue_mail
from intake.notices.rounds import Level, contacts
from intake.notices.words import text
from intake.records import StaffSession
from intake.records.ids import new_id
from intake.services import Services
from intake.staff.access import Here, actor, allowed, checked
from intake.staff.rendering import render
from intake.work import delivery_context

Admin = Annotated[StaffSession, Depends(allowed("settings"))]
router = APIRouter(prefix="/staff", include_in_schema=False)
LEVELS: tuple[Level, ...] = ("first", "second", "on_call")
# The password in an address such as smtp://user:password@host is not shown.
_PASSWORD = re.compile(r"(?<=://)[^@/]*@")


@router.get("/setup")
def setup(here: Here, session: Admin) -> Response:
    """What is in force."""
    return _page(here, session)


def _page(here: Services, session: StaffSession, notice: str | None = None, problem: str | None = None) -> Response:
    settings = here.settings
    alerted = [(level, contacts(settings.alerts, level)) for level in LEVELS]
    with here.records.begin() as tx:
        tx.audit.record("settings.read", actor(session), "installation", "this")
    return render(
        here, "setup.html", session, here_now="setup", rows=list(rows(settings)), alerted=alerted, alerts=settings.alerts,
        destinations=settings.delivery.destinations, can_mail=bool(settings.smtp_url), can_text=settings.sms.can_send,
        notice=notice, problem=problem,
    )  # fmt: skip


@router.post("/setup/test")
def test(here: Here, session: Admin, csrf: Annotated[str, Form()] = "", what: Annotated[str, Form(max_length=60)] = "") -> Response:
    """Send a test without any patient's data: `alerts` to everybody who would be alerted, or the name of a destination."""
    checked(session, csrf)
    settings = here.settings
    if what == "alerts":
        count = _test_alerts(here, session)
        return _page(here, session, notice=f"{count} test messages are on their way. What fails appears under Deliveries.")
    if settings.delivery.destination(what) is None:
        return _page(here, session, problem="There is no such destination.")
    with here.records.begin() as tx:
        tx.audit.record("destination.test", actor(session), "destination", what)
    try:
        note = send_test(settings.delivery, what, delivery_context(settings)).note
    except (Refused, Retry) as failure:
        return _page(here, session, problem=f"{what}: the test failed ({failure.code}).")
    return _page(here, session, notice=f"{what}: {note}.")


def _test_alerts(here: Services, session: StaffSession) -> int:
    settings, mark, count = here.settings, new_id("test"), 0
    clinic = settings.clinic.name
    with here.records.begin() as tx:
        for level in LEVELS:
            contact = contacts(settings.alerts, level)
            if contact.emails and settings.smtp_url:
                queue_mail(
                    tx, contact.emails, text("test", "subject", clinic=clinic), text("test", "text"), idempotency_id=f"{mark}:{level}"
                )  # fmt: skip
                count += len(contact.emails)
            for place, phone in enumerate(contact.phones):
                texts.queue(
                    tx, None, phone, [text("test", "sms", clinic=clinic)], idempotency_id=f"{mark}:{level}:{place}",
                    even_if_opted_out=True,
                )  # fmt: skip
                count += 1
        tx.audit.record("alert.test", actor(session), "installation", "this", messages=count)
    return count


def rows(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting with its value in words; secrets and passwords only as "set" or "not set"."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from rows(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "not set"
    if isinstance(value, BaseModel):
        return ", ".join(f"{name} {text}" for name, text in rows(value) if text)
    if isinstance(value, (list, tuple)):
        return "; ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(one)}" for key, one in value.items())
    return "" if value is None else _PASSWORD.sub("…@", str(value))
