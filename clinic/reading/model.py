"""The shapes of a reading: what the reader is given (`Context`) and what it returns (`Reading`, `Mention`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

ForWhom = Literal["self", "other"]
State = Literal["answered", "unknown", "declined", "skipped", "unreadable"]
Polar = Literal["yes", "no", "unknown"]

EMPTY: Mapping[str, Any] = MappingProxyType({})

REGIONS: tuple[str, ...] = (
    "head", "jaw", "neck", "shoulder", "upper_arm", "elbow", "forearm", "wrist", "hand", "chest", "upper_back", "mid_back",
    "lower_back", "abdomen", "pelvis", "buttock", "hip", "groin", "thigh", "knee", "lower_leg", "ankle", "foot", "widespread",
)  # fmt: skip

MOVES: tuple[str, ...] = (
    "faq", "human", "stop", "restart", "back", "correct", "why", "how_long", "greet", "thanks", "goodbye", "repeat", "skip",
    "bot_challenge", "capabilities", "withdraw", "complaint", "insult", "other_language", "out_of_scope",
)  # fmt: skip

TIERS: tuple[str, ...] = ("T1", "T2", "T3", "T4")


@dataclass(frozen=True)
class Context:
    """What the dialogue knows when a text arrives.

    `question` is the open question's id, `offered` the choice values that were shown with it, `answers` the current value of
    each answered question (contract shapes), `previous_question` the last one answered (for "sorry, I meant no").
    """

    question: str | None = None
    for_whom: ForWhom = "self"
    offered: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    previous_question: str | None = None


@dataclass(frozen=True)
class Mention:
    """One thing that the text says: `start`/`end` are character offsets of the original text, `rule` the id of its rule."""

    kind: str
    code: str
    start: int
    end: int
    rule: str
    state: str = "reported"
    tier: str | None = None
    value: Any = None

    def quote(self, text: str) -> str:
        """The patient's own words for this mention."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Reading:
    """All that one text says, in the context of the open question; what it does not say is absent, None or empty."""

    state: State | None = None
    value: Any = None
    polar: Polar | None = None
    move: str | None = None
    topic: str | None = None
    findings: Mapping[str, str] = field(default_factory=dict)
    site: tuple[str, ...] = ()
    site_detail: tuple[Mapping[str, Any], ...] = ()
    side: str | None = None
    severity: Mapping[str, int] | None = None
    duration: Mapping[str, str] | None = None
    duration_days: tuple[float, float] | None = None
    onset_event: str | None = None
    onset_delay: str | None = None
    red_flags: tuple[Mapping[str, str], ...] = ()
    denied_red_flags: tuple[str, ...] = ()
    unsure_red_flags: tuple[str, ...] = ()
    precautions: tuple[str, ...] = ()
    precaution_details: tuple[Mapping[str, Any], ...] = ()
    denied_precautions: tuple[str, ...] = ()
    age_band: str | None = None
    for_whom: str | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    corrects: Mapping[str, Any] = field(default_factory=dict)
    reopens: str | None = None  # the answered question that the patient wants asked again ("I got the side wrong")
    quotes: Mapping[str, str] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    list_items: Mapping[str, str] = field(default_factory=dict)
    closes_list: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The JSON object that `intake read` prints (contract, section 4)."""
        return {
            "state": self.state,
            "polar": self.polar,
            "move": self.move,
            "topic": self.topic,
            "findings": dict(self.findings),
            "site": list(self.site),
            "side": self.side,
            "severity": dict(self.severity) if self.severity else None,
            "duration_days": [tidy(d) for d in self.duration_days] if self.duration_days else None,
            "onset_event": self.onset_event,
            "onset_delay": self.onset_delay,
            "red_flags": [dict(f) for f in self.red_flags],
            "precautions": list(self.precautions),
            "corrects": dict(self.corrects),
            "quotes": dict(self.quotes),
        }


def tidy(number: float) -> int | float:
    """21.0 -> 21, 0.08333 -> 0.083: days as a person would write them."""
    return int(number) if float(number).is_integer() else round(number, 3)
