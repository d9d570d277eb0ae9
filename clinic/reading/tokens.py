"""Split a folded text into tokens that keep their place in the original: contractions opened, hesitations dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clinic.reading.folding import fold
from clinic.reading.rulebook import words_file

_TOKEN = re.compile(r"\d+(?:\.\d+)?|\.\d+|[a-z]+(?:'[a-z]+)*'?|\n+|\.\.+|[^\sa-z0-9]")
_STRONG = frozenset(".!?;\n")
_SOFT = frozenset(',:-()/"&+')
_MAX_TOKENS = 700


@dataclass(frozen=True)
class Token:
    """One word, number or mark: `norm` is what rules see; `start`/`end` are offsets of the original text."""

    norm: str
    start: int
    end: int
    raw: str

    @property
    def number(self) -> bool:
        """True for digits; number words stay words."""
        return self.norm[0].isdigit()

    @property
    def mark(self) -> bool:
        """True for punctuation and symbols."""
        return not self.norm[0].isalnum() and self.norm != "'s"


def _spellings() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for section, entries in words_file("spellings.yml").items():
        for written, meant in entries.items():
            table[str(written)] = tuple(str(meant).split())
        del section
    return table


SPELLINGS = _spellings()
_HESITATIONS = frozenset("um uh uhm umm uhh er erm ehm hmm hm mm mmm ah eh uhhuh".split())
_KEEP_DOUBLE = frozenset("no yes yeah had that very really so ha bye knock ok".split())


def _pieces(word: str) -> tuple[str, ...]:
    """The words that a written word stands for ("cant" -> can, not; "dad's" -> dad, 's)."""
    if word in SPELLINGS:
        return SPELLINGS[word]
    if "'" not in word:
        return (word,)
    bare = word.replace("'", "")
    if bare in SPELLINGS and bare not in ("its", "were", "well", "wed", "shed", "hed", "ill", "shell", "hell"):
        return SPELLINGS[bare]
    stem, _, tail = word.rpartition("'")
    if not stem.strip("'"):
        return (word if tail == "s" else bare,)
    if tail == "s":
        return (stem.replace("'", ""), "'s")
    endings = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would", "t": "not"}
    if tail in endings and stem:
        if tail == "t" and stem.endswith("n"):
            stem = stem[:-1]
        return (stem.replace("'", ""), endings[tail])
    if tail == "":
        stem = stem.replace("'", "")
        return (stem + "g",) if stem.endswith("in") and len(stem) > 4 else (stem,)
    return (bare,)


def tokenize(text: str) -> list[Token]:
    """Tokens of `text` in order, at most 700; repeated words and hesitations of speech ("I I, um, my my") are dropped."""
    folded, offsets = fold(text)
    out: list[Token] = []
    hesitated = False
    for match in _TOKEN.finditer(folded):
        if len(out) >= _MAX_TOKENS:
            break
        word = match.group()
        start, end = offsets[match.start()], offsets[match.end() - 1] + 1
        if word[0] == "\n":
            word = "\n"
        elif word.startswith(".."):
            word = "..."
        elif word[0] == ".":
            if len(word) > 1:
                word = "0" + word
        elif word in _HESITATIONS:
            hesitated = True
            continue
        elif word == "," and hesitated:
            continue
        hesitated = False
        if word[0].isalpha() and word not in ("...", "\n"):
            for piece in _pieces(word):
                out.append(Token(piece, start, end, word))
            _drop_repeats(out)
            continue
        out.append(Token(word, start, end, word))
    return out


def _drop_repeats(out: list[Token]) -> None:
    """Remove a word or pair of words that only repeats what stands before it."""
    if len(out) >= 2 and out[-1].norm == out[-2].norm and out[-1].start != out[-2].start and out[-1].norm not in _KEEP_DOUBLE:
        out.pop()
    elif len(out) >= 4 and out[-1].norm == out[-3].norm and out[-2].norm == out[-4].norm and out[-1].norm.isalpha():
        if out[-2].norm.isalpha() and out[-1].norm not in _KEEP_DOUBLE and out[-2].norm not in _KEEP_DOUBLE:
            del out[-2:]


def strong(token: Token) -> bool:
    """True for the end of a sentence."""
    return token.norm in _STRONG or token.norm == "..."


def soft(token: Token) -> bool:
    """True for a mark inside a sentence."""
    return token.norm in _SOFT
