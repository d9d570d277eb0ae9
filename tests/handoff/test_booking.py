"""Who is offered a link, who is called, and by when."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from intake.handoff.booking import BookingOffer, booking_offer
from intake.handoff.settings import BookingSettings
from intake.hours import OpeningHours, clinic_zone, is_open

from .examples import answer, emergency, for_a_child, handoff, on_hold, raised, without_contact

MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=clinic_zone("America/Vancouver"))
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, tzinfo=clinic_zone("America/Vancouver"))


@dataclass
class Clinic:
    name: str = "Parkway Physiotherapy"
    phone: str = "+12505550142"


@dataclass
class Settings:
    clinic: Clinic = field(default_factory=Clinic)
    hours: OpeningHours = field(default_factory=OpeningHours)
    booking: BookingSettings = field(
        default_factory=lambda: BookingSettings.model_validate(
            {
                "services": [
                    {"id": "assessment", "name": "Initial assessment"},
                    {"id": "ims", "name": "IMS session", "needling": True},
                ],
                "links": [
                    {
                        "service": "assessment",
                        "location": "victoria",
                        "url": "https://clinic.example/victoria",
                    },
                    {
                        "service": "assessment",
                        "location": "langford",
                        "url": "https://clinic.example/langford",
                    },
                    {"service": "ims", "url": "https://clinic.example/ims"},
                ],
            }
        )
    )


def offer(document: dict[str, Any], now: datetime = MONDAY_MORNING, **changes: Any) -> BookingOffer:
    settings = Settings()
    if changes:
        settings.booking = BookingSettings.model_validate(settings.booking.model_dump() | changes)
    return booking_offer(document, settings, now)


def test_a_plain_intake_gets_the_link_of_its_location() -> None:
    given = offer(handoff())
    assert given.kind == "link"
    assert [link.url for link in given.links] == ["https://clinic.example/victoria"]
    assert "IMS-7K3Q" in given.text and "https://clinic.example/victoria" in given.text


def test_either_location_gets_a_link_for_each() -> None:
    given = offer(handoff({"booking.location": answer("either")}))
    assert [link.location for link in given.links] == ["victoria", "langford"]


def test_an_emergency_gets_no_booking_words_at_all() -> None:
    given = offer(emergency())
    assert (given.kind, given.links, given.text) == ("none", (), "")


@pytest.mark.parametrize(
    "document",
    [
        handoff(flags=[raised("RF11_cancer", "T3", "losing weight")]),
        handoff(flags=[raised("RF06_cauda_equina", "T2", "numb", confirmed="old_unchanged")]),
        handoff(flags=[raised("RF01_cardiac", "T1", "chest pain", confirmed="not_meant")]),
        handoff(flags=[raised("RF21_self_harm", "T2", "what is the point", confirmed="goes_on")], reason="emergency"),
        handoff(safety_screen={"now": "complete", "spine": "partial", "general": "complete"}),
        handoff(safety_screen={"now": "complete", "spine": "complete", "general": "declined"}),
        handoff(partial=True, reason="person_requested"),
        handoff(reason="complaint"),
        handoff({"age_band": answer(state="declined")}),
        for_a_child(),
        handoff({"age_band": answer("under_12")}),
        on_hold(),
    ],
    ids=lambda document: str(document["reason"]),
)
def test_whoever_needs_a_person_first_gets_no_link(document: dict[str, Any]) -> None:
    given = offer(document)
    assert given.kind == "call" and given.links == ()
    assert "http" not in given.text


@pytest.mark.parametrize("document", [emergency(), on_hold(), for_a_child()])
def test_no_rule_of_the_clinic_can_undo_a_safety_rule_for_needling(document: dict[str, Any]) -> None:
    given = offer(document, rules=[{"name": "everybody needles", "offer": "link", "service": "ims"}])
    assert given.links == ()


def test_a_service_without_needling_may_be_offered_on_hold_if_the_clinic_says_so() -> None:
    given = offer(on_hold(), rules=[{"name": "all", "offer": "link", "service": "assessment"}])
    assert given.kind == "link"


def test_precautions_that_were_not_answered_hold_needling_too() -> None:
    unknown = handoff({"precaution": answer(state="declined")}, precautions=[])
    rules = [{"name": "all", "offer": "link", "service": "ims"}]
    assert offer(unknown, rules=rules).kind == "call"
    assert offer(handoff({"precaution": answer([])}, precautions=[]), rules=rules).kind == "link"


def test_rules_are_tried_in_order_and_all_conditions_must_hold() -> None:
    rules = [
        {"name": "claims", "when": {"payers": ["icbc"], "new_patient": ["returning"]}, "offer": "call"},
        {"name": "langford", "when": {"locations": ["langford"]}, "offer": "call"},
        {"name": "rest", "offer": "link", "service": "assessment"},
    ]
    assert offer(handoff(), rules=rules).why == "rule: rest"
    assert offer(handoff({"booking.location": answer("langford")}), rules=rules).why == "rule: langford"


def test_without_any_rule_or_link_the_clinic_calls() -> None:
    assert offer(handoff(), rules=[]).kind == "call"
    assert offer(handoff({"booking.location": answer("langford")}), links=[]).kind == "call"


def test_the_promised_time_is_within_opening_hours_and_said_so() -> None:
    given = offer(on_hold(), MONDAY_MORNING)
    assert given.by is not None and is_open(given.by, OpeningHours())
    assert given.text == "A person from the clinic will call you by 1 pm today. Your reference is IMS-7K3Q."


def test_at_night_the_words_say_that_the_clinic_is_closed() -> None:
    given = offer(on_hold(), SATURDAY_NIGHT)
    assert given.text.startswith("The clinic is closed now. It opens Monday at 8 am.")
    assert "will call you by noon on Monday." in given.text


def test_a_t3_is_called_by_a_physiotherapist_by_the_next_working_day() -> None:
    given = offer(handoff(urgency="T3"), SATURDAY_NIGHT)
    assert "A physiotherapist will call you by 6 pm on Monday." in given.text


@pytest.mark.parametrize(
    ("contact", "kind"),
    [
        ({"contact.preferred": answer("sms")}, "text"),
        ({"contact.email": answer("rowan@example.com"), "contact.preferred": answer("email")}, "write"),
        ({"contact.email": answer("rowan@example.com"), "contact.phone": answer(state="declined")}, "write"),
        ({"contact.preferred": answer(state="not_asked")}, "call"),
    ],
)
def test_the_clinic_reaches_out_the_way_the_patient_prefers(contact: dict[str, Any], kind: str) -> None:
    assert offer(on_hold() | {"answers": on_hold()["answers"] | contact}).kind == kind


def test_a_patient_who_cannot_be_reached_is_asked_to_call() -> None:
    document = without_contact() | {"precautions": on_hold()["precautions"]}
    given = offer(document)
    assert given.kind == "call_us" and "+12505550142" in given.text and given.by is None


def test_a_clinic_without_opening_hours_promises_no_time() -> None:
    settings = Settings(hours=OpeningHours(weekly={}))
    given = booking_offer(on_hold(), settings, MONDAY_MORNING)
    assert given.by is None and "by" not in given.text.split()


def test_settings_that_name_an_unknown_service_are_refused() -> None:
    with pytest.raises(ValidationError, match="not defined"):
        BookingSettings.model_validate({"links": [{"service": "massage", "url": "https://clinic.example"}]})
    with pytest.raises(ValidationError, match="names no service"):
        BookingSettings.model_validate({"rules": [{"name": "x", "offer": "link"}]})
