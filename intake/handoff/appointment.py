"""An agreed appointment as a calendar file (iCalendar, RFC 5545), without any clinical detail.

The same appointment keeps its UID, so a change (higher `sequence`) or a cancellation replaces it in the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vDuration


@dataclass(frozen=True)
class Appointment:
    """One agreed appointment. `starts_at` is aware; `sequence` counts its changes; `place` is an address or name."""

    handoff_id: str
    reference: str
    starts_at: datetime
    minutes: int
    clinic_name: str
    clinic_phone: str
    place: str = ""
    sequence: int = 0
    cancelled: bool = False


def calendar_file(appointment: Appointment, now: datetime) -> bytes:
    """The `.ics` file; times are in UTC, which every calendar shows in its own zone. Raises ValueError without a zone."""
    if appointment.starts_at.tzinfo is None or now.tzinfo is None:
        raise ValueError("an appointment without a time zone cannot be put into a calendar")
    start = appointment.starts_at.astimezone(UTC)
    event = Event()
    event.add("uid", f"{appointment.handoff_id}@ims-intake")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", appointment.sequence)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=appointment.minutes))
    event.add("summary", f"Appointment at {appointment.clinic_name}")
    event.add(
        "description",
        f"Reference {appointment.reference}. To change or cancel, call {appointment.clinic_phone} or write to the clinic where you did your intake.",
    )
    if appointment.place:
        event.add("location", appointment.place)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    if not appointment.cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"Appointment at {appointment.clinic_name}")
        alarm["trigger"] = vDuration(timedelta(days=-1))
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//IMS Intake//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if appointment.cancelled else "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
