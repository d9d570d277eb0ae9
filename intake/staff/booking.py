"""A time agreed with the patient, booked, moved or cancelled from the handoff page: the same steps as the staff API's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.exceptions import HTTPException

from intake.gate import person
from intake.handoff.appointments import NothingAgreed, agree, cancel, link_token, told_of_cancelling, told_to_patient
from intake.hours import clinic_zone
from intake.records import Handoff, StaffSession
from intake.services import Services
from intake.staff.access import actor
from intake.staff.words import say


async def book(here: Services, session: StaffSession, handoff: Handoff, form: Mapping[str, str], version: int) -> None:
    """Mark as booked at a time, tell the booking system, and tell the patient with a link. Raises StaleVersion, 422."""
    settings = here.settings
    try:
        local = datetime.fromisoformat(f"{form.get('day', '')}T{form.get('time', '')}")
    except ValueError:
        raise HTTPException(422, say("told", "bad_time")) from None
    starts = local.replace(tzinfo=clinic_zone(settings.hours.timezone))
    if starts <= here.records.clock():
        raise HTTPException(422, say("told", "past"))
    places = {p.id: f"{p.name}, {p.address}" if p.address else p.name for p in settings.clinic.locations}
    place, service = form.get("location", ""), form.get("service", "")
    if place not in places or service not in {s.id for s in settings.booking.services}:
        raise HTTPException(422, say("told", "no_service"))

    def booked() -> str:
        with here.records.begin() as tx:
            agreed = agree(
                tx, settings, settings.delivery, handoff.id, starts_at=starts, service=service, location=place,
                place=places[place], actor=actor(session), version=version,
            )  # fmt: skip
            url = f"{settings.base_url}/appointments/{link_token(tx, agreed)}"
            return told_to_patient(agreed, settings, url, tx.now())

    await _do_and_tell(here, session, handoff, booked)


async def call_off(here: Services, session: StaffSession, handoff: Handoff, version: int) -> None:
    """Cancel the agreed time, tell the booking system, and tell the patient. Raises StaleVersion, 422."""

    def cancelled() -> str:
        with here.records.begin() as tx:
            try:
                agreed = cancel(tx, here.settings.delivery, handoff.id, actor=actor(session), version=version)
            except NothingAgreed:
                raise HTTPException(422, say("told", "nothing_agreed")) from None
            url = f"{here.settings.base_url}/appointments/{link_token(tx, agreed)}"
            return told_of_cancelling(agreed, here.settings, url, tx.now())

    await _do_and_tell(here, session, handoff, cancelled)


async def _do_and_tell(here: Services, session: StaffSession, handoff: Handoff, work: Callable[[], str]) -> None:
    """Do it in one transaction, then send the patient what it returns, as a message of staff."""
    text = await here.in_thread(work)
    async with here.gate.turn_of(handoff.conversation_id):
        await here.in_thread(lambda: person.reply(here.records, here.settings, handoff.conversation_id, actor(session), text))
    here.gate.news.tell(handoff.conversation_id)
