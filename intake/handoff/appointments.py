"""An agreed time: booked, moved or cancelled by staff, told to the patient with a link; the patient's wishes reach staff.

The link carries everything it needs, sealed with the installation's key: no name, no clinical word, nothing to look
up that could be guessed. It ends a day after the appointment. The handoff keeps the same facts (`Handoff.appointment`),
so that staff see them and a cancellation or a move knows what it ends.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from intake.handoff.appointment import Appointment
from intake.handoff.booking import OfferSettings
from intake.handoff.outbox import enqueue
from intake.handoff.settings import DeliverySettings
from intake.hours import clinic_zone, clock_words, end_of_working_day, moment_words
from intake.records import Erased, Handoff, NotFound, Transaction
from intake.records.audit import Actor

_PLACE = "appointments/link"
_KEPT_AFTER = timedelta(days=1)
CHANGE_NOTE = "The patient asks to change or cancel the appointment of {when}."
PATIENT = Actor("patient")


SUPERSEDED = "superseded"


class AppointmentGone(Exception):
    """The link is not one of ours, its time is over or was changed since, or what it belongs to was erased."""


class NothingAgreed(Exception):
    """There is no agreed time to cancel."""


@dataclass(frozen=True)
class Agreed:
    """What a link says. `starts_at` is ISO 8601 UTC; `sequence` counts what happened to this handoff's appointment
    (RFC 5545): each new time and each cancellation is one more, under the same UID."""

    handoff_id: str
    starts_at: str
    minutes: int
    place: str
    sequence: int
    cancelled: bool = False

    @property
    def start(self) -> datetime:
        """The start, aware."""
        return datetime.fromisoformat(self.starts_at)


def agree(
    tx: Transaction,
    settings: OfferSettings,
    delivery: DeliverySettings,
    handoff_id: str,
    *,
    starts_at: datetime,
    service: str,
    location: str,
    place: str,
    actor: Actor,
    version: int,
) -> Agreed:
    """Mark a handoff as booked at a time, and put that into the outbox, all in one transaction.

    A time that stood before is moved: the booking system is told which one this replaces. Raises StaleVersion (the
    handoff changed since it was read), NotFound, KeyError (unknown service).
    """
    chosen = settings.booking.service(service)
    before = tx.handoffs.change(handoff_id, expected_version=version, status="booked")
    start = starts_at.astimezone(UTC).isoformat(timespec="seconds")
    agreed = Agreed(handoff_id, start, chosen.minutes, place, _next(before))
    tx.audit.record("appointment.agreed", actor, "handoff", handoff_id, service=service, location=location)
    data = {"starts_at": start, "service": service, "location": location, "sequence": agreed.sequence}
    standing = current(before)
    if standing is not None:
        data["replaces"] = standing.starts_at
    tx.handoffs.set_appointment(handoff_id, asdict(agreed) | {"service": service, "location": location})
    enqueue(tx, delivery, "appointment.agreed", handoff_id, data)
    enqueue(tx, delivery, "handoff.booked", handoff_id)
    return agreed


def cancel(tx: Transaction, delivery: DeliverySettings, handoff_id: str, *, actor: Actor, version: int) -> Agreed:
    """Call the agreed time off: the handoff is open again, and the booking system is told. Returns what was called off.

    Raises NothingAgreed, StaleVersion, NotFound.
    """
    before = tx.handoffs.get(handoff_id)
    standing = current(before)
    if standing is None or before.appointment is None:
        raise NothingAgreed(handoff_id)
    if before.status == "booked":
        tx.handoffs.change(handoff_id, expected_version=version, status="contacted")
    else:
        tx.handoffs.change(handoff_id, expected_version=version)
    kept = dict(before.appointment) | {"sequence": _next(before), "cancelled": True}
    tx.handoffs.set_appointment(handoff_id, kept)
    tx.audit.record("appointment.cancelled", actor, "handoff", handoff_id)
    data = {name: kept[name] for name in ("starts_at", "service", "location", "sequence")}
    enqueue(tx, delivery, "appointment.cancelled", handoff_id, data)
    return _agreed(kept)


def current(handoff: Handoff) -> Agreed | None:
    """The time that stands, or None."""
    if handoff.appointment is None or handoff.appointment["cancelled"]:
        return None
    return _agreed(handoff.appointment)


def _agreed(kept: Mapping[str, Any]) -> Agreed:
    return Agreed(**{name: kept[name] for name in Agreed.__dataclass_fields__})


def _next(handoff: Handoff) -> int:
    return 0 if handoff.appointment is None else int(handoff.appointment["sequence"]) + 1


def link_token(tx: Transaction, agreed: Agreed) -> str:
    """The part of the patient's link that stands for an agreed time."""
    return base64.urlsafe_b64encode(tx.scope.seal(None, astuple(agreed), _PLACE)).decode().rstrip("=")


def open_link(tx: Transaction, token: str) -> Agreed:
    """What a link stands for; `cancelled` if that time was called off since. Raises AppointmentGone."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        agreed = Agreed(*tx.scope.open(None, sealed, _PLACE))
    except (binascii.Error, ValueError, Erased):
        raise AppointmentGone("unknown") from None
    try:
        handoff = tx.handoffs.get(agreed.handoff_id)
    except NotFound:
        raise AppointmentGone("erased") from None
    if handoff.locked_reason or tx.now() > agreed.start + timedelta(minutes=agreed.minutes) + _KEPT_AFTER:
        raise AppointmentGone("over")
    if handoff.appointment is None:
        return agreed  # agreed before times were kept with the handoff
    newest = _agreed(handoff.appointment)
    if newest.sequence == agreed.sequence:
        return agreed
    if newest.cancelled and newest.starts_at == agreed.starts_at:
        return newest
    raise AppointmentGone(SUPERSEDED)


def told_to_patient(agreed: Agreed, settings: OfferSettings, url: str, now: datetime) -> str:
    """The message with the agreed time. It may go out as a text message, so it says nothing clinical."""
    when = moment_words(agreed.start, now, settings.hours)
    place = f" at {agreed.place}" if agreed.place else ""
    return f"Your appointment with {settings.clinic.name}: {when}{place}. Calendar, change or cancel: {url}"


def told_of_cancelling(agreed: Agreed, settings: OfferSettings, url: str, now: datetime) -> str:
    """The message that a time was called off; as silent about everything else as the one that told of it."""
    when = moment_words(agreed.start, now, settings.hours)
    return f"Your appointment with {settings.clinic.name}, {when}, is cancelled. Take it out of your calendar: {url}"


def calendar_entry(tx: Transaction, agreed: Agreed, settings: OfferSettings) -> Appointment:
    """The appointment as `intake.handoff.appointment` writes it into a calendar file."""
    return Appointment(
        handoff_id=agreed.handoff_id,
        reference=tx.handoffs.get(agreed.handoff_id).reference,
        starts_at=agreed.start,
        minutes=agreed.minutes,
        clinic_name=settings.clinic.name,
        clinic_phone=settings.clinic.phone,
        place=agreed.place,
        sequence=agreed.sequence,
        cancelled=agreed.cancelled,
    )


def ask_change(tx: Transaction, settings: OfferSettings, delivery: DeliverySettings, agreed: Agreed) -> None:
    """The patient wants another time, or none: back to staff, with a note. Asking twice notes it once."""
    if agreed.cancelled:
        return
    local = agreed.start.astimezone(clinic_zone(settings.hours.timezone))
    note = CHANGE_NOTE.format(when=f"{local:%A, %Y-%m-%d} at {clock_words(local)}")
    if any(known.text == note for known in tx.handoffs.notes(agreed.handoff_id)):
        return
    tx.handoffs.add_note(agreed.handoff_id, "patient", note)
    tx.handoffs.change(agreed.handoff_id, status="in_review", due_at=end_of_working_day(tx.now(), settings.hours))
    tx.audit.record("appointment.change_asked", PATIENT, "handoff", agreed.handoff_id)
    enqueue(tx, delivery, "handoff.updated", agreed.handoff_id)
