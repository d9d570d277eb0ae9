"""The words of the gate: word for word, never broken by what a patient wrote, and plain enough to read in a fright."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import textstat
from hypothesis import given
from hypothesis import strategies as st

from clinic import messages as words
from clinic.protocol import ProtocolError
from tests.clinic.making import calmly, said

FACTS = {
    "clinic_name": "Parkway Physiotherapy",
    "clinic_phone": "250 555 0100",
    "local_care": "a walk-in clinic",
    "opening": "8 am on Monday",
    "call_by": "5 pm on Monday",
}
# Words that a reader in this clinic's town knows whatever their grade says.
EXCUSED = {"unsigned"}
WHO = [(name, who) for name, variants in words.messages().templates.items() for who in variants]


def test_t1_word_for_word() -> None:
    assert words.say("emergency.T1", quote="my chest is tight") == (
        'Call 9-1-1 now. You wrote: "my chest is tight". This can be serious. Do not drive yourself. This chat cannot send help.'
    )


def test_t2_word_for_word() -> None:
    assert words.say("emergency.T2", quote="numb when I wipe") == (
        'Please go to an emergency department today. You wrote: "numb when I wipe". It may be nothing, but it must be '
        "checked today. Worse, or no safe way there? Call 9-1-1. Not sure? A nurse answers at 8-1-1, day and night."
    )


def test_self_harm_word_for_word() -> None:
    assert words.say("emergency.RF21") == (
        "I'm sorry it is this hard. You are not alone with it. Call or text 9-8-8, any time. On Vancouver Island: "
        "1-888-494-3888, day and night. Might you act on it now? Call 9-1-1."
    )


def test_t3_word_for_word() -> None:
    assert words.say("T3", local_care="a walk-in clinic") == (
        "A doctor or nurse should check this in 1–2 days. No doctor? 8-1-1, or a walk-in clinic."
    )
    assert words.say("T3") == "A doctor or nurse should check this in 1–2 days. No doctor? 8-1-1."


def test_the_closed_clinic_promises_nothing() -> None:
    assert words.say("staff.closed", opening="8 am on Monday") == (
        "The clinic is closed. Nobody reads this before 8 am on Monday. Do not wait for us."
    )


def test_the_banner_is_shown_while_nobody_has_signed() -> None:
    assert words.banner() == "Demonstration. Not for real patients."


@pytest.mark.parametrize("name", [name for name in words.messages().templates if name.startswith("emergency.T")])
def test_somebody_else_is_the_patient_in_the_third_person(name: str) -> None:
    text = words.say(name, for_whom="other", quote="his face droops")
    assert text != words.say(name, for_whom="self", quote="his face droops")
    assert "drive yourself" not in text
    assert "9-1-1 for them" in text


@pytest.mark.parametrize("name", [name for name in words.messages().templates if name.startswith(("emergency.RF21", "net.", "T3"))])
def test_words_about_the_patient_have_a_third_person(name: str) -> None:
    assert "other" in words.messages().templates[name]


def test_the_words_say_what_is_true_about_staff_and_nothing_else() -> None:
    closed = words.emergency(("emergency.T1",), quote="ow", opening="8 am on Monday", alerted=True)
    assert "Nobody reads this before 8 am on Monday" in closed and "goes to the clinic" not in closed
    assert words.emergency(("emergency.T1",), quote="ow", alerted=True).endswith("Do not wait for us.")
    silent = words.emergency(("emergency.T1",), quote="ow")
    assert silent == words.say("emergency.T1", quote="ow")


def test_two_kinds_of_words_stand_below_each_other() -> None:
    both = words.emergency(("emergency.T1", "emergency.RF21"), quote="I have pills ready")
    assert both.index("9-1-1 now") < both.index("9-8-8")


def test_what_is_not_known_is_left_out_with_its_whole_sentence() -> None:
    assert "You wrote" not in words.say("emergency.T1")
    assert "{" not in words.say("safe_text") and "Or call" not in words.say("safe_text")
    assert "250 555 0100" in words.say("safe_text", **FACTS)


@calmly
@given(st.text(max_size=2000), st.sampled_from(WHO))
def test_no_quote_can_break_the_words_or_be_read_as_ours(quote: str, which: tuple[str, str]) -> None:
    name, who = which
    text = words.say(name, for_whom=who, quote=quote, **FACTS)
    plain = words.say(name, for_whom=who, **FACTS)
    assert text.strip()
    if "{quote}" in words.messages().templates[name][who] and quote.strip():
        shown = words.shorten(quote)
        assert shown in text and shown in quote and len(shown) <= words.QUOTE_LIMIT
    else:
        assert text == plain


@pytest.mark.parametrize("quote", ["{clinic_name}", "[[gone]]", '"', "\\1 \\g<0>", "%s {0} {}", "‮abc", "\x00"])
def test_odd_quotes_stand_as_they_were_written(quote: str) -> None:
    assert f'You wrote: "{quote}".' in words.say("emergency.T1", quote=quote, **FACTS)


def test_a_long_quote_is_cut_between_words_and_stays_literal() -> None:
    quote = "it started when I lifted the box and " * 20
    shown = words.shorten(quote)
    assert quote.startswith(shown) and len(shown) <= words.QUOTE_LIMIT and not shown.endswith(" ")
    assert len(words.shorten("x" * 500)) == words.QUOTE_LIMIT


@pytest.mark.parametrize(("name", "who"), WHO)
def test_every_message_is_in_plain_words_and_short_sentences(name: str, who: str) -> None:
    # Proper names are not counted against the wording.
    text = words.say(name, for_whom=who, quote="it hurts", **{**FACTS, "clinic_name": "the clinic"})
    text = text.replace("physiotherapist", "person")
    for sentence in re.split(r"(?<=[.?!:])\s+", text):
        assert len(sentence.split()) <= 15, sentence
    if name not in EXCUSED:
        assert textstat.flesch_kincaid_grade(text) <= 6


@pytest.mark.parametrize(("name", "who"), WHO)
def test_every_message_can_go_as_a_text_message(name: str, who: str) -> None:
    text = words.messages().templates[name][who].replace("1–2", "1-2")  # the dash is swapped by the channel
    assert text.isascii()


@pytest.mark.parametrize(
    ("site", "contains", "without"),
    [
        (["lower_back"], ["between the legs"], ["face that droops"]),
        (["lower_leg"], ["bladder|urine", "between the legs"], ["face that droops"]),
        (["neck"], ["face that droops", "After needling"], ["between the legs"]),
        (["shoulder", "lower_back"], ["face that droops", "between the legs", "After needling"], []),
        (["elbow"], ["8-1-1"], ["between the legs"]),
        (["chest"], ["chest pain or pressure", "After needling"], ["between the legs"]),
        (["widespread"], ["between the legs", "face that droops"], []),
        (None, ["between the legs", "face that droops"], []),
    ],
)
def test_every_ending_says_what_to_watch_for(site: list[str] | None, contains: list[str], without: list[str]) -> None:
    answers = {"pain.site": said(site)} if site else {}
    text = " ".join(words.safety_net(answers))
    for part in contains:
        assert re.search(part, text), part
    for part in without:
        assert part not in text
    assert "9-1-1" in text or "8-1-1" in text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("version: '1'\nreviewed_by: null\n", "must hold version"),
        ("version: '1'\nreviewed_by: null\nmessages: {a: {other: x}}\n", "messages a: must have 'self'"),
        ("version: '1'\nreviewed_by: null\nmessages: {a: {self: 'hi {nmae}'}}\n", r"messages a self: unknown gap \{nmae\}"),
        ("version: '1'\nreviewed_by: null\nmessages: {a: {self: ''}}\n", "messages a self: must be a text"),
    ],
)
def test_a_wrong_file_stops_the_start_and_names_the_message(tmp_path: Path, body: str, message: str) -> None:
    file = tmp_path / "messages.yml"
    file.write_text(body, encoding="utf-8")
    with pytest.raises(ProtocolError, match=message):
        words.load(file)
