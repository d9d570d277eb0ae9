"""An agreed time: booked once, told with a link, in the calendar, and changed only through staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import anyio
import pytest
from fastapi import FastAPI, Header
from fastapi.testclient import TestClient
from icalendar import Calendar

from intake.handoff.appointment_router import Appointments, build_router
from intake.handoff.router import Documents
from intake.handoff.router import build_router as documents_router
from intake.hours import OpeningHours
from intake.records.audit import Actor

from .conftest import SECRET, Outbox

STARTS = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)


@dataclass
class Who:
    actor: Actor
    role: str = "reception"


@dataclass
class Desk:
    """Staff and a patient with a browser."""

    outbox: Outbox
    told: list[tuple[str, str]] = field(default_factory=list)
    client: TestClient = field(init=False)

    def reopen(self) -> None:
        """The routes with the outbox's settings as they are now."""

        async def in_thread(work: Any) -> Any:
            return await anyio.to_thread.run_sync(work)

        async def tell(conversation_id: str, actor: Actor, text: str) -> None:
            self.told.append((conversation_id, text))

        def reader(authorization: Annotated[str, Header()] = "") -> Who:
            return Who(Actor("staff", "us_desk"))

        records, settings = self.outbox.records, self.outbox.settings
        places = {"victoria": "Victoria, 1 Example Street"}
        app = FastAPI()
        parts = Appointments(records, self.outbox.installation, settings, "https://intake.example", places, in_thread, tell)
        app.include_router(build_router(parts, reader))
        app.include_router(documents_router(Documents(records, OpeningHours(), "Parkway", in_thread), reader))
        self.client = TestClient(app)

    def book(self, handoff_id: str, **changes: Any) -> Any:
        with self.outbox.records.read() as tx:
            version = tx.handoffs.get(handoff_id).version
        body = {"starts_at": STARTS.isoformat(), "service": "assessment", "location": "victoria", "version": version}
        return self.client.post(f"/api/v1/handoffs/{handoff_id}/appointment", json=body | changes)

    def call_off(self, handoff_id: str, version: int | None = None) -> Any:
        with self.outbox.records.read() as tx:
            now = tx.handoffs.get(handoff_id).version
        return self.client.delete(f"/api/v1/handoffs/{handoff_id}/appointment", params={"version": now if version is None else version})

    def link(self, handoff_id: str) -> str:
        url = self.book(handoff_id).json()["url"]
        return str(url).removeprefix("https://intake.example")


@pytest.fixture
def desk(outbox: Outbox) -> Desk:
    outbox.configure({"kind": "webhook", "url": "http://127.0.0.1:9", "secret": SECRET})
    made = Desk(outbox)
    made.reopen()
    return made


def test_booking_marks_the_handoff_tells_the_patient_and_other_systems(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    answer = desk.book(handoff_id)
    assert answer.status_code == 201
    with desk.outbox.records.read() as tx:
        handoff = tx.handoffs.get(handoff_id)
        assert handoff.status == "booked" and handoff.booked_at is not None
        assert tx.audit.list(action="appointment.agreed")[0].subject_id == handoff_id
    ((conversation_id, text),) = desk.told
    assert conversation_id == handoff.conversation_id
    assert "Victoria, 1 Example Street" in text and "https://intake.example/appointments/" in text
    for clinical in ("shoulder", "pain", "needl", "Rowan"):
        assert clinical not in text
    assert [delivery.payload["event"] for delivery in desk.outbox.deliveries() if delivery.payload] == ["handoff.booked"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"version": 99}, 409),
        ({"starts_at": "2020-01-01T09:00:00Z"}, 422),
        ({"starts_at": "2030-01-01T09:00:00"}, 422),
        ({"location": "atlantis"}, 422),
        ({"service": "surgery"}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_booked_changes_and_tells_nothing(desk: Desk, changes: dict[str, Any], status: int) -> None:
    handoff_id = desk.outbox.add_handoff()
    assert desk.book(handoff_id, **changes).status_code == status
    with desk.outbox.records.read() as tx:
        assert tx.handoffs.get(handoff_id).status == "new"
    assert desk.told == [] and desk.outbox.deliveries() == []


def test_an_unknown_handoff_is_not_found(desk: Desk) -> None:
    body = {"starts_at": STARTS.isoformat(), "service": "assessment", "location": "victoria", "version": 1}
    assert desk.client.post("/api/v1/handoffs/ho_nobody/appointment", json=body).status_code == 404


def test_the_link_shows_the_time_and_gives_the_calendar_file(desk: Desk) -> None:
    link = desk.link(desk.outbox.add_handoff())
    page = desk.client.get(link)
    assert page.status_code == 200 and "Victoria, 1 Example Street" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"] and page.headers["cache-control"] == "no-store"
    for personal in ("Rowan", "shoulder", "5550111", "IMS-"):
        assert personal not in page.text
    file = desk.client.get(f"{link}.ics")
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert event.decoded("dtstart") == STARTS
    assert file.headers["content-type"].startswith("text/calendar")


def test_a_second_time_replaces_the_first_in_the_calendar(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    events = [Calendar.from_ical(desk.client.get(f"{desk.link(handoff_id)}.ics").content).walk("VEVENT")[0] for _ in range(2)]
    assert str(events[0]["uid"]) == str(events[1]["uid"])
    assert [int(event["sequence"]) for event in events] == [0, 1]


def test_a_link_whose_time_was_changed_shows_no_old_time(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    first, second = desk.link(handoff_id), desk.link(handoff_id)
    old = desk.client.get(first)
    assert old.status_code == 410 and "The time was changed." in old.text
    assert desk.client.get(f"{first}.ics").status_code == 410 and desk.client.post(f"{first}/change").status_code == 410
    assert desk.client.get(second).status_code == 200


def test_a_wish_to_change_reaches_staff_once(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    link = desk.link(handoff_id)
    for _ in range(2):
        page = desk.client.post(f"{link}/change")
        assert page.status_code == 200 and "A person will get back to you" in page.text
    with desk.outbox.records.read() as tx:
        assert tx.handoffs.get(handoff_id).status == "in_review"
        (note,) = tx.handoffs.notes(handoff_id)
        assert note.author == "patient" and note.text.startswith("The patient asks to change or cancel")
        assert len(tx.audit.list(action="appointment.change_asked")) == 1


def test_looking_at_the_link_changes_nothing(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    link = desk.link(handoff_id)
    assert desk.client.get(f"{link}/change").status_code == 405
    with desk.outbox.records.read() as tx:
        assert tx.handoffs.get(handoff_id).status == "booked"


def test_a_link_ends_after_the_appointment_and_cannot_be_forged(desk: Desk) -> None:
    link = desk.link(desk.outbox.add_handoff())
    forged = link[:-4] + ("AAAA" if not link.endswith("AAAA") else "BBBB")
    for path in (forged, f"{forged}.ics", "/appointments/" + "A" * 80):
        assert desk.client.get(path).status_code == 410
    assert desk.client.post(f"{forged}/change").status_code == 410
    desk.outbox.later(days=5)
    assert desk.client.get(link).status_code == 410
    assert "call the clinic" in desk.client.get(link).text


def test_the_link_of_an_erased_intake_is_gone(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    link = desk.link(handoff_id)
    from intake.records.models import HandoffRow

    with desk.outbox.records.begin() as tx:
        tx.scope.session.delete(tx.scope.session.get(HandoffRow, handoff_id))
    assert desk.client.get(link).status_code == 410


def test_a_cancelled_time_leaves_the_patients_calendar_and_opens_the_handoff_again(desk: Desk) -> None:
    desk.outbox.configure({"kind": "webhook", "url": "http://127.0.0.1:9", "secret": SECRET, "events": ["appointment.agreed", "appointment.cancelled"]})
    desk.reopen()
    handoff_id = desk.outbox.add_handoff()
    link = desk.link(handoff_id)
    booked = Calendar.from_ical(desk.client.get(f"{link}.ics").content)
    answer = desk.call_off(handoff_id)
    assert answer.status_code == 200 and "is cancelled" in answer.json()["text"]
    for path in (link, answer.json()["url"].removeprefix("https://intake.example")):
        page = desk.client.get(path)
        assert page.status_code == 200 and "Cancelled:" in page.text and "I want to change" not in page.text
        calendar = Calendar.from_ical(desk.client.get(f"{path}.ics").content)
        assert str(calendar["method"]) == "CANCEL"
        (before,), (event,) = booked.walk("VEVENT"), calendar.walk("VEVENT")
        assert (str(event["uid"]), event.decoded("dtstart")) == (str(before["uid"]), STARTS)
        assert str(event["status"]) == "CANCELLED" and int(event["sequence"]) == int(before["sequence"]) + 1
        assert event.walk("VALARM") == []
    with desk.outbox.records.read() as tx:
        handoff = tx.handoffs.get(handoff_id)
        assert handoff.status == "contacted"
        assert len(tx.audit.list(action="appointment.cancelled")) == 1
    assert [conversation for conversation, _ in desk.told] == [handoff.conversation_id] * 2
    told = [delivery.payload for delivery in desk.outbox.deliveries() if delivery.payload]
    assert [one["event"] for one in told] == ["appointment.agreed", "appointment.cancelled"]
    assert told[1]["data"]["starts_at"] == told[0]["data"]["starts_at"]
    assert desk.call_off(handoff_id).status_code == 404


def test_a_cancelled_time_can_be_agreed_again_and_every_step_is_delivered(desk: Desk) -> None:
    desk.outbox.configure({"kind": "webhook", "url": "http://127.0.0.1:9", "secret": SECRET, "events": ["appointment.agreed", "appointment.cancelled"]})
    desk.reopen()
    handoff_id = desk.outbox.add_handoff()
    first = desk.link(handoff_id)
    desk.call_off(handoff_id)
    again = desk.link(handoff_id)
    assert desk.client.get(first).status_code == 410
    (event,) = Calendar.from_ical(desk.client.get(f"{again}.ics").content).walk("VEVENT")
    assert (str(event["status"]), int(event["sequence"])) == ("CONFIRMED", 2)
    told = [delivery.payload for delivery in desk.outbox.deliveries() if delivery.payload]
    assert [one["event"].partition(".")[2] for one in told] == ["agreed", "cancelled", "agreed"]
    assert "replaces" not in told[2]["data"]


def test_calling_off_with_an_old_version_changes_and_tells_nothing(desk: Desk) -> None:
    handoff_id = desk.outbox.add_handoff()
    desk.book(handoff_id)
    assert desk.call_off(handoff_id, version=0).status_code == 409
    with desk.outbox.records.read() as tx:
        assert tx.handoffs.get(handoff_id).status == "booked"
    assert len(desk.told) == 1
