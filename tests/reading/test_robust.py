"""Any text is read without an exception, fast, with quotes that are the patient's own characters, alike on both Pythons."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.reading import Context, read, screen
from clinic.reading.entities import entities

ROOT = Path(__file__).parents[2]
OTHER_PYTHON = ROOT / "bot" / ".venv" / "bin" / "python"
CORPUS = [
    "I've had pins & needles in my left foot for 3½ weeks, about a 6–7",
    "no numbness or tingling, but it burns",
    "сhest pаin since lunch",
    "che\u200bst pa\u00adin right now",
    "fine at the scene, woke up stiff two days later",
    "my dad had a stroke, i only have a sore bum cheek",
    "carnt controll my bladder since monday",
    "ਮੇਰੀ ਪਿੱਠ ਦੁਖਦੀ ਹੈ",
    "٣ weeks ⅓ 🤷 👍 \u202eniap\u202c",
    "the other shoulder, sorry",
]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_unicode_is_read_and_every_quote_is_a_piece_of_the_text(text: str) -> None:
    reading = read(text, Context(question="pain.site", answers={"pain.side": "left"}))
    assert all(quote in text for quote in reading.quotes.values())
    assert all(0 <= e["start"] <= e["end"] <= len(text) for e in entities(text))


KNOWN = {
    "pain.side": "left", "pain.duration": {"iso": "P3W", "words": "3 weeks"}, "pain.severity_now": {"low": 6, "high": 6}, "pain.site": ["knee"],
    "onset.event": "injury", "precaution": [{"id": "PC07_anticoagulant", "detail": None}], "safety.spine": ["RF07_weakness"], "contact.name": "Jo",
    "indicator.stabbing": "reported", "booking.payer": "icbc", "booking.times": {"parts": ["mon_am"], "words": "mondays"}, "age_band": "19_49",
}  # fmt: skip
WORDS = st.sampled_from(
    "not no yes sorry actually i meant left right 3 two weeks , . but it is was the other scrap blood thinners knee icbc wrong side change my name instead of 6 crash".split()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=12).map(" ".join), st.sampled_from(["pain.site", "indicator.summation", "goal", "confirm.read_back"]))
def test_any_row_of_correcting_words_is_read(text: str, question: str) -> None:
    reading = read(text, Context(question=question, answers=KNOWN, previous_question="indicator.stabbing"))
    assert set(reading.corrects) <= set(KNOWN)
    assert all(quote in text for quote in reading.quotes.values())


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2000,
        "my my " * 333,
        "no " * 666,
        "pain in my left knee and " * 80,
        "1 or 2 or " * 200,
        "xqzt vvkw " * 200,
        "(((((" * 400,
        "since last " * 180,
        "\u200f\u0301" * 1000,
    ],
)
def test_two_thousand_hard_characters_are_read_without_an_error(text: str) -> None:
    assert read(text[:2000]).red_flags == ()  # how long it takes is measured by benchmarks/bench_reading.py


def test_look_alike_letters_and_hidden_characters_do_not_hide_an_emergency() -> None:
    assert [m.code for m in screen("сhest pаin since lunch")] == ["RF01_cardiac"]
    assert [m.code for m in screen("che\u200bst pa\u00adin")] == ["RF01_cardiac"]


def test_both_pythons_read_one_corpus_alike() -> None:
    if not OTHER_PYTHON.exists():
        pytest.fail("bot/.venv is missing: run make install")
    script = (
        "import json,sys\nfrom clinic.reading import read\nfrom clinic.reading.entities import entities\n"
        "print(json.dumps([[read(t).as_dict(), entities(t)] for t in json.load(sys.stdin)], sort_keys=True))"
    )
    done = subprocess.run(
        [str(OTHER_PYTHON), "-c", script],
        input=json.dumps(CORPUS),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == json.dumps([[read(t).as_dict(), entities(t)] for t in CORPUS], sort_keys=True)
