"""After the intake is over: what the patient writes reaches staff, and only those who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from intake.handoff.afterwards import tell_staff
from intake.handoff.outbox import tell_status
from intake.records import Handoff
from intake.settings import Settings

from .conftest import SECRET, Outbox
from .examples import handoff

WEBHOOK = {"kind": "webhook", "url": "https://records.example/hook", "secret": SECRET}


@pytest.fixture
def settings(outbox: Outbox) -> Settings:
    outbox.configure(WEBHOOK)
    return Settings(delivery=outbox.settings)


def finished(outbox: Outbox, status: str = "booked", *, consent: bool = True) -> str:
    handoff_id = outbox.add_handoff(handoff())
    with outbox.records.begin() as tx:
        if consent:
            tx.consents.record(tx.handoffs.get(handoff_id).conversation_id, "yes", notice_version="1", channel="web")
        if status != "new":
            tx.handoffs.change(handoff_id, status=status)
    return handoff_id


def write(outbox: Outbox, settings: Settings, handoff_id: str, text: str) -> tuple[bool, Handoff, list[str]]:
    with outbox.records.begin() as tx:
        conversation = tx.conversations.get(tx.handoffs.get(handoff_id).conversation_id)
        told = tell_staff(tx, settings, conversation, text)
        return told, tx.handoffs.get(handoff_id), [note.text for note in tx.handoffs.notes(handoff_id)]


@pytest.mark.parametrize("status", ["contacted", "booked", "closed"])
def test_a_cancellation_brings_the_handoff_back_to_whoever_works_on_it(outbox: Outbox, settings: Settings, status: str) -> None:
    told, found, notes = write(outbox, settings, finished(outbox, status), "I have to cancel Tuesday,\nsomething came up")
    assert told and found.status == "in_review"
    assert notes == ["The patient wrote after the intake: “I have to cancel Tuesday, something came up”"]
    assert [d.payload["event"] for d in outbox.deliveries() if d.payload] == ["handoff.updated"]
    with outbox.records.read() as tx:
        (entry,) = tx.audit.list(action="handoff.patient_wrote")
        assert (entry.actor.kind, entry.subject_id) == ("patient", found.id)


def test_a_new_handoff_stays_new_and_every_text_is_noted(outbox: Outbox, settings: Settings) -> None:
    handoff_id = finished(outbox, "new")
    write(outbox, settings, handoff_id, "mornings would be better")
    _, found, notes = write(outbox, settings, handoff_id, "or any Friday")
    assert found.status == "new" and len(notes) == 2


def test_a_thank_you_needs_nobody(outbox: Outbox, settings: Settings) -> None:
    told, found, notes = write(outbox, settings, finished(outbox), "thanks so much!")
    assert (told, found.status, notes) == (False, "booked", [])


def test_words_with_a_red_flag_are_read_in_the_conversation_only(outbox: Outbox, settings: Settings) -> None:
    told, found, notes = write(outbox, settings, finished(outbox), "I do not want to live any more")
    assert told and found.status == "in_review"
    assert notes == ["The patient wrote after the intake. A physiotherapist must read it in the conversation."]


def test_without_consent_and_after_a_withdrawal_nothing_is_noted(outbox: Outbox, settings: Settings) -> None:
    told, _, notes = write(outbox, settings, finished(outbox, consent=False), "please change my time")
    assert not told and notes == []
    handoff_id = finished(outbox)
    with outbox.records.begin() as tx:
        tx.erasure.withdraw(tx.handoffs.get(handoff_id).conversation_id)
    told, _, notes = write(outbox, settings, handoff_id, "please change my time")
    assert not told and notes == []


def test_booked_and_closed_are_told_to_other_systems_and_nothing_else_is(outbox: Outbox, settings: Settings) -> None:
    handoff_id = outbox.add_handoff()
    for status in ("in_review", "contacted", "booked", "closed", None):
        with outbox.records.begin() as tx:
            if status:
                tx.handoffs.change(handoff_id, status=status)
            tell_status(tx, settings.delivery, handoff_id, status)
    assert [d.payload["event"] for d in outbox.deliveries() if d.payload] == ["handoff.booked", "handoff.closed"]


def test_a_document_that_was_filed_begins_the_shorter_term(outbox: Outbox, settings: Settings) -> None:
    handoff_id = finished(outbox)
    with outbox.records.begin() as tx:
        version = tx.handoffs.get(handoff_id).version
        assert tx.retention.copied(handoff_id) and not tx.retention.copied(handoff_id)
        found = tx.handoffs.get(handoff_id)
        assert found.copied_at is not None and found.version == version, "nobody's open page becomes stale by it"
    outbox.later(days=89)
    assert outbox.records.apply_retention() == {}
    outbox.later(days=2)
    assert outbox.records.apply_retention() == {"booked": 1}
    assert timedelta(days=90) == outbox.records.terms.booked
