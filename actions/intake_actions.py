"""The other actions: where a session starts, where the form ends, and what is said when nothing fits."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SafeAction
from clinic.interview import State
from clinic.protocol import protocol
from clinic.scoring import profile

FORM = "intake_form"


class ActionSessionStart(SafeAction):
    """Rebuilds a tracker from the request's metadata: slots, active form, open question.

    The intake channel seeds its trackers itself, so Rasa calls this only for a tracker that came another way (a shell,
    a tracker API call). Facts 2 and 4: nothing is carried over from an older session.
    """

    def name(self) -> str:
        """The name under which Rasa calls it."""
        return "action_session_start"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        """The events of a rebuilt session."""
        metadata = tracker.get_slot("session_started_metadata") or {}
        state = State.from_dict(metadata.get("state") or {})
        events: list[dict[str, Any]] = [SessionStarted()]
        events += [SlotSet(protocol().questions[qid].slot, answer.value) for qid, answer in state.answers.items()]
        if state.question:
            events += [ActiveLoop(FORM), SlotSet("requested_slot", protocol().questions[state.question].slot)]
        return [*events, ActionExecuted("action_listen")]


class ActionSubmitIntake(SafeAction):
    """The form has ended: sends the scored profile. It writes nothing and trusts nothing: the gate scores the records again."""

    def name(self) -> str:
        """The name under which Rasa calls it."""
        return "action_submit_intake"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        """The profile of the answers as they stood before this turn."""
        context = (tracker.latest_message or {}).get("metadata") or {}
        answers = State.from_dict(context.get("state") or {}).answers
        dispatcher.utter_message(json_message={"submitted": {"score": profile(answers).score.as_dict()}})
        return []


class ActionDefaultFallback(SafeAction):
    """Nothing was predicted. The gate sees that no turn was decided and says the safe text."""

    def name(self) -> str:
        """The name under which Rasa calls it."""
        return "action_default_fallback"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        """A payload that the gate treats as a failure."""
        dispatcher.utter_message(json_message={"failed": {"action": self.name(), "error": "no prediction"}})
        return []
