"""What does not fit together in the answers, with both quotes, for staff to check first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.answers import Answer, Answers, values_of
from clinic.protocol import protocol
from clinic.red_flags import SELF_HARM, Raised
from clinic.scoring import finding_state

_MOVES = re.compile(
    r"\b(mov\w*|walk\w*|exercis\w*|stretch\w*|gym|running|swimm\w*|active|activity)\b", re.IGNORECASE
)

_NOT = re.compile(r"\b(not|no|don't|without|avoid\w*|stop\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Side:
    """One of two statements: the question it answers, what it amounts to, and the patient's words."""

    question: str
    says: str
    quote: str | None = None
    message_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "question": self.question,
            "says": self.says,
            "quote": self.quote,
            "message_id": self.message_id,
        }


@dataclass(frozen=True)
class Contradiction:
    """Two statements that do not fit, and what they are about."""

    about: str
    first: Side
    second: Side

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"about": self.about, "first": self.first.as_dict(), "second": self.second.as_dict()}


def contradictions(answers: Answers, flags: Iterable[Raised] = ()) -> tuple[Contradiction, ...]:
    """All that do not fit, red flags first."""
    return (*_denied_flags(answers, flags), *_severity(answers), *_onset(answers), *_findings(answers))


def _side(answers: Answers, question: str, says: str) -> Side:
    answer = answers.get(question) or Answer()
    return Side(question, says, answer.quote, answer.message_id)


def _denied_flags(answers: Answers, flags: Iterable[Raised]) -> Iterator[Contradiction]:
    """A flag raised in free text and left unticked, or denied, in the list that asked for it."""
    rules = protocol()
    for flag in flags:
        if flag.state != "reported" or flag.id == SELF_HARM:
            continue
        for question in ("safety.now", "safety.spine", "safety.general"):
            items = answers[question].items if question in answers else {}
            states = {state for item, state in items.items() if item.partition("@")[0] == flag.id}
            if states == {"not_reported"}:
                told: Mapping[str, str] = flag.evidence[0] if flag.evidence else {}
                said = Side("red_flag", "reported", told.get("quote"), told.get("message_id"))
                yield Contradiction(rules.red_flags[flag.id].short, said, _side(answers, question, "denied"))


def _severity(answers: Answers) -> Iterator[Contradiction]:
    now, worst = (_scores(answers, f"pain.severity_{which}") for which in ("now", "worst"))
    if now and worst and worst[1] < now[0]:
        yield Contradiction(
            "pain now above worst pain",
            _side(answers, "pain.severity_now", f"{now[0]}"),
            _side(answers, "pain.severity_worst", f"{worst[1]}"),
        )


def _scores(answers: Answers, question: str) -> tuple[int, int] | None:
    answer = answers.get(question)
    if answer is None or answer.state != "answered" or not isinstance(answer.value, Mapping):
        return None
    low = answer.value.get("low")
    return None if low is None else (int(low), int(answer.value.get("high", low)))


def _onset(answers: Answers) -> Iterator[Contradiction]:
    """An event without a delay that can be, or a delay without an event."""
    event, delay = (values_of(answers.get(f"onset.{part}")) for part in ("event", "delay"))
    if not event or not delay or delay == ("unknown",) or event == ("unknown",):
        return
    if (event == ("gradual",)) != (delay == ("no_event",)):
        yield Contradiction(
            "onset",
            _side(answers, "onset.event", event[0]),
            _side(answers, "onset.delay", delay[0]),
        )


def _findings(answers: Answers) -> Iterator[Contradiction]:
    states = {name: finding_state(answers, name) for name in protocol().findings}
    pairs = (
        ("stabbing and electric", "sensation.electric", "reported", "indicator.stabbing", "not_reported"),
        (
            "damage still present?",
            "indicator.no_ongoing_damage",
            "reported",
            "inflammation.redness",
            "reported",
        ),
        (
            "damage still present?",
            "indicator.no_ongoing_damage",
            "reported",
            "inflammation.swelling",
            "reported",
        ),
    )
    for about, first, one, second, other in pairs:
        if states[first] == one and states[second] == other:
            yield Contradiction(about, _side(answers, first, one), _side(answers, second, other))
    easing = answers.get("easing")
    eased = str(easing.value) if easing is not None and easing.state == "answered" else ""
    if states["indicator.summation"] == "reported" and _MOVES.search(eased) and not _NOT.search(eased):
        yield Contradiction(
            "activity makes it worse and better",
            _side(answers, "indicator.summation", "reported"),
            _side(answers, "easing", "eased by activity"),
        )
    pressed = values_of(answers.get("myofascial.pressed"))
    for name in ("myofascial.relief", "myofascial.twitch", "myofascial.startle"):
        if pressed == ("no",) and states[name] == "reported":
            yield Contradiction(
                "pressed before?",
                _side(answers, "myofascial.pressed", "no"),
                _side(answers, name, "reported"),
            )
