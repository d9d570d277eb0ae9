"""Correct misspelt words towards the lexicon. A word of the common English list is never corrected, nor is a short one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from clinic.reading.durations import _MONTHS, _NAMES, _SEASONS
from clinic.reading.lexicon import lexicon
from clinic.reading.quantities import WORDS as NUMBER_WORDS
from clinic.reading.rulebook import words_file

_MOST = 60  # corrections a text; more is not a text but noise
_SHORT = 4


@lru_cache(maxsize=1)
def english() -> frozenset[str]:
    """Common English words."""
    lines = files("clinic.reading").joinpath("data", "english.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def targets() -> dict[str, tuple[str, ...]]:
    """Words that a misspelling may stand for, by first letter."""
    extra = (
        set(_MONTHS) | {n for n in _NAMES if n.rstrip("s") in ("week", "month", "year", "day", "hour", "fortnight")} | set(_SEASONS) | NUMBER_WORDS
    )
    wanted = {w for w in set(lexicon().vocabulary) | extra if len(w) >= _SHORT and w.isalpha() and (w in english() or w not in _odd())}
    table: dict[str, list[str]] = {}
    for word in sorted(wanted):
        table.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in table.items()}


@lru_cache(maxsize=1)
def _odd() -> frozenset[str]:
    """Made-up endings ("achein") that patterns expand to: matched when written, never a correction."""
    return frozenset(w for w in lexicon().vocabulary if w not in english() and w.endswith(("in", "ing", "ed", "es", "s", "y")))


@lru_cache(maxsize=1)
def known() -> dict[str, str]:
    """Misspellings that are too far for an edit distance ("sholder blad", "shyatica"): written -> meant."""
    return {str(k): str(v) for k, v in words_file("misspellings.yml")["misspellings"].items()}


def correct(words: Sequence[str]) -> list[str]:
    """The words with unknown ones replaced by the nearest word of the lexicon, where one is near enough."""
    vocabulary, common = lexicon().vocabulary, english()
    out: list[str] = []
    budget = _MOST
    for word in words:
        if word in vocabulary or word in common or len(word) < _SHORT or not word.isalpha() or word in _NAMES or word in NUMBER_WORDS:
            out.append(known().get(word, word))
        elif word in known():
            out.append(known()[word])
        elif budget and word.isascii() and len(word) <= 18:
            budget -= 1
            out.append(_nearest(word) or word)
        else:
            out.append(word)
    for i in range(1, len(out)):
        if out[i] == "week" and out[i - 1] in (
            "went",
            "gone",
            "so",
            "very",
            "feel",
            "feels",
            "getting",
            "gets",
            "really",
            "too",
            "going",
            "felt",
            "legs",
            "arm",
            "leg",
            "hand",
            "bit",
        ):
            out[i] = "weak"
    return out


def _nearest(word: str) -> str | None:
    """The lexicon word meant, also behind a dropped g ("swelin" -> swelling), or None."""
    found = _near(word)
    return found or (_near(word + "g") if word.endswith("in") and len(word) > 5 else None)


def _near(word: str) -> str | None:
    squeezed = _squeeze(word)
    if squeezed != word and (squeezed in lexicon().vocabulary):
        return squeezed
    limit = 1 if len(word) <= 5 else 2
    letters = {word[0], word[1]} if len(word) > 4 else {word[0]}
    best: tuple[int, str] | None = None
    for letter in sorted(letters):
        for candidate in targets().get(letter, ()):
            if abs(len(candidate) - len(word)) > limit:
                continue
            distance = OSA.distance(word, candidate, score_cutoff=limit)
            if (
                distance <= limit
                and (candidate[0] == word[0] or distance == 1)
                and not (distance == 2 and len(word) == 6 and abs(len(candidate) - 6) > 1)
            ):
                key = (distance * 2 + (candidate[-1] != word[-1]), candidate)
                if best is None or key < best:
                    best = key
    return best[1] if best else None


def _squeeze(word: str) -> str:
    """ "painnnnn" -> "pain": a letter written three times or more stands once."""
    out: list[str] = []
    for i, letter in enumerate(word):
        if i >= 2 and word[i - 1] == letter and word[i - 2] == letter:
            continue
        out.append(letter)
    text = "".join(out)
    if text == word:
        return word
    while len(text) > 2 and text[-1] == text[-2]:
        text = text[:-1]
    return text
