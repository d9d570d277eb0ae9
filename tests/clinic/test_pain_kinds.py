"""Signs of each kind of pain stand side by side; nothing is added up and nothing wins."""

from __future__ import annotations

import pytest

from clinic.answers import Answer
from clinic.case import case_of
from clinic.pain_kinds import KINDS
from clinic.protocol import protocol
from tests.clinic.making import said


def table(answers: dict[str, Answer]) -> list[tuple[str, str, str]]:
    return [(one.label, one.clinic_model, one.also) for one in case_of(answers).signs]


@pytest.mark.parametrize(
    ("finding", "model", "also"),
    [
        ("indicator.stabbing", "neuropathy", "neuropathic"),
        ("indicator.mild_stimuli", "neuropathy", "neuropathic or nociplastic"),
        ("indicator.summation", "neuropathy", "neuropathic or nociplastic"),
        ("sensation.burning", "neuropathy", "neuropathic"),
        ("sensation.painful_cold", "neuropathy", "neuropathic"),
        ("inflammation.heat", "inflammation", "inflammatory nociceptive"),
        ("inflammation.morning_stiffness", "inflammation", "inflammatory nociceptive"),
        ("myofascial.dull_ache", "neuropathy (myofascial)", "nociceptive or myofascial"),
        ("myofascial.twitch", "neuropathy (myofascial)", "nociceptive or myofascial"),
    ],
)
def test_a_reported_finding_is_a_sign_in_both_names(finding: str, model: str, also: str) -> None:
    assert table({finding: said("reported")}) == [(protocol().findings[finding].label, model, also)]


def test_itching_and_what_was_not_reported_are_no_signs() -> None:
    assert table({"sensation.itching": said("reported"), "sensation.burning": said("not_reported")}) == []


def test_pain_at_once_with_an_injury_and_sharp_only_on_a_movement_are_nociception() -> None:
    answers = {
        "onset.event": said("injury"),
        "onset.delay": said("immediate", "right away"),
        "indicator.stabbing": said("not_reported", "only when I bend forward"),
    }
    assert table(answers) == [
        ("Pain at once with the injury", "nociception", "nociceptive"),
        ("Sharp only on a movement", "nociception", "nociceptive"),
    ]
    assert table({"indicator.stabbing": said("not_reported", "no, never")}) == []


def test_a_delayed_onset_is_a_sign_through_its_derived_state() -> None:
    answers = {"onset.event": said("injury"), "onset.delay": said("days_4_14", "a week on")}
    assert table(answers) == [("Delay between an event and the pain", "neuropathy", "neuropathic")]


def test_the_signs_are_listed_in_the_order_of_the_three_kinds_without_a_count() -> None:
    answers = {name: said("reported") for name in ("indicator.stabbing", "inflammation.heat")}
    found = [KINDS.index(model.split()[0]) for _, model, _ in table(answers)]
    assert found == sorted(found)
    assert not any(character.isdigit() for row in table(answers) for cell in row for character in cell)
