"""Whole conversations by text, through the signature, the channel, the real gate and the real records."""

import asyncio

import pytest

from intake.channels.sms.gsm import is_gsm, segments
from intake.channels.sms.outbox import queue
from tests.sms.conftest import CLINIC, PATIENT, Line, LineMaker

pytestmark = pytest.mark.asyncio


async def consented(line: Line) -> list[str]:
    """Begin an intake and agree."""
    await line.says("hi")
    return await line.says("1")


async def settled(line: Line) -> None:
    """Wait until every text has had its turn, and send what is due."""
    for _ in range(200):
        if not line.channel._running:
            break
        await asyncio.sleep(0.05)
    await line.work()


async def test_the_first_text_says_who_we_are_offers_the_web_and_asks_for_consent(line: Line) -> None:
    texts = await line.says("Hello")
    assert "not a person" in texts[0] and "https://intake.clinic.example/" in texts[0] and "9-1-1" in texts[0]
    assert "May I ask" in texts[-1] and "\n1. " in texts[-1]
    assert all(is_gsm(t) and segments(t) <= 2 for t in texts)


async def test_without_a_signature_the_first_text_says_demonstration(make_line: LineMaker) -> None:
    line = make_line(allow_unsigned=False, api_url="http://127.0.0.1:9")  # a stand-in: no real phone can be reached
    texts = await line.says("Hello")
    assert texts[0].startswith("Demonstration. Not for real patients.") and segments(texts[0]) <= 2
    assert "May I ask" in texts[-1]


async def test_without_a_signature_real_phones_get_no_intake_and_no_text(
    make_line: LineMaker, caplog: pytest.LogCaptureFixture
) -> None:
    line = make_line(allow_unsigned=False)
    for body in ("Hello", "I have crushing chest pain"):
        (text,) = await line.says(body)
        assert "Not for real patients" in text and "9-1-1" in text and "9-8-8" in text and "250-555-0142" in text
    assert line.conversation() is None
    with line.records.begin() as tx:
        queue(tx, None, PATIENT, ["hello"], idempotency_id="x")
    await line.work()
    assert "hello" not in line.inbox()
    await line.channel.start()
    assert "no clinician has signed" in caplog.text


async def test_consent_by_number_leads_on(line: Line) -> None:
    texts = await consented(line)
    assert "1. For me" in texts[-1]
    assert line.conversation().consent == "yes"


async def test_a_whole_intake_ends_in_a_handoff(line: Line) -> None:
    texts = await consented(line)
    said = {
        "for_whom": "1", "age_band": "3", "narrative": "My left knee hurts for 3 weeks, it came after a run",
        "contact.name": "Sam Miller", "contact.phone": "1", "contact.preferred": "2",
        "pain.site": "left knee", "pain.side": "1", "pain.duration": "3 weeks", "pain.severity_now": "6",
        "onset.event": "2", "onset.delay": "1", "booking.times": "monday mornings", "confirm.more": "3",
        "confirm.read_back": "1", "booking.location": "1", "booking.payer": "1", "booking.new_patient": "1",
    }  # fmt: skip
    for _ in range(60):
        conversation = line.conversation()
        if conversation.state != "active":
            break
        question = conversation.question
        multiple = question.startswith("safety.") or question in {
            "precaution",
            "sensation",
            "inflammation",
            "myofascial",
        }
        body = "0" if multiple else said.get(question, "1")
        texts = await line.says(body)
        assert texts, question
        assert all(is_gsm(t) and segments(t) <= 3 for t in texts), texts
    assert line.conversation().state == "handed_off"
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(line.conversation().id)
        assert handoff is not None and handoff.document is not None
        answers = handoff.document["answers"]
    assert answers["pain.severity_now"]["value"] == {"low": 6, "high": 6}
    assert answers["pain.site"]["value"] == ["knee"]
    assert answers["pain.site"]["channel"] == "sms"


async def test_a_safety_list_comes_in_parts_of_five_and_zero_is_for_the_part_shown(line: Line) -> None:
    await consented(line)
    await line.says("1")
    texts = await line.says("3")
    shown = 0
    for _ in range(6):
        if line.conversation().question != "safety.now":
            break
        assert sum(t.count("\n") for t in texts) <= 10
        assert all(segments(t) <= 3 for t in texts)
        shown += 1
        texts = await line.says("0")
    assert shown >= 2
    with line.records.read() as tx:
        items = tx.answers.current(line.conversation().id)["safety.now"]["items"]
    assert set(items.values()) == {"not_reported"}


async def test_an_emergency_is_answered_at_once_also_in_the_first_text(line: Line) -> None:
    texts = await line.says("I have crushing chest pain and my left arm is numb")
    assert texts[0].startswith("Call 9-1-1 now.")
    assert line.conversation().state == "escalated"
    assert segments(texts[0]) <= 3
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(line.conversation().id)
        assert handoff is not None and handoff.document is not None and handoff.has_contact
    number = handoff.document["answers"]["contact.phone"]
    assert (number["value"], number["via"], number["quote"]) == (PATIENT, "channel", None), "staff must be able to call"


async def test_an_emergency_ticked_by_number_is_answered_at_once(line: Line) -> None:
    await consented(line)
    await line.says("1")
    await line.says("3")
    texts = await line.says("1")
    assert texts[0].startswith("Call 9-1-1 now.")


async def test_words_beside_the_numbers_of_a_list_tick_nothing_else(line: Line) -> None:
    await consented(line)
    await line.says("1")
    await line.says("3")
    texts = await line.says("3 since monday")
    assert texts[0].startswith("Call 9-1-1 now.")
    with line.records.read() as tx:
        flags = [flag.flag for flag in tx.red_flags.list(line.conversation().id)]
        said = [m.text for m in tx.messages.list(line.conversation().id) if m.sender == "patient"]
    assert flags == ["RF03_stroke"], "the label names signs of other flags too; only its own is raised"
    assert said[-1] == "since monday"


async def test_a_red_flag_beside_a_zero_or_a_number_is_still_seen(line: Line) -> None:
    await consented(line)
    await line.says("1")
    await line.says("3")
    texts = await line.says("5 but I have crushing chest pain")
    assert texts[0].startswith("Call 9-1-1 now.")


async def test_a_line_of_the_list_that_is_only_asked_about_raises_nothing(line: Line) -> None:
    await consented(line)
    await line.says("1")
    await line.says("3")
    await line.says("Suddenly hard to breathe, or coughing up blood?? what does that mean")
    assert (line.conversation().state, line.conversation().question) == ("active", "safety.now")


async def test_a_repeat_gets_the_same_answer_and_changes_nothing(line: Line) -> None:
    await consented(line)
    first = await line.post("1", sid="SMa")
    before = line.conversation()
    again = await line.post("1", sid="SMa")
    assert again.texts == first.texts
    assert line.conversation().turn == before.turn


async def test_a_repeat_while_the_first_is_under_way_is_answered_alike(line: Line) -> None:
    await consented(line)
    line.dialogue.delay = 0.3
    first, again = await asyncio.gather(line.post("1", sid="SMb"), line.post("1", sid="SMb"))
    assert first.texts == again.texts
    assert line.conversation().question == "age_band"


async def test_a_burst_is_answered_in_order(line: Line) -> None:
    await consented(line)
    answers = await asyncio.gather(*(line.says(body) for body in ("1", "3")))
    assert "How old" in answers[0][-1]
    assert line.conversation().question == "safety.now"


@pytest.mark.parametrize("signature", ["", "AAAA", "not a signature"])
async def test_a_forged_text_is_refused_and_nothing_is_processed(line: Line, signature: str) -> None:
    answer = await line.post("hi", signature=signature)
    assert answer.status == 403
    assert line.conversation() is None


async def test_without_an_auth_token_the_endpoint_is_off(
    make_line: LineMaker, caplog: pytest.LogCaptureFixture
) -> None:
    line = make_line(auth_token="")
    assert (await line.post("hi")).status == 404
    await line.channel.start()
    assert "SMS is off" in caplog.text


async def test_a_late_dialogue_is_promised_at_once_and_answered_by_the_rest_api(make_line: LineMaker) -> None:
    line = make_line()
    await consented(line)
    line.settings.sms.reply_seconds = 0.3
    line.dialogue.delay = 0.8
    answer = await line.post("1", sid="SMl")
    assert answer.seconds < 2 and "takes a little longer" in answer.texts[0]
    again = await line.post("1", sid="SMl")
    assert again.texts == answer.texts
    await asyncio.sleep(1.2)
    await line.work()
    assert "How old" in line.inbox()[-1]
    assert [t.way for t in line.carrier.phone][-1] == "rest"
    count = len(line.inbox())
    await line.work()
    assert len(line.inbox()) == count


async def test_texts_that_wait_behind_a_slow_one_are_answered_each_and_in_order(make_line: LineMaker) -> None:
    line = make_line()
    await consented(line)
    line.settings.sms.reply_seconds = 0.3
    line.dialogue.delay = 0.8
    answers = []
    for body in ("1", "3", "0"):  # the second and third are promised an answer before anybody has looked at them
        answers.append(asyncio.create_task(line.post(body)))
        await asyncio.sleep(0.05)
    for answer in await asyncio.gather(*answers):
        assert answer.seconds < 2 and "takes a little longer" in answer.texts[0]
    await settled(line)
    assert line.conversation().question == "safety.now"
    later = [t.body for t in line.carrier.phone if t.way == "rest"]
    assert "How old" in later[0] and "of these now" in later[1] and "And what about these" in later[2]
    assert line.channel._running == {}
    with line.records.read() as tx:
        held = tx.deliveries.list(kinds=("sms_held",))
    assert [row.payload for row in held] == [None] * len(held), "nothing of them stays behind"


async def test_an_emergency_behind_a_slow_text_gets_its_words_at_once(make_line: LineMaker) -> None:
    line = make_line()
    await consented(line)
    line.settings.sms.reply_seconds = 0.3
    line.dialogue.delay = 1.0
    slow = asyncio.create_task(line.post("1"))
    await asyncio.sleep(0.05)
    urgent = await line.post("crushing chest pain and I am sweating")
    assert urgent.seconds < 2 and urgent.texts[0].startswith("Call 9-1-1 now.")
    await slow
    await settled(line)
    assert line.conversation().state == "escalated"


async def test_a_text_that_waited_and_was_left_by_a_crash_has_its_turn_later(make_line: LineMaker) -> None:
    line = make_line()
    await consented(line)
    line.settings.sms.reply_seconds = 0.3
    line.dialogue.delay = 5.0
    await line.post("1", sid="SMslow")
    await line.post("3", sid="SMheld")
    tasks = list(line.channel._running.values())
    for task in tasks:  # the process dies
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    line.channel._late.clear()
    line.dialogue.delay = 0.0
    line.clock.forward(minutes=3)
    await line.channel._conversing._gate.recover()  # what a start does
    await line.work()
    await settled(line)
    assert line.conversation().question == "safety.now"
    assert "of these now" in line.inbox()[-1]
    count = len(line.inbox())
    line.clock.forward(minutes=10)
    await line.work()
    assert len(line.inbox()) == count, "once"


async def test_an_answer_left_by_a_crash_is_sent_later_once(make_line: LineMaker) -> None:
    line = make_line()
    await consented(line)
    line.settings.sms.reply_seconds = 0.3
    line.dialogue.delay = 0.8
    await line.post("1", sid="SMc")
    with line.records.begin() as tx:  # as if the process had died between the dialogue and the outbox
        task = line.channel._running["SMc"]
        line.channel._late.discard("SMc")
        tx.jobs.get("sms_late:SMc")
    await task
    line.clock.forward(minutes=3)
    await line.work()
    assert "How old" in line.inbox()[-1]


async def test_a_dialogue_that_is_down_gives_words_and_keeps_the_message(line: Line) -> None:
    await consented(line)
    line.dialogue.down = True
    texts = await line.says("1")
    assert "9-1-1" in texts[0]


async def test_a_text_to_an_unknown_number_of_the_account_gets_words(line: Line) -> None:
    texts = await line.says("hi", to="+16045550100")
    assert "takes no intake" in texts[0]
    assert line.conversation() is None


@pytest.mark.parametrize("sender", ["12345", "ROGERS", "+611", ""])
async def test_machines_get_no_answer(line: Line, sender: str) -> None:
    answer = await line.post("Your code is 1234", sender=sender)
    assert (answer.status, answer.texts) == (200, ())


@pytest.mark.parametrize("sender", ["+447400123456", "+33612345678", "+18005550199", "+442071838750"])
async def test_numbers_from_abroad_and_landlines_are_taken(line: Line, sender: str) -> None:
    assert "May I ask" in (await line.says("hi", sender=sender))[-1]
    assert line.conversation(sender) is not None


async def test_a_picture_is_acknowledged_and_kept_as_a_reference(line: Line) -> None:
    await consented(line)
    answer = await line.post("", media=[("https://api.twilio.com/media/ME1", "image/jpeg")])
    assert answer.status == 200
    assert "cannot look at pictures" in answer.texts[0] and "1. For me" in answer.texts[-1]
    with line.records.read() as tx:
        media = [m.media for m in tx.messages.list(line.conversation().id) if m.media]
    assert media[0][0]["content_type"] == "image/jpeg"


async def test_a_picture_with_words_as_the_very_first_text_loses_neither(line: Line) -> None:
    texts = await line.says("my left knee, see here", media=[("https://api.twilio.com/media/ME1", "image/jpeg")])
    assert any("cannot look at pictures" in t for t in texts) and not any("cannot answer" in t for t in texts)
    await line.says("1")
    with line.records.read() as tx:
        first = next(m for m in tx.messages.list(line.conversation().id) if m.sender == "patient")
        assert first.text == "my left knee, see here" and first.media[0]["content_type"] == "image/jpeg"
        assert tx.answers.current(line.conversation().id)["pain.site"]["value"] == ["knee"]


async def test_who_wants_to_stop_is_not_asked_on(line: Line) -> None:
    await consented(line)
    texts = await line.says("I want to stop here")
    assert len(texts) == 1 and "1." not in texts[0], texts
    assert "How old" in (await line.says("1"))[-1], "and may go on"


async def test_nobody_who_texts_is_asked_for_an_email_to_be_reached(line: Line) -> None:
    await consented(line)
    await line.says("1")
    await line.says("30")
    for body in ("0", "0", "my left knee hurts", "Sam", "I would rather not say"):
        await line.says(body)
    assert line.conversation().question != "contact.email"
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(line.conversation().id)
    assert handoff is not None and handoff.has_contact


async def test_the_phone_in_the_hand_is_taken_as_the_number(line: Line) -> None:
    await consented(line)
    for body in ("1", "30", "0", "0", "my left knee hurts", "Sam", "this one is fine"):
        await line.says(body)
    with line.records.read() as tx:
        assert tx.answers.current(line.conversation().id)["contact.phone"]["value"] == PATIENT


async def test_each_ticked_precaution_has_the_words_of_its_own_part(line: Line) -> None:
    await consented(line)
    for body in ("1", "30", "0", "0", "my left knee hurts for 3 weeks after running, it came slowly", "Sam", "1"):
        await line.says(body)
    said = {"pain.severity_now": "5", "onset.event": "3", "onset.delay": "6"}
    texts: list[str] = []
    while (question := line.conversation().question) != "precaution":
        texts = await line.says("0" if question.startswith("safety.") else said.get(question, "2"))
    parts = 0
    while line.conversation().question == "precaution":
        shown = texts[-1]
        number = next((row[0] for row in shown.split("\n") if "blood thinner" in row or "Epilepsy" in row), "0")
        assert parts == 0 or shown.startswith("And what about these?"), "a further part does not begin as if nothing was said"
        texts = await line.says(number)
        parts += 1
    assert parts >= 3
    with line.records.read() as tx:
        handoff = tx.handoffs.of_conversation(line.conversation().id)
        assert handoff is not None and handoff.document is not None
        texts_of = {m.id: m.text or "" for m in tx.messages.list(line.conversation().id)}
    quoted = {p["id"]: p["evidence"][0] for p in handoff.document["precautions"] if p["evidence"]}
    assert quoted["PC07_anticoagulant"]["quote"] == "A blood thinner, or daily aspirin"
    assert quoted["PC11_epilepsy"]["quote"] == "Epilepsy or fits"
    assert all(e["quote"] in texts_of[e["message_id"]] for e in quoted.values())


async def test_a_picture_as_the_very_first_text_starts_the_intake(line: Line) -> None:
    answer = await line.post("", media=[("https://api.twilio.com/media/ME1", "image/jpeg")])
    assert answer.status == 200 and "May I ask" in answer.texts[-1]


@pytest.mark.parametrize(
    "body", ["", "   ", "😀", "👍🏽👍🏽", "a" * 1600, "\x00\x01", "/restart", "<Response/>", "'; DROP TABLE"]
)
async def test_odd_bodies_get_an_answer_and_never_an_error(line: Line, body: str) -> None:
    await consented(line)
    answer = await line.post(body)
    assert answer.status == 200 and answer.texts
    assert line.conversation().question == "for_whom"


async def test_a_reaction_to_a_list_of_red_flags_answers_nothing_and_raises_nothing(line: Line) -> None:
    await consented(line)
    await line.says("1")
    shown = (await line.says("3"))[-1]
    for body in (
        f"Liked “{shown}”",
        f"Emphasized “{shown[:60]}…”",
        f"A aimé « {shown} »",
        f"👍 to “{shown}”",
    ):
        texts = await line.says(body)
        assert texts == ["I cannot read reactions. Please text a number or a few words."]
    conversation = line.conversation()
    assert (conversation.state, conversation.question) == ("active", "safety.now")


async def test_a_reply_while_driving_gets_no_answer(line: Line) -> None:
    await consented(line)
    body = "I’m driving with Focus turned on. I’ll see your message when I get where I’m going."
    assert await line.says(body) == []
    assert line.conversation().question == "for_whom"


async def test_help_gives_the_clinic_and_both_lines_and_help_me_may_be_distress(line: Line) -> None:
    await consented(line)
    (text,) = await line.says("HELP")
    assert "9-1-1" in text and "9-8-8" in text and "250-555-0142" in text
    for body in ("i need help", "help me"):
        texts = await line.says(body)
        assert "9-1-1" in texts[0] and "9-8-8" in texts[0] and "1. For me" in texts[-1]
        assert line.conversation().question == "for_whom", "a call for help is no answer"
    with line.records.read() as tx:
        assert [m.text for m in tx.messages.list(line.conversation().id) if m.sender == "patient"][-1] == "help me"


async def test_a_call_for_help_as_the_first_text_gets_both_lines_first(line: Line) -> None:
    texts = await line.says("please help me")
    assert "9-1-1" in texts[0] and "9-8-8" in texts[0]


async def test_too_many_texts_are_told_once_and_an_emergency_still_gets_through(make_line: LineMaker) -> None:
    line = make_line(limits={"per_number_per_minute": 3})
    for _ in range(3):
        await line.says("hi")
    assert "more than I can take in" in (await line.says("hi"))[0]
    assert await line.says("hi") == []
    assert (await line.says("I have crushing chest pain right now"))[0].startswith("Call 9-1-1 now.")


async def test_numbers_words_and_keys_never_reach_the_log(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await consented(line)
    await line.says("I have crushing chest pain and a secretword")
    line.carrier.faults.append("500")
    await line.post("hi", signature="x")
    text = caplog.text
    for secret in (PATIENT, PATIENT[2:], "secretword", "a-token", CLINIC[2:], "crushing"):
        assert secret not in text
