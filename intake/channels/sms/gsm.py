"""The GSM 7-bit alphabet: what fits into it, what a text costs in segments, and how to make a text fit.

A text that holds one character outside the alphabet is sent as UCS-2, in segments of 70 instead of 160
characters, so a single curly quote more than doubles the price and the risk of a part that gets lost.

Source: 3GPP TS 23.038 (GSM 03.38) section 6.2.1 and 6.2.1.1; segment sizes from 3GPP TS 23.040 section 9.2.3.24.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table: one septet each (the escape code itself left out)."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""The extension table: an escape and a code, two septets each."""

GSM_SINGLE, GSM_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67

_PLAIN = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "-", "·": "-", "→": "->", "←": "<-", "×": "x", "÷": "/",
    "≤": "<=", "≥": ">=", "½": "1/2", "¼": "1/4", "¾": "3/4", "°": " deg", "œ": "oe", "Œ": "OE", "\t": " ",
}  # fmt: skip
"""What stands for the signs that writers and word processors prefer, so that they cost no UCS-2."""


_JOINERS = "\u200c\u200d"
"""They shape letters of Indian and Arabic scripts; elsewhere they are invisible."""


@dataclass(frozen=True)
class Size:
    """What sending a text costs: its encoding, its length in units of that encoding, and its segments."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    segments: int


def is_gsm(text: str) -> bool:
    """Whether every character stands in the alphabet, so that the text goes out in 7-bit segments."""
    return all(character in BASIC or character in EXTENSION for character in text)


def septets(text: str) -> int:
    """Length of a text of the alphabet in septets; characters of the extension table take two."""
    return sum(2 if character in EXTENSION else 1 for character in text)


def _parts(units: list[int], size: int) -> int:
    """How many parts of `size` units hold these characters, none of which may be cut in two."""
    parts, used = 1, 0
    for unit in units:
        if used + unit > size:
            parts, used = parts + 1, 0
        used += unit
    return parts


def size(text: str) -> Size:
    """Encoding, length and number of segments of a text as a carrier would bill it; an empty text takes none."""
    if not text:
        return Size("gsm7", 0, 0)
    encoding: Literal["gsm7", "ucs2"] = "gsm7" if is_gsm(text) else "ucs2"
    if encoding == "gsm7":
        units = [2 if character in EXTENSION else 1 for character in text]
        single, part = GSM_SINGLE, GSM_PART
    else:
        units = [2 if ord(character) > 0xFFFF else 1 for character in text]
        single, part = UCS2_SINGLE, UCS2_PART
    total = sum(units)
    return Size(encoding, total, 1 if total <= single else _parts(units, part))


def segments(text: str) -> int:
    """Number of segments that a carrier would bill for the text."""
    return size(text).segments


def plain(text: str) -> str:
    """The same words in the GSM alphabet as far as they go: quotes and dashes made plain, accents taken off
    letters that the alphabet lacks, emoji and invisible signs dropped.

    A word in another script stays as it is, with its vowel signs and its punctuation: a text that cannot be read is worse
    than a dearer one."""
    out: list[str] = []
    foreign = False
    for character in text:
        if character in BASIC or character in EXTENSION:
            out.append(character)
            continue
        if character in _PLAIN:
            out.append(_PLAIN[character])
            continue
        category = unicodedata.category(character)
        if category == "Zs":
            out.append(" ")
        elif category[0] in "LN":
            base = "".join(
                c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)
            )
            fits = bool(base) and is_gsm(base)
            foreign = not fits and "LATIN" not in unicodedata.name(character, "")
            out.append(base if fits else character)
        elif category in {"Zl", "Zp"}:
            out.append("\n")
        elif foreign and (category in {"Mn", "Mc"} or category[0] == "P" or character in _JOINERS):
            out.append(character)
    return "".join(out)
