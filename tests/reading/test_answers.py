"""A short answer has the meaning that its question lends it; corrections and moves in free words."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.reading import Context, read

ANSWERS = {
    "pain.side": "left",
    "pain.duration": {"iso": "P3W", "words": "3 weeks"},
    "sensation.burning": "reported",
    "precaution": [{"id": "PC07_anticoagulant", "detail": "x"}],
    "pain.severity_now": {"low": 6, "high": 6},
}


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("pain.side", "the left one", "left"),
        ("pain.severity_now", "bout a 6 or 7", {"low": 6, "high": 7}),
        ("indicator.stabbing", "only when I roll over", "not_reported"),
        ("myofascial.startle", "my wife says I jump", "reported"),
        ("sensation.burning", "not really", "not_reported"),
        ("sensation.burning", "wouldn't say so", "not_reported"),
        ("age_band", "I'm 43", "19_49"),
        ("age_band", "my son is 9", "under_12"),
        ("for_whom", "my son", "other"),
        ("booking.payer", "icbc", "icbc"),
        ("booking.location", "langford please", "langford"),
        ("contact.phone", "250 555 0123", "+12505550123"),
        ("contact.email", "sam at example dot com", "sam@example.com"),
        ("contact.name", "my name is Sam O'Neil", "Sam O'Neil"),
        ("onset.event", "car accident", "injury"),
        ("onset.delay", "two days later", "days_1_3"),
        ("pain.duration", "about 3 wks", {"iso": "P3W", "words": "3 wks"}),
        ("pain.site", "bum cheek", ["buttock"]),
        ("indicator.no_ongoing_damage", "doc said arthritis", "not_reported"),
        ("confirm.emergency", "its been like that for years", "old_unchanged"),
        ("booking.new_patient", "never been", "new"),
    ],
)
def test_a_short_answer_is_read_in_the_context_of_its_question(question: str, text: str, value: Any) -> None:
    reading = read(text, Context(question=question))
    assert (reading.state, reading.value) == ("answered", value)


def test_an_ordinary_unrelated_word_is_unreadable_and_never_a_yes() -> None:
    reading = read("banana", Context(question="sensation.burning"))
    assert (reading.state, reading.polar) == ("unreadable", None)


@pytest.mark.parametrize(("text", "state"), [("skip", "skipped"), ("i'd rather not say", "declined"), ("no idea", "unknown")])
def test_skipped_declined_and_unknown_are_told_apart(text: str, state: str) -> None:
    assert read(text, Context(question="pain.duration")).state == state


def test_a_list_takes_what_is_said_and_is_closed_by_nothing_else() -> None:
    reading = read("numb between my legs, nothing else", Context(question="safety.spine", offered=("RF06_cauda_equina", "RF07_weakness")))
    assert reading.list_items["RF06_cauda_equina"] == "reported"
    assert reading.closes_list


@pytest.mark.parametrize(
    ("text", "previous", "changed"),
    [
        ("sorry, I meant no", "sensation.burning", {"sensation.burning": "not_reported"}),
        ("actually it was two weeks", None, {"pain.duration": {"iso": "P2W", "words": "two weeks"}}),
        ("the other shoulder", None, {"pain.side": "right"}),
        ("scrap what I said about blood thinners", None, {"precaution": "none"}),
        ("sorry i meant 8", "pain.severity_now", {"pain.severity_now": {"low": 8, "high": 8}}),
    ],
)
def test_a_correction_in_free_words_changes_the_right_answer(text: str, previous: str | None, changed: dict[str, Any]) -> None:
    reading = read(text, Context(question="indicator.summation", answers=ANSWERS, previous_question=previous))
    assert dict(reading.corrects) == changed


TOLD = {
    "pain.site": ["shoulder"], "pain.side": "right", "pain.duration": {"iso": "P2W", "words": "two weeks"}, "onset.event": "overuse",
    "onset.delay": "days_1_3", "pain.severity_now": {"low": 5, "high": 5}, "safety.spine": ["RF07_weakness"],
    "precaution": [{"id": "PC07_anticoagulant", "detail": None}], "age_band": "19_49", "contact.name": "Jo Smith", "contact.phone": "+12505550123",
    "contact.email": "a@example.ca", "booking.payer": "icbc", "booking.location": "victoria", "indicator.mild_stimuli": "reported",
    "booking.times": {"parts": ["mon_am"], "words": "mondays"}, "booking.new_patient": "new",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("its been 3 months not 2 weeks", {"pain.duration": {"iso": "P3M", "words": "3 months"}}),
        ("sorry i typed 2 weeks but its 2 years", {"pain.duration": {"iso": "P2Y", "words": "2 years"}}),
        ("the pain is more like a 7 actually", {"pain.severity_now": {"low": 7, "high": 7}}),
        ("wait it was a fall not overuse", {"onset.event": "injury"}),
        ("my phone number is wrong, its 250 555 0199", {"contact.phone": "+12505550199"}),
        ("i spelled my name wrong its Joe Smyth", {"contact.name": "Joe Smyth"}),
        ("my email should be joe@example.ca", {"contact.email": "joe@example.ca"}),
        ("not icbc, extended health", {"booking.payer": "extended"}),
        ("langford would be better actually", {"booking.location": "langford"}),
        ("im 52 not 42", {"age_band": "50_64"}),
        ("i said i was 42 but i'm 52", {"age_band": "50_64"}),
        ("its my knee not my shoulder", {"pain.site": ["knee"]}),
        ("actually it doesn't hurt to touch", {"indicator.mild_stimuli": "not_reported"}),
        ("it came on a week after not 2 days", {"onset.delay": "days_4_14"}),
        ("i dont have a weak leg, i clicked that by accident", {"safety.spine": "none"}),
        ("take off the blood thinner i stopped it last year", {"precaution": "none"}),
        ("sorry not right, left", {"pain.side": "left"}),
        ("oops i have been there before, i answered that wrong", {"booking.new_patient": "returning"}),
        ("yes", {}),
        ("only when i lift", {}),
        ("not sure, maybe a bit", {}),
    ],
)
def test_corrections_are_read_from_the_part_that_holds_the_new_answer(text: str, changed: dict[str, Any]) -> None:
    assert dict(read(text, Context(question="indicator.summation", answers=TOLD)).corrects) == changed


def test_a_story_in_an_open_question_corrects_nothing() -> None:
    story = "brace works great, its the other knee thats sore from carrying the load, the doctor said it was my back"
    assert dict(read(story, Context(question="aggravating", answers=TOLD)).corrects) == {}


@pytest.mark.parametrize(("text", "question"), [("i got the side wrong", "pain.side"), ("can i change my answer about how long", "pain.duration"), ("change my phone", "contact.phone")])
def test_a_named_answer_without_a_new_value_is_asked_anew(text: str, question: str) -> None:
    reading = read(text, Context(question="indicator.summation", answers=TOLD))
    assert (reading.reopens, dict(reading.corrects), reading.move) == (question, {}, "correct")


def test_an_answer_beside_a_correction_is_taken_too() -> None:
    reading = read("no, and it's not the right shoulder, it's the left", Context(question="indicator.summation", answers=TOLD))
    assert (reading.value, dict(reading.corrects)) == ("not_reported", {"pain.side": "left"})


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("why do you ask?", "why"),
        ("can i talk to a human", "human"),
        ("go back", "back"),
        ("stop", "stop"),
        ("delete my data", "withdraw"),
        ("bonjour, je ne parle pas anglais", "other_language"),
        ("are you a bot", "bot_challenge"),
        ("hola, me duele la espalda", "other_language"),
    ],
)
def test_a_move_is_seen_whatever_the_question(text: str, move: str) -> None:
    assert read(text, Context(question="pain.side")).move == move
