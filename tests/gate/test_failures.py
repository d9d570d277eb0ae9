"""Parts of the stack are killed in the middle of a conversation: nothing is lost or doubled, nobody meets silence."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.talking import Patient

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def own(launch_stack: Callable[..., Any]) -> Iterator[Any]:
    # At debug level: what is logged on the way is searched for patients' words at the end.
    yield launch_stack(IMS_LIMITS__DIALOGUE_SECONDS="3", IMS_LOG_LEVEL="debug")


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


SECRETS = {
    "narrative": "the quokka of my hip bites whenever I sit", "name": "Zephyrine Quillfeather", "phone": "+12505550187",
    "emergency": "crushing chest pain like an anvil of marzipan right now", "while down": "a porcupine sleeps in my ankle",
    "late": "thank you dear pomegranate", "unreadable": "frobnicate the wombat",
}  # fmt: skip


def test_no_word_of_a_patient_stands_in_any_log_or_file_of_any_process(own: Any) -> None:
    """At debug level, with an emergency, an unreadable answer, Rasa down, actions down and an action that throws."""
    patient = Patient(own.url)
    patient.walk_to("narrative")
    patient.say(SECRETS["narrative"])
    patient.walk_to("contact.name")
    patient.say(f"I am {SECRETS['name']}")
    patient.walk_to("contact.phone")
    patient.send(value=SECRETS["phone"])
    patient.walk_to("pain.side")
    patient.say(SECRETS["unreadable"])
    for part in ("actions", "rasa"):
        own.kill(part)
        assert "9-1-1" in patient.say(SECRETS["while down"])[0]["text"]
        own.start(part)
        own.wait()
    broken = {"turn": "t1", "channel": "web", "text": SECRETS["narrative"], "slots": {"narrative": SECRETS["narrative"]}, "open": "pain_side"}
    httpx.post(f"{own.rasa_url}/webhooks/intake/turn", json={**broken, "context": {"state": {"answers": SECRETS["narrative"]}}}, timeout=20)
    httpx.post(f"{own.actions_url}/webhook", json={"next_action": "validate_intake_form", "tracker": SECRETS["narrative"], "domain": {}})
    assert patient.say(SECRETS["emergency"])[0]["kind"] == "emergency"
    patient.choose("not_meant")
    patient.finish()
    assert patient.post(text=SECRETS["late"]).status_code == 409
    assert SECRETS["narrative"] in patient.handoff(own.staff_key)["answers"]["narrative"]["quote"], "it was all there"
    assert found_in(own.log_dir) == {}
    logged = "".join(file.read_text(errors="replace") for file in own.log_dir.glob("*.log"))
    assert "DEBUG" in logged and len(logged) > 10_000, "the logs are those of a talkative level"


def found_in(folder: Path) -> dict[str, list[str]]:
    """Files under the stack's folder (logs, database, write-ahead log, keys, temporary files) in which a secret stands."""
    spelled = [form for words in SECRETS.values() for part in pieces(words) for form in (part.encode(), part.encode("utf-16-le"))]
    hits = {}
    for file in folder.rglob("*"):
        if file.is_file():
            seen = file.read_bytes().lower()
            hit = [form.decode(errors="replace") for form in spelled if form.lower() in seen]
            if hit:
                hits[str(file.relative_to(folder))] = hit
    return hits


def pieces(words: str) -> list[str]:
    """The whole phrase, and each of its words that stands in no other text of this product."""
    return [words, *(w for w in words.split() if w in ("quokka", "Zephyrine", "Quillfeather", "marzipan", "porcupine", "pomegranate", "wombat"))]


def test_the_search_would_find_them(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a Porcupine sleeps")
    assert found_in(tmp_path) == {"a.log": ["porcupine"]}
