"""A question about a fact that the clinic has not set is answered so and passed on, but not before consent."""

from __future__ import annotations

import pytest

from clinic.answers import Answer
from clinic.handoff import HandoffMeta, build_handoff
from clinic.interview import Say, State, Turn
from clinic.interview.open_questions import pass_on, topics_of
from clinic.wording import wording

CONSENTED = State(answers={"consent": Answer("yes", "answered")})


def asked(topic: str, state: State = CONSENTED) -> Turn:
    """The turn that answers a question."""
    return Turn(state, says=(Say(f"utter_faq_{topic}", {"topic": topic}),), move="faq")


@pytest.mark.parametrize(("topic", "fact"), [("price", "price_text"), ("icbc", "icbc_text"), ("parking", "parking_text")])
def test_a_fact_that_is_not_set_is_passed_on_and_said_so(topic: str, fact: str) -> None:
    turn = pass_on(asked(topic), wording(), {fact: None})
    assert topics_of(turn.notices) == [topic]
    assert turn.says[-1] == Say("utter_passed_on")


def test_a_fact_that_is_set_is_not_passed_on() -> None:
    turn = asked("price")
    assert pass_on(turn, wording(), {"price_text": "A visit costs 90 dollars."}) is turn


def test_a_question_with_an_answer_of_its_own_is_not_passed_on() -> None:
    turn = asked("what_is_ims")
    assert pass_on(turn, wording(), {}) is turn


def test_before_consent_nothing_is_passed_on() -> None:
    turn = asked("price", State())
    assert pass_on(turn, wording(), {"price_text": None}) is turn


def test_staff_read_the_topic_in_the_summary() -> None:
    meta = HandoffMeta("h", "IMS-1", "c", "2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z", asked=("direct_billing",))
    summary = build_handoff(meta, CONSENTED.answers)["summary"]
    assert "The patient asks the clinic about\n- direct billing" in summary
