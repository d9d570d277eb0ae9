"""Needling precautions: ticked, derived, and changed by limb and date."""

from __future__ import annotations

import pytest

from clinic.answers import Answer
from clinic.protocol import protocol
from clinic.scoring import profile
from tests.clinic.making import said, ticked


def actions(answers: dict[str, Answer]) -> dict[str, str]:
    return {one.id[:4]: one.action for one in profile(answers).precautions}


@pytest.mark.parametrize("name", [one.id for one in protocol().precautions.values() if one.asked])
def test_what_was_ticked_stands_with_the_action_of_the_protocol(name: str) -> None:
    assert actions({"precaution": ticked("precaution", name)}) == {name[:4]: protocol().precautions[name].action}


def test_what_was_denied_unknown_or_declined_does_not_stand() -> None:
    assert actions({"precaution": ticked("precaution", unsure=("PC11_epilepsy",))}) == {}
    assert actions({"precaution": said(None, "skip", state="skipped")}) == {}
    assert actions({}) == {}


@pytest.mark.parametrize("site", ["neck", "upper_back", "shoulder", "chest"])
def test_a_site_near_the_lung_is_flagged_by_itself(site: str) -> None:
    found = profile({"pain.site": said([site], "up there")}).precautions
    assert [(one.id, one.action) for one in found] == [("PC18_chest_area", "FLAG")]
    assert found[0].evidence[0] == {"quote": "up there", "message_id": "msg_1", "rule": "derived.site"}


def test_a_knee_is_not_near_the_lung_but_lung_disease_is_flagged_when_told() -> None:
    assert actions({"pain.site": said(["knee"])}) == {}
    assert actions({"precaution": ticked("precaution", "PC18_chest_area")}) == {"PC18": "FLAG"}


@pytest.mark.parametrize(("age", "found"), [("under_12", True), ("12_18", True), ("19_49", False), ("65_plus", False)])
def test_a_young_age_holds_until_a_person_has_called(age: str, found: bool) -> None:
    assert (actions({"age_band": said(age)}) == {"PC19": "HOLD"}) is found


def test_pain_on_light_touch_is_flagged() -> None:
    assert actions({"indicator.mild_stimuli": said("reported", "my shirt hurts")}) == {"PC20": "FLAG"}
    assert actions({"indicator.mild_stimuli": said("not_reported", "no")}) == {}


@pytest.mark.parametrize(
    ("detail", "site", "side", "action"),
    [
        (None, ["knee"], "left", "HOLD"),
        ("right arm", ["knee"], "left", "FLAG"),
        ("right arm", ["shoulder"], "right", "HOLD"),
        ("left arm", ["shoulder"], "right", "FLAG"),
        ("left arm", ["shoulder"], "both", "HOLD"),
        ("left arm", ["upper_back"], "left", "HOLD"),
        ("both arms", ["elbow"], "right", "HOLD"),
        ("somewhere", ["elbow"], "right", "HOLD"),
        ("left arm", ["widespread"], None, "HOLD"),
    ],
)
def test_lymphoedema_holds_for_its_limb_and_flags_elsewhere(detail: str | None, site: list[str], side: str | None, action: str) -> None:
    answers = {
        "precaution": said([{"id": "PC03_lymphoedema", "detail": detail}], items={"PC03_lymphoedema": "reported"}),
        "pain.site": said(site),
    }
    if side:
        answers["pain.side"] = said(side)
    assert actions(answers)["PC03"] == action


@pytest.mark.parametrize(
    ("detail", "action"),
    [
        ("fusion, 3 weeks ago", "HOLD"),
        ("a pin, two months ago", "HOLD"),
        ("12 weeks ago", "HOLD"),
        ("13 weeks ago", "FLAG"),
        ("last month", "HOLD"),
        ("last year", "FLAG"),
        ("in 2011", "FLAG"),
        (None, "FLAG"),
    ],
)
def test_surgery_there_holds_for_twelve_weeks(detail: str | None, action: str) -> None:
    answers = {"precaution": said([{"id": "PC14_surgery", "detail": detail}], items={"PC14_surgery": "reported"})}
    assert actions(answers) == {"PC14": action}


def test_one_follow_up_in_words_stands_with_what_asked_for_it() -> None:
    answers = {
        "precaution": ticked("precaution", "PC07_anticoagulant", "PC11_epilepsy"),
        "precaution.detail": said("warfarin"),
    }
    found = {one.id: one.detail for one in profile(answers).precautions}
    assert found == {"PC07_anticoagulant": "warfarin", "PC11_epilepsy": None}


def test_hold_is_said_of_the_whole_profile() -> None:
    assert profile({"precaution": ticked("precaution", "PC05_fever")}).hold
    assert not profile({"precaution": ticked("precaution", "PC11_epilepsy")}).hold
