"""The interview is short: whatever a patient answers, in single words, it stays within the protocol's budget."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.interview import Inbound, State, open_interview, take_turn
from clinic.protocol import protocol

LONGEST: dict[str, Any] = {
    "consent": "yes",
    "for_whom": "self",
    "for_whom.detail": "mother",
    "age_band": "19_49",
    "narrative": "pain",
    "contact.name": "Jo",
    "contact.phone": "+12505550142",
    "contact.email": "jo@example.org",
    "pain.site": ["neck"],
    "pain.side": "left",
    "pain.duration": {"iso": "P3W", "words": "weeks"},
    "onset.event": "injury",
    "onset.delay": "later",
    "precaution": ["PC07_anticoagulant", "PC14_surgery"],
    "precaution.detail": "warfarin",
    "booking.new_patient": "new",
    "booking.payer": "icbc",
    "booking.claim": "none",
    "booking.location": "either",
    "booking.times": ["any"],
    "confirm.more": "now",
    "myofascial.pressed": "yes",
    "function.activity": "walking",
    "confirm.read_back": "yes",
}


def value_of(question: str, over: dict[str, Any]) -> Any:
    kind = protocol().questions[question].kind
    if question in over or question in LONGEST:
        return over.get(question, LONGEST.get(question))
    return {"list": ["none"], "severity": 5, "finding": "unknown"}.get(kind, "words")


def asked(over: dict[str, Any]) -> list[str]:
    """The ids put to a patient who answers one question at a time, until the read-back."""
    state = open_interview(protocol(), State(locations=("victoria", "langford"))).state
    questions: list[str] = []
    while state.question is not None and len(questions) < 60:
        questions.append(state.question)
        given = {"question": state.question, "value": value_of(state.question, over), "via": "value"}
        turn = take_turn(protocol(), state, Inbound(f"m{len(questions)}", "2026-11-22T18:00:00Z", "x", given), None)
        state = turn.state
        if turn.end is not None:
            return questions
    return questions


@pytest.mark.parametrize(
    "over",
    [
        {},
        {"contact.phone": "declined"},
        {"for_whom": "other"},
        {"for_whom": "other", "contact.phone": "declined"},
        {"pain.site": "unknown"},
        {"pain.site": ["lower_back", "lower_leg"], "age_band": "65_plus"},
        {"booking.payer": "private", "precaution": ["none"]},
        {"age_band": "declined"},
    ],
)
def test_no_patient_meets_more_questions_than_the_budget_allows(over: dict[str, Any]) -> None:
    questions = asked(over)
    assert questions[-1] == "confirm.read_back"
    assert questions.index("confirm.more") <= protocol().budget.before_more
    assert len(questions) <= protocol().budget.in_all
    assert {"safety.now", "safety.general", "onset.event", "precaution", "booking.payer"} <= set(questions)


def test_a_declined_age_still_gets_the_whole_interview() -> None:
    assert "indicator.stabbing" in asked({"age_band": "declined"})


def test_a_child_meets_a_short_one() -> None:
    questions = asked({"age_band": "under_12", "for_whom": "other"})
    assert "precaution" not in questions and "indicator.stabbing" not in questions
    assert {"safety.now", "narrative", "pain.site", "contact.phone"} <= set(questions)


def test_what_is_put_off_is_asked_after_the_offer_and_not_lost() -> None:
    questions = asked({"for_whom": "other", "contact.phone": "declined"})
    for question in protocol().budget.postpone:
        if question != "booking.claim":
            assert question in questions
