"""`validate_intake_form`: one call decides a whole turn. Reads the text, takes its answers, chooses the next question."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SafeAction
from clinic.interview import Inbound, Say, State, open_interview, take_turn
from clinic.interview.open_questions import pass_on
from clinic.protocol import protocol
from clinic.reading import Context, read
from clinic.scoring import profile
from clinic.wording import in_words, wording

OPENING = "/begin"


class ValidateIntakeForm(SafeAction):
    """Custom validation of `intake_form`; sets the answered slots, the wording's style and `requested_slot` itself.

    The request carries where the conversation stands in the message's metadata: {"state": State, "inbound": Inbound}.
    The decision goes back as a `custom` message {"turn": Turn, "score": {...}}, which the gate writes to the records.
    """

    def __init__(self) -> None:
        read("my left knee hurts")  # builds the lexicon now, so that no patient waits for it

    def name(self) -> str:
        """The name under which Rasa calls it."""
        return "validate_intake_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        """Decide the turn."""
        message = tracker.latest_message
        context = message.get("metadata") or {}
        state = State.from_dict(context.get("state") or {})
        intent = message.get("intent") or {}
        if message.get("text") == OPENING:  # sent by the app only: a patient's leading slash is taken off
            turn = open_interview(protocol(), state)
        else:
            inbound = Inbound(**context["inbound"])
            reading = None
            if inbound.given is None:
                seen = (intent["name"], float(intent.get("confidence") or 0)) if intent.get("name") else None
                reading = read(inbound.text, reading_context(state), intent=seen)
            turn = take_turn(protocol(), state, inbound, reading)
        turn = pass_on(turn, wording(), tracker.slots)
        for say in turn.says:
            dispatcher.utter_message(response=say.response, **in_labels(say))
        score = profile(turn.state.answers).score.as_dict()
        dispatcher.utter_message(json_message={"turn": turn.as_dict(), "score": score})
        slots = {protocol().questions[question_id].slot: answer.value for question_id, answer in turn.changed.items()}
        asked = turn.state.question
        return [
            *(SlotSet(slot, value) for slot, value in slots.items()),
            SlotSet("ask_style", turn.state.style),
            SlotSet("requested_slot", protocol().questions[asked].slot if asked else None),
        ]


def reading_context(state: State) -> Context:
    """What the reader is told of the conversation."""
    return Context(
        question=state.question,
        for_whom=state.for_whom,  # type: ignore[arg-type]
        offered=state.offered,
        answers={
            question_id: answer.value for question_id, answer in state.answers.items() if answer.state == "answered"
        },
        previous_question=state.path[-1] if state.path else None,
    )


def in_labels(say: Say) -> dict[str, Any]:
    """The gaps of a response in words: a changed answer is told with the labels that the patient saw."""
    params = dict(say.params)
    question_id = params.pop("question", None)
    if question_id is None:
        return params
    words = wording()
    for when in ("was", "now"):
        params[when] = in_words(
            protocol(), words, question_id, params.pop(f"{when}_value"), params.pop(f"{when}_state")
        )
    params["what"] = words.say(f"utter_label_{protocol().questions[question_id].slot}")
    return params
