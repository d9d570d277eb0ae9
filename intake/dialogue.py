"""The dialogue engine as the app sees it: one call is one turn. Rasa runs apart, on loopback, and keeps nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from clinic.interview import Inbound, State
from clinic.interview.state import Say, Turn, answer_from_dict
from clinic.protocol import protocol
from intake.settings import Settings

# A patient's text is never handed to Rasa with a slash in front: there it would be a command (fact 7).
OPEN_COMMAND = "/begin"
ANSWER_COMMAND = "/answer"


class DialogueDown(Exception):
    """The dialogue engine gave no usable turn in time. The message says what failed, never the patient's words."""


@dataclass(frozen=True)
class Spoken:
    """One thing that Rasa said: its text, and the response's name (utter_ask_… for a question)."""

    text: str
    response: str
    buttons: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Reply:
    """A decided turn and the words for it."""

    turn: Turn
    spoken: Sequence[Spoken]
    score: Mapping[str, int]


def turn_from_dict(body: Mapping[str, Any]) -> Turn:
    """The turn that the action server sent."""
    return Turn(
        state=State.from_dict(body["state"]),
        changed={qid: answer_from_dict(answer) for qid, answer in body["changed"].items()},
        says=tuple(Say(say["response"], say["params"]) for say in body["says"]),
        end=body.get("end"),
        notices=tuple(body.get("notices") or ()),
        red_flags=tuple(body.get("red_flags") or ()),
        move=body.get("move"),
    )


class Dialogue:
    """Asks Rasa for turns. Safe to share; `close()` when done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
        self._http = httpx.AsyncClient(base_url=settings.rasa_url, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ready(self) -> dict[str, bool]:
        """Whether the dialogue model and the actions answer."""
        found = {"dialogue": False, "actions": False}
        for name, url in (("dialogue", "/webhooks/intake/"), ("actions", f"{self._settings.actions_url}/health")):
            try:
                found[name] = (await self._http.get(url, timeout=2)).status_code == 200
            except httpx.HTTPError:
                found[name] = False
        return found

    def _patience(self, channel: str) -> float:
        """Seconds to wait for a turn: on SMS a late answer is promised and sent later, on the web it must be there."""
        return self._settings.sms.dialogue_seconds if channel == "sms" else self._settings.limits.dialogue_seconds

    async def turn(self, state: State, inbound: Inbound | None, slots: Mapping[str, Any]) -> Reply:
        """One turn; `inbound` None opens the conversation. Raises DialogueDown."""
        if inbound is None:
            text = OPEN_COMMAND
        elif inbound.given is not None:
            text = ANSWER_COMMAND
        else:
            text = inbound.text.lstrip("/ \t\r\n") or "?"
        questions = protocol().questions
        body = {
            "turn": secrets.token_hex(12),
            "channel": state.channel,
            "text": text,
            "slots": {
                **{questions[qid].slot: a.value for qid, a in state.answers.items() if a.value is not None},
                **slots,
                "ask_style": state.style,
            },
            "open": questions[state.question].slot if inbound is not None and state.question else None,
            "context": {"state": state.as_dict(), "inbound": inbound.as_dict() if inbound else None},
        }
        try:
            response = await self._http.post("/webhooks/intake/turn", json=body, timeout=self._patience(state.channel))
        except httpx.HTTPError as failure:
            raise DialogueDown(type(failure).__name__) from None
        if response.status_code != 200:
            raise DialogueDown(f"status {response.status_code}")
        try:
            return _reply(response.json().get("messages") or [])
        except (ValueError, KeyError, TypeError, AttributeError) as failure:  # not JSON, or not a turn
            raise DialogueDown(f"no turn in the answer: {type(failure).__name__}") from None


def _reply(messages: Sequence[Mapping[str, Any]]) -> Reply:
    spoken: list[Spoken] = []
    decided: Turn | None = None
    score: Mapping[str, int] = {}
    for message in messages:
        custom = message.get("custom") or {}
        if "failed" in custom:
            raise DialogueDown(f"action failed: {custom['failed'].get('error')}")
        if "turn" in custom:
            decided, score = turn_from_dict(custom["turn"]), custom.get("score") or {}
        if message.get("text"):
            spoken.append(Spoken(message["text"], message.get("utter_action", ""), message.get("buttons") or ()))
    if decided is None:
        raise DialogueDown("no turn was decided")
    asked = decided.state.question
    if asked is not None and not any(s.response == f"utter_ask_{protocol().questions[asked].slot}" for s in spoken):
        raise DialogueDown("the question was not asked")
    return Reply(decided, spoken, score)
