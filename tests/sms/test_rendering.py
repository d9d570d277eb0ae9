"""Questions become numbered lines that fit, and what comes back by number, word or both is read as meant."""

import pytest

from intake.channels.sms.gsm import is_gsm, segments
from intake.channels.sms.rendering import (
    BotMessage,
    Choice,
    Chosen,
    break_up,
    choose,
    menu,
    render,
)

WAYS_OUT = (Choice("none", "None of these"), Choice("unsure", "Not sure about some"))
FLAGS = tuple(
    Choice(
        f"RF{n:02}_x",
        f"A sign number {n} with many words that describe just what it is like, so long",
    )
    for n in range(1, 13)
)


def question(
    *choices: Choice,
    multiple: bool = False,
    id: str = "pain.side",
    text: str = "Which side?",
) -> BotMessage:
    return BotMessage("m1", "question", text, id, choices, multiple)


SIDE = question(Choice("left", "Left"), Choice("right", "Right"), Choice("both", "Both sides"))
LIST = question(
    *FLAGS[:4],
    *WAYS_OUT,
    multiple=True,
    id="safety.now",
    text="Any of these right now?",
)


def test_a_choice_becomes_short_numbered_lines() -> None:
    (text,) = render([SIDE])
    assert text.body == "Which side?\n1. Left\n2. Right\n3. Both sides\nText the number or your words."


def test_none_of_a_list_is_zero_and_ways_out_come_last() -> None:
    assert [(line.number, line.value) for line in menu(LIST)] == [
        (1, "RF01_x"), (2, "RF02_x"), (3, "RF03_x"), (4, "RF04_x"), (0, "none"), (5, "unsure"),
    ]  # fmt: skip


def test_a_scale_and_a_long_single_choice_are_asked_in_words() -> None:
    scale = question(
        *(Choice(str(n), str(n)) for n in range(11)),
        id="pain.severity_now",
        text="How bad, 0 to 10?",
    )
    regions = question(
        *(Choice(f"r{n}", f"Region {n}") for n in range(24)),
        id="pain.site",
        text="Where?",
    )
    assert render([scale])[0].body == "How bad, 0 to 10?"
    assert render([regions])[0].body == "Where?"
    assert choose("7", menu(scale), False) is None


def test_an_emergency_stands_first_and_alone() -> None:
    texts = render(
        [
            BotMessage("a", "info", "Thanks."),
            BotMessage("b", "emergency", "Call 9-1-1 now."),
            SIDE,
        ]
    )
    assert texts[0].body == "Call 9-1-1 now."
    assert texts[1].body.startswith("Thanks.\n\nWhich side?")


def test_short_neighbours_share_a_text_and_long_ones_do_not() -> None:
    short = render([BotMessage("a", "info", "Thanks."), SIDE])
    assert len(short) == 1
    long = render([BotMessage("a", "info", "word " * 60), SIDE])
    assert len(long) == 2


def test_typography_never_forces_the_dear_alphabet() -> None:
    (text,) = render([BotMessage("a", "info", "It’s “fine” – really… 😀")])
    assert is_gsm(text.body)


def test_a_long_text_is_cut_between_sentences_and_loses_no_word() -> None:
    text = "This is a sentence of the read-back that says something. " * 40
    pieces = break_up(text)
    assert all(segments(piece) <= 3 for piece in pieces)
    assert " ".join(pieces).split() == text.split()
    assert all(piece.endswith(".") for piece in pieces)


def test_one_endless_word_is_cut_too() -> None:
    assert "".join(break_up("a" * 1600)) == "a" * 1600


@pytest.mark.parametrize(
    "text",
    [
        "2",
        " 2.",
        "#2",
        "2)",
        "two",
        "Number 2",
        "option 2",
        "2️⃣",
        "２",
        "(2)",
        "just 2",
        "no 2",
    ],
)
def test_one_number_chooses(text: str) -> None:
    assert choose(text, menu(SIDE), False) == Chosen(("right",), ("Right",))


@pytest.mark.parametrize(
    "text",
    [
        "1 3",
        "1,3",
        "1, 3",
        "1 and 3",
        "1&3",
        "1+3",
        "1/3",
        "1️⃣ 3️⃣",
        "one and three",
        "3 1",
        "#1 #3",
        "1. 3.",
    ],
)
def test_several_numbers_tick_several_items(text: str) -> None:
    chosen = choose(text, menu(LIST), True)
    assert chosen is not None
    assert set(chosen.values) == {"RF01_x", "RF03_x"}


def test_zero_is_none_and_never_beside_another() -> None:
    assert choose("0", menu(LIST), True) == Chosen(("none",), ("None of these",))
    assert choose("zero", menu(LIST), True) == Chosen(("none",), ("None of these",))
    assert choose("0 2", menu(LIST), True) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "45",
        "3 weeks",
        "1-3",
        "9",
        "2 years ago",
        "1 2",
        "it is 2 bad",
        "1.5 years",
        "2nd week",
        "10/10",
        "2 or 3",
    ],
)
def test_what_is_not_a_number_of_the_menu_stays_words(text: str) -> None:
    assert choose(text, menu(SIDE), False) is None


def test_words_beside_a_number_are_kept_to_be_read() -> None:
    chosen = choose("2 and my chest hurts", menu(SIDE), False)
    assert chosen is not None
    assert chosen.values == ("right",)
    assert chosen.as_text == "Right; and my chest hurts"
    several = choose("1, 3 since monday", menu(LIST), True)
    assert several is not None and several.values == ("RF01_x", "RF03_x") and several.rest == "since monday"


@pytest.mark.parametrize("text", ["left", "Left.", "LEFT", "1 left", "1. Left", "1) left"])
def test_a_label_in_words_chooses_as_its_number_does(text: str) -> None:
    assert choose(text, menu(SIDE), False) == Chosen(("left",), ("Left",))


def test_a_label_that_begins_with_a_number_is_not_mistaken_for_the_line() -> None:
    ages = question(Choice("12_18", "12 to 18"), Choice("19_49", "19 to 49"), id="age_band", text="How old?")
    (text,) = render([ages])
    assert text.body == "How old?\n1. 12 to 18\n2. 19 to 49\nText the line number, or an age like 42."
    assert choose("2", menu(ages), False) == Chosen(("19_49",), ("19 to 49",))
    assert choose("42", menu(ages), False) is None
    assert choose("2. 19 to 49", menu(ages), False) == Chosen(("19_49",), ("19 to 49",))


def test_a_copied_line_counts_as_its_number() -> None:
    assert choose("3 Both sides", menu(SIDE), False) == Chosen(("both",), ("Both sides",))


def test_a_menu_that_is_too_long_for_one_text_runs_on_in_the_next() -> None:
    long = tuple(Choice(f"RF{n:02}_x", "a sign that takes very many words " * 4) for n in range(1, 5))
    texts = render([question(*long, *WAYS_OUT, multiple=True, id="safety.now", text="Any of these?")])
    assert len(texts) == 2
    assert all(segments(t.body) <= 3 for t in texts)
    whole = "\n".join(t.body for t in texts)
    assert all(f"{n}. {c.label.strip()}" in whole for n, c in enumerate(long, 1))
