"""`make sms`: a phone on the terminal shows what a patient would see."""

import io

import pytest
from rich.console import Console

from intake.channels.sms.phone import Phone
from tests.sms.conftest import Line

pytestmark = pytest.mark.asyncio


async def test_the_phone_texts_likes_repeats_and_shows_segments(line: Line) -> None:
    shown = io.StringIO()
    phone = Phone(line.carrier, line.number, Console(file=shown, width=100))
    assert await phone.send("hi")
    assert "May I ask" in shown.getvalue() and "segment" in shown.getvalue() and "gsm7" in shown.getvalue()
    await phone.send("1")
    before = line.conversation().turn
    await phone.send("/again")
    assert line.conversation().turn == before, "a repeat changes nothing"
    for command in ("/help", "/like", "/pic", "/drive", ""):
        assert await phone.send(command)
    assert line.conversation().question == "for_whom"
    await phone.send("/as +12505550177")
    await phone.send("hello")
    assert line.conversation("+12505550177") is not None
    assert not await phone.send("/quit")


async def test_a_refusal_of_the_server_is_shown(line: Line) -> None:
    shown = io.StringIO()
    line.carrier._validator.token = b"another"
    await Phone(line.carrier, line.number, Console(file=shown, width=100)).send("hi")
    assert "403" in shown.getvalue()
