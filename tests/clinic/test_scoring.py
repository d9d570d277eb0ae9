"""Answers -> profile: unknown is not no, order does not matter, a finding depends on its own answers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import contract_ids as ids
from clinic.answers import FINDING_STATES, Answer
from clinic.scoring import Profile, profile
from tests.clinic.making import ASKABLE, answer_sets, answer_to, calmly, said, ticked

DELAYED = "indicator.delayed_onset"
# What a finding is derived from, besides its own answer and its group's.
DEPENDS = {
    DELAYED: {"onset.event", "onset.delay"},
    "myofascial.relief": {"myofascial.pressed"},
    "myofascial.twitch": {"myofascial.pressed"},
    "myofascial.startle": {"myofascial.pressed"},
}


def states(found: Profile) -> dict[str, str]:
    return {one.id: one.state for one in found.findings}


@pytest.mark.parametrize(
    ("event", "delay", "state", "shown"),
    [
        ("injury", "immediate", "not_reported", "at once"),
        ("injury", "within_day", "not_reported", "same day"),
        ("injury", "days_1_3", "not_reported", "1–3 days, usual after whiplash"),
        ("injury", "days_4_14", "reported", "4–14 days"),
        ("surgery", "later", "reported", "more than 14 days"),
        ("gradual", "no_event", "not_reported", "not applicable"),
        ("gradual", None, "not_reported", "not applicable"),
        ("unknown", None, "unknown", None),
        ("injury", "unknown", "unknown", None),
        ("injury", None, "not_asked", None),
        (None, None, "not_asked", None),
    ],
)
def test_the_delay_decides_the_delayed_onset(event: str | None, delay: str | None, state: str, shown: str | None) -> None:
    answers: dict[str, Answer] = {}
    for question, value in (("onset.event", event), ("onset.delay", delay)):
        if value is not None:
            answers[question] = said(value, "my words", state="unknown" if value == "unknown" else "answered")
    found = next(one for one in profile(answers).indicators if one.id == DELAYED)
    assert found.state == state
    assert shown is None or shown in (found.note or "")
    assert bool(found.evidence) == (state in ("reported", "not_reported"))


def test_a_declined_delay_is_declined_not_unknown() -> None:
    answers = {"onset.event": said("injury"), "onset.delay": said(None, "rather not", state="declined")}
    assert states(profile(answers))[DELAYED] == "declined"


def test_the_example_of_the_clinic_fine_after_the_crash_whiplash_a_week_later() -> None:
    answers = {
        "onset.event": said("injury", "the car accident"),
        "onset.delay": said("days_4_14", "a week later"),
        "indicator.mild_stimuli": said("reported", "the seat belt hurts"),
        "indicator.stabbing": said("not_reported", "only when I turn"),
        "indicator.summation": said("unknown", "not sure", state="unknown"),
        "indicator.no_ongoing_damage": said("reported", "x-ray showed nothing"),
    }
    found = profile(answers)
    assert found.score.as_dict() == {"reported": 3, "answered": 4, "of": 5}
    delayed = found.indicators[1]
    assert [one.as_dict() for one in delayed.evidence] == [{"quote": "a week later", "message_id": "msg_1", "rule": "derived.onset_delay"}]


def test_nothing_answered_scores_nothing_of_five() -> None:
    assert profile({}).score.as_dict() == {"reported": 0, "answered": 0, "of": 5}
    assert set(states(profile({})).values()) == {"not_asked"}


@pytest.mark.parametrize("name", ["myofascial.relief", "myofascial.twitch", "myofascial.startle"])
def test_a_tick_left_out_says_nothing_where_nobody_has_pressed(name: str) -> None:
    listed = {"myofascial": ticked("myofascial", "myofascial.dull_ache")}
    assert states(profile(listed))[name] == "unknown"
    assert states(profile({**listed, "myofascial.pressed": said("no")}))[name] == "unknown"
    assert states(profile({**listed, "myofascial.pressed": said("yes")}))[name] == "not_reported"
    in_words = {name: said("not_reported", "it did not ease", via="words")}
    assert states(profile(in_words))[name] == "not_reported"


def test_a_group_left_unsure_is_unknown_and_a_skipped_one_declined() -> None:
    unsure = ticked("sensation", "sensation.burning", unsure=("sensation.numbness",))
    found = states(profile({"sensation": unsure}))
    assert (found["sensation.burning"], found["sensation.numbness"]) == ("reported", "unknown")
    assert found["sensation.tingling"] == "not_reported"
    skipped = {"sensation": said(None, "skip", state="skipped")}
    assert {states(profile(skipped))[name] for name in ids.SENSATIONS} == {"declined"}


@calmly
@given(answer_sets(), st.randoms())
def test_the_order_of_the_answers_does_not_matter(answers: Mapping[str, Answer], random: st.DataObject) -> None:
    names = list(answers)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert profile({name: answers[name] for name in names}) == profile(answers)


@calmly
@given(answer_sets())
def test_unknown_declined_and_not_asked_never_count_as_no(answers: Mapping[str, Answer]) -> None:
    found = profile(answers)
    for one in found.findings:
        assert one.state in FINDING_STATES
        answer = answers.get(one.id)
        if answer is not None and answer.state != "answered":
            assert one.state not in ("reported", "not_reported")
        if answer is None and one.id != DELAYED and one.id.partition(".")[0] not in answers:
            assert one.state == "not_asked"
    told = [one.state for one in found.indicators]
    assert found.score.reported == told.count("reported")
    assert found.score.answered == told.count("reported") + told.count("not_reported")
    assert found.score.of == 5


def without_precaution_words(found: Profile) -> Profile:
    """The profile without the words of precautions: a list is answered in parts, and each item keeps those that told it first."""
    return replace(found, precautions=tuple(replace(one, evidence=()) for one in found.precautions))


@calmly
@given(answer_sets(), st.data())
def test_a_correction_equals_having_answered_so_at_first(answers: Mapping[str, Answer], data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(ASKABLE))
    first, second = data.draw(answer_to(question)), data.draw(answer_to(question))
    corrected = replace(second, previous=(first.as_dict(),))
    then, at_first = profile({**answers, question: corrected}), profile({**answers, question: second})
    assert without_precaution_words(then) == without_precaution_words(at_first)


@calmly
@given(answer_sets(), st.data())
def test_adding_an_answer_never_changes_another_finding(answers: Mapping[str, Answer], data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(ASKABLE))
    before = states(profile({name: told for name, told in answers.items() if name != question}))
    after = states(profile({**answers, question: data.draw(answer_to(question))}))
    for name in ids.FINDINGS:
        group = name.partition(".")[0]
        if name != question and question != group and question not in DEPENDS.get(name, ()):
            assert after[name] == before[name], name


@calmly
@given(answer_sets())
def test_every_state_that_a_patient_gave_carries_literal_words(answers: Mapping[str, Answer]) -> None:
    quotes = {(answer.quote, answer.message_id) for answer in answers.values()}
    found = profile(answers)
    for one in found.findings:
        assert bool(one.evidence) == (one.state in ("reported", "not_reported", "declined")), one
        for evidence in one.evidence:
            assert (evidence.quote, evidence.message_id) in quotes
            assert evidence.rule


def test_an_answer_set_by_staff_has_no_evidence() -> None:
    answers = {"indicator.stabbing": Answer(value="reported", state="answered", via="staff", by="staff")}
    found = next(one for one in profile(answers).indicators if one.id == "indicator.stabbing")
    assert (found.state, found.evidence) == ("reported", ())
