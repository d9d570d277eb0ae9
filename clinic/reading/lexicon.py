"""Concepts of the lexicon, found with spaCy's PhraseMatcher over normalised words.

A pattern in the YAML is a row of words: `a|b` either, `word?` may be missing, `word~` with its endings, `$set` any of a word
set, `two_words` one alternative of several words. Patterns are expanded when loaded; there is no regular expression to explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from clinic.reading.rulebook import RuleError, read_yaml
from clinic.reading.tokens import SPELLINGS, _pieces

_PARTS = re.compile(r"[a-z]+(?:'[a-z]+)*|'[a-z]+|\d+|[^\sa-z0-9]")
UNKNOWN = "\u00b7"  # stands for every word that no pattern uses, so that the vocabulary stays closed
LEXICON_FILES = ("lexicon_body.yml", "lexicon_symptoms.yml", "lexicon_danger.yml", "lexicon_combined.yml", "lexicon_described.yml", "lexicon_onset.yml",
                 "lexicon_people.yml", "lexicon_context.yml", "lexicon_history.yml", "lexicon_answers.yml", "lexicon_choices.yml", "lexicon_moves.yml",
                 "lexicon_corrections.yml", "lexicon_replies.yml")  # fmt: skip
_LIMIT = 12000
_DOUBLED = frozenset("throb stab drop numb stop get grab rub slip drag run sit hit cut jab let put grip trip nag sag flip chop pop snap".split())
Span = tuple[int, int]


def endings(word: str) -> list[str]:
    """The word with its plural, third person, past and -ing forms, also as -in ("aching", "achin")."""
    forms = [word]
    if word.endswith("e"):
        forms += [word + "s", word + "d", word[:-1] + "ing", word[:-1] + "in", word[:-1] + "y"]
    elif word.endswith("y") and word[-2:-1] not in "aeiou":
        forms += [word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    else:
        forms += [word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s"), word + "ed", word + "ing", word + "in"]
    if word in _DOUBLED:
        forms += [word + word[-1] + tail for tail in ("ed", "ing", "in")]
    return forms


def _alternative(text: str, sets: dict[str, list[str]], where: str) -> list[tuple[str, ...]]:
    if text.startswith("$"):
        if text[1:] not in sets:
            raise RuleError(f"{where}: no word set called {text}")
        return [words for entry in sets[text[1:]] for words in expand(entry, sets, where)]
    if text.endswith("~"):
        return [tuple(form.split("_")) for form in endings(text[:-1])]
    return [tuple(piece for word in text.split("_") for part in _PARTS.findall(word) for piece in _pieces(part))]


def expand(pattern: str, sets: dict[str, list[str]], where: str) -> list[tuple[str, ...]]:
    """Every row of words that the pattern stands for."""
    columns: list[list[tuple[str, ...]]] = []
    for part in str(pattern).split():
        optional = part.endswith("?") and len(part) > 1
        part = part[:-1] if optional else part
        choices = [row for alternative in part.split("|") for row in _alternative(alternative, sets, where)]
        columns.append(([()] if optional else []) + list(dict.fromkeys(choices)))
    size = 1
    for column in columns:
        size *= len(column)
    if size > _LIMIT:
        raise RuleError(f"{where}: {pattern!r} stands for {size} phrases, more than {_LIMIT}")
    rows = {tuple(word for piece in row for word in piece) for row in product(*columns)}
    return sorted(row for row in rows if row)


class Lexicon:
    """All concepts, their phrases, and the matcher that finds them."""

    def __init__(self, names: Iterable[str] = LEXICON_FILES) -> None:
        self.sets: dict[str, list[str]] = {}
        self.phrases: dict[str, list[tuple[str, ...]]] = {}
        loaded = [(name, read_yaml(name)) for name in names]
        for name, data in loaded:
            if not isinstance(data, dict) or set(data) - {"source", "sets", "concepts"}:
                raise RuleError(f"{name}: allowed keys are source, sets, concepts")
            if not data.get("source"):
                raise RuleError(f"{name}: a source is missing")
            for key, entries in (data.get("sets") or {}).items():
                if key in self.sets:
                    raise RuleError(f"{name}: word set {key} stands twice")
                self.sets[key] = [str(e) for e in entries]
        for name, data in loaded:
            for concept, patterns in (data.get("concepts") or {}).items():
                if concept in self.phrases:
                    raise RuleError(f"{name}: concept {concept} stands twice")
                if not isinstance(patterns, list):
                    raise RuleError(f"{name}: {concept}: expected a list of patterns")
                found = {row for p in patterns for row in expand(p, self.sets, f"{name}: {concept}")}
                self.phrases[concept] = sorted(found)
        self.vocabulary = frozenset(w for rows in self.phrases.values() for row in rows for w in row)
        self._vocab = spacy.blank("en").vocab
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        self._names: dict[int, str] = {}
        for concept, rows in self.phrases.items():
            self._matcher.add(concept, [Doc(self._vocab, words=list(row)) for row in rows])
            self._names[self._vocab.strings[concept]] = concept

    def find(self, words: Sequence[str]) -> dict[str, list[Span]]:
        """Concept -> spans of tokens (start, end), the longest of overlapping ones, in order."""
        known = self.vocabulary
        doc = Doc(self._vocab, words=[w if w in known else UNKNOWN for w in words])
        found: dict[str, list[Span]] = {}
        for key, start, end in self._matcher(doc):
            found.setdefault(self._names[key], []).append((start, end))
        for concept, spans in found.items():
            if len(spans) > 1:
                found[concept] = longest(spans)
        return found


def longest(spans: list[Span]) -> list[Span]:
    """Spans without those that a longer or earlier one covers in part."""
    kept: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        places = range(span[0], span[1])
        if taken.isdisjoint(places):
            kept.append(span)
            taken.update(places)
    return sorted(kept)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of the package, loaded once."""
    return Lexicon()


__all__ = ["SPELLINGS", "Lexicon", "Span", "endings", "expand", "lexicon", "longest"]
