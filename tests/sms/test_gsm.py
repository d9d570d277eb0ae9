"""Segments are counted as carriers count them, and texts are made to fit the cheap alphabet."""

import pytest

from intake.channels.sms.gsm import is_gsm, plain, segments, septets, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("“" * 70, 1),
        ("“" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_follow_the_standards_sizes(text: str, expected: int) -> None:
    assert segments(text) == expected


def test_an_escaped_character_is_not_cut_over_two_segments() -> None:
    assert size("a" * 152 + "€" + "a" * 152).segments == 3
    assert size("a" * 151 + "€" + "a" * 153).segments == 2


def test_extension_characters_cost_two() -> None:
    assert septets("a€[") == 5


def test_typography_becomes_plain_and_words_stay() -> None:
    text = "Don’t wait — it’s “serious”… 1–3 days • café, naïve, œuf 😀"
    assert plain(text) == "Don't wait - it's \"serious\"... 1-3 days - café, naive, oeuf "
    assert is_gsm(plain(text))


def test_letters_of_another_script_are_kept() -> None:
    assert plain("疼 боль") == "疼 боль"
    punjabi = "ਮੈਂ ਸਿਰਫ਼ ਅੰਗਰੇਜ਼ੀ ਪੜ੍ਹਦਾ ਹਾਂ। 8-1-1, ਹਾਂ।"
    assert plain(punjabi) == punjabi, "vowel signs and the full stop belong to the words"
    chinese = "请致电诊所：250-555-0142。紧急情况请拨打 9-1-1。"
    assert plain(chinese) == chinese
    assert size(plain("疼")).encoding == "ucs2"
