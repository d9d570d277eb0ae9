"""One answer of an intake: what was said, how sure it is, and where it was said.

Everything in ``clinic`` takes ``Answers`` (question id -> ``Answer``) and returns values; who stores them
is not its matter. Shapes of ``value`` by question: CONTRACT section 1 (severity ``{"low", "high"}``,
duration ``{"iso", "words"}``, site a list of region codes with ``detail`` beside it, lists the ids ticked,
a finding its finding state).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANSWER_STATES = ("answered", "unknown", "declined", "skipped", "not_asked")
FINDING_STATES = ("reported", "not_reported", "unknown", "declined", "not_asked")


@dataclass(frozen=True)
class Answer:
    """What stands for one question id now.

    ``state`` is one of ANSWER_STATES. ``quote`` is a literal part of the text of message ``message_id``;
    both are None for an answer that staff set or that follows from others. ``at`` is ISO 8601 UTC.
    ``items`` holds a list question's items, item value -> reported | not_reported | unknown. ``previous``
    are earlier versions, oldest first, as the dicts of ``as_dict``.
    """

    value: Any = None
    state: str = "not_asked"
    quote: str | None = None
    message_id: str | None = None
    at: str | None = None
    channel: str | None = None
    via: str | None = None
    by: str | None = None
    rule: str | None = None
    previous: tuple[Mapping[str, Any], ...] = ()
    items: Mapping[str, str] = field(default_factory=dict)
    detail: tuple[Mapping[str, Any], ...] = ()

    @property
    def given(self) -> bool:
        """True when the patient gave a value (also "none" of a list)."""
        return self.state == "answered"

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape; ``items`` and ``detail`` only where there are any."""
        body: dict[str, Any] = {
            "value": self.value,
            "state": self.state,
            "quote": self.quote,
            "message_id": self.message_id,
            "at": self.at,
            "channel": self.channel,
            "via": self.via,
            "by": self.by,
            "previous": [dict(earlier) for earlier in self.previous],
        }
        if self.items:
            body["items"] = dict(self.items)
        if self.detail:
            body["detail"] = [dict(part) for part in self.detail]
        return body


Answers = Mapping[str, Answer]
NOT_ASKED = Answer()


def values_of(answer: Answer | None) -> tuple[str, ...]:
    """The codes in an answer's value as a tuple.

    A single code, the codes of a list, or the ids of ``[{"id": …}]``; else empty.
    """
    if answer is None or answer.value is None:
        return ()
    value = answer.value
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        value = value.get("ids", value.get("regions", ()))
    codes = []
    for part in value if isinstance(value, (list, tuple)) else ():
        code = part.get("id") if isinstance(part, Mapping) else part
        if isinstance(code, str):
            codes.append(code)
    return tuple(codes)
