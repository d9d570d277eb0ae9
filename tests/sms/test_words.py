"""Reserved words are read as carriers read them, and a bare call for help is heard."""

import pytest

from intake.channels.sms.words import RESERVED, asks_for, cries_for_help, keyword, means_own_number, wants_no_texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Arrêt", "stop"),
        ("opt-out", "stop"),
        ("Stop all", "stop"),
        ("QUIT!", "stop"),
        ("end", "stop"),
        ("revoke", "stop"),
        ("start", "start"),
        ("UNSTOP", "start"),
        ("Yes", "maybe_start"),
        ("help", "help"),
        ("INFO", "help"),
        ("aide", "help"),
        ("HELP!!", "help"),
        ("the pain won't stop", None),
        ("stop hurting", None),
        ("no", None),
        ("yes please", None),
        ("", None),
    ],
)
def test_only_the_bare_word_counts(text: str, expected: str | None) -> None:
    assert keyword(text) == expected


def test_every_reserved_word_is_recognised() -> None:
    assert all(keyword(word) is not None for word in RESERVED)


@pytest.mark.parametrize(
    "text",
    ["help me", "Help me please", "i need help", "I NEED HELP NOW!!", "please help me", "somebody help me", "need help",
     "send help", "help him", "aidez-moi", "aidez moi svp", "au secours", "j’ai besoin d’aide", "sos", "can someone help me"],
)  # fmt: skip
def test_a_bare_call_for_help_may_be_distress(text: str) -> None:
    assert cries_for_help(text)


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "help me book",
        "I need help with the stairs",
        "can you help me with question 2",
        "it helps",
    ],
)
def test_a_request_with_a_subject_is_an_ordinary_text(text: str) -> None:
    assert not cries_for_help(text)


@pytest.mark.parametrize(
    "text",
    ["stop texting me", "Please stop texting me!", "don’t text me again", "no more texts please", "leave me alone", "take me off your list",
     "quit messaging me", "unsubscribe me", "opt me out", "remove my number", "Stop sending me messages"],
)  # fmt: skip
def test_no_more_texts_is_asked_for_in_other_words_too(text: str) -> None:
    assert wants_no_texts(text)


@pytest.mark.parametrize(
    "text",
    ["stop", "it will not stop hurting", "I stop texting when it hurts", "don't text, call me", "the pain leaves me alone at night", "opt",
     "no more pain please", "texting me makes my thumb hurt", "can I stop here"],
)  # fmt: skip
def test_other_words_with_stop_are_no_opt_out(text: str) -> None:
    assert not wants_no_texts(text)


@pytest.mark.parametrize(
    "text",
    ["this one", "same number", "This phone", "the same", "my cell", "yes this one", "the one I'm texting from", "this number is fine",
     "call this number", "the number im using now", "same as this", "It's this one."],
)  # fmt: skip
def test_the_phone_in_the_hand_is_named_in_many_ways(text: str) -> None:
    assert means_own_number(text)


@pytest.mark.parametrize("text", ["250 555 0199", "my wife's", "the clinic has it", "skip", "not this one 250-555-0199", "my knee hurts", "no"])
def test_another_number_is_not_the_phone_in_the_hand(text: str) -> None:
    assert not means_own_number(text)


def test_a_template_that_asks_for_a_reserved_word_is_found() -> None:
    assert asks_for("Reply YES to go on") == {"YES"}
    assert asks_for("text back 'end' when done") == {"END"}
    assert asks_for("Text HELP any time") == {"HELP"}
    assert asks_for("You can also stop, or call us") == {"STOP"}
    assert asks_for("First I need a yes or no") == {"YES"}
    assert asks_for("Text 1 for yes or 2 for no") == set()
    assert asks_for("Does rest help? Text the number.") == set()
