"""An agreed time: booked by staff, told to the patient with a link, changed or cancelled through staff.

The link carries everything it needs, sealed with the installation's key: no name, no clinical word, nothing to look
up that could be guessed. It ends a day after the appointment.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

from intake.handoff.appointment import Appointment
from intake.handoff.booking import OfferSettings
from intake.handoff.outbox import enqueue
from intake.handoff.settings import DeliverySettings
from intake.hours import clinic_zone, clock_words, moment_words
from intake.records import Erased, NotFound, Transaction
from intake.records.audit import Actor

_PLACE = "appointments/link"
_KEPT_AFTER = timedelta(days=1)
CHANGE_NOTE = "The patient asks to change or cancel the appointment of {when}."
PATIENT = Actor("patient")


SUPERSEDED = "superseded"


class AppointmentGone(Exception):
    """The link is not one of ours, its time is over or was changed since, or what it belongs to was erased."""


@dataclass(frozen=True)
class Agreed:
    """What a link says. `starts_at` is ISO 8601 UTC; `sequence` counts the times agreed for this handoff."""

    handoff_id: str
    starts_at: str
    minutes: int
    place: str
    sequence: int

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

    Raises StaleVersion (the handoff changed since it was read), NotFound, KeyError (unknown service).
    """
    chosen = settings.booking.service(service)
    tx.handoffs.change(handoff_id, expected_version=version, status="booked")
    sequence = _times_agreed(tx, handoff_id)
    start = starts_at.astimezone(UTC).isoformat(timespec="seconds")
    tx.audit.record("appointment.agreed", actor, "handoff", handoff_id, service=service, location=location)
    data = {"starts_at": start, "service": service, "location": location}
    enqueue(tx, delivery, "appointment.agreed", handoff_id, data)
    enqueue(tx, delivery, "handoff.booked", handoff_id)
    return Agreed(handoff_id, start, chosen.minutes, place, sequence)


def link_token(tx: Transaction, agreed: Agreed) -> str:
    """The part of the patient's link that stands for an agreed time."""
    return base64.urlsafe_b64encode(tx.scope.seal(None, astuple(agreed), _PLACE)).decode().rstrip("=")


def open_link(tx: Transaction, token: str) -> Agreed:
    """What a link stands for. Raises AppointmentGone."""
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
    if _times_agreed(tx, agreed.handoff_id) > agreed.sequence + 1:
        raise AppointmentGone(SUPERSEDED)
    return agreed


def _times_agreed(tx: Transaction, handoff_id: str) -> int:
    return len(tx.audit.list(action="appointment.agreed", subject_id=handoff_id, limit=10_000))


def told_to_patient(agreed: Agreed, settings: OfferSettings, url: str, now: datetime) -> str:
    """The message with the agreed time. It may go out as a text message, so it says nothing clinical."""
    when = moment_words(agreed.start, now, settings.hours)
    place = f" at {agreed.place}" if agreed.place else ""
    return f"Your appointment with {settings.clinic.name}: {when}{place}. Calendar, change or cancel: {url}"


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
    )


def ask_change(tx: Transaction, settings: OfferSettings, delivery: DeliverySettings, agreed: Agreed) -> None:
    """The patient wants another time, or none: back to staff, with a note. Asking twice notes it once."""
    local = agreed.start.astimezone(clinic_zone(settings.hours.timezone))
    note = CHANGE_NOTE.format(when=f"{local:%A, %Y-%m-%d} at {clock_words(local)}")
    if any(known.text == note for known in tx.handoffs.notes(agreed.handoff_id)):
        return
    tx.handoffs.add_note(agreed.handoff_id, "patient", note)
    tx.handoffs.change(agreed.handoff_id, status="in_review")
    tx.audit.record("appointment.change_asked", PATIENT, "handoff", agreed.handoff_id)
    enqueue(tx, delivery, "handoff.updated", agreed.handoff_id)
