"""What leaves without a webhook: tried again with patience, never twice, and what fails is seen by staff."""

import asyncio
from typing import Any

import pytest

from intake.channels.sms import outbox
from intake.channels.sms.outbox import wait_before
from tests.sms.conftest import PATIENT, Line

pytestmark = pytest.mark.asyncio


async def queued(line: Line, *texts: str, key: str = "k") -> str:
    """A conversation with texts in the outbox."""
    if line.conversation() is None:
        await line.says("hi")
    with line.records.begin() as tx:
        outbox.queue(tx, line.conversation().id, PATIENT, texts or ("Staff here.",), idempotency_id=key)
    return str(line.conversation().id)


def rows(line: Line) -> list[Any]:
    """The outbox rows of the conversation, the oldest first."""
    with line.records.read() as tx:
        found = tx.deliveries.list(conversation_id=line.conversation().id, kinds=("sms",))
    return sorted(found, key=lambda row: row.seq)


async def test_a_text_is_sent_once_and_its_status_is_followed(line: Line) -> None:
    await queued(line)
    await line.work()
    assert rows(line)[0].state == "sent"
    assert set(await line.carrier.report_statuses()) == {204}
    assert rows(line)[0].remote_status == "delivered"
    assert line.inbox().count("Staff here.") == 1


async def test_queueing_the_same_delivery_again_adds_nothing(line: Line) -> None:
    await queued(line)
    await queued(line)
    await line.work()
    assert line.inbox().count("Staff here.") == 1


@pytest.mark.parametrize("fault", ["429", "500", "503", "lost", "500_after_taking"])
async def test_a_fault_of_the_carrier_is_tried_again_and_the_text_comes_once(line: Line, fault: Any) -> None:
    await queued(line)
    line.carrier.faults.append(fault)
    await line.work()
    assert rows(line)[0].state == "pending"
    line.clock.forward(minutes=1)
    await line.work()
    assert rows(line)[0].state == "sent"
    assert line.inbox().count("Staff here.") == 1


async def test_a_worker_killed_after_sending_does_not_send_twice(line: Line) -> None:
    await queued(line)
    with line.records.begin() as tx:
        (claimed,) = tx.deliveries.claim("dead-worker", kinds=("sms",))
    text = outbox.Outgoing(claimed.id, PATIENT, "Staff here.")
    await line.channel.connector.send(text, line.channel.outbox.status_url(claimed.id))
    line.clock.forward(minutes=2)
    await line.work()
    assert line.inbox().count("Staff here.") == 1
    assert rows(line)[0].state == "sent"


async def test_the_callback_tells_of_a_text_whose_answer_was_lost(line: Line) -> None:
    await queued(line)
    line.carrier.faults.append("lost")
    await line.work()
    await line.carrier.report_statuses()
    assert (rows(line)[0].state, rows(line)[0].remote_status) == ("sent", "delivered")


async def test_texts_of_one_conversation_keep_their_order(line: Line) -> None:
    await queued(line, "one", "two", "three")
    line.carrier.faults.append("503")
    await line.work()
    line.clock.forward(minutes=5)
    await line.work()
    assert [b for b in line.inbox() if b in {"one", "two", "three"}] == ["one", "two", "three"]


async def test_several_workers_send_a_text_once(line: Line) -> None:
    await queued(line, *(f"text {n}" for n in range(6)))
    await asyncio.gather(*(line.channel.outbox.run_once() for _ in range(6)))
    await line.work()
    sent = [b for b in line.inbox() if b.startswith("text ")]
    assert sent == [f"text {n}" for n in range(6)]


async def test_after_the_last_attempt_it_is_a_dead_letter_for_staff(line: Line) -> None:
    await queued(line)
    line.carrier.faults.extend(["503"] * 20)
    for _ in range(12):
        await line.work()
        line.clock.forward(hours=2)
    assert rows(line)[0].state == "dead"
    assert rows(line)[0].attempts == line.settings.sms.send_attempts


async def test_an_undelivered_text_is_a_dead_letter_for_staff(line: Line) -> None:
    await queued(line)
    line.carrier.undeliverable.add(PATIENT)
    await line.work()
    await line.carrier.report_statuses()
    assert (rows(line)[0].state, rows(line)[0].last_error) == ("dead", "undelivered_30003")


async def test_a_failed_text_is_an_item_for_staff(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    line.carrier.undeliverable.add(PATIENT)
    await line.says("1")
    await line.says("3")
    await line.carrier.report_statuses()
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(line.conversation().id)
        assert handoff is not None and handoff.partial and handoff.has_contact
        notes = [note.text for note in tx.handoffs.notes(handoff.id)]
    assert notes == ["A text to this phone did not arrive. Please call."], "said once, not for every text"


async def test_a_failed_text_without_consent_tells_nothing_of_the_patient(line: Line) -> None:
    line.carrier.undeliverable.add(PATIENT)
    await line.says("my knee hurts")
    await line.carrier.report_statuses()
    with line.records.read() as tx:
        assert tx.handoffs.of_conversation(line.conversation().id) is None


async def test_an_undelivered_reply_is_seen_too(line: Line) -> None:
    line.carrier.undeliverable.add(PATIENT)
    await line.says("I have crushing chest pain right now")
    assert set(await line.carrier.report_statuses()) == {204}
    with line.records.read() as tx:
        dead = tx.deliveries.list(conversation_id=line.conversation().id, states=("dead",))
    assert dead and dead[0].kind == "sms_reply"
    await line.work()
    ways = [t.way for t in line.carrier.phone if t.body.startswith("Call 9-1-1 now.")]
    assert ways == ["twiml", "rest"], "emergency words get a second way, once"
    await line.carrier.report_statuses()
    await line.work()
    assert len([t for t in line.carrier.phone if t.body.startswith("Call 9-1-1 now.")]) == 2


async def test_a_forged_status_changes_nothing(line: Line) -> None:
    await queued(line)
    await line.work()
    sid = rows(line)[0].remote_id
    url = f"https://intake.clinic.example/sms/twilio/status?delivery={rows(line)[0].id}"
    form = {"MessageSid": str(sid), "MessageStatus": "failed"}
    answer = await line.carrier._post(url, url, form, signature="forged")
    assert answer.status_code == 403
    assert rows(line)[0].state == "sent"


async def test_a_status_of_something_unknown_is_taken_quietly(line: Line) -> None:
    url = "https://intake.clinic.example/sms/twilio/status?delivery=dl_unknown"
    answer = await line.carrier._post(url, url, {"MessageSid": "SMx", "MessageStatus": "failed"})
    assert answer.status_code == 204


async def test_waiting_grows_and_honours_what_the_carrier_asks() -> None:
    waits = [wait_before(attempt, None, 0.0).total_seconds() for attempt in range(1, 7)]
    assert waits == [5, 10, 20, 40, 80, 160]
    assert wait_before(1, 30.0, 0.0).total_seconds() == 30
    assert wait_before(40, None, 1.0).total_seconds() == 4500
