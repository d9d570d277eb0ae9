"""Numbers in words and digits: "seven and a half", "a couple of", "twenty-one", "5 or 6"."""

from __future__ import annotations

from collections.abc import Sequence

_UNITS = {w: float(i) for i, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)}  # fmt: skip
_TENS = {w: 10.0 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_MISSPELT = {"fourty": "forty", "fivty": "fifty", "ninty": "ninety", "eigth": "eight", "eigt": "eight", "fiv": "five", "sevn": "seven",
             "seve": "seven", "therteen": "thirteen", "twelv": "twelve", "thre": "three", "nin": "nine", "foru": "four", "tow": "two"}  # fmt: skip
WORDS = frozenset(_UNITS) | frozenset(_TENS) | frozenset(_MISSPELT)


def number_at(words: Sequence[str], i: int) -> tuple[float, int] | None:
    """The number that starts at word `i` and how many words it takes, or None.

    >>> number_at("seven and a half".split(), 0)
    (7.5, 4)
    """
    if i >= len(words):
        return None
    word = _MISSPELT.get(words[i], words[i])
    if word[0].isdigit():
        value, used = float(word[:12]), 1
    elif word in _TENS:
        value, used = _TENS[word], 1
        j = i + 1 + (1 if i + 1 < len(words) and words[i + 1] == "-" else 0)
        if j < len(words) and 1 <= _UNITS.get(words[j], 0) <= 9:
            value, used = value + _UNITS[words[j]], j + 1 - i
    elif word in _UNITS:
        value, used = _UNITS[word], 1
    elif word in ("hundred", "thousand") or (word == "a" and i + 1 < len(words) and words[i + 1] in ("hundred", "thousand")):
        used = 1 if word != "a" else 2
        value = 100.0 if "hundred" in (word, words[i + used - 1]) else 1000.0
    else:
        return None
    j = i + used
    if j < len(words) and words[j] in ("hundred", "thousand"):
        value, used = value * (100 if words[j] == "hundred" else 1000), used + 1
        j = i + used
        rest = number_at(words, j + 1 if j < len(words) and words[j] == "and" else j)
        if rest and rest[0] < 100:
            value, used = value + rest[0], (j + rest[1] - i) + (1 if words[j] == "and" else 0)
            j = i + used
    if words[j : j + 3] == ["and", "a", "half"] or tuple(words[j : j + 3]) == ("and", "a", "half"):
        return value + 0.5, used + 3
    if tuple(words[j : j + 2]) in (("and", "half"), ("point", "five")):
        return value + 0.5, used + 2
    if j + 1 < len(words) and words[j] == "point" and words[j + 1] in _UNITS:
        return value + _UNITS[words[j + 1]] / 10, used + 2
    return value, used
