"""Every way in which the dialogue engine can fail ends in the safe text, a message kept for staff, and the same question.

The gate and its records are real; the dialogue engine is a local server that answers as Rasa does when something breaks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.dialogue import Dialogue
from intake.gate.gate import Gate
from intake.gate.inbound import Incoming, Outcome
from intake.services import open_records
from intake.settings import Limits, Settings
from tests.standins.server import Received, Reply, StandIn, serving

WORDS = "my ankle is a bag of marbles"


class BrokenRasa(StandIn):
    """Answers each turn with what the test says: a status and a body."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = Reply(500)

    def handle(self, request: Received) -> Reply:
        """The answer that was set."""
        return self.reply


@pytest.fixture
def rasa() -> Iterator[BrokenRasa]:
    broken = BrokenRasa()
    with serving(broken):
        yield broken


@pytest.fixture
async def gate(rasa: BrokenRasa, database: str, tmp_path: Path) -> Any:
    settings = Settings(data_dir=tmp_path / "data", database_url=database, rasa_url=rasa.url, limits=Limits(dialogue_seconds=0.6))
    records = open_records(settings)
    dialogue = Dialogue(settings)
    yield Gate(settings, records, dialogue)
    await dialogue.close()
    records.close()


def messages(*said: dict[str, Any]) -> bytes:
    """The body of a turn's answer."""
    return json.dumps({"messages": list(said)}).encode()


BROKEN = {
    "error status": Reply(500, b"{}"),
    "not found": Reply(404, b"{}"),
    "not JSON": Reply(200, b"<html>"),
    "another shape": Reply(200, b"[1, 2]"),
    "silence": Reply(200, messages()),
    "words but no turn": Reply(200, messages({"text": "Hello"})),
    "an action that failed": Reply(200, messages({"custom": {"failed": {"action": "validate_intake_form", "error": "KeyError"}}})),
    "a turn without its question": Reply(200, messages({"custom": {"turn": {"state": {"question": "age_band"}, "changed": {}, "says": []}}})),
    "half a turn": Reply(200, messages({"custom": {"turn": {"state": {}}}})),
    "an end that is not complete": Reply(200, messages({"custom": {"turn": {"state": {}, "changed": {}, "says": [], "end": "completed"}}})),
}


async def _answered(gate: Gate) -> tuple[Outcome, str]:
    opened, _ = await gate.open("web")
    conversation_id = opened.conversation["id"]
    assert opened.conversation["question"] == "consent", "a conversation opens without the dialogue engine"
    return await gate.receive(conversation_id, Incoming("m1", "web", WORDS)), conversation_id


def _is_safe(gate: Gate, outcome: Outcome, conversation_id: str) -> None:
    assert [m["kind"] for m in outcome.messages] == ["info"] and "9-1-1" in outcome.messages[0]["text"]
    assert outcome.conversation["question"] == "consent" and outcome.conversation["state"] == "active"
    with gate.records.read() as tx:
        kept = [m for m in tx.messages.list(conversation_id) if m.sender == "patient"]
        assert [(m.text, m.status) for m in kept] == [(WORDS, "failed")]
        assert tx.answers.current(conversation_id) == {}


@pytest.mark.parametrize("how", BROKEN)
async def test_whatever_breaks_the_patient_gets_the_safe_text_and_staff_the_message(gate: Gate, rasa: BrokenRasa, how: str) -> None:
    rasa.reply = BROKEN[how]
    outcome, conversation_id = await _answered(gate)
    _is_safe(gate, outcome, conversation_id)


async def test_no_answer_in_time_is_the_safe_text_too(gate: Gate, rasa: BrokenRasa) -> None:
    rasa.faults.extend(["timeout", "timeout"])
    outcome, conversation_id = await _answered(gate)
    _is_safe(gate, outcome, conversation_id)


async def test_a_repeat_after_a_failure_gets_the_same_answer(gate: Gate, rasa: BrokenRasa) -> None:
    outcome, conversation_id = await _answered(gate)
    again = await gate.receive(conversation_id, Incoming("m1", "web", WORDS))
    assert again.repeat and again.messages == outcome.messages


@pytest.mark.parametrize("text", ["/restart", "/session_start", "//restart", " /answer{\"consent\": \"yes\"}", "/"])
async def test_a_slash_of_a_patient_never_reaches_the_engine_as_a_command(gate: Gate, rasa: BrokenRasa, text: str) -> None:
    opened, _ = await gate.open("web")
    await gate.receive(opened.conversation["id"], Incoming("m1", "web", text))
    sent = json.loads(rasa.received[-1].body)["text"]
    assert not sent.startswith("/") and not sent.startswith(" ")


async def test_each_turn_is_a_conversation_of_its_own_for_the_engine(gate: Gate, rasa: BrokenRasa) -> None:
    """Facts 2, 4 and 13: nothing expires, nothing is carried over, nothing waits for a lock."""
    opened, _ = await gate.open("web")
    for number in range(3):
        await gate.receive(opened.conversation["id"], Incoming(f"m{number}", "web", "hello"))
    turns = [json.loads(request.body)["turn"] for request in rasa.received]
    assert len(turns) == len(set(turns)) == 4
