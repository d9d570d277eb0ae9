"""One text taken apart: tokens, concepts, scopes and lengths of time. Every other module of the reader works on this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from clinic.reading.context import ContextReader, Hits, Scopes
from clinic.reading.durations import Length, lengths
from clinic.reading.lexicon import Span, lexicon, longest
from clinic.reading.quantities import number_at
from clinic.reading.rulebook import read_yaml
from clinic.reading.spelling import correct
from clinic.reading.tokens import Token, tokenize

_CONTENT_FILES = ("lexicon_symptoms.yml", "lexicon_danger.yml", "lexicon_combined.yml", "lexicon_described.yml", "lexicon_history.yml")
_NEGATIONS = frozenset("not no never nothing without cannot nowhere".split())
_OPEN = frozenset({("not", "feel"), ("do", "not", "feel"), ("no", "longer", "feel"), ("can", "not"), ("could", "not"), ("do", "not")})


# Concepts that are denials themselves: their "no" still denies what else stands behind it ("showed no tear").
_STATEMENTS = frozenset({"full_range", "no_worse", "found_nothing", "never_examined", "better_moving", "lost", "not_pain", "examined_ok"})


@lru_cache(maxsize=1)
def content_concepts() -> frozenset[str]:
    """Concepts that name something (not cues): a negation inside their words is part of them ("can not breathe")."""
    return frozenset(c for name in _CONTENT_FILES for c in read_yaml(name)["concepts"])


@dataclass(frozen=True)
class Text:
    """A text with what was found in it; spans are [start, end) over `tokens`."""

    original: str
    tokens: list[Token]
    words: list[str]
    hits: Hits
    scopes: Scopes
    lengths: list[Length]
    age: tuple[int, Span] | None

    def offsets(self, span: Span) -> tuple[int, int]:
        """Character offsets of a span of tokens."""
        return self.tokens[span[0]].start, max(t.end for t in self.tokens[span[0] : span[1]])

    def quote(self, span: Span) -> str:
        """The patient's own characters for a span of tokens."""
        start, end = self.offsets(span)
        return self.original[start:end]

    def sentence_span(self, i: int) -> Span:
        """The tokens of the sentence that holds token `i`."""
        number = self.scopes.sentence[i]
        start = i
        while start and self.scopes.sentence[start - 1] == number:
            start -= 1
        end = i + 1
        while end < len(self.words) and self.scopes.sentence[end] == number:
            end += 1
        return start, end

    def has(self, *concepts: str) -> bool:
        """Does any of these concepts occur, whatever its context?"""
        return any(c in self.hits for c in concepts)


def analyse(text: str, for_whom: str = "self", today: date | None = None) -> Text:
    """Take a text apart; at most 700 tokens are looked at."""
    tokens = tokenize(text)
    words = correct([t.norm for t in tokens])
    hits = lexicon().find(words)
    folded = first_person(words)
    if folded != words:
        for concept, spans in lexicon().find(folded).items():
            if concept in content_concepts():
                hits[concept] = longest(sorted({*hits.get(concept, ()), *spans}))
    if for_whom == "self" and "for_other" in hits:
        for_whom = "other"
    times = lengths(words, today)
    _recent(words, hits, times)
    _weeks_along(words, hits)
    _temperature(words, hits)
    age = _age(words, for_whom)
    if age:
        for name, least in (("age65", 65), ("age50", 50)):
            if age[0] >= least:
                hits.setdefault(name, []).append(age[1])
    content = [
        span
        for concept, spans in hits.items()
        if concept in content_concepts() and concept not in _STATEMENTS
        for span in spans
        if _NEGATIONS & set(words[span[0] : span[1]]) and tuple(words[span[0] : span[1]]) not in _OPEN
    ]
    normal = [Token(w, t.start, t.end, t.raw) for w, t in zip(words, tokens, strict=True)]
    scopes = ContextReader(normal, hits, content, for_whom).mark()
    return Text(text, normal, words, hits, scopes, times, age)


_SELF = {"he": "i", "she": "i", "they": "i", "we": "i", "his": "my", "her": "my", "their": "my", "our": "my", "himself": "myself", "herself": "myself", "themselves": "myself",
         "meself": "myself", "mi": "my", "me": "my", "him": "me", "them": "me"}  # fmt: skip
_VERB = {"is": "am", "are": "am", "has": "have", "does": "do"}


def first_person(words: list[str]) -> list[str]:
    """The same words as if the patient spoke ("she wet herself" -> "i wet myself", "me back" -> "my back")."""
    out = list(words)
    for i, word in enumerate(words):
        if word in _SELF:
            out[i] = _SELF[word]
        elif i and words[i - 1] in ("he", "she", "they"):
            out[i] = _VERB.get(word, word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word)
    return out


def _weeks_along(words: list[str], hits: Hits) -> None:
    """ "I'm 29 weeks": how far a pregnancy is, said without the word."""
    for i in range(len(words)):
        number = number_at(words, i)
        if number and 4 <= number[0] <= 42 and words[i + number[1] : i + number[1] + 1] == ["weeks"] and words[max(0, i - 1) : i] in (["am"], ["is"]):
            if words[i + number[1] + 1 : i + number[1] + 2] not in (["post"], ["into"], ["in"], ["after"], ["out"], ["since"], ["of"], ["from"]):
                hits.setdefault("weeks_i_am", []).append((i, i + number[1] + 1))


def _temperature(words: list[str], hits: Hits) -> None:
    """ "backache and 39.2": a body temperature of 38 to 42 degrees Celsius said with its decimal is a fever."""
    for i, word in enumerate(words):
        if word[0].isdigit() and "." in word and 38.0 <= float(word) <= 42.0 and words[i + 1 : i + 2] not in (["km"], ["kg"], ["miles"], ["percent"], ["%"]):
            hits.setdefault("fever", []).append((i, i + 1))


def _recent(words: list[str], hits: Hits, times: list[Length]) -> None:
    """A length of time of at most four weeks makes a thing new, one of at most a day sudden, for the rules that ask so."""
    for length in times:
        if length.kind == "in" or words[length.end : length.end + 1] in (["old"], ["along"], ["gone"], ["pregnant"]):
            continue
        span = (length.start, length.end)
        if length.low <= 28 and not (length.kind == "for" and length.high > 40):
            hits.setdefault("fast_worse", []).append(span)
        if length.low <= 15:
            hits.setdefault("recent", []).append(span)
        if length.high <= 1.1:
            hits.setdefault("sudden", []).append(span)
        if length.high <= 0.3:
            hits.setdefault("sudden_strict", []).append(span)


def _age(words: list[str], for_whom: str) -> tuple[int, Span] | None:
    """The patient's age in years: "I'm 43", "43 years old", "my son is 9", "72f", "life's hard at seventy two"."""
    for i in range(len(words)):
        number = number_at(words, i)
        if number is None or not 0 < number[0] <= 110 or (i and number_at(words, i - 1) and words[i - 1] not in ("a",)):
            continue
        end = i + number[1]
        after = list(words[end : end + 3])
        before = list(words[max(0, i - 3) : i])
        old = after[:2] in (["years", "old"], ["year", "old"], ["yo", "male"], ["yo", "female"]) or after[:1] in (["yo"], ["yrs"]) and "old" in after
        old = (
            old
            or (i == 0 and number[0] >= 12 and after[:1] in ([","], ["here"], ["and"]) and words[0].isdigit())
            or (before[-2:] == ["will", "be"] and after[:1] == ["in"])
        )
        old = old or (
            before[-2:] == ["i", "have"] and after[:1] == ["years"] and number[0] > 14 and len(words) > 4 and after[1:2] not in (["of"], ["pain"])
        )
        old = old or (
            bool(before) and before[-1] in _PEOPLE and number[0] >= 12 and after[:1] not in (["weeks"], ["months"], ["days"], ["years"], ["hours"])
        )
        old = (
            old
            or (before[-2:] in (["my", ""],))
            or (after[:1] == ["th"] and before[-1:] == ["my"] and number[0] >= 30)
            or (before[-2:] == ["'s", ""])
            or (before[-1:] == ["'s"] and len(before) > 1 and before[-2] in _PEOPLE)
        )
        old = (
            old
            or after[:3] in (["years", "of", "age"], ["-", "year", "-"], ["y", "/", "o"])
            or after[:1] == ["yo"]
            or (after[:1] in (["m"], ["f"]) and words[i].isdigit() and number[0] >= 10)
        )
        said = before[-2:] in (["i", "am"], ["he", "is"], ["she", "is"], ["they", "are"], ["is", "only"]) or before[-1:] in (
            ["aged"],
            ["age"],
            ["turning"],
            ["turned"],
        )
        said = (
            said
            or (before[-2:] == ["age", "is"])
            or (before[-1:] == ["at"] and 50 <= number[0] <= 99 and after[:1] in (["i"], [","]))
            or (before[-1:] == [","] and 50 <= number[0] <= 99 and words[i].isdigit() and after[:1] in (["and"], [","]) and bool({"am", "been"} & set(words[:i])))
            or (before[-1:] == ["is"] and len(before) > 1 and before[-2] in _PEOPLE)
            or before[-3:] == ["am", "only", ""]
            or before[-2:] in (["am", "only"], ["am", "just"], ["am", "now"], ["at", "age"])
        )
        blocked = (
            after[:1]
            in (
                [x]
                for x in (
                    "percent",
                    "%",
                    "weeks",
                    "months",
                    "days",
                    "week",
                    "month",
                    "day",
                    "hours",
                    "hour",
                    "minutes",
                    "km",
                    "kg",
                    "pounds",
                    "lbs",
                    "out",
                    "/",
                    "feet",
                    "foot",
                    "times",
                    "cm",
                    "or",
                    "-",
                    "to",
                    "on",
                    "mg",
                    "th",
                    "st",
                    "of",
                )
            )
            and not old
        )
        if (old and after[1:3] != ["old", "injury"]) or (said and not blocked and number[0] == int(number[0])):
            if (
                for_whom == "self"
                and i >= 3
                and words[i - 1] in ("is", "was")
                and words[i - 2] not in ("age", "i")
                and words[i - 2] in _PEOPLE
                and words[i - 2] not in ("she", "he")
            ):
                return int(number[0]), (i, end)
            return int(number[0]), (i, end)
    return None


_PEOPLE = frozenset(
    "he she mom dad son daughter wife husband mother father grandma grandpa gran nan boy girl kid child partner sister brother".split()
)
