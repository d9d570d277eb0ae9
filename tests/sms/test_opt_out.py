"""Opt-out is mirrored by word and by the carrier's own mark; after it nothing is sent but what must be."""

import pytest

from intake.channels.sms import outbox
from intake.gate import person
from intake.records import Actor
from tests.sms.conftest import PATIENT, Line, LineMaker

pytestmark = pytest.mark.asyncio


def opted_out(line: Line) -> bool:
    """Whether our own records hold the opt-out."""
    with line.records.read() as tx:
        return tx.opt_outs.holds("sms", PATIENT)


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        "stop",
        "Arret",
        "ARRÊT",
        "UNSUBSCRIBE",
        "Cancel.",
        "END",
        "quit",
        "STOPALL",
        "revoke",
        "OPTOUT",
    ],
)
async def test_an_opt_out_word_is_confirmed_once_and_then_there_is_silence(line: Line, word: str) -> None:
    await line.says("hi")
    (text,) = await line.says(word)
    assert "no more texts" in text
    assert opted_out(line)
    for body in (word, "hello?", "1", "what does it cost?", "HELP"):
        assert await line.says(body) == []


async def test_where_the_carrier_confirms_we_do_not(make_line: LineMaker) -> None:
    line = make_line(opt_outs="advanced")
    await line.says("hi")
    assert await line.says("STOP") == []
    assert opted_out(line)
    assert line.inbox()[-1].startswith("You have been unsubscribed")


async def test_a_word_of_the_clinics_own_in_the_carriers_list_is_mirrored_by_its_mark(line: Line) -> None:
    await line.says("hi")
    assert await line.says("leave me alone", extra={"OptOutType": "STOP"}) == []
    assert opted_out(line)


async def test_staff_see_an_opt_out_and_cannot_text_that_number(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    await line.says("STOP")
    conversation = line.conversation()
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(conversation.id)
        assert handoff is not None
        assert "opted out" in tx.handoffs.notes(handoff.id)[-1].text
    with pytest.raises(person.WrongState, match="opted out"):
        person.reply(line.records, line.settings, conversation.id, Actor("staff", "us_1"), "Hello there")
    await line.says("START")
    with line.records.read() as tx:
        # The clock of this test stands still, so notes of one moment have no order.
        assert any("takes texts again" in note.text for note in tx.handoffs.notes(handoff.id))
    person.reply(line.records, line.settings, conversation.id, Actor("staff", "us_1"), "Hello there")
    await line.work()
    assert line.inbox()[-1] == "Hello there"


async def test_an_opt_out_in_the_middle_goes_to_staff_with_consent_when_the_intake_runs_out(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    await line.says("1")
    await line.says("STOP")
    line.clock.forward(hours=line.settings.conversation_expiry_hours + 1)
    person.keep_time(line.records, line.settings)
    await line.work()
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(line.conversation().id)
        assert handoff is not None and handoff.partial and handoff.document is not None
    assert handoff.document["answers"]["for_whom"]["value"] == "self"
    assert line.conversation().state == "expired"
    assert "no more texts" in line.inbox()[-1], "and nothing was sent after it"


async def test_an_opt_out_before_consent_leaves_nothing_for_staff(line: Line) -> None:
    await line.says("my knee hurts")
    await line.says("STOP")
    line.clock.forward(hours=line.settings.conversation_expiry_hours + 1)
    person.keep_time(line.records, line.settings)
    with line.records.read() as tx:
        assert tx.handoffs.of_conversation(line.conversation().id) is None


async def test_nothing_leaves_by_the_rest_api_either(line: Line) -> None:
    await line.says("hi")
    await line.says("STOP")
    conversation = line.conversation()
    with line.records.begin() as tx:
        outbox.queue(tx, conversation.id, PATIENT, ["a reply of staff"], idempotency_id="staff:1")
    count = len(line.inbox())
    await line.work()
    assert len(line.inbox()) == count
    with line.records.read() as tx:
        (row,) = tx.deliveries.list(conversation_id=conversation.id, kinds=("sms",))
    assert (row.state, row.last_error) == ("cancelled", "opted_out")


async def test_an_emergency_from_an_opted_out_number_gets_the_words_and_becomes_an_item(line: Line) -> None:
    await line.says("hi")
    await line.says("STOP")
    texts = await line.says("my face is drooping and I cannot speak properly")
    assert len(texts) == 1 and texts[0].startswith("Call 9-1-1 now.")
    conversation = line.conversation()
    assert conversation.state == "escalated"
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(conversation.id)
        assert handoff is not None and handoff.reason == "emergency"
        assert "opted out" in tx.handoffs.notes(handoff.id)[-1].text
    assert handoff.document is not None
    assert handoff.document["answers"]["contact.phone"]["value"] == PATIENT, "the number to call"


async def test_an_emergency_from_an_opted_out_stranger_becomes_an_item_too(line: Line) -> None:
    await line.says("STOP")
    texts = await line.says("crushing chest pain, can't breathe")
    assert len(texts) == 1 and texts[0].startswith("Call 9-1-1 now.")
    with line.records.read() as tx:
        assert tx.handoffs.of_conversation(line.conversation().id) is not None


@pytest.mark.parametrize("word", ["START", "UNSTOP", "yes"])
async def test_an_opt_in_brings_the_open_question_back(line: Line, word: str) -> None:
    await line.says("hi")
    await line.says("1")
    await line.says("STOP")
    texts = await line.says(word)
    assert "on again" in texts[0] and "1. For me" in texts[-1]
    assert not opted_out(line)
    assert "How old" in (await line.says("1"))[-1]


async def test_yes_from_a_number_that_never_opted_out_is_an_answer(line: Line) -> None:
    await line.says("hi")
    texts = await line.says("YES")
    assert line.conversation().consent == "yes"
    assert "1. For me" in texts[-1]


async def test_start_as_the_first_text_begins_an_intake(line: Line) -> None:
    assert "May I ask" in (await line.says("START"))[-1]


async def test_asking_for_no_more_texts_in_other_words_is_an_opt_out(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    (text,) = await line.says("please stop texting me")
    assert "no more texts" in text and opted_out(line)
    assert await line.says("1") == []


async def test_stop_inside_a_sentence_is_no_opt_out(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    await line.says("the pain makes me stop walking")
    assert not opted_out(line)


async def test_the_carriers_refusal_is_mirrored(line: Line) -> None:
    await line.says("hi")
    line.carrier.blocked.add(PATIENT)
    with line.records.begin() as tx:
        outbox.queue(tx, line.conversation().id, PATIENT, ["hello"], idempotency_id="x")
    await line.work()
    assert opted_out(line)


async def test_an_opt_out_in_the_middle_keeps_what_was_agreed_to(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    await line.says("1")
    await line.says("STOP")
    with line.records.read() as tx:
        assert tx.answers.current(line.conversation().id)["for_whom"]["value"] == "self"
        assert tx.jobs.get(f"sms_nudge:{line.conversation().id}") is None
