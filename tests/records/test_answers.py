"""Answers, red flags, consents and tallies."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from intake.records import Conversation, Records
from tests.records.conftest import Clock


def test_a_correction_keeps_what_was_said_before(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        tx.answers.append(conversation.id, {"pain.side": {"value": "left"}, "age_band": {"value": "19_49"}})
        tx.answers.append(conversation.id, {"pain.side": {"value": "right", "previous": [{"value": "made up"}]}})
        tx.answers.append(conversation.id, {"pain.side": {"value": "both"}})
    with records.read() as tx:
        current = tx.answers.current(conversation.id)
    assert list(current) == ["pain.side", "age_band"]
    assert current["pain.side"] == {"value": "both", "previous": [{"value": "left"}, {"value": "right"}]}
    assert current["age_band"]["previous"] == []


def test_the_database_refuses_to_change_an_answer(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        tx.answers.append(conversation.id, {"pain.side": {"value": "left"}})
    with pytest.raises(DBAPIError, match="append-only"), records.engine.begin() as connection:
        connection.execute(text("UPDATE answers SET question = 'pain.site'"))


def test_an_answered_contact_is_noted_on_the_conversation(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        tx.answers.append(conversation.id, {"contact.email": {"value": None, "state": "declined"}})
        assert not tx.conversations.get(conversation.id).has_contact
        tx.answers.append(conversation.id, {"contact.phone": {"value": "+12505550142", "state": "answered"}})
        assert tx.conversations.get(conversation.id).has_contact


def test_a_flag_seen_again_keeps_its_most_urgent_tier_and_all_its_evidence(
    records: Records, conversation: Conversation, clock: Clock
) -> None:
    with records.begin() as tx:
        tx.red_flags.record(conversation.id, "RF08_cord", tier="T3", state="unknown", evidence=[{"quote": "clumsy"}])
        shown = clock.now
        tx.red_flags.record(conversation.id, "RF08_cord", tier="T2", evidence=[{"quote": "unsteady"}], shown_at=shown)
        clock.forward(minutes=5)
        tx.red_flags.record(conversation.id, "RF08_cord", tier="T3", evidence=[{"quote": "clumsy"}], shown_at=clock.now)
        tx.red_flags.record(conversation.id, "RF01_cardiac", tier="T1")
        flags = tx.red_flags.list(conversation.id)
    assert [f.flag for f in flags] == ["RF01_cardiac", "RF08_cord"]
    assert (flags[1].tier, flags[1].state, flags[1].shown_at) == ("T2", "reported", shown)
    assert [e["quote"] for e in flags[1].evidence] == ["clumsy", "unsteady"]


def test_every_answer_to_the_notice_is_kept_with_its_version(records: Records, conversation: Conversation, clock: Clock) -> None:
    with records.begin() as tx:
        tx.consents.record(conversation.id, "no", notice_version="1", channel="web")
        clock.forward(minutes=1)
        tx.consents.record(conversation.id, "yes", notice_version="2", channel="web", by="carer")
        found = tx.conversations.get(conversation.id)
        assert (found.consent, found.consent_version, found.consent_at) == ("yes", "2", clock.now)
        assert [(c.answer, c.by) for c in tx.consents.list(conversation.id)] == [("no", "patient"), ("yes", "carer")]


def test_a_message_knows_whether_consent_had_been_given(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        before = tx.messages.receive(conversation.id, client_message_id="1", text="hi", channel="web").message
        tx.consents.record(conversation.id, "yes", notice_version="1", channel="web")
        after = tx.messages.receive(conversation.id, client_message_id="2", text="hi", channel="web").message
    assert before.before_consent and not after.before_consent


def test_tallies_add_up_by_week_and_channel(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        tx.tallies.count("started", "web")
        tx.tallies.count("started", "web", n=2)
        tx.tallies.count("dropped_at", "web", detail="pain.site")
    clock.forward(days=7)
    with records.begin() as tx:
        tx.tallies.count("started", "sms")
    with records.read() as tx:
        first, last = clock.now.date().replace(day=1), clock.now.date()
        rows = [(t.week.isoformat(), t.channel, t.measure, t.detail, t.n) for t in tx.tallies.list(first, last)]
    assert rows == [
        ("2026-03-02", "web", "dropped_at", "pain.site", 1),
        ("2026-03-02", "web", "started", "", 3),
    ]
