"""The public API as the contract says: idempotency, corrections, refusals, ends, long poll, withdrawal."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest

from tests.talking import Patient

pytestmark = pytest.mark.stack


def test_the_first_messages_hold_the_notice_and_the_question_of_consent(stack: Any) -> None:
    patient = Patient(stack.url)
    assert patient.question == "consent"
    assert patient.messages[-1]["kind"] == "question"
    assert {"yes", "no"} <= {choice["value"] for choice in patient.messages[-1]["choices"]}
    assert any("9-1-1" in message["text"] for message in patient.messages)
    assert any("Demonstration" in message["text"] for message in patient.messages)


def test_the_same_client_message_id_gets_the_same_messages_and_changes_nothing(stack: Any) -> None:
    patient = Patient(stack.url)
    first = patient.post(choices=["yes"], client_message_id="once").json()
    again = patient.post(choices=["yes"], client_message_id="once").json()
    assert again["messages"] == first["messages"]
    assert again["conversation"]["question"] == first["conversation"]["question"] == "for_whom"
    assert patient.post(choices=["no"], client_message_id="once").status_code == 422


def test_a_double_tap_at_the_same_moment_is_one_answer(stack: Any) -> None:
    patient = Patient(stack.url)
    answers: list[Any] = []
    taps = [threading.Thread(target=lambda: answers.append(patient.post(choices=["yes"], client_message_id="tap").json())) for _ in range(3)]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()
    assert answers[0] == answers[1] == answers[2]
    assert [m["text"] for m in patient.all_messages() if m["from"] == "patient"] == ["Start (about 5 minutes)"]


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "a", "choices": ["yes"]}, {"choices": ["banana"]}, {"choices": []}, {"value": 7}, {"text": "x" * 2001}],
    ids=["nothing", "two at once", "unknown value", "empty list", "wrong kind", "too long"],
)  # fmt: skip
def test_a_message_that_does_not_fit_is_422_and_keeps_the_question(stack: Any, body: dict[str, Any]) -> None:
    patient = Patient(stack.url)
    refused = patient.post(**body)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert "banana" not in refused.text
    assert patient.http.get(patient.path).json()["conversation"]["question"] == "consent"


def test_a_token_opens_only_its_own_conversation(stack: Any) -> None:
    one, other = Patient(stack.url), Patient(stack.url)
    assert other.http.get(one.path).status_code == 401
    assert httpx.get(f"{stack.url}{one.path}").status_code == 401
    assert httpx.delete(f"{stack.url}{one.path}").status_code == 401


def test_an_earlier_answer_is_corrected_by_its_id_and_the_open_question_comes_back(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.walk_to("pain.duration")
    said = patient.send(choices=["right"], question="pain.side")
    assert patient.question == "pain.duration"
    assert any("left" in m["text"].lower() and "right" in m["text"].lower() for m in said)
    assert patient.post(choices=["right"], question="booking.payer").status_code == 409
    patient.finish()
    answer = patient.handoff(stack.staff_key)["answers"]["pain.side"]
    assert answer["value"] == "right" and answer["previous"][0]["value"] == "left"


def test_no_consent_keeps_only_the_fact(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.say("my knee has hurt for a year")
    patient.choose("no")
    assert patient.state == "expired" and patient.question is None
    kept = [m["text"] for m in patient.all_messages() if m["from"] == "patient"]
    assert not any("knee" in text for text in kept)


def test_a_question_about_the_clinic_is_answered_without_consent_and_not_kept(stack: Any) -> None:
    patient = Patient(stack.url)
    said = patient.say("does dry needling hurt?")
    assert patient.question == "consent"
    assert len(said) == 2 and said[0]["kind"] == "info" and len(said[0]["text"]) > 20
    assert all("hurt" not in m["text"] for m in patient.all_messages() if m["from"] == "patient")


def test_what_was_told_before_consent_counts_once_consent_is_given(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.say("my left shoulder has been sore for about three weeks")
    assert patient.question == "consent"
    patient.choose("yes")
    patient.finish()
    answers = patient.handoff(stack.staff_key)["answers"]
    assert answers["pain.site"]["value"] == ["shoulder"]
    assert answers["pain.side"]["value"] == "left"


def test_a_finished_conversation_is_409_and_an_emergency_is_answered_all_the_same(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.walk_to("confirm.read_back")
    patient.send(choices=["yes"], client_message_id="the-end")
    assert patient.state == "handed_off"
    late = patient.post(text="thanks a lot")
    assert late.status_code == 409 and "finished" in late.json()["detail"]
    emergency = patient.post(text="I have crushing chest pain right now and I am sweating")
    assert emergency.status_code == 409
    assert emergency.json()["messages"][0]["kind"] == "emergency"
    assert "9-1-1" in emergency.json()["messages"][0]["text"]
    assert patient.post(choices=["yes"], client_message_id="the-end").status_code == 200
    assert patient.handoff(stack.staff_key)["urgency"] == "T1"


def test_withdrawal_before_a_handoff_erases_everything_and_gives_a_receipt(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.walk_to("contact.name")
    first = patient.http.delete(patient.path)
    assert first.status_code == 200
    receipt = first.json()["receipt"]
    assert receipt["conversation_id"] == patient.conversation["id"]
    assert receipt["erased"]["message"] > 5 and receipt["kept"] == []
    assert patient.post(text="hello").status_code == 410
    assert patient.http.get(patient.path).status_code == 410
    assert patient.http.delete(patient.path).json() == first.json()


def test_the_long_poll_wakes_for_a_reply_of_staff(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.choose("yes")
    last = patient.messages[-1]["id"]
    staff = httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {stack.staff_key}"})

    def answer() -> None:
        time.sleep(0.5)
        staff.post(f"{patient.path}/reply", json={"text": "Hello from the clinic"})

    thread = threading.Thread(target=answer)
    thread.start()
    found = patient.http.get(patient.path, params={"after": last, "wait": 20}).json()["messages"]
    thread.join()
    assert [(m["from"], m["text"]) for m in found] == [("staff", "Hello from the clinic")]


def test_while_a_person_is_in_charge_the_bot_is_silent_but_for_an_emergency(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.walk_to("pain.site")
    staff = httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {stack.staff_key}"})
    assert staff.post(f"{patient.path}/takeover").status_code == 200
    assert patient.say("hello, is somebody there?") == []
    assert patient.state == "taken_over"
    said = patient.say("my face is drooping and my speech is slurred")
    assert [m["kind"] for m in said] == ["emergency"]
    assert staff.post(f"{patient.path}/handback").status_code == 200
    assert staff.post(f"{patient.path}/handback").status_code == 409


def test_a_body_larger_than_the_limit_is_413(stack: Any) -> None:
    patient = Patient(stack.url)
    refused = patient.http.post(f"{patient.path}/messages", content=b" " * 40_000, headers={"content-type": "application/json"})
    assert refused.status_code == 413
