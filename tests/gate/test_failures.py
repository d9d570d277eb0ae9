"""Parts of the stack are killed in the middle of a conversation: nothing is lost or doubled, nobody meets silence."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.talking import Patient

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def own(launch_stack: Callable[..., Any]) -> Iterator[Any]:
    yield launch_stack(IMS_LIMITS__DIALOGUE_SECONDS="3")


@pytest.mark.parametrize("part", ["actions", "rasa"])
def test_a_dead_part_gives_the_safe_text_and_the_intake_goes_on_where_it_was(own: Any, part: str) -> None:
    patient = Patient(own.url)
    patient.walk_to("pain.site")
    own.kill(part)
    started = time.monotonic()
    said = patient.say("my left knee")
    assert time.monotonic() - started < 10
    assert len(said) == 1 and "9-1-1" in said[0]["text"] and said[0]["kind"] == "info"
    assert patient.question == "pain.site"
    assert [m["kind"] for m in Patient(own.url).messages][-1] == "question"
    own.start(part)
    own.wait()
    patient.choose("knee")
    patient.finish()
    assert patient.state == "handed_off"
    texts = [m["text"] for m in patient.all_messages() if m["from"] == "patient"]
    assert texts.count("my left knee") == 1


def test_an_emergency_is_answered_while_rasa_is_down(own: Any) -> None:
    patient = Patient(own.url)
    patient.walk_to("narrative")
    own.kill("rasa")
    try:
        said = patient.say("I have crushing chest pain right now and my left arm hurts")
        assert [m["kind"] for m in said] == ["emergency", "question"]
        assert patient.state == "escalated" and patient.question == "confirm.emergency"
        patient.choose("not_meant")
        assert patient.state == "active"
    finally:
        own.start("rasa")
        own.wait()
    assert patient.handoff(own.staff_key)["urgency"] == "T3"


def test_a_crash_of_the_app_loses_and_doubles_nothing(own: Any) -> None:
    patient = Patient(own.url)
    patient.walk_to("pain.duration")
    own.restart("app")
    again = patient.post(value={"iso": "P3W", "words": "3 weeks"}, client_message_id="after-crash")
    assert again.status_code == 200
    repeat = patient.post(value={"iso": "P3W", "words": "3 weeks"}, client_message_id="after-crash")
    assert repeat.json()["messages"] == again.json()["messages"]
    patient.conversation = again.json()["conversation"]
    patient.finish()
    assert patient.handoff(own.staff_key)["answers"]["pain.duration"]["value"]["iso"] == "P3W"


def test_a_message_that_the_crash_left_unanswered_is_answered_after_the_start(own: Any) -> None:
    patient = Patient(own.url)
    patient.walk_to("pain.side")
    own.running["rasa"].send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(httpx.TimeoutException):
            patient.http.post(f"{patient.path}/messages", json={"client_message_id": "cut", "choices": ["right"]}, timeout=0.7)
        own.kill("app")
    finally:
        own.running["rasa"].send_signal(signal.SIGCONT)
    own.start("app")
    own.wait()
    answered = patient.post(choices=["right"], client_message_id="cut")
    assert answered.status_code == 200
    assert answered.json()["conversation"]["question"] not in (None, "pain.side")
    sent = [m for m in patient.all_messages() if m["from"] == "patient" and m["text"] == "Right"]
    assert len(sent) == 1


def test_a_stuck_dialogue_model_does_not_block_others_or_staff(own: Any) -> None:
    patient = Patient(own.url)
    patient.walk_to("pain.site")
    own.running["rasa"].send_signal(signal.SIGSTOP)
    try:
        staff = {"Authorization": f"Bearer {own.staff_key}"}
        started = time.monotonic()
        assert httpx.get(f"{own.url}/api/v1/handoffs", headers=staff, timeout=5).status_code == 200
        assert time.monotonic() - started < 2
        assert "9-1-1" in patient.say("my knee")[0]["text"]
        assert time.monotonic() - started < 10
    finally:
        own.running["rasa"].send_signal(signal.SIGCONT)
