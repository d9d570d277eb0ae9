"""One intake on two channels: a link to the browser, a code to the phone."""

from datetime import timedelta

import pytest

from intake.channels.sms.carry_over import CodeSent, confirm_code, send_code
from intake.channels.sms.words import wants_link, wants_new
from tests.sms.conftest import PATIENT, Line


@pytest.mark.parametrize(
    "text",
    ["link", "Link please", "send me this as a link", "can you send me a link", "send the link please", "web link",
     "I want to continue on my computer", "do this online", "can I do it on the web instead?", "send me a link to continue"],
)  # fmt: skip
def test_asking_for_a_link_is_understood(text: str) -> None:
    assert wants_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "linked to my back",
        "the pain links to my leg",
        "I work online all day",
        "computer work makes it worse",
        "no",
    ],
)
def test_other_words_are_answers(text: str) -> None:
    assert not wants_link(text)


def test_a_new_intake_is_asked_for_in_few_words() -> None:
    assert all(
        wants_new(t)
        for t in ("new", "New intake", "start", "start over", "start a new one", "I want a new intake please")
    )
    assert not any(wants_new(t) for t in ("thanks", "a new pain", "it started again last night"))


@pytest.mark.asyncio
async def test_the_link_has_its_secret_in_the_fragment_and_works_once(line: Line) -> None:
    await line.says("hi")
    await line.says("1")
    (text,) = await line.says("send me this as a link")
    secret = text.split("#link=")[1].strip()
    assert text.split("#link=")[0].endswith("https://intake.clinic.example/")
    with line.records.begin() as tx:
        link = tx.links.redeem(secret, "resume")
        assert link is not None and link.conversation_id == line.conversation().id
        assert link.detail["last_four"] == PATIENT[-4:]
        assert tx.links.redeem(secret, "resume") is None
    assert line.conversation().question == "for_whom"


@pytest.mark.asyncio
async def test_a_link_is_too_old_after_a_quarter_of_an_hour(line: Line) -> None:
    await line.says("hi")
    secret = (await line.says("link"))[0].split("#link=")[1].strip()
    line.clock.forward(minutes=16)
    with line.records.begin() as tx:
        assert tx.links.redeem(secret, "resume") is None


@pytest.mark.asyncio
async def test_links_are_limited(line: Line) -> None:
    await line.says("hi")
    for _ in range(5):
        assert "#link=" in (await line.says("link"))[0]
    assert "no link" in (await line.says("link"))[0]


async def web_conversation(line: Line) -> str:
    """An intake that was begun in the browser."""
    outcome, _ = await line.channel._conversing._gate.open("web")
    return str(outcome.conversation["id"])


@pytest.mark.asyncio
async def test_a_web_intake_goes_on_by_sms_after_the_code(line: Line) -> None:
    conversation_id = await web_conversation(line)
    with line.records.begin() as tx:
        sent = send_code(tx, conversation_id, "250-555-0123", line.settings)
        assert isinstance(sent, CodeSent) and sent.last_four == "0123"
        assert tx.conversations.latest_by_address("sms", PATIENT) is None, "typing a number links nothing"
    await line.work()
    text = line.inbox()[-1]
    code = text.split("code is ")[1].split(".")[0]
    assert len(code) >= 8
    with line.records.begin() as tx:
        assert confirm_code(tx, conversation_id, code.lower(), line.settings)
    await line.work()
    assert any("May I ask" in t for t in line.inbox())
    assert line.conversation().id == conversation_id
    assert "1. For me" in (await line.says("1"))[-1]


@pytest.mark.asyncio
async def test_five_wrong_codes_end_it_and_nothing_is_linked(line: Line) -> None:
    conversation_id = await web_conversation(line)
    with line.records.begin() as tx:
        send_code(tx, conversation_id, PATIENT, line.settings)
    await line.work()
    code = line.inbox()[-1].split("code is ")[1].split(".")[0]
    for _ in range(5):
        with line.records.begin() as tx:
            assert not confirm_code(tx, conversation_id, "WRONG222", line.settings)
    with line.records.begin() as tx:
        assert not confirm_code(tx, conversation_id, code, line.settings)
    assert line.conversation() is None


@pytest.mark.asyncio
async def test_codes_are_limited_and_go_to_no_landline_and_no_opted_out_number(line: Line) -> None:
    conversation_id = await web_conversation(line)
    with line.records.begin() as tx:
        assert send_code(tx, conversation_id, "+18005550199", line.settings) == "not_a_mobile"
        assert [send_code(tx, conversation_id, PATIENT, line.settings) for _ in range(4)][-1] == "too_many"
    line.clock.now += timedelta(days=2)
    with line.records.begin() as tx:
        tx.opt_outs.add("sms", PATIENT, source="word")
        assert send_code(tx, conversation_id, PATIENT, line.settings) == "opted_out"
