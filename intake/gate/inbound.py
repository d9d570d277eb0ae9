"""What a channel hands to the gate, and what the gate refuses."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Incoming:
    """One message as a channel received it: exactly one of `text`, `choices`, `value`.

    `client_message_id` makes it idempotent. `question` names another question than the open one: a correction.
    `echoes` are spans of our own words that the channel has already taken out.
    """

    client_message_id: str
    channel: str
    text: str | None = None
    choices: Sequence[str] | None = None
    value: Any = None
    question: str | None = None
    media: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def body(self) -> dict[str, Any]:
        """What the client sent, for telling a repeat from another message under the same id."""
        body: dict[str, Any] = {"question": self.question}
        if self.choices is not None:
            body["choices"] = list(self.choices)
        elif self.text is not None:
            body["text"] = self.text
        else:
            body["value"] = self.value
        return body


@dataclass(frozen=True)
class Outcome:
    """What the gate answers: the contract's Conversation and the new messages. `repeat`: it was answered before."""

    conversation: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    repeat: bool = False


class GateError(Exception):
    """A message that is not taken. `status` is the HTTP status, the text says what to do; never the patient's words."""

    status = 400

    def __init__(self, detail: str, messages: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.messages = messages


class NoConversation(GateError):
    """No such conversation."""

    status = 404


class NeverAsked(GateError):
    """A correction of a question that was never asked."""

    status = 409


class Ended(GateError):
    """The conversation is over (handed off, expired); `messages` may hold an emergency message."""

    status = 409


class Gone(GateError):
    """The conversation was withdrawn and is erased."""

    status = 410


class NotUnderstood(GateError):
    """A structured answer that does not fit its question, or another body under a known client id."""

    status = 422


def tidy(text: str) -> str:
    """The text as it is kept: control characters out (a database refuses NUL), line breaks and everything else kept."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
