"""Cliniko: the right patient, one document, one appointment, also when it fails half-way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from intake.handoff.delivery import Refused
from intake.handoff.destinations.cliniko import ClinikoAdapter
from intake.handoff.destinations.cliniko import Settings as ClinikoSettings
from intake.handoff.outbox import open_destination, send_test
from tests.standins.cliniko import KEY, Cliniko
from tests.standins.server import serving

from .conftest import PDF, Outbox
from .examples import answer, for_a_child, handoff, hostile, long_words

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=17, minute=0, second=0, microsecond=0)
START = TOMORROW.strftime("%Y-%m-%dT%H:%M:%SZ")
LATER = (TOMORROW + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
AGREED = {"starts_at": START, "location": "victoria", "service": "assessment", "sequence": 0}
MOVED = AGREED | {"starts_at": LATER, "replaces": START, "sequence": 1}
CANCELLED = AGREED | {"sequence": 2}


@pytest.fixture
def cliniko() -> Iterator[Cliniko]:
    with serving(Cliniko(datetime.now(UTC).date() - timedelta(days=1))) as stand_in:
        assert isinstance(stand_in, Cliniko)
        stand_in.free.add(START)
        yield stand_in
        assert stand_in.complaints == []


def configure(outbox: Outbox, cliniko: Cliniko, **more: object) -> None:
    line = {
        "kind": "cliniko",
        "api_key": KEY,
        "contact_email": "it@clinic.example",
        "base_url": f"{cliniko.url}/v1",
        "businesses": {"victoria": "11"},
        "appointment_types": {"assessment": "31"},
        "practitioner": "21",
    }
    outbox.configure(line | more)


def settle(outbox: Outbox) -> None:
    for _ in range(12):
        outbox.work()
        outbox.later(minutes=30)


def test_a_new_patient_is_made_and_the_pdf_filed(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    (patient,) = cliniko.patients
    assert (patient["first_name"], patient["last_name"]) == ("Rowan", "Example")
    assert patient["patient_phone_numbers"] == [{"phone_type": "Mobile", "number": "12505550111"}]
    (attachment,) = cliniko.attachments
    assert attachment["content"] == PDF and attachment["patient_id"] == patient["id"]
    assert outbox.delivery().remote_id == attachment["id"]


def test_a_known_patient_is_matched_by_name_and_phone(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    known = cliniko.add_patient(
        first_name="Rowan",
        last_name="Example",
        patient_phone_numbers=[{"phone_type": "Home", "number": "(250) 555-0111"}],
    )
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert len(cliniko.patients) == 1 and cliniko.attachments[0]["patient_id"] == known["id"]


def test_a_namesake_with_another_phone_never_gets_the_document(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    namesake = cliniko.add_patient(
        first_name="Rowan",
        last_name="Example",
        patient_phone_numbers=[{"phone_type": "Home", "number": "6045550999"}],
    )
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert len(cliniko.patients) == 2
    assert cliniko.attachments[0]["patient_id"] != namesake["id"]


def test_several_matches_are_left_to_staff(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    numbers = [{"phone_type": "Mobile", "number": "2505550111"}]
    for _ in range(2):
        cliniko.add_patient(first_name="Rowan", last_name="Example", patient_phone_numbers=numbers)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "several_patients_match")
    assert cliniko.attachments == []


def test_nothing_is_filed_without_consent(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    outbox.enqueue("handoff.created", outbox.add_handoff(without_consent=True))
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "without_consent")
    assert cliniko.received == []


def test_a_match_on_a_later_page_is_found(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    cliniko.page_size = 2
    for number in range(5):
        phones = [{"phone_type": "Mobile", "number": f"250555010{number}"}]
        cliniko.add_patient(first_name="Rowan", last_name="Example", patient_phone_numbers=phones)
    last = cliniko.add_patient(first_name="Rowan", last_name="Example", email="Rowan@Example.com")
    outbox.enqueue("handoff.created", outbox.add_handoff(handoff({"contact.email": answer("rowan@example.com")})))
    outbox.work()
    assert cliniko.attachments[0]["patient_id"] == last["id"]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (for_a_child(), "answered_by_somebody_else"),
        (handoff({"contact.name": answer(state="declined")}), "no_name"),
    ],
)
def test_who_cannot_be_matched_safely_is_left_to_staff(
    outbox: Outbox, cliniko: Cliniko, document: dict[str, object], error: str
) -> None:
    configure(outbox, cliniko)
    outbox.enqueue("handoff.created", outbox.add_handoff(document))
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", error)
    assert cliniko.patients == []


@pytest.mark.parametrize("fault", ["500", "drop", "late"])
@pytest.mark.parametrize("step", range(7))
def test_a_failure_at_any_step_makes_nothing_twice(outbox: Outbox, cliniko: Cliniko, step: int, fault: str) -> None:
    """The steps: two look-ups, a new patient, its attachments, an upload address, the upload, the attachment."""
    cliniko.patience = 0.6
    configure(outbox, cliniko)
    cliniko.faults.extend([""] * step + [fault])
    outbox.enqueue("handoff.created", outbox.add_handoff())
    settle(outbox)
    assert outbox.delivery().state == "sent"
    assert (len(cliniko.patients), len(cliniko.attachments)) == (1, 1)


def test_a_full_rate_limit_is_waited_for(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    cliniko.faults.append("429:20")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    wait = outbox.delivery().next_attempt_at - outbox.clock()
    assert timedelta(seconds=15) < wait <= timedelta(seconds=20)


@pytest.mark.parametrize("document", [handoff(), long_words(), hostile()])
def test_the_answers_can_be_filed_as_a_form_within_cliniko_s_limits(
    outbox: Outbox, cliniko: Cliniko, document: dict[str, object]
) -> None:
    configure(outbox, cliniko, document="form")
    outbox.enqueue("handoff.created", outbox.add_handoff(document))
    settle(outbox)
    (form,) = cliniko.forms
    assert form["completed"] is True and form["restricted_to_practitioner"] is True
    asked = {question["name"]: question["answer"] for question in form["content"]["sections"][0]["questions"]}
    assert len(asked) > 30


def test_a_correction_is_filed_beside_the_first_version_and_only_once(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("handoff.created", handoff_id)
    outbox.work()
    with outbox.records.begin() as tx:
        tx.handoffs.put(tx.handoffs.get(handoff_id).conversation_id, handoff({"goal": answer("run again")}))
    outbox.enqueue("handoff.updated", handoff_id)
    outbox.enqueue("handoff.updated", handoff_id)
    outbox.work()
    assert [one["description"].partition(", ")[2] for one in cliniko.attachments] == ["version 1", "version 2"]
    assert len(cliniko.patients) == 1


def test_an_agreed_time_is_booked_once(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("handoff.created", handoff_id)
    outbox.enqueue("appointment.agreed", handoff_id, AGREED)
    outbox.enqueue("appointment.agreed", handoff_id, AGREED)
    outbox.work()
    (appointment,) = cliniko.appointments
    assert (appointment["starts_at"], appointment["patient_id"]) == (START, cliniko.patients[0]["id"])


@pytest.mark.parametrize("fault", ["drop", "late"])
def test_an_appointment_whose_receipt_was_lost_is_not_booked_again(outbox: Outbox, cliniko: Cliniko, fault: str) -> None:
    cliniko.patience = 0.6
    configure(outbox, cliniko)
    # The steps: two look-ups and a new patient, then own appointments, free times, and the booking itself.
    cliniko.faults.extend([""] * 5 + [fault])
    outbox.enqueue("appointment.agreed", outbox.add_handoff(), AGREED)
    settle(outbox)
    assert outbox.delivery().state == "sent"
    assert len(cliniko.appointments) == 1


def test_a_time_that_somebody_else_took_is_left_to_staff(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    cliniko.free.clear()
    outbox.enqueue("appointment.agreed", outbox.add_handoff(), AGREED)
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "time_taken")
    assert cliniko.appointments == []


def test_a_moved_time_moves_the_one_appointment(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    cliniko.free.add(LATER)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("appointment.agreed", handoff_id, AGREED)
    outbox.enqueue("appointment.agreed", handoff_id, MOVED)
    outbox.work()
    (appointment,) = cliniko.appointments
    assert appointment["starts_at"] == LATER and appointment["ends_at"] is None and not appointment["cancelled_at"]
    assert [delivery.state for delivery in outbox.deliveries()] == ["sent", "sent"]


def test_a_move_to_a_time_that_is_taken_keeps_the_old_one_and_is_left_to_staff(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("appointment.agreed", handoff_id, AGREED)
    outbox.enqueue("appointment.agreed", handoff_id, MOVED)
    outbox.work()
    assert [appointment["starts_at"] for appointment in cliniko.appointments] == [START]
    assert [(d.state, d.last_error) for d in outbox.deliveries()] == [("sent", None), ("dead", "time_taken")]


def test_a_cancelled_time_is_cancelled_once_and_free_again(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("appointment.agreed", handoff_id, AGREED)
    outbox.enqueue("appointment.cancelled", handoff_id, CANCELLED)
    outbox.enqueue("appointment.cancelled", handoff_id, CANCELLED)
    outbox.enqueue("appointment.agreed", handoff_id, AGREED | {"sequence": 3})
    outbox.work()
    first, second = cliniko.appointments
    assert first["cancelled_at"] and first["cancellation_reason"] == 50 and "shoulder" not in first["cancellation_note"]
    assert (second["starts_at"], second["cancelled_at"]) == (START, None)
    assert [delivery.state for delivery in outbox.deliveries()] == ["sent"] * 3


@pytest.mark.parametrize("fault", ["500", "drop", "late"])
@pytest.mark.parametrize("step", range(3))
def test_a_cancellation_that_fails_at_any_step_ends_cancelled(outbox: Outbox, cliniko: Cliniko, step: int, fault: str) -> None:
    """The steps: the patient, their appointments, the cancellation."""
    cliniko.patience = 0.6
    configure(outbox, cliniko)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("appointment.agreed", handoff_id, AGREED)
    outbox.work()
    cliniko.faults.extend([""] * step + [fault])
    outbox.enqueue("appointment.cancelled", handoff_id, CANCELLED)
    settle(outbox)
    assert [delivery.state for delivery in outbox.deliveries()] == ["sent", "sent"]
    (appointment,) = cliniko.appointments
    assert appointment["cancelled_at"]


def test_a_cancellation_of_what_cliniko_never_had_makes_no_patient(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    outbox.enqueue("appointment.cancelled", outbox.add_handoff(), CANCELLED)
    outbox.work()
    assert outbox.delivery().state == "sent" and cliniko.patients == []


def test_a_location_without_a_cliniko_id_is_left_to_staff(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    outbox.enqueue("appointment.agreed", outbox.add_handoff(), AGREED | {"location": "langford"})
    outbox.work()
    assert outbox.delivery().last_error == "not_mapped_to_cliniko"


def test_free_times_are_asked_in_windows_of_a_week(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    cliniko.free = {(TOMORROW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in range(0, 30, 3)}
    adapter = open_destination(outbox.settings.destinations[0], outbox.context())
    assert isinstance(adapter, ClinikoAdapter)
    first = TOMORROW.date() - timedelta(days=1)
    times = adapter.available_times("victoria", "assessment", first, first + timedelta(days=31))
    assert [time.strftime("%Y-%m-%dT%H:%M:%SZ") for time in times] == sorted(cliniko.free)


def test_the_test_button_reads_the_account_and_names_a_wrong_key(outbox: Outbox, cliniko: Cliniko) -> None:
    configure(outbox, cliniko)
    assert send_test(outbox.settings, "cliniko", outbox.context()).note == "1 locations can be read"
    configure(outbox, cliniko, api_key="wrong-ca1")
    with pytest.raises(Refused, match="http_401"):
        send_test(outbox.settings, "cliniko", outbox.context())
    assert cliniko.complaints.pop() == "no valid key"
    assert cliniko.patients == []


@pytest.mark.parametrize(
    ("key", "address"),
    [("abc-ca1", "https://api.ca1.cliniko.com/v1"), ("abc", "https://api.au1.cliniko.com/v1")],
)
def test_the_key_tells_where_the_account_lives(key: str, address: str) -> None:
    settings = ClinikoSettings(kind="cliniko", api_key=SecretStr(key), contact_email="it@clinic.example")
    assert settings.api == address
