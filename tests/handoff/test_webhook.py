"""Webhooks: signed, ids only, at least once, and once in effect whatever the receiver does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import ValidationError

from intake.handoff.delivery import Refused
from intake.handoff.outbox import dead_letters, resend, send_test
from intake.handoff.settings import DeliverySettings
from intake.records.audit import Actor
from tests.standins.server import free_port, serving
from tests.standins.webhook_receiver import WebhookReceiver

from .conftest import SECRET, Outbox


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with serving(WebhookReceiver(SECRET)) as stand_in:
        assert isinstance(stand_in, WebhookReceiver)
        yield stand_in


def configure(outbox: Outbox, url: str, **more: object) -> None:
    outbox.configure({"kind": "webhook", "url": url, "secret": SECRET} | more)


def test_the_signature_is_accepted_by_the_public_library(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("handoff.created", handoff_id)
    outbox.work()
    assert receiver.refused == 0
    (event,) = receiver.effects.values()
    assert event["type"] == "handoff.created" and event["data"]["handoff_id"] == handoff_id
    assert outbox.delivery().state == "sent"


def test_only_ids_leave_the_house_by_default(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    wire = receiver.received[0].body.decode() + json.dumps(receiver.received[0].headers)
    for personal in ("Rowan", "5550111", "shoulder", "apixaban", "IMS-7K3Q", '"T2"', "urgency"):  # a bare T2 stands in every time from 20:00 on
        assert personal not in wire
    assert set(json.loads(receiver.received[0].body)["data"]) == {
        "handoff_id",
        "conversation_id",
        "version",
        "url",
    }


def test_the_document_is_sent_only_if_the_clinic_says_so(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url, include="handoff")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    (event,) = receiver.effects.values()
    assert event["data"]["handoff"]["schema"] == "ims-intake/handoff/1"


def test_without_consent_the_document_stays_in_the_house(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url, include="handoff")
    outbox.enqueue("handoff.created", outbox.add_handoff(without_consent=True))
    outbox.work()
    (event,) = receiver.effects.values()
    assert "handoff" not in event["data"]


@pytest.mark.parametrize("fault", ["500", "timeout", "drop", "late", "twice"])
def test_a_receiver_that_misbehaves_gets_it_in_the_end_and_once_in_effect(
    outbox: Outbox, receiver: WebhookReceiver, fault: str
) -> None:
    configure(outbox, receiver.url)
    receiver.faults.append(fault)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    outbox.later(minutes=1)
    outbox.work()
    assert outbox.delivery().state == "sent"
    assert len(receiver.effects) == 1 and len(set(receiver.deliveries)) == 1
    if fault in ("drop", "late"):
        assert len(receiver.deliveries) == 2, "the sender could not know that it had arrived"


def test_a_stray_second_answer_is_not_taken_for_the_next_one(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    receiver.faults.extend(["twice", "500"])
    for _ in range(2):
        outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert sorted(delivery.state for delivery in outbox.deliveries()) == ["pending", "sent"]


def test_a_receiver_that_vanishes_for_an_hour_loses_nothing(outbox: Outbox) -> None:
    port = free_port()
    configure(outbox, f"http://127.0.0.1:{port}")
    wanted = {outbox.add_handoff() for _ in range(5)}
    for handoff_id in wanted:
        outbox.enqueue("handoff.created", handoff_id)
    for _ in range(60):
        outbox.work()
        outbox.later(minutes=1)
    assert {delivery.last_error for delivery in outbox.deliveries()} == {"unreachable"}
    with serving(WebhookReceiver(SECRET), port) as receiver:
        assert isinstance(receiver, WebhookReceiver)
        outbox.later(hours=7)
        outbox.work()
        assert {event["data"]["handoff_id"] for event in receiver.effects.values()} == wanted
    assert {delivery.state for delivery in outbox.deliveries()} == {"sent"}


def test_the_wait_doubles_and_honours_what_the_receiver_asks(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    worker = outbox.worker()
    waits = [worker.backoff(attempt).total_seconds() for attempt in range(1, 15)]
    for attempt, seconds in enumerate(waits):
        plain = min(21_600, 5 * 2**attempt)
        assert 0.8 * plain <= seconds <= 1.2 * plain
    receiver.faults.append("503:600")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    wait = outbox.delivery().next_attempt_at - outbox.clock()
    assert timedelta(seconds=590) < wait <= timedelta(seconds=600)


def test_what_is_given_up_is_seen_audited_and_can_be_sent_again(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url, name="records")
    outbox.settings.attempts = 3
    receiver.faults.extend(["500"] * 3)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    for _ in range(3):
        outbox.work()
        outbox.later(minutes=5)
    with outbox.records.read() as tx:
        (dead,) = dead_letters(tx, outbox.settings)
        assert (dead.last_error, dead.attempts, dead.destination) == ("http_500", 3, "records")
        assert tx.audit.list(action="delivery.dead")[0].subject_id == dead.id
    with outbox.records.begin() as tx:
        resend(tx, dead.id, Actor("staff", "us_1"))
    outbox.work()
    assert outbox.delivery().state == "sent"
    assert receiver.deliveries == [dead.idempotency_id]


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    receiver.faults.append("410")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "http_410")


def test_events_of_one_handoff_arrive_in_order_and_others_do_not_wait(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    first, second = outbox.add_handoff(), outbox.add_handoff()
    outbox.enqueue("handoff.created", first)
    outbox.enqueue("handoff.booked", first)
    outbox.enqueue("handoff.created", second)
    receiver.faults.append("500")
    outbox.work()
    arrived = [(event["type"], event["data"]["handoff_id"]) for event in receiver.effects.values()]
    assert arrived == [("handoff.created", second)], "the first one waits with all that follows it"
    outbox.later(minutes=1)
    outbox.work()
    arrived = [event["type"] for event in receiver.effects.values() if event["data"]["handoff_id"] == first]
    assert arrived == ["handoff.created", "handoff.booked"]


def test_putting_the_same_event_in_twice_sends_it_once(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("handoff.created", handoff_id)
    outbox.enqueue("handoff.created", handoff_id)
    outbox.work()
    assert len(receiver.deliveries) == 1


def test_a_withdrawn_handoff_does_not_leave_the_house(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    handoff_id = outbox.add_handoff()
    outbox.enqueue("handoff.created", handoff_id)
    from intake.records.models import HandoffRow

    with outbox.records.begin() as tx:
        row = tx.scope.session.get(HandoffRow, handoff_id)
        assert row is not None
        row.locked_reason = "withdrawn"
    outbox.work()
    assert receiver.received == []
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("cancelled", "handoff_gone")


def test_a_destination_that_is_no_longer_configured_is_a_dead_letter(outbox: Outbox) -> None:
    configure(outbox, "http://127.0.0.1:9", name="old")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    configure(outbox, "http://127.0.0.1:9", name="new")
    outbox.work()
    assert outbox.delivery().last_error == "destination_not_configured"


def test_the_test_button_sends_a_signed_event_without_any_id(outbox: Outbox, receiver: WebhookReceiver) -> None:
    configure(outbox, receiver.url)
    send_test(outbox.settings, "webhook", outbox.context())
    (event,) = receiver.effects.values()
    assert (event["type"], event["data"]) == ("test", {})
    receiver.faults.append("410")
    with pytest.raises(Refused, match="http_410"):
        send_test(outbox.settings, "webhook", outbox.context())
    with pytest.raises(KeyError):
        send_test(outbox.settings, "nobody", outbox.context())


def test_an_adapter_s_own_fault_is_tried_again_and_named_without_its_words(outbox: Outbox) -> None:
    outbox.configure({"kind": "email", "to": ["desk@clinic.example"]})
    handoff_id = outbox.add_handoff()
    delivery = outbox.enqueue("handoff.created", handoff_id)[0]
    with outbox.records.begin() as tx:
        lease = timedelta(seconds=2)
        tx.deliveries.claim("broken", lease=lease)
        tx.deliveries.keep(delivery.id, {"event": "no.such", "data": {}, "progress": {}}, worker="broken", lease=lease)
    outbox.later(seconds=5)
    outbox.work()
    assert outbox.delivery().last_error == "error_KeyError"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://records.example/hook"},
        {"secret": "secret"},
        {"secret": "whsec_AAAA"},
        {"events": ["handoff.exploded"]},
        {"name": "Räksmörgås"},
        {"kind": "carrier_pigeon"},
        {"kind": "../settings"},
        {"surprise": 1},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    plain = {"kind": "webhook", "url": "https://records.example/hook", "secret": SECRET}
    DeliverySettings.model_validate({"destinations": [plain]})
    with pytest.raises(ValidationError):
        DeliverySettings.model_validate({"destinations": [plain | wrong]})


def test_a_secret_can_come_from_the_environment_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"kind": "webhook", "url": "https://records.example", "secret": "env:HOOK_SECRET"}
    with pytest.raises(ValidationError, match="HOOK_SECRET is not set"):
        DeliverySettings.model_validate({"destinations": [line]})
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    settings = DeliverySettings.model_validate({"destinations": [line]})
    assert SECRET not in repr(settings) and SECRET not in settings.model_dump_json()


def test_two_destinations_of_one_name_and_leases_that_are_too_short_are_refused() -> None:
    line = {"kind": "webhook", "url": "https://records.example", "secret": SECRET}
    with pytest.raises(ValidationError, match="same name"):
        DeliverySettings.model_validate({"destinations": [line, line]})
    with pytest.raises(ValidationError, match="lease_seconds"):
        DeliverySettings(lease_seconds=20, timeout_seconds=15)
