"""Agreed times over HTTP: staff book, move or cancel one; the patient's link shows it, gives the calendar file, asks for a change."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from intake.api.description import other_content
from intake.api.problems import responses
from intake.handoff.appointment import calendar_file
from intake.handoff.appointments import (
    SUPERSEDED,
    Agreed,
    AppointmentGone,
    NothingAgreed,
    agree,
    ask_change,
    calendar_entry,
    cancel,
    link_token,
    open_link,
    told_of_cancelling,
    told_to_patient,
)
from intake.handoff.booking import OfferSettings
from intake.handoff.pdf import templates
from intake.handoff.router import Id, Reader
from intake.handoff.settings import DeliverySettings
from intake.hours import hours_text, is_open, moment_words, opening_words
from intake.records import NotFound, Records, StaleVersion
from intake.records.audit import Actor

Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{40,600}$")]
GONE = other_content("text/html", "The link does not work any more", 410)
STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0;color:#111;background:#fff}"
    "main{max-width:34rem;margin:0 auto;padding:1.5rem}"
    "button,a{font-size:1rem;min-height:44px}a{color:#1d4f91}"
    "button{padding:.6rem 1rem;border:1px solid #1d4f91;border-radius:6px;background:#fff;color:#1d4f91}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Time(BaseModel):
    """The time that was agreed; `version` is the handoff's when it was read."""

    model_config = ConfigDict(extra="forbid")
    starts_at: AwareDatetime
    service: str = Field(max_length=64)
    location: str = Field(max_length=64)
    version: int = Field(ge=0, le=2**31)


@dataclass(frozen=True)
class Appointments:
    """What the routes need. `places`: location id -> name and address as patients read it.

    `tell(conversation_id, actor, text)` sends a message of staff to the patient on their channel.
    """

    records: Records
    settings: OfferSettings
    delivery: DeliverySettings
    base_url: str
    places: Mapping[str, str]
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]
    tell: Callable[[str, Actor, str], Awaitable[None]]


def build_router(parts: Appointments, reader: Callable[..., Any]) -> APIRouter:
    """The routes of staff (with `reader`, a dependency that returns a Reader) and of the patient's link."""
    router = APIRouter(tags=["appointments"])
    asking = Depends(reader)

    @router.post("/api/v1/handoffs/{handoff_id}/appointment", status_code=201, responses=responses(401, 403, 404, 409, 410))
    async def book(handoff_id: Id, body: Time, who: Reader = asking) -> dict[str, str]:
        """Mark as booked at a time, send it to the booking system, and tell the patient with a link."""
        now = parts.records.clock()
        if body.starts_at <= now:
            raise HTTPException(422, "starts_at is in the past.")
        if body.location not in parts.places:
            raise HTTPException(422, f"location takes: {', '.join(parts.places)}")
        if body.service not in {service.id for service in parts.settings.booking.services}:
            raise HTTPException(422, f"service takes: {', '.join(s.id for s in parts.settings.booking.services)}")

        def booked() -> tuple[str, str, str]:
            with parts.records.begin() as tx:
                try:
                    agreed = agree(
                        tx,
                        parts.settings,
                        parts.delivery,
                        handoff_id,
                        starts_at=body.starts_at,
                        service=body.service,
                        location=body.location,
                        place=parts.places[body.location],
                        actor=who.actor,
                        version=body.version,
                    )
                except NotFound:
                    raise HTTPException(404, "There is no such handoff.") from None
                except StaleVersion as stale:
                    raise HTTPException(409, f"It was changed in the meantime: its version is {stale.current} now.") from None
                url = f"{parts.base_url}/appointments/{link_token(tx, agreed)}"
                text = told_to_patient(agreed, parts.settings, url, now)
                return tx.handoffs.get(handoff_id).conversation_id, url, text

        conversation_id, url, text = await parts.in_thread(booked)
        await parts.tell(conversation_id, who.actor, text)
        return {"url": url, "text": text}

    @router.delete("/api/v1/handoffs/{handoff_id}/appointment", responses=responses(401, 403, 404, 409, 410))
    async def call_off(handoff_id: Id, version: Annotated[int, Query(ge=0, le=2**31)], who: Reader = asking) -> dict[str, str]:
        """Cancel the agreed time: the handoff is open again, the booking system and the patient are told."""

        def cancelled() -> tuple[str, str, str]:
            with parts.records.begin() as tx:
                try:
                    agreed = cancel(tx, parts.delivery, handoff_id, actor=who.actor, version=version)
                except (NotFound, NothingAgreed):
                    raise HTTPException(404, "There is no agreed time.") from None
                except StaleVersion as stale:
                    raise HTTPException(409, f"It was changed in the meantime: its version is {stale.current} now.") from None
                url = f"{parts.base_url}/appointments/{link_token(tx, agreed)}"
                text = told_of_cancelling(agreed, parts.settings, url, tx.now())
                return tx.handoffs.get(handoff_id).conversation_id, url, text

        conversation_id, url, text = await parts.in_thread(cancelled)
        await parts.tell(conversation_id, who.actor, text)
        return {"url": url, "text": text}

    @router.get("/appointments/{token}.ics", response_class=Response, responses=other_content("text/calendar", "Calendar file") | responses(410))
    async def calendar(token: Token) -> Response:
        """The calendar file of an agreed time; once it is cancelled, the file that takes it out of the calendar."""

        def made() -> bytes:
            with parts.records.read() as tx:
                agreed = open_link(tx, token)
                return calendar_file(calendar_entry(tx, agreed, parts.settings), parts.records.clock())

        try:
            content = await parts.in_thread(made)
        except AppointmentGone:
            raise HTTPException(410, "This link does not work any more. Please call the clinic.") from None
        headers = _HEADERS | {"Content-Disposition": 'attachment; filename="appointment.ics"'}
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    @router.get("/appointments/{token}", response_class=HTMLResponse, responses=GONE)
    async def show(token: Token) -> Response:
        """The agreed time, for the patient."""

        def opened() -> Agreed:
            with parts.records.read() as tx:
                return open_link(tx, token)

        try:
            agreed = await parts.in_thread(opened)
        except AppointmentGone as gone:
            return _page(parts, 410, gone=True, changed=str(gone) == SUPERSEDED)
        now = parts.records.clock()
        when = moment_words(agreed.start, now, parts.settings.hours)
        return _page(
            parts,
            200,
            when=when[:1].upper() + when[1:],
            place=agreed.place,
            cancelled=agreed.cancelled,
            calendar=f"/appointments/{token}.ics",
            change=f"/appointments/{token}/change",
        )

    @router.post("/appointments/{token}/change", response_class=HTMLResponse, responses=GONE)
    async def change(token: Token) -> Response:
        """The patient wants to change or cancel: staff see it at once."""

        def asked() -> None:
            with parts.records.begin() as tx:
                ask_change(tx, parts.settings, parts.delivery, open_link(tx, token))

        try:
            await parts.in_thread(asked)
        except AppointmentGone as gone:
            return _page(parts, 410, gone=True, changed=str(gone) == SUPERSEDED)
        return _page(parts, 200, asked=True, open_words=_open_words(parts, parts.records.clock()))

    return router


def _open_words(parts: Appointments, now: datetime) -> str:
    """Whether somebody is there now; never a promise that nobody can keep."""
    hours = parts.settings.hours
    opening = opening_words(now, hours)
    if is_open(now, hours) or opening is None:
        return ""
    return f"The clinic is closed. Nobody reads this before {opening}."


def _page(parts: Appointments, status: int, **more: Any) -> Response:
    flags = dict.fromkeys(("gone", "changed", "cancelled", "asked"), False)
    plain = flags | {"when": "", "place": "", "calendar": "", "change": "", "open_words": ""}
    html = (
        templates()
        .get_template("appointment.html")
        .render(
            title="Your appointment",
            # A constant of this module, named by its hash in the page's policy.
            style=Markup(STYLE),
            phone=parts.settings.clinic.phone,
            clinic=parts.settings.clinic.name,
            hours=hours_text(parts.settings.hours),
            **(plain | more),
        )
    )
    return HTMLResponse(html, status, _HEADERS)
