"""Each fact about Rasa 3.6.21 of docs/decisions.md has its workaround in place, and does not come back unnoticed."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import httpx
import psutil
import pytest

from intake.facts import spoken_phone
from intake.settings import ROOT, Settings
from intake.training import RASA, rasa_environment
from tests.talking import Patient

WORDS = "a hot wire down my shin"


@pytest.fixture(scope="module")
def inside() -> dict[str, Any]:
    """What Rasa's own Python says (tests/bot/in_rasa.py)."""
    done = subprocess.run(
        [str(RASA.parent / "python"), "-W", "ignore", "-m", "tests.bot.in_rasa"], cwd=ROOT, text=True, capture_output=True,
        env=rasa_environment("http://127.0.0.1:5055"), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_rasa_and_what_it_is_measured_with_are_pinned(inside: dict[str, Any]) -> None:
    """Fact 1: jsonschema 4 makes each action call ten times slower."""
    assert (inside["rasa"], inside["jsonschema"], inside["spacy"]) == ("3.6.21", "3.2.0", "3.7.5")


def test_the_checker_of_action_replies_refuses_what_rasa_refuses_and_quotes_nothing(inside: dict[str, Any]) -> None:
    assert inside["takes"] == ""
    assert "events" in inside["refuses"] and WORDS not in inside["refuses"]
    assert "events" in inside["refuses_top"]


def test_slots_are_copied_as_before(inside: dict[str, Any]) -> None:
    assert inside["copies"] is True


def test_a_turn_starts_where_the_conversation_stands_and_its_events_do_not_grow(inside: dict[str, Any]) -> None:
    """Fact 2: an event for each answer would be replayed and sent several times a turn."""
    assert inside["open"] == ["intake_form", "pain_side", "action_listen"]
    assert inside["filled"] == ["x", "Clinic"]
    assert inside["events"][0] == inside["events"][1]
    assert inside["fresh"] == ["session_started", "action"]
    assert inside["kept"] == ["x", "x"], "fact 19: Rasa copies a tracker by replaying its events, a form by the domain's slots"


def test_trackers_are_bounded_and_dropped_after_their_turn(inside: dict[str, Any]) -> None:
    """Facts 2 and 12: also under what Rasa wraps around a store."""
    assert inside["bounded"] is True and inside["dropped"] is True


def test_sessions_never_expire_and_carry_nothing_over(inside: dict[str, Any]) -> None:
    """Fact 4."""
    assert inside["session"] == [0, False]


def test_words_are_not_logged_and_the_domain_is_not_sent(inside: dict[str, Any]) -> None:
    """Facts 16 and 17."""
    assert inside["logged"] == "(not logged)"
    assert inside["domain"] == {}


def test_the_connection_to_the_actions_is_kept_and_renewed_when_it_was_closed(inside: dict[str, Any]) -> None:
    assert inside["kept_open"] is True and inside["renewed"] is True


@pytest.mark.stack
def test_the_action_server_still_refuses_a_call_without_a_domain(stack: Any) -> None:
    """Fact 17: the reason why an empty one is sent. If this fails, bot/plugin.py can go."""
    call = {"next_action": "action_default_fallback", "tracker": {"sender_id": "t1", "slots": {}, "events": []}}
    assert httpx.post(f"{stack.actions_url}/webhook", json=call).status_code == 449
    assert httpx.post(f"{stack.actions_url}/webhook", json={**call, "domain": {}}).status_code == 200


@pytest.mark.stack
def test_rasa_and_the_actions_listen_on_loopback_only(stack: Any) -> None:
    """Fact 11."""
    assert stack.running, "this needs a stack of our own"
    addresses = set()
    for process in stack.running.values():
        for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            addresses |= {c.laddr.ip for c in one.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert addresses == {"127.0.0.1"}


@pytest.mark.stack
@pytest.mark.parametrize("path", ["/conversations/t1/tracker", "/domain", "/model", "/webhooks/rest/webhook", "/conversations/t1/story"])
def test_nothing_of_rasa_but_the_turn_and_the_parse_can_be_reached(stack: Any, path: str) -> None:
    """Fact 11: `--enable-api` shows every conversation."""
    assert httpx.get(f"{stack.rasa_url}{path}").status_code == 404
    assert httpx.post(f"{stack.rasa_url}/model/parse", json={"text": "my left knee"}).json()["entities"]


@pytest.mark.stack
def test_a_turn_that_rasa_cannot_read_is_an_error_without_words(stack: Any) -> None:
    """Fact 10: the stock channel answers 200 with an empty list, and logs the message."""
    turn = {"turn": "t1", "channel": "web", "text": WORDS, "slots": {}, "open": "pain_side", "context": {"state": 7}}
    answer = httpx.post(f"{stack.rasa_url}/webhooks/intake/turn", json=turn, timeout=20)
    failed = [m["custom"]["failed"] for m in answer.json().get("messages", []) if "failed" in (m.get("custom") or {})]
    assert answer.status_code == 500 or failed, "silence is never a success"
    assert WORDS not in answer.text
    assert httpx.post(f"{stack.rasa_url}/webhooks/intake/turn", json={"text": WORDS}).status_code == 400
    assert httpx.post(f"{stack.rasa_url}/webhooks/intake/turn", json={"turn": "t2", "text": 7}).status_code == 400


@pytest.mark.stack
@pytest.mark.parametrize("at", ["consent", "pain.side"])
def test_the_clinic_s_own_facts_are_told_before_consent_and_in_the_form(stack: Any, at: str) -> None:
    """Fact 19: with its slots lost, the bot said that the clinic has not told its hours."""
    clinic = Settings.load().clinic
    patient = Patient(stack.url)
    if at != "consent":
        patient.walk_to(at)
    for asked, told in (("what are your hours?", "8 am to 6 pm"), ("what is your phone number?", spoken_phone(clinic.phone)), ("how much does it cost?", clinic.name)):
        said = "\n".join(m["text"] for m in patient.say(asked))
        assert told in said, f"{asked}: {said}"


@pytest.mark.stack
def test_banana_is_no_answer_to_anything(stack: Any) -> None:
    """A classifier alone once recorded it as yes."""
    patient = Patient(stack.url)
    patient.say("banana")
    assert patient.question == "consent"
    patient.walk_to("pain.side")
    patient.say("banana")
    assert patient.question == "pain.side"
    patient.walk_to("indicator.stabbing")
    patient.say("banana")
    assert patient.question == "indicator.stabbing", "asked again, in other words"
    patient.finish()
    answers = patient.handoff(stack.staff_key)["answers"]
    assert answers["pain.side"]["value"] == "left" and answers["indicator.stabbing"]["value"] == "unknown"


@pytest.mark.stack
def test_a_restart_command_is_a_text_like_any_other(stack: Any) -> None:
    """Fact 7: `/restart` wipes a Rasa conversation."""
    patient = Patient(stack.url)
    patient.walk_to("pain.site")
    patient.say("/restart")
    assert patient.state == "active" and patient.question in ("pain.site", "confirm.withdraw")
    assert patient.conversation["progress"]["answered"] > 3


@pytest.mark.stack
def test_an_aside_inside_the_form_is_answered_and_the_question_comes_back_once(stack: Any) -> None:
    """Facts 5 and 18."""
    patient = Patient(stack.url)
    patient.walk_to("pain.side")
    said = patient.say("what are your hours?")
    assert [m["kind"] for m in said] == ["info", "question"] and said[-1]["question"] == "pain.side"
    said = patient.say("can I talk to a human please")
    assert [m["question"] for m in said if m["kind"] == "question"] == [patient.question]
    assert patient.state == "active" and patient.handoff(stack.staff_key)["reason"] == "person_requested"
    answers = patient.handoff(stack.staff_key)["answers"]
    assert answers["pain.side"]["state"] == "not_asked", "neither aside became the answer"
