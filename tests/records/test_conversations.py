"""Conversations and messages: found by their owner only, in order, once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from intake.records import BodyDiffers, Conversation, NotFound, Records, StaleTurn, UnknownField
from tests.records.conftest import PHONE, WORDS, Clock


def test_a_token_opens_its_own_conversation_only(records: Records) -> None:
    with records.begin() as tx:
        first, token = tx.conversations.create("web")
        second, _ = tx.conversations.create("web")
    with records.read() as tx:
        assert token.startswith("imc_")
        assert tx.conversations.token_matches(first.id, token)
        assert not tx.conversations.token_matches(second.id, token)
        assert not tx.conversations.token_matches(first.id, token + "x")


def test_a_reference_is_short_and_found_again(records: Records, conversation: Conversation) -> None:
    assert conversation.reference is not None
    assert conversation.reference.startswith("IMS-")
    assert len(conversation.reference) == 8
    with records.read() as tx:
        found = tx.conversations.by_reference(f" {conversation.reference.lower()} ")
        assert found is not None and found.id == conversation.id


def test_the_newest_conversation_of_a_number_is_found_by_its_index(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        tx.conversations.create("sms", address=PHONE)
        clock.forward(minutes=1)
        newer, _ = tx.conversations.create("sms", address=PHONE)
    with records.read() as tx:
        found = tx.conversations.latest_by_address("sms", PHONE)
        assert found is not None and found.id == newer.id
        assert tx.conversations.address(newer.id) == PHONE
        assert tx.conversations.latest_by_address("sms", "+12505550199") is None


def test_a_turn_that_started_from_an_old_state_is_refused(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        tx.conversations.change(conversation.id, expected_turn=conversation.turn, question="age_band", memory={"a": [1]})
    with pytest.raises(StaleTurn), records.begin() as tx:
        tx.answers.append(conversation.id, {"age_band": {"value": "19_49"}})
        tx.conversations.change(conversation.id, expected_turn=conversation.turn, question="pain.site")
    with records.read() as tx:
        now = tx.conversations.get(conversation.id)
        assert (now.question, now.turn, now.memory) == ("age_band", conversation.turn + 1, {"a": [1]})
        assert tx.answers.current(conversation.id) == {}, "the refused turn left nothing behind"


def test_a_field_that_does_not_exist_is_refused(records: Records, conversation: Conversation) -> None:
    with pytest.raises(UnknownField), records.begin() as tx:
        tx.conversations.change(conversation.id, qestion="age_band")


def test_ending_and_reopening_keeps_the_time_of_the_end_true(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        assert tx.conversations.change(conversation.id, state="expired").ended_at is not None
        assert tx.conversations.change(conversation.id, state="active").ended_at is None


def test_the_same_client_message_is_stored_once_and_its_replies_come_back(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        received = tx.messages.receive(conversation.id, client_message_id="c1", text=WORDS, channel="web")
        reply = tx.messages.say(
            conversation.id, kind="question", text="Where?", question="pain.site", reply_to=received.message.id,
            choices=[{"value": "knee", "label": "Knee"}], multiple=True,
        )  # fmt: skip
        tx.messages.settle(received.message.id, "answered")
    with records.begin() as tx:
        again = tx.messages.receive(conversation.id, client_message_id="c1", text=WORDS, channel="web")
        assert again.repeat and again.message.id == received.message.id and again.message.status == "answered"
        assert [m.as_dict() for m in tx.messages.replies(again.message.id)] == [reply.as_dict()]
        assert len(tx.messages.list(conversation.id)) == 2
    with pytest.raises(BodyDiffers), records.begin() as tx:
        tx.messages.receive(conversation.id, client_message_id="c1", text="something else", channel="web")


def test_messages_after_one_are_those_after_it(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        sent = [tx.messages.say(conversation.id, kind="info", text=str(n)) for n in range(5)]
    with records.read() as tx:
        assert [m.text for m in tx.messages.list(conversation.id, after=sent[2].id)] == ["3", "4"]
        assert tx.messages.list(conversation.id, after=sent[-1].id) == []
        with pytest.raises(NotFound):
            tx.messages.list(conversation.id, after="msg_unknown")


def test_a_message_shows_the_contracts_fields(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        shown = tx.messages.say(conversation.id, kind="emergency", text="Call 9-1-1 now.").as_dict()
    assert set(shown) == {"id", "from", "at", "kind", "text", "question", "choices", "multiple"}
    assert shown["from"] == "bot" and shown["at"] == "2026-03-02T17:00:00.000Z" and shown["question"] is None


def test_messages_that_arrive_at_once_get_one_place_each(records: Records, conversation: Conversation) -> None:
    failures: list[BaseException] = []

    def send(n: int) -> None:
        try:
            with records.begin() as tx:
                tx.messages.receive(conversation.id, client_message_id=str(n % 6), text=str(n % 6), channel="web")
        except BaseException as error:  # handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with records.read() as tx:
        stored = tx.messages.list(conversation.id)
        assert [m.seq for m in stored] == [1, 2, 3, 4, 5, 6]
        assert {m.text for m in stored} == set("012345")


def test_what_a_crash_left_unanswered_is_found(records: Records, conversation: Conversation, clock: Clock) -> None:
    with records.begin() as tx:
        waiting = tx.messages.receive(conversation.id, client_message_id="1", text="hello", channel="web").message
        answered = tx.messages.receive(conversation.id, client_message_id="2", text="hello again", channel="web").message
        tx.messages.settle(answered.id, "answered")
    clock.forward(seconds=30)
    with records.read() as tx:
        assert [m.id for m in tx.messages.unanswered(clock.now)] == [waiting.id]
        assert tx.messages.unanswered(waiting.at) == []


def test_an_erased_text_leaves_the_message_and_its_idempotency(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        asked = tx.messages.receive(conversation.id, client_message_id="1", text="what does it cost", channel="web").message
        tx.messages.erase_text([asked.id])
    with records.begin() as tx:
        again = tx.messages.receive(conversation.id, client_message_id="1", text="what does it cost", channel="web")
        assert again.repeat and again.message.text is None and again.message.as_dict()["text"] == ""


def test_no_value_shows_the_patients_words_when_it_is_printed(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        message = tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="web").message
        delivery = tx.deliveries.add("sms", "patient", {"text": WORDS}, conversation_id=conversation.id)
        changed = tx.conversations.change(conversation.id, memory={"words": WORDS})
        flag = tx.red_flags.record(conversation.id, "RF01_cardiac", tier="T1", evidence=[{"quote": WORDS}])
    assert WORDS not in repr([message, delivery, changed, flag])


def test_a_reader_sees_one_state_while_a_writer_goes_on(open_records: Callable[[], Records], conversation: Conversation) -> None:
    other = open_records()
    with other.begin() as writing:
        writing.messages.say(conversation.id, kind="info", text="not yet")
        with other.read() as reading:
            assert reading.messages.list(conversation.id) == []
