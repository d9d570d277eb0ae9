"""The protocol file holds every id of the contract, and says loudly where it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic import contract_ids as ids
from clinic.answers import Answer
from clinic.protocol import LOADER, PROTOCOL_FILE, Condition, ProtocolError, load, protocol
from tests.clinic.making import said


def test_every_id_of_the_contract_is_in_the_protocol() -> None:
    rules = protocol()
    assert set(rules.questions) == set(ids.QUESTIONS)
    assert set(rules.findings) == set(ids.FINDINGS)
    assert list(rules.red_flags) == list(ids.RED_FLAGS)
    assert list(rules.precautions) == list(ids.PRECAUTIONS)
    assert list(rules.regions) == list(ids.REGIONS)
    assert (len(ids.RED_FLAGS), len(ids.PRECAUTIONS), len(ids.REGIONS)) == (25, 20, 24)


def test_the_closed_values_are_those_of_the_contract() -> None:
    values = {question.id: question.values for question in protocol().questions.values()}
    assert values["age_band"] == ("under_12", "12_18", "19_49", "50_64", "65_plus")
    assert values["onset.event"] == ("injury", "overuse", "gradual", "surgery", "illness", "unknown")
    delays = ("immediate", "within_day", "days_1_3", "days_4_14", "later", "no_event", "unknown")
    assert values["onset.delay"] == delays
    assert values["safety.self"] == ("safe", "not_safe", "unsure")
    assert values["confirm.emergency"] == ("now", "old_unchanged", "not_meant")
    assert values["confirm.more"] == ("now", "later", "no")


def test_tiers_and_actions_are_those_of_the_clinical_specification() -> None:
    tiers = {flag.id[:4]: (flag.tier, set(flag.tiers)) for flag in protocol().red_flags.values()}
    assert tiers["RF01"] == ("T1", {"T1"})
    assert tiers["RF04"] == ("T1", {"T1", "T2"})
    assert tiers["RF06"][0] == "T2"
    assert tiers["RF09"] == ("T2", {"T1", "T2"})
    assert tiers["RF17"] == ("T4", {"T3", "T4"})
    assert tiers["RF21"] == ("T2", {"T1", "T2"})
    recent = {flag.id[:4] for flag in protocol().red_flags.values() if flag.raises_when_over}
    assert recent == {"RF01", "RF03", "RF04", "RF06", "RF20", "RF21", "RF24"}
    actions = {one.id[:4]: one.action for one in protocol().precautions.values()}
    holds = {name for name, action in actions.items() if action == "HOLD"}
    assert holds == {"PC01", "PC02", "PC03", "PC04", "PC05", "PC06", "PC19"}
    assert {name for name, action in actions.items() if action == "FLAG_HIGH"} == {"PC07", "PC08", "PC15"}


def test_every_rule_names_a_known_source() -> None:
    rules = protocol()
    for group in (rules.questions, rules.findings, rules.red_flags, rules.precautions):
        for one in group.values():
            assert one.source in rules.sources, one.id


def test_nobody_has_signed_this_version() -> None:
    assert protocol().signed is False


def test_a_signature_counts_for_its_own_version_only(tmp_path: Path) -> None:
    signature = {"name": "A. Reviewer", "registration": "PT 1", "date": "2026-12-01"}
    assert changed(tmp_path, lambda body: body.update(reviewed_by={**signature, "version": body["version"]})).signed
    assert not changed(tmp_path, lambda body: body.update(reviewed_by={**signature, "version": "0.9.0"})).signed


def changed(folder: Path, change: Callable[[Any], object]) -> Any:
    body = yaml.load(PROTOCOL_FILE.read_text(encoding="utf-8"), Loader=LOADER)
    change(body)
    file = folder / "protocol.yml"
    file.write_text(json.dumps(body), encoding="utf-8")
    return load(file)


WRONG: list[tuple[str, Callable[[Any], object], str]] = [
    ("an unknown key at the top", lambda b: b.update(colour="red"), r"protocol\.yml: unknown key 'colour'"),
    ("a missing part", lambda b: b.pop("regions"), r"protocol\.yml: 'regions' is missing"),
    (
        "an unknown question",
        lambda b: b["questions"][3].update(id="age"),
        r"questions\[3\]: unknown question id 'age'",
    ),
    ("a missing question", lambda b: b["questions"].pop(3), r"questions: question id 'age_band' is missing"),
    (
        "a question twice",
        lambda b: b["questions"].append(b["questions"][0]),
        r"'consent' stands more than once",
    ),
    (
        "an unknown key of a question",
        lambda b: b["questions"][0].update(wait=1),
        r"questions\[0\] consent: unknown key",
    ),
    ("an unknown kind", lambda b: b["questions"][0].update(kind="slider"), r"consent: unknown kind 'slider'"),
    ("an unknown stage", lambda b: b["questions"][0].update(stage="late"), r"consent: unknown stage 'late'"),
    (
        "a yes that YAML reads as true",
        lambda b: b["questions"][0].update(values=[True]),
        r"consent: values must be",
    ),
    (
        "an unknown source",
        lambda b: b["findings"][0].update(source="S99"),
        r"findings\[0\] \S+: unknown source 'S99'",
    ),
    (
        "an empty meaning",
        lambda b: b["findings"][0].update(reported=""),
        r"findings\[0\] \S+: 'reported' is missing",
    ),
    (
        "an unknown tier",
        lambda b: b["red_flags"][0].update(tiers=["T0"]),
        r"red_flags\[0\] RF01\S+: unknown tier 'T0'",
    ),
    (
        "a tier the flag has not",
        lambda b: b["red_flags"][0].update(tier="T4"),
        r"RF01\S+: unknown tier of this flag",
    ),
    (
        "a choice in no list",
        lambda b: b["red_flags"][0]["choices"][0].update(list="safety.later"),
        r"RF01\S+ choice: unknown safety list",
    ),
    (
        "a choice of another flag",
        lambda b: b["red_flags"][0]["choices"][0].update(value="RF02_breathing"),
        r"RF01\S+ choice: unknown value",
    ),
    (
        "a region that is not one",
        lambda b: b["red_flags"][4]["choices"][0].update(ask_when={"regions": ["tail"]}),
        r"RF05\S+ ask_when: unknown region 'tail'",
    ),
    (
        "an unknown condition",
        lambda b: b["red_flags"][4]["choices"][0].update(ask_when={"weather": ["rain"]}),
        r"RF05\S+ ask_when: unknown key 'weather'",
    ),
    (
        "an age that YAML reads as a number",
        lambda b: b["red_flags"][4]["choices"][0].update(ask_when={"ages": [1949]}),
        r"ask_when: unknown age 1949",
    ),
    (
        "an unknown action",
        lambda b: b["precautions"][0].update(action="STOP"),
        r"precautions\[0\] PC01\S+: unknown action",
    ),
    (
        "a missing precaution",
        lambda b: b["precautions"].pop(),
        r"precautions: precaution id 'PC20_allodynia' is missing",
    ),
    (
        "a missing red flag",
        lambda b: b["red_flags"].pop(5),
        r"red_flags: red flag id 'RF06_cauda_equina' is missing",
    ),
    (
        "a half signature",
        lambda b: b.update(reviewed_by={"name": "A"}),
        r"reviewed_by: 'registration' is missing",
    ),
]


@pytest.mark.parametrize(("name", "change", "message"), WRONG, ids=[name for name, _, _ in WRONG])
def test_what_is_wrong_in_the_file_stops_the_start_and_names_the_place(
    tmp_path: Path, name: str, change: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(ProtocolError, match=message):
        changed(tmp_path, change)


def test_text_that_is_not_yaml_is_named_too(tmp_path: Path) -> None:
    file = tmp_path / "protocol.yml"
    file.write_text("id: [unclosed", encoding="utf-8")
    with pytest.raises(ProtocolError, match=r"protocol\.yml: not readable as YAML"):
        load(file)


def patient(site: list[str] | None = None, age: str | None = None) -> dict[str, Answer]:
    answers = {}
    if site:
        answers["pain.site"] = said(site)
    if age:
        answers["age_band"] = said(age)
    return answers


def test_a_tennis_elbow_is_not_asked_about_bladder_bowels_or_fragile_bones() -> None:
    elbow = patient(["elbow"], "19_49")
    assert protocol().items("safety.spine", elbow) == ("RF07_weakness",)
    general = protocol().items("safety.general", elbow)
    assert "RF13_septic_joint" in general
    assert not {
        "RF10_fragility",
        "RF11_cancer",
        "RF16_gca@T3",
        "RF25_pregnancy",
        "RF04_neck_artery@T1",
    } & set(general)


def test_a_low_back_is_asked_about_cauda_equina_and_a_neck_about_its_arteries() -> None:
    assert "RF06_cauda_equina" in protocol().items("safety.spine", patient(["lower_back"], "19_49"))
    neck = protocol().items("safety.general", patient(["neck"], "65_plus"))
    assert {"RF04_neck_artery@T1", "RF05_neck_artery_early", "RF16_gca@T2"} <= set(neck)


@pytest.mark.parametrize("site", ids.REGIONS)
@pytest.mark.parametrize("age", ["under_12", "12_18", "19_49", "50_64", "65_plus"])
def test_no_known_site_and_age_meets_more_than_ten_items_in_a_list(site: str, age: str) -> None:
    if site == "widespread":
        return  # pain everywhere is asked nearly everything
    for question in ids.SAFETY_LISTS:
        assert len(protocol().items(question, patient([site], age))) <= 10, question


def test_what_is_not_known_is_asked() -> None:
    for question in ids.SAFETY_LISTS:
        assert protocol().items(question, {}) == protocol().questions[question].items
    unreadable = {
        "pain.site": said(None, "hm", state="unknown"),
        "age_band": said(None, "no", state="declined"),
    }
    assert protocol().items("safety.spine", unreadable) == protocol().questions["safety.spine"].items


def test_where_the_pain_spreads_to_counts_as_a_site() -> None:
    spreading = said(["buttock"], detail=({"region": "buttock", "side": "left", "spreads_to": ["lower_leg"]},))
    assert "RF14_dvt" in protocol().items("safety.general", {"pain.site": spreading, "age_band": said("19_49")})


def test_a_condition_has_three_answers() -> None:
    condition = Condition(regions=frozenset({"knee"}), ages=frozenset({"65_plus"}))
    assert condition.holds(patient(["knee"], "65_plus")) is True
    assert condition.holds(patient(["neck"])) is False
    assert condition.holds(patient(["knee"])) is None
    assert condition.holds({}) is None
    assert Condition(findings=frozenset({"indicator.mild_stimuli"})).holds({}) is None
    assert Condition(channel=frozenset({"sms"})).holds({}, channel="web") is False
    assert Condition(for_whom=frozenset({"other"})).holds({"for_whom": said("self")}) is False


def test_follow_ups_are_asked_only_after_the_answer_they_follow() -> None:
    rules = protocol()
    grown = {"age_band": said("19_49")}
    delay = rules.questions["onset.delay"]
    assert delay.applies({**grown, "onset.event": said("injury")})
    assert not delay.applies({**grown, "onset.event": said("gradual")})
    assert not delay.applies({**grown, "onset.event": said(None, "no idea", state="unknown")})
    claim = rules.questions["booking.claim"]
    assert claim.applies({**grown, "booking.payer": said("icbc")})
    assert not claim.applies({**grown, "booking.payer": said("private")})
    email = rules.questions["contact.email"]
    assert email.applies({"contact.phone": said(None, "no", state="declined")}) and not email.optional
    assert not email.applies({"contact.phone": said("+12505550142")})


def test_a_child_under_twelve_meets_only_safety_site_own_words_and_contact() -> None:
    child = {"age_band": said("under_12"), "for_whom": said("other"), "pain.site": said(["knee"])}
    asked = {q.id for q in protocol().questions.values() if q.stage != "aside" and q.applies(child)}
    assert asked == {
        "consent", "for_whom", "for_whom.detail", "age_band", "safety.now", "narrative", "contact.name",
        "contact.phone", "contact.email", "contact.preferred", "pain.site", "pain.side", "safety.spine", "safety.general",
        "confirm.read_back",
    }  # fmt: skip


def test_a_declined_age_does_not_end_the_questions() -> None:
    declined = {"age_band": said(None, "rather not", state="declined")}
    assert protocol().questions["pain.duration"].ask_when.holds(declined) is True  # type: ignore[union-attr]


def test_lists_know_which_flag_and_tier_a_value_stands_for() -> None:
    assert protocol().flag_of("RF09_trauma@T1")[1] == "T1"
    assert protocol().flag_of("RF03_stroke")[0].id == "RF03_stroke"
    with pytest.raises(KeyError):
        protocol().flag_of("RF03_stroke@T4")


def test_every_flag_but_self_harm_can_be_ticked_somewhere() -> None:
    assert {flag.id for flag in protocol().red_flags.values() if not flag.choices} == {"RF21_self_harm"}
