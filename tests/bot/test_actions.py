"""No action throws into Rasa, and none repeats a patient's words when it fails (fact 3 about Rasa 3.6.21)."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SafeAction
from actions.intake_actions import ActionDefaultFallback, ActionSessionStart, ActionSubmitIntake
from actions.server import app
from actions.validate_intake_form import ValidateIntakeForm

WORDS = "a hot wire down my shin"
ACTIONS = (ActionSessionStart, ActionSubmitIntake, ActionDefaultFallback, ValidateIntakeForm)


def tracker(metadata: Any = None) -> Tracker:
    """A tracker as Rasa sends it, with this metadata on the last message and on the session."""
    message = {"text": WORDS, "metadata": metadata, "intent": {"name": "answer", "confidence": 1.0}}
    return Tracker("t1", {"session_started_metadata": metadata}, message, [], False, None, {}, "action_listen")


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_that_throws_becomes_a_payload_that_names_the_error_only(
    action: type[SafeAction], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def throws(self: SafeAction, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        dispatcher.utter_message(text="half an answer")
        raise ValueError(f"cannot read {WORDS}")

    monkeypatch.setattr(action, "act", throws)
    dispatcher = CollectingDispatcher()
    with caplog.at_level(logging.DEBUG):
        events = await action().run(dispatcher, tracker({}), {})
    assert [event["event"] for event in events] == ["action_execution_rejected"], "no slot is set"
    assert [message["custom"] for message in dispatcher.messages] == [{"failed": {"action": action().name(), "error": "ValueError"}}]
    assert WORDS not in caplog.text and "ValueError" in caplog.text


@pytest.mark.parametrize("broken", [{"state": 7}, {"state": {"answers": [1]}, "inbound": {}}, {}, {"state": {}, "inbound": {"text": WORDS}}])
async def test_a_turn_without_its_context_fails_instead_of_guessing(broken: dict[str, Any]) -> None:
    dispatcher = CollectingDispatcher()
    events = await ValidateIntakeForm().run(dispatcher, tracker(broken), {})
    assert [event["event"] for event in events] == ["action_execution_rejected"]
    assert "failed" in dispatcher.messages[0]["custom"]


async def test_a_lost_tracker_is_rebuilt_from_the_metadata() -> None:
    """Fact 4: slots, active form and open question come back from what the app sends, nothing from an older session."""
    state = {"question": "pain.side", "answers": {"pain.site": {"value": ["knee"], "state": "answered"}}}
    events = await ActionSessionStart().run(CollectingDispatcher(), tracker({"state": state}), {})
    assert [event["event"] for event in events] == ["session_started", "slot", "active_loop", "slot", "action"]
    assert events[1]["name"] == "pain_site" and events[1]["value"] == ["knee"]
    assert events[2]["name"] == "intake_form" and events[3]["value"] == "pain_side"


async def test_the_server_answers_a_broken_call_without_repeating_it() -> None:
    """rasa-sdk alone answers with the whole request and logs it."""
    handler = app().error_handler
    answer = handler.response(None, KeyError(WORDS))
    assert answer.status == 500 and WORDS.encode() not in (answer.body or b"") and b"KeyError" in (answer.body or b"")
