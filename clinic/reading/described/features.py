"""What the detector of described emergencies looks at: words and their neighbours, each with the scope it stands in.

A word inside a negation, a hypothetical, another person's story or a figure of speech carries the mark of that scope, so that
"no pain in my chest" and "pain in my chest" share little. Persons are folded ("his arm" is "my arm"), numbers are "#".
"""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reading.analysis import Text, content_concepts, first_person
from clinic.reading.lexicon import Span

LONGEST = 22  # tokens of a segment; a run-on of speech is cut
_CUTS = frozenset("and but so because then when while since or which , - ( ) :".split())
_CUES = frozenset({"past", "over", "change", "unchanged", "now", "sudden", "recent", "fast_worse", "age65", "age50"})
_NUMBERS = frozenset(
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety couple few several".split()
)
_NO_WORD = frozenset({",", ".", "-", "\n", "'s"})


def segments(text: Text) -> list[Span]:
    """The text in pieces of at most 22 tokens, cut at the end of sentences and, where they run on, at a joining word."""
    out: list[Span] = []
    start, n = 0, len(text.words)
    while start < n:
        end = start + 1
        while end < n and text.scopes.sentence[end] == text.scopes.sentence[start]:
            end += 1
        while end - start > LONGEST:
            cut = next((i for i in range(start + LONGEST, start + 8, -1) if text.words[i] in _CUTS), start + LONGEST)
            out.append((start, cut))
            start = cut
        out.append((start, end))
        start = end
    return out


def mark(text: Text, i: int) -> str:
    """The sign of the scope that token `i` stands in, nothing for a plain statement."""
    scopes = text.scopes
    if scopes.idiom[i]:
        return "~"
    if scopes.hypothetical[i]:
        return "?"
    if scopes.other[i]:
        return "@"
    return "!" if scopes.negated_by[i] else ""


def marked(text: Text) -> list[str]:
    """One entry a token: the mark of its scope and its word."""
    words = first_person(text.words)
    return [mark(text, i) + ("#" if word[0].isdigit() or word in _NUMBERS else word) for i, word in enumerate(words)]


def rows(text: Text, words: list[str], segment: Span) -> Iterator[tuple[str, int]]:
    """Features of one segment, each with the token where it begins; `words` is what `marked` returned."""
    places = [i for i in range(*segment) if words[i] not in _NO_WORD]
    if not places:
        return
    line = ["<", *(words[i] for i in places), ">"]
    at = [places[0], *places, places[-1]]
    for k, word in enumerate(line):
        yield word, at[k]
        if k + 1 < len(line):
            yield f"{word} {line[k + 1]}", at[k]
        if k + 2 < len(line):
            yield f"{word} _ {line[k + 2]}", at[k]
            yield f"{word} {line[k + 1]} {line[k + 2]}", at[k]


def concepts(text: Text) -> list[tuple[str, int]]:
    """The concepts that the whole text names, each with the mark of its scope and its first token."""
    names = content_concepts() | _CUES
    return [("=" + mark(text, span[0]) + name, span[0]) for name, spans in text.hits.items() if name in names for span in spans]


def bags(text: Text) -> list[list[str]]:
    """The features of each segment."""
    words, named = marked(text), concepts(text)
    out = []
    for start, end in segments(text):
        out.append([f for f, _ in rows(text, words, (start, end))] + [f for f, i in named if start <= i < end])
    return out
