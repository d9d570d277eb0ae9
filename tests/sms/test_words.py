"""Reserved words are read as carriers read them, and a bare call for help is heard."""

import pytest

from intake.channels.sms.words import RESERVED, asks_for, cries_for_help, keyword


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


def test_a_template_that_asks_for_a_reserved_word_is_found() -> None:
    assert asks_for("Reply YES to go on") == {"YES"}
    assert asks_for("text back 'end' when done") == {"END"}
    assert asks_for("Text HELP any time") == {"HELP"}
    assert asks_for("You can also stop, or call us") == {"STOP"}
    assert asks_for("First I need a yes or no") == {"YES"}
    assert asks_for("Text 1 for yes or 2 for no") == set()
    assert asks_for("Does rest help? Text the number.") == set()
