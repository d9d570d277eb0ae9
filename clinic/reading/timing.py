"""How old a symptom is: long past, over, or more than four weeks old and unchanged (CLINICAL.md, rule 4)."""

from __future__ import annotations

from datetime import date

from clinic.reading.analysis import Text
from clinic.reading.context import ends_there
from clinic.reading.lexicon import Span
from clinic.reading.quantities import number_at

OLD_DAYS = 28.0
LONG_DAYS = 170.0
_TREND = frozenset(
    "worse worsening weaker suddenly sudden new newly now today tonight spreading changed growing increasing increasingly stronger becoming again".split()
)


def age_days(text: Text, span: Span) -> float | None:
    """Days since the symptom in `span` began, by the nearest length of time of its sentence; None if none is said."""
    here = text.scopes.sentence[span[0]]
    best: tuple[int, float] | None = None
    for length in text.lengths:
        if length.kind in ("later", "in", "vague") or text.scopes.sentence[length.start] != here:
            continue
        if length.high < 0.02 or _is_distractor(text, length.start, length.end):
            continue
        gap = max(length.start - span[1], span[0] - length.end, 0)
        if length.start >= span[1]:
            gap -= 1
        if gap > 22:
            continue
        if best is None or gap < best[0]:
            best = (gap, length.low if length.high > length.low * 4 else (length.low + length.high) / 2)
    return best[1] if best else None


def _is_distractor(text: Text, start: int, end: int) -> bool:
    after = text.words[end : end + 2]
    before = text.words[max(0, start - 3) : start]
    if any(s <= start < e for s, e in text.hits.get("height", ())):
        return True  # "2 m" of a fall
    return after[:1] in (["old"], ["along"], ["pregnant"], ["of"]) or "every" in before or "after" in before[-1:] or "each" in before


def _near(text: Text, concept: str, span: Span, reach: int = 30) -> list[Span]:
    here = text.scopes.sentence[span[0]]
    return [s for s in text.hits.get(concept, ()) if text.scopes.sentence[s[0]] == here and -reach < s[0] - span[0] < reach]


def changing(text: Text, span: Span) -> bool:
    """Is it said to be new, worse or happening now, in the same sentence, apart from the words of the symptom itself?"""
    for start, end in _near(text, "change", span):
        words = text.words[start:end]
        if (
            words == ["just"]
            or (words in (["now"], ["today"]) and any(end_ == start for _, end_ in text.hits.get("unchanged", ())))  # "no different now"
            or (words == ["now"] and text.words[end : end + 1] == ["and"])
            or (words == ["now"] and start and (text.words[start - 1][0].isdigit() or text.words[start - 1] == "same"))  # "44 now" is an age
            or (words == ["now"] and any(length.end == start for length in text.lengths))  # "fourteen years now"
            or any(length.start <= start < length.end and length.low >= OLD_DAYS for length in text.lengths)
        ):
            continue
        if text.scopes.negated_by[start] or (words[0] in ("changed", "change") and {"not", "no", "never"} & set(text.words[max(0, start - 2) : start])):
            continue
        return True
    return False


def unchanged(text: Text, span: Span) -> bool:
    """Is it said to be the same as ever, known or stable, in the same or the next sentence?"""
    here = text.scopes.sentence[span[0]]
    asked = {i for start, end in text.hits.get("question.worry", ()) for i in range(start, end)}
    return any(
        text.scopes.sentence[s] in (here, here + 1) and s not in asked and not (e - s == 1 and span[0] <= s < span[1])
        for s, e in text.hits.get("unchanged", ())
    )


def long_past(text: Text, span: Span) -> bool:
    """Is it history: "years ago", "used to", "as a kid", "in 1998", "when I was 12"?"""
    for start, _ in _near(text, "past", span):
        if abs(start - span[0]) <= 16:
            return True
    here = text.scopes.sentence[span[0]]
    for length in text.lengths:
        if length.kind == "ago" and length.low >= OLD_DAYS and text.scopes.sentence[length.start] == here and abs(length.start - span[0]) <= 18:
            return True
    for i in range(max(0, span[0] - 12), min(len(text.words) - 3, span[1] + 12)):
        if text.words[i : i + 3] == ["when", "i", "was"] or text.words[i : i + 3] == ["since", "i", "was"]:
            number = number_at(text.words, i + 3)
            if number and text.scopes.sentence[i] == here and 1 < number[0] < 100:
                return True
    return False


def over(text: Text, span: Span) -> bool:
    """Is it said to have passed, in the same or the next sentence?"""
    here = text.scopes.sentence[span[0]]
    return any(
        text.scopes.sentence[s] in (here, here + 1) and s >= span[0] and not text.scopes.negated_by[s]
        for s, e in text.hits.get("over", ())
        if ends_there(text.words, s, e)
    )


def earlier_year(text: Text, span: Span) -> bool:
    """Does its sentence name a year gone by ("pregnant in 2015")?"""
    here = text.scopes.sentence[span[0]]
    return any(
        word.isdigit() and len(word) == 4 and "1950" <= word < str(date.today().year) and text.scopes.sentence[i] == here and text.words[i - 1 : i] == ["in"]
        for i, word in enumerate(text.words)
    )
