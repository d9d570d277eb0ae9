"""The only way into the dialogue engine: one HTTP call is one turn of one conversation.

`POST /webhooks/intake/turn` on loopback, sent by `intake.dialogue`:

    {"turn": "<unique id>", "channel": "web|sms|terminal", "text": "what the patient wrote, or /begin, /answer",
     "slots": {slot: value, ...}, "open": "<slot or null>", "context": {...}}

-> 200 `{"messages": [{"text", "buttons", "utter_action", "custom"}, ...]}`; a failure is a 5xx without the patient's
words, never an empty success (the stock REST channel answers 200 with an empty list and logs the message: fact 10).

Public background: https://rasa.com/docs/rasa/connectors/custom-connectors
"""

from __future__ import annotations

import logging
import time
from typing import Any, Awaitable, Callable, Dict, List, Optional

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.plugin import plugin_manager
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import faster
from bot.plugin import SmallActionCalls

logger = logging.getLogger(__name__)

FORM = "intake_form"
# What may be reached on Rasa's port. The rest of Rasa's HTTP API (trackers, model swap, training) is refused:
# `--enable-api` is on for /model/parse only (fact 11).
OPEN_PATHS = ("/", "/version", "/status", "/model/parse")


class TurnOutput(OutputChannel):
    """Collects what the bot says in one turn, each message whole (the stock collector splits at blank lines)."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.messages: List[Dict[str, Any]] = []

    def name(self) -> str:  # type: ignore[override]
        """The patient's channel, so that `channel: sms` variants of a response are chosen."""
        return self._channel

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Keep one message with the name of the response that it came from."""
        self.messages.append(
            {key: message[key] for key in ("text", "buttons", "custom", "utter_action") if message.get(key)}
        )


def seeded(sender: str, turn: Dict[str, Any], domain: Domain) -> DialogueStateTracker:
    """A fresh tracker where the conversation stands: slots, active form, open question.

    The slots are put in as values, not as events: Rasa replays and sends every event several times a turn, so that an event
    for each answer would make late turns slow (fact 2). They fill the gaps of the responses; no prediction looks at them.
    They are the initial values, too: Rasa copies trackers by replaying their events from those (fact 19).
    """
    tracker = DialogueStateTracker(sender, domain.slots)
    events: List[Event] = [SessionStarted()]
    if turn.get("open"):
        events += [ActiveLoop(FORM), SlotSet(REQUESTED_SLOT, turn["open"])]
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    for event in events:
        tracker.update(event, domain)
    for name, value in turn.get("slots", {}).items():
        if name in tracker.slots:
            tracker.slots[name].initial_value = tracker.slots[name].value = value
    return tracker


def command(text: str) -> Optional[Dict[str, Any]]:
    """What Rasa would parse of `/begin` or `/answer`; None for a text, which the language pipeline reads.

    The app sends a command for every choice: there is nothing to read in it, so the pipeline is not run.
    """
    if not text.startswith(INTENT_MESSAGE_PREFIX):
        return None
    intent = {"name": text[1:], "confidence": 1.0}
    return {"text": text, "intent": intent, "intent_ranking": [intent], "entities": []}


class IntakeChannel(InputChannel):
    """Rasa input channel `intake`; see the module's text for the request and the answer."""

    @classmethod
    def name(cls) -> str:
        """The channel's name in the URL and in credentials.yml."""
        return "intake"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("intake_channel")
        SmallActionCalls.register(plugin_manager())
        faster.install()

        @routes.listener("before_server_start")
        async def close_the_rest_of_the_api(app: Sanic, _loop: Any) -> None:
            async def only_open_paths(request: Request) -> Optional[HTTPResponse]:
                if request.path in OPEN_PATHS or request.path.startswith("/webhooks/intake/"):
                    return None
                return response.json({"error": "not available here"}, status=404)

            app.register_middleware(only_open_paths, "request")

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            ready = bool(agent and agent.is_ready())
            return response.json({"ready": ready}, status=200 if ready else 503)

        @routes.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            return await self._turn(request)

        return routes

    async def _turn(self, request: Request) -> HTTPResponse:
        body = request.json or {}
        if not body.get("turn") or not isinstance(body.get("text"), str):
            return response.json({"error": "a turn needs `turn` and `text`"}, status=400)
        agent = request.app.ctx.agent
        sender = str(body["turn"])
        store = agent.tracker_store
        started = time.perf_counter()
        try:
            output = TurnOutput(body.get("channel") or "web")
            await store.save(seeded(sender, body, agent.domain))
            message = UserMessage(
                body["text"], output, sender, input_channel=output.name(), metadata=body.get("context") or {},
                parse_data=command(body["text"]),
            )  # fmt: skip
            await agent.handle_message(message)
        except faster.TurnFailed as failure:
            output.messages = [{"custom": {"failed": failure.failed}}]
        except Exception as failure:  # the words of the patient must not reach a log or the caller
            logger.error("turn failed: %s", type(failure).__name__)
            return response.json({"error": "turn failed"}, status=500)
        finally:
            drop(store, sender)
        return response.json({"messages": output.messages, "ms": round(1000 * (time.perf_counter() - started), 2)})


def drop(store: Any, sender: str) -> None:
    """Forget the turn in our store, under whatever Rasa has wrapped around it (fact 12)."""
    while store is not None and not hasattr(store, "drop"):
        store = getattr(store, "_tracker_store", None)
    if store is not None:
        store.drop(sender)
