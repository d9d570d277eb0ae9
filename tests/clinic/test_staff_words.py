"""Answers in the short words of a clinical note."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.answers import Answer, values_of
from clinic.protocol import protocol
from clinic.staff_words import CODES, NAMES, cut, name_of, told
from tests.clinic.making import said


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        ("pain.duration", {"iso": "P3W", "words": "a fortnight and a bit"}, "a fortnight and a bit"),
        ("pain.duration", {"iso": "P1Y2M", "words": None}, "1 year 2 months"),
        ("pain.duration", {"iso": "P1D", "words": "P1D"}, "1 day"),
        ("pain.duration", {"iso": "nonsense", "words": None}, None),
        ("pain.severity_now", {"low": 7, "high": 7}, "7/10"),
        ("pain.severity_now", {"low": 6, "high": 7}, "6–7/10"),
        ("pain.severity_now", {"low": 0, "high": 0}, "0/10"),
        ("function.activity", {"words": "stairs", "score": 0}, "stairs 0/10"),
        ("function.activity", {"words": "stairs", "score": None}, "stairs (not rated)"),
        ("booking.times", {"parts": ["mon_am", "any"], "words": "mondays"}, "mon am, any"),
        ("booking.times", {"parts": [], "words": "whenever"}, "whenever"),
        ("pain.site", ["lower_back", "foot"], "lower back; foot"),
        ("onset.event", "gradual", "gradual, no event"),
        ("booking.payer", "icbc", "ICBC"),
        ("precaution", [{"id": "PC07_anticoagulant", "detail": "warfarin"}], "blood thinner"),
        ("safety.now", ["RF09_trauma@T1"], "serious injury"),
        ("goal", "to sleep", "to sleep"),
    ],
)
def test_a_value_in_words(question: str, value: Any, words: str | None) -> None:
    assert told({question: said(value, "q")}, question) == words


@pytest.mark.parametrize("state", ["declined", "skipped", "not_asked"])
def test_what_was_not_told_has_no_words(state: str) -> None:
    assert told({"goal": Answer(state=state)}, "goal") is None
    assert told({}, "goal") is None


def test_every_question_of_the_handoff_has_a_name_for_staff() -> None:
    for question in protocol().questions.values():
        if question.kind != "confirm" and question.id not in ("consent", "safety.self"):
            known = question.id in NAMES or question.id in protocol().findings
            assert known and "." not in name_of(question.id), question.id
    assert set(NAMES) - {"red_flag"} <= set(protocol().questions)


def test_every_code_has_words() -> None:
    for question, codes in CODES.items():
        assert set(codes) == set(protocol().questions[question].values or ())


def test_words_are_cut_on_one_line() -> None:
    assert cut("one\ntwo   three four", 3) == "one two three…"
    assert cut("one two", 3) == "one two"


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("left", ("left",)),
        (["a", "b"], ("a", "b")),
        ([{"id": "PC05_fever", "detail": None}], ("PC05_fever",)),
        (None, ()),
        (7, ()),
        ({"low": 1, "high": 2}, ()),
    ],
)
def test_codes_of_any_value(value: Any, codes: tuple[str, ...]) -> None:
    assert values_of(Answer(value=value, state="answered")) == codes


def test_an_answer_in_the_contract_shape() -> None:
    body = said("left", "the left one").as_dict()
    keys = {"value", "state", "quote", "message_id", "at", "channel", "via", "by", "previous"}
    assert set(body) == keys
    assert set(said(["neck"], detail=({"region": "neck"},)).as_dict()) == keys | {"detail"}
