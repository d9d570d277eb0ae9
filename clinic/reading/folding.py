"""Fold any Unicode text to plain lower-case ASCII, remembering which original character each folded one came from.

Ranges are written out, not looked up by category, so that two Python versions (with different Unicode tables) fold alike.
"""

from __future__ import annotations

import unicodedata

# Invisible: combining marks, zero-width and direction controls, variation selectors, soft hyphen, fillers, tags.
_DROPPED = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xE0000, 0xE01EF),
    (0x00AD, 0x00AD), (0xFEFF, 0xFEFF), (0x180E, 0x180E), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x3164, 0x3164),
)  # fmt: skip

_PLAIN = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'", "“": '"', "”": '"', "„": '"', "«": '"',
    "»": '"', "–": "-", "—": " - ", "‑": "-", "‒": "-", "−": "-", "―": " - ", "…": "...", "½": ".5", "¼": ".25", "¾": ".75",
    "ß": "ss", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ł": "l", "Ł": "l", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ı": "i",
    "，": ",", "。": ".", "！": "!", "？": "?", "；": ";", "：": ":", "\u2028": "\n", "\u2029": "\n", "\u00a0": " ", "°": " ",
}  # fmt: skip

# Letters of other scripts that look like Latin ones ("сhest" with a Cyrillic first letter). Folded only beside Latin letters.
_LOOKALIKES = {
    pair[0]: pair[1]
    for pair in (
        "аa вb еe ёe ѕs іi їi јj кk мm нh оo рp сc тt уy хx ԁd ԛq ԝw гr пn һh ьb "
        "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ЗE "
        "αa βb εe ηn ιi κk νv οo ρp τt υu χx ωw ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX"
    ).split()
}


def _dropped(code: int) -> bool:
    return code >= 0x00AD and any(low <= code <= high for low, high in _DROPPED)


def _decomposed(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF and not (0x1D400 <= code <= 0x1D7FF or 0x1F100 <= code <= 0x1F1FF):
        return char
    if 0xA7F2 <= code <= 0xA7F4:  # given letters only by newer Unicode tables
        return char
    return unicodedata.normalize("NFKD", char)


def fold(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the index of the original one.

    >>> fold("Ｃｈe\u0301st")
    ('chest', [0, 1, 2, 4, 5])
    """
    if text.isascii():
        clean = "".join(c if c >= " " or c == "\n" else " " for c in text.lower().replace("`", "'"))
        return clean, list(range(len(text)))
    latin = any("a" <= c <= "z" or "A" <= c <= "Z" for c in text)
    out: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        if char < "\x80":
            plain = char if char >= " " or char == "\n" else " "
        elif char in _PLAIN:
            plain = _PLAIN[char]
            if plain[0] == "." and plain[-1].isdigit() and not (out and out[-1].isdigit()):
                plain = "0" + plain
        elif _dropped(ord(char)):
            continue
        elif latin and char in _LOOKALIKES:
            plain = _LOOKALIKES[char]
        else:
            plain = _decomposed(char)
        for piece in plain:
            if piece >= "\x80":
                if _dropped(ord(piece)):
                    continue
                piece = _PLAIN.get(piece, _LOOKALIKES.get(piece, piece) if latin else piece)
            for letter in piece:
                out.append(letter.lower() if letter < "\x80" else letter)
                offsets.append(index)
    return "".join(out), offsets
