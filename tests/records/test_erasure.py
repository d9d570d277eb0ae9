"""Erasure: a receipt that tells the truth, and nothing left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import inspect, text

from intake.records import SYSTEM, Conversation, Erased, Filter, Held, NotFound, Records
from intake.records.models import Base
from intake.records.personal_data import KINDS
from tests.records.conftest import NAME, PHONE, WORDS, Clock, document, whole_intake


def rows(records: Records, conversation_id: str) -> dict[str, int]:
    """How many rows of any table still name the conversation or its handoff."""
    found = {}
    with records.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            columns = {c.name for c in table.columns} & {"conversation_id", "owner"}
            for column in columns:
                n = connection.scalar(text(f"SELECT count(*) FROM {table.name} WHERE {column} = :id"), {"id": conversation_id})
                if n:
                    found[table.name] = n
    return found


def test_a_withdrawal_before_a_handoff_erases_everything_and_says_so(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="web")
        tx.answers.append(conversation.id, {"narrative": {"value": WORDS}})
        tx.consents.record(conversation.id, "yes", notice_version="1", channel="web")
    with records.begin() as tx:
        receipt = tx.erasure.withdraw(conversation.id)
    assert receipt["conversation_id"] == conversation.id and receipt["at"] == "2026-03-02T17:00:00.000Z"
    assert receipt["erased"] == {"message": 1, "answer": 1, "consent": 1}
    assert receipt["kept"] == [] and receipt["sent_elsewhere"] == []
    assert rows(records, conversation.id) == {"receipts": 1}
    with records.begin() as tx:
        left = tx.conversations.get(conversation.id)
        assert left.state == "withdrawn" and left.erased_at is not None and left.question is None
        with pytest.raises(Erased):
            tx.messages.receive(conversation.id, client_message_id="2", text="hello?", channel="web")


def test_withdrawing_again_gives_the_same_receipt(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        first = tx.erasure.withdraw(conversation.id)
    with records.begin() as tx:
        assert tx.erasure.withdraw(conversation.id) == first == tx.erasure.receipt_of(conversation.id)


def test_a_handoff_that_nobody_touched_is_erased_with_the_rest(records: Records) -> None:
    conversation_id, handoff_id = whole_intake(records)
    with records.begin() as tx:
        (delivery,) = tx.deliveries.claim("w")
        tx.deliveries.sent(delivery.id)
        receipt = tx.erasure.withdraw(conversation_id)
    assert receipt["erased"] == {
        "message": 2, "answer": 5, "red_flag": 1, "consent": 1, "handoff": 1, "delivery": 1, "link": 1,
    }  # fmt: skip
    assert receipt["sent_elsewhere"] == [{"to": "email:front-desk", "at": "2026-03-02T17:00:00.000Z"}]
    assert rows(records, conversation_id) == {"receipts": 1}
    with records.read() as tx:
        assert tx.conversations.latest_by_address("sms", PHONE) is None
        with pytest.raises(NotFound):
            tx.handoffs.get(handoff_id)


def test_what_staff_acted_on_is_locked_until_the_end_of_its_term(records: Records, clock: Clock) -> None:
    conversation_id, handoff_id = whole_intake(records)
    with records.begin() as tx:
        tx.handoffs.change(handoff_id, status="in_review", assignee="su_1")
        tx.handoffs.add_note(handoff_id, "su_1", "called her")
    with records.begin() as tx:
        receipt = tx.erasure.withdraw(conversation_id)
    assert [(k["kind"], bool(k["reason"]), k["until"][:10]) for k in receipt["kept"]] == [
        ("handoff", True, "2027-04-02"), ("note", True, "2027-04-02"),
    ]  # fmt: skip
    assert "handoff" not in receipt["erased"] and receipt["erased"]["message"] == 2
    with records.read() as tx:
        assert tx.handoffs.list() == ([], None)
        assert tx.handoffs.search(NAME) == [] and tx.handoffs.search(PHONE) == []
        (locked,) = tx.handoffs.list(Filter(include_locked=True))[0]
        assert locked.locked_reason == "withdrawn" and locked.name is None
        assert tx.messages.list(conversation_id) == []
    clock.forward(days=397)
    assert records.apply_retention() == {"locked": 1}
    assert rows(records, conversation_id) == {"receipts": 2}


def test_an_emergency_that_nobody_opened_keeps_flag_quote_and_contact_for_three_days(records: Records, clock: Clock) -> None:
    conversation_id, handoff_id = whole_intake(records, urgency="T1")
    with records.begin() as tx:
        receipt = tx.erasure.withdraw(conversation_id)
    assert [k["kind"] for k in receipt["kept"]] == ["handoff"] and receipt["kept"][0]["until"].startswith("2026-03-05")
    with records.read() as tx:
        (shown,) = tx.handoffs.list()[0]
        kept = tx.handoffs.get(shown.id).document
        assert kept is not None
        assert kept["answers"]["contact.phone"]["value"] == PHONE
        assert kept["answers"]["narrative"] == {**kept["answers"]["narrative"], "value": None, "state": "not_asked", "quote": None}
        assert kept["red_flags"][0]["evidence"][0]["quote"] == WORDS
        assert kept["indicators"][0] == {"id": "stabbing", "state": "not_asked", "evidence": []}
        assert WORDS not in kept["summary"]
    clock.forward(hours=71)
    assert records.apply_retention() == {}
    clock.forward(hours=2)
    assert records.apply_retention() == {"without_consent": 1}
    assert rows(records, conversation_id) == {"receipts": 2}


def test_a_refused_consent_erases_the_words_and_keeps_the_fact(records: Records) -> None:
    with records.begin() as tx:
        conversation, _ = tx.conversations.create("sms", address=PHONE)
        received = tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="sms").message
        tx.answers.append(conversation.id, {"consent": {"value": "no"}, "narrative": {"value": WORDS}})
        tx.consents.record(conversation.id, "no", notice_version="1", channel="sms")
        tx.erasure.refuse_consent(conversation.id)
        tx.messages.say(conversation.id, kind="info", text="You can call us.", reply_to=received.id)
        tx.conversations.change(conversation.id, question=None)
    with records.begin() as tx:
        assert [m.text for m in tx.messages.list(conversation.id)] == [None, "You can call us."]
        assert list(tx.answers.current(conversation.id)) == ["consent"]
        assert tx.conversations.get(conversation.id).consent == "no"
        assert tx.conversations.address(conversation.id) is None
        assert tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="sms").repeat


def test_an_emergency_without_consent_is_kept_until_closed(records: Records) -> None:
    with records.begin() as tx:
        conversation, _ = tx.conversations.create("sms", address=PHONE)
        tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="sms")
        handoff = tx.handoffs.put(conversation.id, document("T2", reason="emergency", partial=True), without_consent=True)
        tx.consents.record(conversation.id, "no", notice_version="1", channel="sms")
        tx.erasure.refuse_consent(conversation.id)
    with records.begin() as tx:
        kept = tx.handoffs.get(handoff.id)
        assert kept.document is not None and kept.document["red_flags"][0]["evidence"][0]["quote"] == WORDS
        assert tx.conversations.address(conversation.id) == PHONE
        assert [m.text for m in tx.messages.list(conversation.id)] == [None]
        assert tx.retention.due() == []
        tx.handoffs.change(handoff.id, status="closed")
    assert records.apply_retention() == {"without_consent": 1}


def test_a_legal_hold_keeps_everything_and_locks_it(records: Records, clock: Clock) -> None:
    conversation_id, _ = whole_intake(records)
    with records.begin() as tx:
        tx.erasure.hold(conversation_id, SYSTEM, on=True)
    with pytest.raises(Held), records.begin() as tx:
        tx.erasure.erase(conversation_id, "request", SYSTEM)
    with records.begin() as tx:
        receipt = tx.erasure.withdraw(conversation_id)
    assert receipt["erased"] == {} and {k["kind"] for k in receipt["kept"]} >= {"message", "answer", "handoff"}
    assert all(k["until"] is None for k in receipt["kept"])
    clock.forward(days=4000)
    assert records.apply_retention() == {}
    with records.begin() as tx:
        assert tx.handoffs.list() == ([], None)
        assert len(tx.messages.list(conversation_id)) == 2
        tx.erasure.hold(conversation_id, SYSTEM, on=False)
    assert records.apply_retention() == {"locked": 1}


def test_erasing_destroys_the_key_so_that_a_copied_row_stays_closed(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        message = tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="web").message
    with records.engine.connect() as connection:
        copied = connection.scalar(text("SELECT sealed FROM messages WHERE id = :id"), {"id": message.id})
    with records.begin() as tx:
        tx.erasure.erase(conversation.id, "request", SYSTEM)
    with records.read() as tx, pytest.raises(Erased):
        tx.scope.open(conversation.id, copied, f"messages/sealed/{message.id}")


def test_every_table_of_a_conversation_is_a_kind_that_is_exported_or_erased() -> None:
    belongs = {
        table.name
        for table in Base.metadata.sorted_tables
        if {key.column.table.name for key in table.foreign_keys} & {"conversations", "handoffs"}
    }
    assert belongs == {kind.table.__tablename__ for kind in KINDS}
    sealed = {table.name for table in Base.metadata.sorted_tables if any("sealed" in c.name for c in table.columns)}
    shown = {kind.table.__tablename__ for kind in KINDS if kind.shown is not None}
    assert sealed - shown == {"conversations", "staff_users"}, "the conversation itself is exported, staff are not patients"


def test_the_export_holds_everything_and_the_audit_of_it(records: Records) -> None:
    conversation_id, handoff_id = whole_intake(records)
    with records.begin() as tx:
        tx.handoffs.add_note(handoff_id, "su_1", "called her")
        tx.handoffs.set_appointment(handoff_id, {"starts_at": "2026-12-01T18:30:00+00:00"})
        tx.audit.record("handoff.read", SYSTEM, "handoff", handoff_id)
    with records.read() as tx:
        held: dict[str, Any] = tx.export.conversation(conversation_id)
        archive = tx.export.zip(conversation_id, {"handoff.pdf": b"%PDF"})
    assert archive[:2] == b"PK" and b"handoff.pdf" in archive
    assert held["conversation"]["address"] == PHONE
    assert held["messages"][0]["text"] == WORDS
    assert [a["value"] for a in held["answers"] if a["question"] == "narrative"] == [WORDS, f"{WORDS}, worse at night"]
    assert held["notes"][0]["text"] == "called her"
    assert held["handoffs"][0]["answers"]["contact.name"]["value"] == NAME
    assert held["handoffs"][0]["appointment"] == {"starts_at": "2026-12-01T18:30:00+00:00"}
    assert held["deliveries"][0]["content"]["text"] == WORDS
    assert [a["action"] for a in held["accesses"]] == ["handoff.read"]
    json.dumps(held)


TERMS = (("no_contact", 7), ("abandoned", 30), ("not_booked", 396))


def test_each_kind_of_intake_is_erased_at_the_end_of_its_own_term(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        tx.conversations.create("web")  # never consented
        unfinished, _ = tx.conversations.create("web")
        tx.consents.record(unfinished.id, "yes", notice_version="1", channel="web")
        tx.answers.append(unfinished.id, {"contact.phone": {"value": PHONE}})
        tx.handoffs.put(unfinished.id, document(partial=True, reason="expired"))
        finished, _ = tx.conversations.create("web")
        tx.consents.record(finished.id, "yes", notice_version="1", channel="web")
        tx.handoffs.put(finished.id, document())
    passed = 0
    for term, days in TERMS:
        clock.forward(days=days - passed - 1)
        assert records.apply_retention() == {}, f"{term} came too early"
        clock.forward(days=1)
        passed = days
        assert records.apply_retention() == {term: 1}
    with records.read() as tx:
        assert tx.conversations.count_by_state() == {}


def test_booked_intakes_go_ninety_days_after_the_copy_to_the_clinics_record(records: Records, clock: Clock) -> None:
    _, handoff_id = whole_intake(records)
    with records.begin() as tx:
        tx.handoffs.change(handoff_id, status="booked")
    clock.forward(days=100)
    assert records.apply_retention() == {}, "not copied yet"
    with records.begin() as tx:
        assert tx.retention.not_copied() == [handoff_id]
        tx.handoffs.change(handoff_id, copied_at=clock.now)
    clock.forward(days=89)
    assert records.apply_retention() == {}
    clock.forward(days=1)
    assert records.apply_retention() == {"booked": 1}


def test_what_is_left_of_a_withdrawal_goes_after_a_month(records: Records, conversation: Conversation, clock: Clock) -> None:
    with records.begin() as tx:
        tx.erasure.withdraw(conversation.id)
    clock.forward(days=30)
    assert records.apply_retention() == {"tombstone": 1}
    with records.read() as tx:
        assert tx.conversations.find(conversation.id) is None
        assert tx.erasure.receipt_of(conversation.id) is not None


def test_a_patient_who_comes_back_is_not_erased(records: Records, conversation: Conversation, clock: Clock) -> None:
    clock.forward(days=6)
    with records.begin() as tx:
        tx.messages.receive(conversation.id, client_message_id="1", text="still there?", channel="web")
    clock.forward(days=6)
    assert records.apply_retention() == {}


def test_foreign_keys_are_enforced(records: Records) -> None:
    assert inspect(records.engine).get_foreign_keys("messages")
    with records.engine.connect() as connection:
        if records.engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.scalar(text("PRAGMA secure_delete")) == 1
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
