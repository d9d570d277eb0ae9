"""A question about one of the clinic's 21 conditions gets the answer about that condition."""

from __future__ import annotations

import pytest

from clinic.reading import conditions, read
from tests.bot.domain_file import domain

EXAMPLES = [(code, text) for code, entry in conditions.conditions().items() for text in entry["examples"]]


def test_each_condition_with_an_answer_has_names_and_the_other_way_round() -> None:
    answered = {name.removeprefix("utter_faq_condition.") for name in domain()["responses"] if "faq_condition." in name}
    assert set(conditions.conditions()) == answered
    assert len(answered) == 21


@pytest.mark.parametrize(("code", "text"), EXAMPLES)
def test_a_question_names_its_condition(code: str, text: str) -> None:
    assert conditions.named(text) == code


@pytest.mark.parametrize("code", conditions.conditions())
def test_every_name_leads_to_its_condition(code: str) -> None:
    for name in conditions.conditions()[code]["names"]:
        assert conditions.named(f"Can you treat {name}?") == code


def test_the_longest_name_wins() -> None:
    assert conditions.named("is a stiff shoulder, a frozen shoulder, something you treat") == "frozen_shoulder"
    assert conditions.named("arthritis in my spine") == "spondylosis"


def test_the_reader_gives_the_topic_of_the_condition() -> None:
    seen = ("faq_condition", 0.95)
    assert read("do you treat a Frozen Shoulder?", intent=seen).topic == "condition.frozen_shoulder"
    assert read("do you treat hiccups?", intent=seen).topic == "condition"


def test_only_a_question_about_treatment_is_led_to_a_condition() -> None:
    assert read("do i need an x-ray of my knee?", intent=("faq_xray_mri", 0.95)).topic == "xray_mri"
