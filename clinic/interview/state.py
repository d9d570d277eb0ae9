"""What a turn is given and what it returns, in shapes that travel as JSON between the app, Rasa and the action server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from clinic.answers import Answer


def answer_from_dict(body: Mapping[str, Any]) -> Answer:
    """The answer that `asdict` made a JSON object of."""
    known = {f.name for f in fields(Answer)}
    kept = {key: value for key, value in body.items() if key in known}
    for name in ("previous", "detail"):
        kept[name] = tuple(kept.get(name) or ())
    kept["items"] = dict(kept.get("items") or {})
    return Answer(**kept)


@dataclass(frozen=True)
class State:
    """Where a conversation stands before a turn.

    `question` is the open question's id, `style` how it was last worded (full, again, short), `offered` its list items or
    choices as shown; `asked` counts how often each id was asked since it was last answered, `path` the ids in the order
    in which they were answered (for "go back"), `parked` the question to return to after a confirmation.
    `kept` are texts from before consent, [{"message_id", "text"}], which count once consent is given.
    """

    channel: str = "web"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    question: str | None = None
    style: str = "full"
    offered: tuple[str, ...] = ()
    asked: Mapping[str, int] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    parked: str | None = None
    unreadable: int = 0
    questions_asked: int = 0
    kept: tuple[Mapping[str, str], ...] = ()
    locations: tuple[str, ...] = ()
    person_requested: bool = False
    raised: tuple[str, ...] = ()  # red flag ids on record, for safety items that need no asking again

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> State:
        """From the JSON of `as_dict`; keys that are not known are left out, missing ones take their default."""
        known = {f.name for f in fields(cls)}
        kept = {key: value for key, value in body.items() if key in known}
        kept["answers"] = {qid: answer_from_dict(a) for qid, a in (body.get("answers") or {}).items()}
        for name in ("offered", "path", "kept", "locations", "raised"):
            kept[name] = tuple(kept.get(name) or ())
        return cls(**kept)

    def value(self, question: str) -> Any:
        """The current value of a question that was answered, else None."""
        answer = self.answers.get(question)
        return answer.value if answer is not None and answer.state == "answered" else None

    @property
    def for_whom(self) -> str:
        """self or other; self while it is not known."""
        return "other" if self.value("for_whom") == "other" else "self"

    def but(self, **changes: Any) -> State:
        """This state with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Inbound:
    """One message of the patient. Exactly one of `text` and `given`; `given` is {"question", "value", "via"}, checked."""

    message_id: str
    at: str
    text: str = ""
    given: Mapping[str, Any] | None = None
    channel: str = "web"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Say:
    """One thing that the bot says before it asks: the name of a response in domain.yml and what fills its gaps."""

    response: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """What a turn decided. `changed` are the answers to be written; `state` is where the conversation stands now.

    `end` is None, "completed", "no_consent" or "withdrawn"; `notices` are facts for the gate: person_requested, complaint,
    unreadable, not_kept (the text need not be kept), send_link, unanswered_topic,
    unanswered:<topic> (asked for a fact that the clinic has not set), stop; `red_flags` are [{"id", "tier",
    "state", "quote", "rule"}] found by the reading in its context.
    """

    state: State
    changed: Mapping[str, Answer] = field(default_factory=dict)
    says: tuple[Say, ...] = ()
    end: str | None = None
    notices: tuple[str, ...] = ()
    red_flags: tuple[Mapping[str, Any], ...] = ()
    move: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)
