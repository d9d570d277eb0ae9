"""How strong the pain is, 0 to 10: digits, words, ranges, at rest and at its worst; never an age, a distance or a dose."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.reading.analysis import Text
from clinic.reading.lexicon import Span
from clinic.reading.quantities import number_at

_UNIT_AFTER = frozenset(
    "year years yr yrs week weeks month months day days hour hours minute minutes second seconds night nights km kms kilometers kilometres mile miles "
    "kg kgs pounds lbs lb pound mg ml g cm mm feet foot inches inch percent % times time years' am pm oclock degrees tablets pills beers drinks "
    "cigarettes packs kids children fingers toes sessions visits of year-old reps sets stairs steps flights people doctors physios blocks weeks' "
    "fortnight decades decade stone kilos meters metres minutes' surgeries operations discs disks dollars bucks $ glasses cups coffees cigs puffs units ft "
    "gauge point different other more places spots areas things brothers sisters knees legs hands feet sides shoulders".split()
)  # fmt: skip
_BLOCK_BEFORE = frozenset(
    "age aged type l c t s size number since in at chapter room unit $ phone grade level episode route highway hwy every phase stage aged".split()
)
_CUES = frozenset(
    "pain think severity scale rate rating rated score scored ten 10 out say about like probably maybe around roughly give worst now currently "
    "today rest moving usually normally typically average best level hits up down to hurts hurting ache aching solid strong easily".split()
)
_LABELS = {"no pain": (0, 0), "none": (0, 0), "pain free": (0, 0), "nothing": (0, 0)}


@dataclass(frozen=True)
class Severity:
    """Lowest and highest number named, 0 to 10, and the tokens that say it."""

    low: int
    high: int
    span: Span
    spans: tuple[Span, ...]


def severity(text: Text, asked: bool, strict: bool = False, worst: bool = False) -> Severity | None:
    """The severity that the text gives. `asked`: the open question is a 0-10 one, so a bare number is an answer.

    `strict`: another question is open, so a bare number belongs to that one; only a number that is called a rating counts.
    `worst`: the question is about the worst pain, so of "3 now, 8 on bad nights" the 8 counts.
    """
    words = text.words
    found: list[tuple[float, float, Span]] = []
    taken = [False] * len(words)
    for length in text.lengths:
        for i in range(length.start, length.end):
            taken[i] = True
    if text.age and not (asked and len(words) <= 3):
        for i in range(*text.age[1]):
            taken[i] = True
    i = 0
    while i < len(words):
        number = None if taken[i] else number_at(words, i)
        if number is None:
            i += 1
            continue
        item = _scale_number(words, i, number, asked)
        if item is None:
            i += number[1]
            continue
        found.append(item)
        i = item[2][1]
    if not found:
        return _label(text) if asked else None
    if not asked:
        if strict and not any(_explicit(words, f[2]) for f in found):
            return None
        if any(_explicit(words, f[2]) for f in found):
            found = [f for f in found if _explicit(words, f[2]) or _rating(words, f[2])]
        else:
            found = [f for f in found if _rating(words, f[2])]
        if not found:
            return None
    found = _of_one_time(words, found, worst)
    low = min(f[0] for f in found)
    high = max(f[1] for f in found)
    spans = tuple(f[2] for f in found)
    return Severity(int(low), int(-(-high // 1)), (spans[0][0], spans[0][1]) if len(spans) == 1 else (spans[0][0], spans[-1][1]), spans)


_NOW = frozenset("today now tonight currently".split())
_AT_WORST = frozenset("worst bad worse flare flares flared terrible peak hit hits was were yesterday earlier then last ago".split())

_PARTS = ("but", "and", "though", ",", ";")


def _of_one_time(words: list[str], found: list[tuple[float, float, Span]], at_worst: bool) -> list[tuple[float, float, Span]]:
    """ "5 today, 8 on bad nights": where one number is said of now and the others of other times, only that one; with `at_worst` the other."""
    if len(found) < 2:
        return found
    now, worst = [], []
    for index, item in enumerate(found):
        end = min(found[index + 1][2][0] if index + 1 < len(found) else len(words), item[2][1] + 6)
        end = next((at for at in range(item[2][1], end) if words[at] in _PARTS), end)
        start = max([0, item[2][0] - 2, *(at + 1 for at in range(item[2][0]) if words[at] in _PARTS)])
        near = set(words[start : item[2][0]]) | set(words[item[2][1] : end])
        now += [item] if near & _NOW and not near & _AT_WORST else []
        worst += [item] if near & _AT_WORST else []
    one, others = (worst, now) if at_worst else (now, worst)
    return one if len(one) == 1 and len(one) + len(others) == len(found) else found


def _scale_number(words: list[str], i: int, number: tuple[float, int], asked: bool) -> tuple[float, float, Span] | None:
    value, used = number
    end = i + used
    if value > 10 or value < 0:
        return None
    high = value
    before = words[i - 1] if i else ""
    if before in _BLOCK_BEFORE and not (before in ("at", "in", "number", "level", "grade") and asked and end >= len(words) - 3):
        return None
    if before == "of" and i > 1 and words[i - 2] == "out":
        return None
    if before == "/" or (before == "to" and i >= 2 and words[i - 2] in ("0", "zero", "one", "1") and value == 10):
        return None
    if words[i] == "one" and not _one_is_number(words, i, end, asked):
        return None
    j = end
    second = None
    if j < len(words):
        if words[j] in ("or", "to", "-", "and", "maybe", ",", "/", "even"):
            k = j + 1
            while k < len(words) and words[k] in ("a", "an", "even", "maybe", "like", "probably", "to", "or", "about") and k < j + 4:
                k += 1
            second = number_at(words, k)
            if second and (words[j] == "/" and second[0] == 10):
                second = None
            elif second and words[j] == "," and k == j + 1 and second[0] - value not in (1, 2):
                second = None
            if second and 0 <= second[0] <= 10 and second[0] != value:
                if not (value in (0, 1) and second[0] == 10 and words[j] in ("to", "-")):
                    end = k + second[1]
                    high = second[0]
                else:
                    return None
            elif second and second[0] > 10:
                second = None
        else:
            second = number_at(words, j)
            if second and value < second[0] <= value + 2 and second[0] <= 10 and used == 1:
                high, end = second[0], j + second[1]
    if value in (0, 1) and high == 10:
        return None
    after = words[end] if end < len(words) else ""
    if after in _UNIT_AFTER:
        return None
    if after in ("st", "nd", "rd", "th", "'s") or (after == "x" and words[end + 1 : end + 2] == ["a"]):
        return None
    if words[end : end + 2] in (
        ["out", "of"],
        ["/", "10"],
        ["over", "10"],
        ["over", "ten"],
        ["on", "10"],
        ["outta", "10"],
        ["of", "10"],
        ["outa", "10"],
        ["in", "10"],
    ):
        skip = 3 if words[end] == "out" else 2
        if words[end] == "out" and words[end + 2 : end + 3] not in (["10"], ["ten"]):
            return None
        end += skip
    return min(value, high), max(value, high), (i, min(end, len(words)))


def _one_is_number(words: list[str], i: int, end: int, asked: bool) -> bool:
    after = words[end] if end < len(words) else ""
    before = words[i - 1] if i else ""
    if after in ("out", "/", "or", "to", "-") or (before in ("a", "about") and after in ("", ".", "with", "when", "at")):
        return True
    return asked and (len(words) <= 3 or before in ("a", "like", "about", "of", "to"))


def _explicit(words: list[str], span: Span) -> bool:
    """Is this number surely a rating: "6 out of 10", "pain is about a 7", "rate it an 8"?"""
    start, end = span
    if list(words[end - 2 : end]) in (["of", "10"], ["of", "ten"], ["/", "10"]) or words[end - 1] in ("10", "ten") and end - start > 2:
        return True
    window = words[max(0, start - 8) : start]
    if start >= 2 and words[start - 1] == "of" and words[start - 2] == "out":
        return False
    if any(w in ("rate", "rating", "scale", "severity", "rated", "score") for w in window):
        return True
    near = words[max(0, start - 5) : start]
    if any(w in ("pain", "worst", "hurts", "level", "ache") for w in near) and any(
        w in ("is", "at", "a", "an", "about", "like", "around", "was", "level", "of") for w in near[-2:]
    ):
        return True
    if list(words[max(0, start - 3) : start]) in (["out", "of", "ten"], ["out", "of", "10"]):
        return True
    head = words[max(0, start - 6) : start]
    return ("ten" in head or "10" in head) and "out" in head


_BEFORE_RATING = frozenset(
    "say like about probably a an around maybe at to rate it easily roughly approximately is was good solid high least between give hovers sits still".split()
)
_AFTER_RATING = frozenset(
    ". , ! ? ; ... right now today when with without at most usually out yesterday if but and so it on sometimes though maybe i or while after before for some "
    "really pain normally typically generally in tonight currently then or overall mostly during depending as because".split()
)


def _rating(words: list[str], span: Span) -> bool:
    """Does a bare number read as a rating ("I'd say a six", "8.", "goes down to a four with tablets")?"""
    start, end = span
    after = words[end] if end < len(words) else "."
    if after not in _AFTER_RATING:
        return False
    content = [w for w in words if w[0].isalnum()]
    if len(content) <= 3:
        return True
    if (start == 0 or not words[start - 1][0].isalnum()) and after in (*_NOW, "right") and bool(_CUES & set(words)):
        return True
    if start == 0 or words[start - 1] not in _BEFORE_RATING:
        return words[start - 1] in ("and", "or", "with", ",") and len(content) <= 8
    back = words[max(0, start - 3) : start]
    if "am" in back[-2:] or back[-2:] == ["he", "is"] or back[-2:] == ["she", "is"] or (back[-2:-1] == ["i"] and back[-1] == "was"):
        return False
    if words[start - 1] in ("to", "at", "is", "was", "it", "and", "about", "around", "between") and not _CUES & set(words) - {"to", "about", "like"}:
        return False
    return True


# Words of strength as ranges: the bands of the 0-10 scale in use (mild 1-3, moderate 4-6, severe 7-10); the first that fits.
_IN_WORDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (10, 10, ("worst imaginable", "worst pain imaginable", "as bad as it can", "as bad as it gets", "as bad as can", "could not be worse", "can not get worse", "maximum", "max", "top of the scale", "full marks")),
    (0, 2, ("barely there", "hardly there", "hardly any", "hardly anything", "barely anything", "barely noticeable", "hardly noticeable", "barely notice", "hardly notice", "next to nothing", "almost nothing", "almost gone", "nearly gone")),
    (5, 5, ("halfway", "half way", "in the middle", "middle of the scale", "mid scale", "smack in the middle", "down the middle")),
    (8, 10, ("excruciating", "unbearable", "agony", "agonizing", "agonising", "agonised", "horrendous", "torture", "intolerable", "worst pain")),
    (7, 9, ("severe", "very bad", "really bad", "pretty bad", "terrible", "awful", "horrible", "intense", "extreme", "brutal", "very strong", "very high", "killer")),
    (4, 6, ("moderate", "medium", "middling", "so so", "average", "bearable", "manageable", "tolerable", "annoying", "nagging")),
    (1, 3, ("mild", "slight", "minor", "low", "light", "a little", "little bit", "not too bad", "not so bad", "not that bad", "not bad")),
)


_NONE_NOW = frozenset("nil nothing none at the moment right now today this minute second just . , !".split())


def _label(text: Text) -> Severity | None:
    joined = " ".join(text.words)
    for label, (low, high) in _LABELS.items():
        if joined == label or joined.startswith(label + " ") and "pain" in label:
            return Severity(low, high, (0, len(text.words)), ((0, len(text.words)),))
    for low, high, names in _IN_WORDS:
        for i, word in enumerate(text.words):
            if any(list(text.words[i : i + len(n.split())]) == n.split() for n in names if n.split()[0] == word) and not text.scopes.negated_by[i]:
                return Severity(low, high, (i, i + 1), ((i, i + 1),))
    if text.words[:1] in (["nil"], ["nothing"], ["none"]) and set(text.words) <= _NONE_NOW:
        return Severity(0, 0, (0, len(text.words)), ((0, len(text.words)),))
    if (
        text.words[:3] == ["worst", "imaginable", "pain"]
        or "off the scale" in joined
        or "off the charts" in joined
        or "through the roof" in joined
        or "worst i can imagine" in joined
        or "worst pain imaginable" in joined
        or "worst imaginable" in joined
    ):
        return Severity(10, 10, (0, len(text.words)), ((0, len(text.words)),))
    for i in range(len(text.words)):
        number = number_at(text.words, i)
        if (
            number
            and number[0] > 10
            and ("10" in text.words[i + 1 :] or "ten" in text.words[i + 1 :] or len(text.words) <= 4)
            and number[0] <= 1000
            and not text.lengths
        ):
            return Severity(10, 10, (i, i + number[1]), ((i, i + number[1]),))
    return None
