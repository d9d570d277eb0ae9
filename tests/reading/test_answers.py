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
