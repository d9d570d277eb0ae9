"""One intake as staff look at it: its answers with all that is derived from them, computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.answers import Answer, Answers
from clinic.contradictions import Contradiction, contradictions
from clinic.pain_kinds import Sign, signs
from clinic.protocol import protocol
from clinic.red_flags import Decision, Raised, decide, fully_screened, merge, safety_screen
from clinic.scoring import Profile, profile


@dataclass(frozen=True)
class Correction:
    """An answer that was changed: what stood before and what stands now, as answer dicts of the contract."""

    question: str
    was: Mapping[str, Any]
    now: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """All of it. ``flags`` are merged, most urgent first; ``screen`` is the contract's safety_screen."""

    answers: Answers
    flags: tuple[Raised, ...]
    profile: Profile
    screen: Mapping[str, str]
    decision: Decision
    contradictions: tuple[Contradiction, ...]
    signs: tuple[Sign, ...]
    corrections: tuple[Correction, ...]
    protocol_version: str
    signed: bool

    @property
    def hold(self) -> bool:
        """No needling slot before an assessment or a call: a precaution or a T1 to T3 flag says so."""
        return self.profile.hold or self.decision.hold

    @property
    def fully_screened(self) -> bool:
        """False: staff read RED FLAGS NOT FULLY SCREENED."""
        return fully_screened(self.screen)


def case_of(answers: Answers, flags: Sequence[Raised] = ()) -> Case:
    """The case of a set of answers and the flags raised so far."""
    found = profile(answers)
    merged = merge(flags)
    return Case(
        answers=answers,
        flags=merged,
        profile=found,
        screen=safety_screen(answers),
        decision=decide(merged),
        contradictions=contradictions(answers, merged),
        signs=signs(answers, found),
        corrections=corrections(answers),
        protocol_version=protocol().version,
        signed=protocol().signed,
    )


def corrections(answers: Answers) -> tuple[Correction, ...]:
    """Every answer that replaced one with another value, each version against the next."""
    found = []
    for question, answer in answers.items():
        told = [earlier for earlier in answer.previous if earlier.get("state") not in (None, "not_asked")]
        now = answer.as_dict()
        for earlier, later in zip(told, [*told[1:], now], strict=False):
            if _said(earlier) != _said(later) and not _grown(earlier, later):
                found.append(Correction(question, earlier, later))
    return tuple(found)


def _said(answer: Mapping[str, Any]) -> tuple[Any, Any]:
    return answer.get("state"), answer.get("value")


def _grown(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """A list asked in parts grows, and what was unknown becomes known: neither is a correction."""
    before, after = earlier.get("items") or {}, later.get("items") or {}
    if not before:
        return earlier.get("state") == "unknown"
    return all(state == "unknown" or after.get(item) == state for item, state in before.items())


def answers_of(document: Mapping[str, Any]) -> Answers:
    """The answers in a handoff document, to compute its case again."""
    found: dict[str, Answer] = {}
    for question, body in document["answers"].items():
        found[question] = Answer(
            **{key: body.get(key) for key in ("value", "quote", "message_id", "at", "channel", "via", "by")},
            state=body["state"],
            previous=tuple(body.get("previous") or ()),
            items=dict(body.get("items") or {}),
            detail=tuple(body.get("detail") or ()),
        )
    return found


def flags_of(document: Mapping[str, Any]) -> tuple[Raised, ...]:
    """The red flags in a handoff document."""
    return tuple(
        Raised(one["id"], one["tier"], one["state"], tuple(one["evidence"]), one["shown_at"])
        for one in document["red_flags"]
    )
