"""The free times of the booking system on a page of their own: shown, booked with one tap, and plain words when there are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from intake.hours import clinic_zone
from tests.handoff.test_cliniko import KEY
from tests.staff.clinic import Clinic, running_clinic
from tests.standins.cliniko import Cliniko
from tests.standins.server import serving

ZONE = clinic_zone("America/Vancouver")
NINE = (datetime.now(ZONE) + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture
def cliniko() -> Iterator[Cliniko]:
    with serving(Cliniko(datetime.now(UTC).date() - timedelta(days=1))) as stand_in:
        assert isinstance(stand_in, Cliniko)
        stand_in.free.add(NINE.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        yield stand_in
        assert stand_in.complaints == []


@pytest.fixture
def connected(cliniko: Cliniko, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    line = {
        "name": "cliniko", "kind": "cliniko", "api_key": KEY, "contact_email": "it@clinic.example", "base_url": f"{cliniko.url}/v1",
        "businesses": {"victoria": "11"}, "appointment_types": {"assessment": "31"}, "practitioner": "21",
    }  # fmt: skip
    with running_clinic(tmp_path_factory.mktemp("connected"), delivery={"destinations": [line]}) as clinic:
        clinic.people["reception"] = clinic.member("reception")
        yield clinic


def test_a_free_time_is_booked_with_one_tap(connected: Clinic) -> None:
    handoff = connected.intake()
    with connected.log_in(connected.people["reception"]) as client:
        assert "Show free times" in client.get(f"/staff/handoffs/{handoff.id}").text
        page = client.get(f"/staff/handoffs/{handoff.id}/times", params={"service": "assessment", "location": "victoria"}).text
        assert f"{NINE:%A, %B} {NINE.day}" in page and ">09:00</button>" in page
        version = connected.handoff(handoff.id).version
        form = {"action": "book", "version": str(version), "day": f"{NINE:%Y-%m-%d}", "time": "09:00", "service": "assessment", "location": "victoria"}
        done = client.post(f"/staff/handoffs/{handoff.id}", data=form | {"csrf": client.headers["x-csrf-token"]})
    assert done.status_code == 303 and connected.handoff(handoff.id).status == "booked"


def test_what_cannot_be_shown_is_said_in_plain_words(connected: Clinic, cliniko: Cliniko, clinic: Clinic) -> None:
    handoff = connected.intake()
    with connected.log_in(connected.people["reception"]) as client:
        address = f"/staff/handoffs/{handoff.id}/times"
        assert "does not know this service" in client.get(address, params={"service": "assessment", "location": "langford"}).text
        cliniko.free.clear()
        assert "No free time in these two weeks" in client.get(address, params={"service": "assessment", "location": "victoria"}).text
        cliniko.faults.append("500")
        assert "did not answer" in client.get(address, params={"service": "assessment", "location": "victoria"}).text
    other = clinic.intake()
    with clinic.log_in(clinic.people["reception"]) as client:
        assert "Show free times" not in client.get(f"/staff/handoffs/{other.id}").text
        assert "No booking system" in client.get(f"/staff/handoffs/{other.id}/times").text
