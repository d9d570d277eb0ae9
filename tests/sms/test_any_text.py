"""Whatever a phone sends, reading it raises nothing, loses no word of the patient's, and costs no seconds."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.channels.sms import words
from intake.channels.sms.echoes import Ours, read
from intake.channels.sms.gsm import is_gsm, plain, segments
from intake.channels.sms.rendering import BotMessage, Choice, break_up, choose, menu

LIST = BotMessage(
    "m", "question", "Any of these?", "safety.now", (*(Choice(f"RF{n}", f"Sign {n}") for n in range(1, 6)), Choice("none", "None")), True
)
SENT = [Ours("Are any of these new or changed since the pain began?\n1 Numb between the legs\n2 Weak legs", ("Numb between the legs",))] * 30
WORST = ['Liked "' + 'x" ' * 500, "please " * 228, "1 " * 800, '"' * 1600, "👍 to " * 260, "removed a " + "b " * 780, "a retiré " + "l' " * 500]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    read(text, SENT[:2], ["earlier words"])
    chosen = choose(text, menu(LIST), True)
    assert chosen is None or set(chosen.values) <= {line.value for line in menu(LIST)}
    words.keyword(text), words.cries_for_help(text), words.wants_link(text), words.wants_new(text), words.go_on(text)
    assert all(segments(piece) <= 3 for piece in break_up(plain(text)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["my", "leg", "is", "numb", "and", "weak", "since", "monday", "no", "feeling"]), min_size=1, max_size=12))
def test_words_of_the_patient_are_never_taken_out(said: list[str]) -> None:
    assert read(" ".join(said), SENT[:2]).own_words.split() == said


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=0x24F), max_size=200))
def test_european_letters_always_become_plain(text: str) -> None:
    kept = "".join(c for c in plain(text) if not is_gsm(c))
    assert all(c.isalpha() for c in kept), "only a letter without any plain form stays"


@pytest.mark.parametrize("text", WORST, ids=range(len(WORST)))
def test_the_worst_texts_cost_less_than_a_second(text: str) -> None:
    began = time.process_time()
    read(text[:1600], SENT, ["earlier words"] * 15)
    choose(text[:1600], menu(LIST), True)
    assert time.process_time() - began < 1.0
