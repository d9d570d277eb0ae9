"""Hours and days: the recap, whose phone it is, the one reminder, quiet hours, and jobs that run once."""

import asyncio
from datetime import UTC, datetime, time

import pytest

from intake.channels.sms.jobs import SmsJobs
from intake.channels.sms.quiet import is_quiet, next_allowed
from tests.sms.conftest import PATIENT, Line, LineMaker

ZONE = "America/Vancouver"


async def begun(line: Line) -> None:
    """An intake that is under way and waits for an age."""
    await line.says("hi")
    await line.says("1")
    await line.says("1")


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ["1", "go on", "yes"])
async def test_an_intake_waits_for_hours_sums_up_where_it_was_and_asks_whether_to_go_on(line: Line, answer: str) -> None:
    await begun(line)
    line.clock.forward(hours=8)
    (text,) = await line.says("3")
    assert "stopped part way: 2 questions" in text and "1. Go on" in text
    assert "of these now" in (await line.says(answer))[-1]
    assert line.conversation().question == "safety.now", "the text that waited was the answer"


@pytest.mark.asyncio
async def test_beginning_again_after_hours_starts_anew(line: Line) -> None:
    await begun(line)
    before = line.conversation().id
    line.clock.forward(hours=8)
    await line.says("hello")
    assert "May I ask" in (await line.says("2"))[-1]
    assert line.conversation().id != before


@pytest.mark.asyncio
async def test_who_just_goes_on_texting_is_not_held_up(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=8)
    await line.says("3")
    assert "And what about these" in (await line.says("0"))[0]


@pytest.mark.asyncio
async def test_staff_in_charge_get_every_text_also_after_a_silence(line: Line) -> None:
    await begun(line)
    with line.records.begin() as tx:
        tx.conversations.change(line.conversation().id, state="taken_over", state_before_takeover="active")
    line.clock.forward(hours=30)
    assert await line.says("are you there?") == []
    with line.records.read() as tx:
        last = tx.messages.last(line.conversation().id, sender="patient")
    assert last is not None and last.text == "are you there?"


@pytest.mark.asyncio
async def test_after_a_long_silence_it_asks_first_who_is_texting_and_says_nothing_else(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=30)
    texts = await line.says("3")
    assert texts == ["It has been a while. Who is texting?\n1. Same person as before\n2. Someone else"]
    texts = await line.says("1")
    assert "Welcome back" in texts[0]
    assert line.conversation().question == "safety.now", "the text that waited was the answer"


@pytest.mark.asyncio
async def test_somebody_else_on_the_phone_begins_anew_and_sees_nothing(line: Line) -> None:
    await begun(line)
    before = line.conversation().id
    line.clock.forward(hours=30)
    await line.says("hello there")
    texts = await line.says("2")
    assert line.conversation().id != before
    assert "May I ask" in texts[-1] and not any("Welcome back" in t for t in texts)


@pytest.mark.asyncio
async def test_an_emergency_after_a_long_silence_is_answered_at_once(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=30)
    assert (await line.says("crushing chest pain and sweating"))[0].startswith("Call 9-1-1 now.")


@pytest.mark.asyncio
async def test_an_unreadable_answer_to_who_is_texting_asks_again(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=30)
    await line.says("3")
    assert "Who is texting" in (await line.says("banana"))[0]


@pytest.mark.asyncio
async def test_one_gentle_reminder_comes_and_no_second(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=20, minutes=1)  # 06:01 in Victoria: still quiet
    await line.work()
    assert len(nudges(line)) == 0
    line.clock.forward(hours=3)  # 09:01
    await line.work()
    assert len(nudges(line)) == 1
    assert not any(word in nudges(line)[0].lower() for word in ("pain", "knee", "age", "42"))
    for _ in range(4):
        line.clock.forward(hours=24)
        await line.work()
    assert len(nudges(line)) == 1


@pytest.mark.asyncio
async def test_no_reminder_after_an_opt_out_or_without_consent(line: Line) -> None:
    await line.says("hi")
    line.clock.forward(hours=26)
    await line.work()
    assert nudges(line) == []
    await line.says("1")
    await line.says("1")
    await line.says("STOP")
    line.clock.forward(hours=26)
    await line.work()
    assert nudges(line) == []


@pytest.mark.asyncio
async def test_a_new_text_moves_the_reminder(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=19)
    await line.says("1")
    line.clock.forward(hours=5)
    await line.work()
    assert nudges(line) == []


@pytest.mark.asyncio
async def test_jobs_run_once_with_several_workers(line: Line) -> None:
    await begun(line)
    line.clock.forward(hours=25)
    workers = [SmsJobs(line.records, line.settings, line.channel.take_up) for _ in range(5)]
    await asyncio.gather(*(worker.run_once() for worker in workers))
    await asyncio.gather(*(line.channel.outbox.run_once() for _ in range(5)))
    assert len(nudges(line)) == 1


@pytest.mark.asyncio
async def test_an_ended_intake_begins_anew_on_a_word_or_after_a_long_time(line: Line) -> None:
    await begun(line)
    with line.records.begin() as tx:
        tx.conversations.change(line.conversation().id, state="handed_off", question=None)
    assert "finished" in (await line.says("thank you!"))[0]
    assert "May I ask" in (await line.says("new"))[-1]


@pytest.mark.asyncio
async def test_an_emergency_after_the_end_still_gets_the_words(line: Line) -> None:
    await begun(line)
    with line.records.begin() as tx:
        tx.conversations.change(line.conversation().id, state="handed_off", question=None)
    assert (await line.says("crushing chest pain, sweating"))[0].startswith("Call 9-1-1 now.")


def nudges(line: Line) -> list[str]:
    """The reminders that the phone has got."""
    return [t.body for t in line.carrier.phone if t.to == PATIENT and "not finished" in t.body]


def test_quiet_hours_run_over_midnight_in_the_clinics_zone() -> None:
    def at(hour: int, minute: int = 0) -> datetime:  # British Columbia: UTC-7 all year since 2026
        return datetime(2026, 11, 24, hour, minute, tzinfo=UTC)

    begins, ends = time(20), time(9)
    evening, night, noon = at(4), at(12), at(19)
    assert is_quiet(evening, ZONE, begins, ends) and is_quiet(night, ZONE, begins, ends)
    assert not is_quiet(noon, ZONE, begins, ends)
    moved = next_allowed(night, ZONE, begins, ends)
    assert (moved.hour, moved.minute) == (9, 0) and moved > night
    assert next_allowed(noon, ZONE, begins, ends) == noon
    assert not is_quiet(night, ZONE, begins, begins)


@pytest.mark.asyncio
async def test_quiet_hours_of_a_clinic_that_works_late(make_line: LineMaker) -> None:
    line = make_line(quiet_from=time(23), quiet_until=time(6), nudge_after_hours=10.0)
    await begun(line)
    line.clock.forward(hours=12)  # 22:00
    await line.work()
    assert len(nudges(line)) == 1
