"""The summary: one page that hides nothing, in the order of a subjective assessment."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given

from clinic.answers import Answer
from clinic.case import case_of
from clinic.protocol import protocol
from clinic.red_flags import SELF_HARM, Raised
from clinic.summary import MOST_LINES, MOST_WORDS, page_one, sections, summary
from clinic.unanswered import denied, denied_in_short, not_answered
from tests.clinic.making import answer_sets, calmly, flag, flag_sets, said, ticked

TOLD: dict[str, Answer] = {
    "contact.name": said("Jane Doe"),
    "age_band": said("50_64"),
    "for_whom": said("self"),
    "pain.site": said(["lower_back", "thigh"], "my back", detail=({"region": "lower_back", "side": "left", "spreads_to": ["thigh"]},)),
    "pain.side": said("left"),
    "pain.duration": said({"iso": "P3W", "words": "three weeks"}),
    "pain.severity_now": said({"low": 6, "high": 7}),
    "pain.severity_worst": said({"low": 9, "high": 9}),
    "onset.event": said("injury", "the crash"),
    "onset.delay": said("days_4_14", "a week later"),
    "aggravating": said("sitting for long"),
    "easing": said("heat"),
    "function.activity": said({"words": "hanging up the washing", "score": 3}),
    "goal": said("to pick up my son"),
    "safety.now": ticked("safety.now"),
    "safety.spine": ticked("safety.spine", items=("RF06_cauda_equina", "RF07_weakness")),
    "precaution": ticked("precaution", "PC03_lymphoedema", "PC07_anticoagulant"),
    "precaution.detail": said("warfarin"),
    "indicator.stabbing": said("not_reported", "only when I bend"),
    "indicator.summation": said("unknown", "not sure", state="unknown"),
    "indicator.mild_stimuli": said("declined", "rather not", state="declined"),
}


def page(answers: Mapping[str, Answer], flags: list[Raised] | None = None) -> str:
    return "\n".join(str(line) for line in page_one(case_of(answers, flags or [])))


@calmly
@given(answer_sets(), flag_sets())
def test_page_one_is_never_longer_than_twelve_lines_and_150_words(answers: Mapping[str, Answer], flags: list[Raised]) -> None:
    text = summary(case_of(answers, flags)).split("\n\n")[0]
    assert len(text.splitlines()) <= MOST_LINES
    assert len(text.split()) <= MOST_WORDS


@calmly
@given(answer_sets(), flag_sets())
def test_page_one_always_says_who_said_it_and_what_was_not_screened(answers: Mapping[str, Answer], flags: list[Raised]) -> None:
    case = case_of(answers, flags)
    header = str(page_one(case)[0])
    assert header.startswith("Self-reported. Not examined. Not a diagnosis.")
    assert ("RED FLAGS NOT FULLY SCREENED" in header) == (not case.fully_screened)
    assert "not signed by a clinician" in header
    assert f"version {protocol().version}" in summary(case)


def test_the_order_is_that_of_a_subjective_assessment() -> None:
    headings = [line.heading for line in page_one(case_of(TOLD, [flag("RF11_cancer", quote="I lost ten kilos")]))]
    assert headings == [
        "", "Red flags", "Who", "Where", "How long", "Onset", "Worse, better", "Activity, goal", "Needling",
        "Asked and denied", "Not asked or unknown",
    ]  # fmt: skip


def test_page_one_says_what_matters() -> None:
    text = page(TOLD, [flag("RF11_cancer", quote="I lost ten kilos")])
    for part in (
        "T3 cancer “I lost ten kilos”",
        "Jane Doe, 50–64",
        "left lower back spreading to thigh",
        "three weeks; now 6–7/10; worst 9/10",
        "after an injury; pain after 4–14 days",
        "worse “sitting for long”; better “heat”",
        "hanging up the washing 3/10",
        "goal “to pick up my son”",
        "HOLD lymphoedema, red flag. FLAG_HIGH blood thinner. told “warfarin”",
        "7 urgent signs",
        "unknown summation",
        "declined mild stimuli",
    ):
        assert part in text, part


def test_no_number_hides_an_unknown() -> None:
    titles = [section.title for section in sections(case_of(TOLD))]
    expected = "Indicators reported: 1 of 5 reported, 1 not reported, 1 unknown, 1 declined, 1 not asked"
    assert expected in titles


def test_words_about_self_harm_are_not_in_the_summary() -> None:
    text = summary(case_of({}, [flag(SELF_HARM, quote="I want it all to end")]))
    assert "self-harm" in text
    assert "I want it all to end" not in text


def test_a_contradiction_shows_both_quotes() -> None:
    answers = {
        **TOLD,
        "pain.severity_worst": said({"low": 4, "high": 4}, "about four"),
        "pain.severity_now": said({"low": 8, "high": 8}, "eight"),
    }
    text = page(answers)
    assert "Check first: pain now above worst pain: “eight” but “about four”" in text


def test_a_correction_is_shown_as_was_and_now() -> None:
    before = said("right", "the right one")
    corrected = said("left", "sorry, the left one", previous=(before.as_dict(),))
    assert "- side: right → left" in summary(case_of({**TOLD, "pain.side": corrected}))


def test_a_list_asked_in_parts_and_a_late_answer_are_no_corrections() -> None:
    first = ticked("safety.now", items=("RF01_cardiac",)).as_dict()
    whole = ticked("safety.now", items=("RF01_cardiac", "RF03_stroke"))
    late = said("overuse", "work", previous=(said(None, "hm", state="unknown").as_dict(),))
    answers = {
        "safety.now": Answer(**{**whole.__dict__, "previous": (first,)}),
        "onset.event": late,
    }
    assert case_of(answers).corrections == ()


def test_denied_red_flags_are_named_and_a_raised_one_is_not_among_them() -> None:
    answers = {"safety.spine": ticked("safety.spine", items=("RF06_cauda_equina", "RF07_weakness"))}
    assert denied(case_of(answers)) == {"spine signs": ("cauda equina", "weakness")}
    assert denied(case_of(answers, [flag("RF06_cauda_equina")])) == {"spine signs": ("weakness",)}


def test_long_lists_are_counted_on_page_one_and_stand_in_full_below() -> None:
    answers = {
        "safety.now": ticked("safety.now"),
        "sensation": ticked("sensation"),
        "inflammation": ticked("inflammation", "inflammation.heat"),
        "precaution": ticked("precaution", "PC05_fever"),
    }
    short = ", ".join(denied_in_short(case_of(answers)))
    assert short.startswith("7 urgent signs, all other sensations, redness, swelling")
    assert short.endswith("17 needling precautions")
    below = summary(case_of(answers))
    assert "- urgent signs: heart, breathing, stroke, serious injury, spinal infection, aorta or abdomen, collapse" in below
    assert "blood thinner" in below


def test_one_follow_up_for_several_precautions_is_said_once_and_of_none_of_them() -> None:
    shared = {**TOLD, "precaution": ticked("precaution", "PC07_anticoagulant", "PC14_surgery")}
    assert "FLAG_HIGH blood thinner. FLAG surgery there. told “warfarin”" in page(shared)
    alone = {**TOLD, "precaution": ticked("precaution", "PC07_anticoagulant")}
    assert "FLAG_HIGH blood thinner (warfarin)" in page(alone)


def test_a_child_is_not_missing_what_no_child_is_asked() -> None:
    found = not_answered(case_of({"age_band": said("under_12"), "for_whom": said("other")}))
    names = [name for group in found.values() for name in group]
    assert "stabbing" not in names and "other sensations" not in names
    assert "site" in names


def test_what_has_no_answer_is_told_apart() -> None:
    found = not_answered(case_of({**TOLD, "precaution": ticked("precaution", unsure=("PC11_epilepsy",))}))
    assert {"summation", "epilepsy"} <= set(found["unknown"])
    assert "mild stimuli" in found["declined"]
    assert {"other red flags", "other sensations", "phone"} <= set(found["not_asked"])
    assert "time from event to pain" not in found["not_asked"]


def test_a_follow_up_that_does_not_apply_is_not_missing() -> None:
    found = not_answered(case_of({"onset.event": said("gradual"), "age_band": said("19_49")}))
    assert "time from event to pain" not in [name for names in found.values() for name in names]


def test_an_answer_for_somebody_else_says_so() -> None:
    answers = {**TOLD, "for_whom": said("other"), "for_whom.detail": said("my mother, she is here")}
    assert "answered by someone else (my mother, she is here)" in page(answers)


def test_an_emergency_confirmed_as_old_says_so() -> None:
    text = page(TOLD, [flag("RF06_cauda_equina", quote="I leak", confirmed="old_unchanged")])
    assert "T2 cauda equina (old unchanged) “I leak”" in text
