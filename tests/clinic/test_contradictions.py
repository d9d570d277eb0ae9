"""What does not fit together is shown, with both quotes; what fits is not."""

from __future__ import annotations

import pytest

from clinic.answers import Answer
from clinic.contradictions import contradictions
from clinic.red_flags import SELF_HARM
from tests.clinic.making import flag, said, ticked

SPINE = {"safety.spine": ticked("safety.spine", items=("RF06_cauda_equina", "RF07_weakness"))}
CASES: list[tuple[str, dict[str, Answer], str]] = [
    (
        "now above worst",
        {"pain.severity_now": said({"low": 8, "high": 8}), "pain.severity_worst": said({"low": 5, "high": 6})},
        "pain now above worst pain",
    ),
    ("a delay without an event", {"onset.event": said("gradual"), "onset.delay": said("later")}, "onset"),
    ("an event without a delay", {"onset.event": said("injury"), "onset.delay": said("no_event")}, "onset"),
    (
        "shocks but no stabbing",
        {"sensation.electric": said("reported"), "indicator.stabbing": said("not_reported")},
        "stabbing and electric",
    ),
    (
        "nothing found, yet red",
        {"indicator.no_ongoing_damage": said("reported"), "inflammation.redness": said("reported")},
        "damage still present?",
    ),
    (
        "worse and better with activity",
        {"indicator.summation": said("reported"), "easing": said("a walk, moving about")},
        "activity makes it worse and better",
    ),
    (
        "twitched, yet never pressed",
        {"myofascial.pressed": said("no"), "myofascial.twitch": said("reported")},
        "pressed before?",
    ),
]


@pytest.mark.parametrize(("name", "answers", "about"), CASES, ids=[name for name, _, _ in CASES])
def test_what_does_not_fit_is_found(name: str, answers: dict[str, Answer], about: str) -> None:
    (found,) = contradictions(answers)
    assert found.about == about
    assert found.first.quote and found.second.quote and found.first.message_id
    assert set(found.as_dict()) == {"about", "first", "second"}


def test_a_flag_told_in_words_and_denied_in_the_list_comes_first() -> None:
    flags = [flag("RF06_cauda_equina", quote="numb when I wipe")]
    found = contradictions({**SPINE, **CASES[0][1]}, flags)
    assert [one.about for one in found] == ["cauda equina", "pain now above worst pain"]
    assert found[0].first.quote == "numb when I wipe"
    assert found[0].second.quote == "None of these"


def test_a_flag_ticked_in_its_list_contradicts_nothing() -> None:
    ticked_too = {"safety.spine": ticked("safety.spine", "RF06_cauda_equina")}
    assert contradictions(ticked_too, [flag("RF06_cauda_equina")]) == ()


def test_self_harm_is_never_shown_as_a_contradiction() -> None:
    assert contradictions(SPINE, [flag(SELF_HARM)]) == ()


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"pain.severity_now": said({"low": 4, "high": 6}), "pain.severity_worst": said({"low": 5, "high": 5})},
        {"onset.event": said("gradual"), "onset.delay": said("no_event")},
        {"onset.event": said("injury"), "onset.delay": said(None, "no idea", state="unknown")},
        {"indicator.summation": said("reported"), "easing": said("no walking, only rest")},
        {"indicator.summation": said("reported"), "easing": said("heat")},
        {"pain.severity_worst": said(None, "skip", state="skipped"), "pain.severity_now": said({"low": 9, "high": 9})},
    ],
)
def test_what_fits_is_left_alone(answers: dict[str, Answer]) -> None:
    assert contradictions(answers) == ()
