"""The handoff document: the contract's shape for any answers, and only words that the patient wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jsonschema
import pytest
from hypothesis import given

from clinic import contract_ids as ids
from clinic.answers import Answer
from clinic.case import answers_of, case_of, flags_of
from clinic.handoff import HandoffMeta, build_handoff, build_without_consent, handoff_schema
from clinic.red_flags import Raised
from tests.clinic.making import AT, answer_sets, calmly, flag, flag_sets, said, ticked

META = HandoffMeta("ho_1", "K7QX2M", "cv_1", AT, AT)
SCHEMA = jsonschema.Draft202012Validator(handoff_schema(), format_checker=jsonschema.FormatChecker())


@calmly
@given(answer_sets(), flag_sets())
def test_any_answers_make_a_document_of_the_contract(answers: Mapping[str, Answer], flags: list[Raised]) -> None:
    document = build_handoff(META, answers, flags)
    SCHEMA.validate(document)
    assert json.loads(json.dumps(document)) == document


@calmly
@given(answer_sets(), flag_sets())
def test_every_quote_was_written_by_the_patient(answers: Mapping[str, Answer], flags: list[Raised]) -> None:
    document = build_handoff(META, answers, flags)
    written = {(answer.quote, answer.message_id) for answer in answers.values()}
    written |= {(one["quote"], one["message_id"]) for raised in flags for one in raised.evidence}
    groups = ("indicators", "myofascial", "sensations", "inflammation", "red_flags", "precautions")
    for one in [entry for group in groups for entry in document[group]]:
        for evidence in one["evidence"]:
            assert (evidence["quote"], evidence["message_id"]) in written


def test_the_schema_is_the_one_of_the_contract() -> None:
    jsonschema.Draft202012Validator.check_schema(handoff_schema())
    assert handoff_schema()["$id"] == "ims-intake/handoff/1"


def test_every_id_but_groups_and_confirmations_is_in_the_answers() -> None:
    answers = build_handoff(META, {}, [])["answers"]
    assert set(answers) == set(ids.QUESTIONS) - set(ids.GROUPS) - set(ids.CONFIRMATIONS)
    assert {body["state"] for body in answers.values()} == {"not_asked"}


def test_a_finding_holds_its_state_as_value_also_when_derived_or_told_in_a_group() -> None:
    told = {
        "onset.event": said("injury"),
        "onset.delay": said("later", "three weeks after"),
        "sensation": ticked("sensation", "sensation.burning", unsure=("sensation.itching",)),
    }
    answers = build_handoff(META, told, [])["answers"]
    assert answers["indicator.delayed_onset"]["value"] == "reported"
    assert answers["indicator.delayed_onset"]["via"] == "derived"
    assert (answers["sensation.burning"]["value"], answers["sensation.burning"]["state"]) == ("reported", "answered")
    assert (answers["sensation.itching"]["value"], answers["sensation.itching"]["state"]) == ("unknown", "unknown")
    assert answers["sensation.tingling"]["value"] == "not_reported"


@pytest.mark.parametrize(
    ("flags", "urgency"),
    [
        ([], None),
        ([flag("RF17_inflammatory")], "T4"),
        ([flag("RF11_cancer"), flag("RF06_cauda_equina")], "T2"),
        ([flag("RF06_cauda_equina", confirmed="old_unchanged")], "T3"),
    ],
)
def test_the_urgency_is_that_of_the_flags(flags: list[Raised], urgency: str | None) -> None:
    document = build_handoff(META, {}, flags)
    assert document["urgency"] == urgency
    assert [one["id"] for one in document["red_flags"]] == [one.id for one in sorted(flags, key=lambda one: one.tier)]


def test_without_consent_only_flag_quote_time_and_contact_are_kept() -> None:
    told = {"narrative": said("my chest hurts and I live alone"), "contact.phone": said("+12505550142")}
    document = build_without_consent(META, told, [flag("RF01_cardiac", quote="my chest hurts")])
    assert "live alone" not in json.dumps(document)
    assert document["answers"]["contact.phone"]["value"] == "+12505550142"
    assert document["red_flags"][0]["evidence"][0]["quote"] == "my chest hurts"


@calmly
@given(answer_sets())
def test_the_profile_can_be_computed_again_from_the_document(answers: Mapping[str, Answer]) -> None:
    document = build_handoff(META, answers, [flag("RF11_cancer")])
    again = case_of(answers_of(document), flags_of(document))
    assert again.profile.score.as_dict() == document["score"]
    for group, found in (("indicators", again.profile.indicators), ("sensations", again.profile.sensations)):
        assert [one.state for one in found] == [one["state"] for one in document[group]]
    assert again.decision.urgency == document["urgency"]


def test_a_document_that_gained_a_key_is_refused() -> None:
    document = {**build_handoff(META, {}, []), "diagnosis": "none of our business"}
    with pytest.raises(jsonschema.ValidationError, match="diagnosis"):
        SCHEMA.validate(document)
