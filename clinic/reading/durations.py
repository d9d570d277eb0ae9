"""Lengths of time and points in the past: "three wks", "a fortnight", "since last spring", "for donkey's years", "a month or two"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.reading.model import tidy
from clinic.reading.quantities import number_at

# Days in a unit, from and to (a month is 28 to 31 days, a year 360 to 366), and its ISO 8601 letter.
_UNITS: dict[str, tuple[float, float, str]] = {
    "second": (1 / 86400, 1 / 86400, "TS"), "minute": (1 / 1440, 1 / 1440, "TM"), "hour": (1 / 24, 1 / 24, "TH"), "day": (1, 1, "D"),
    "night": (1, 1, "D"), "evening": (1, 1, "D"), "morning": (1, 1, "D"), "week": (7, 7, "W"), "weekend": (7, 7, "W"),
    "fortnight": (14, 14, "W2"), "month": (28, 31, "M"), "year": (360, 366, "Y"), "decade": (3600, 3660, "Y10"),
}  # fmt: skip
_NAMES = {name + tail: name for name in _UNITS for tail in ("", "s")}
_NAMES |= {"days'": "day", "wk": "week", "yr": "year", "h": "hour", "d": "day", "y": "year", "mo": "month", "mos": "month", "m": "month",
           "moths": "month", "mounths": "month", "yeers": "year", "dayz": "day", "weekss": "week", "fortnite": "fortnight", "yeas": "year",
           "w": "week", "monthes": "month", "yesrs": "year", "yeara": "year", "dasy": "day", "ewwks": "week", "wekks": "week", "mnoths": "month"}  # fmt: skip
_VAGUE = {"couple": (2, 3), "few": (3, 5), "several": (4, 8), "some": (2, 6), "many": (5, 15), "number": (3, 8), "handful": (4, 6), "dozen": (12, 12),
          "coupla": (2, 3), "cpl": (2, 3), "odd": (1, 1), "fw": (3, 5), "loads": (5, 15), "lots": (5, 15), "multiple": (3, 8)}  # fmt: skip
_MONTHS = {m: i for i, names in enumerate(
    ("january jan", "february feb", "march", "april apr", "may", "june jun", "july jul", "august aug", "september sept sep", "october oct", "november nov", "december dec"), 1
) for m in names.split()}  # fmt: skip
_SEASONS = {"spring": 4, "summer": 7, "fall": 10, "autumn": 10, "winter": 1, "christmas": 12, "xmas": 12, "easter": 4, "thanksgiving": 10,
            "halloween": 10, "new year": 1}  # fmt: skip
_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun".split())
_APPROX = frozenset(
    "about around roughly approximately approx maybe probably like nearly almost over under past last previous good solid full whole at least only just more less than".split()
)

# Fixed expressions: (words, low, high, ISO, kind)
_FIXED: tuple[tuple[str, float, float, str, str], ...] = (
    ("yesterday", 1, 1, "P1D", "ago"), ("day before yesterday", 2, 2, "P2D", "ago"), ("last night", 0.4, 1, "PT12H", "ago"),
    ("yesterday evening", 0.5, 1, "P1D", "ago"), ("last evening", 0.5, 1, "PT12H", "ago"), ("this morning", 0, 0.6, "PT6H", "ago"), ("today", 0, 1, "PT12H", "ago"), ("tonight", 0, 0.3, "PT3H", "ago"),
    ("this afternoon", 0, 0.4, "PT4H", "ago"), ("this evening", 0, 0.3, "PT3H", "ago"), ("just now", 0, 0.05, "PT1H", "ago"),
    ("overnight", 0.2, 1, "PT12H", "ago"), ("this week", 1, 7, "P4D", "ago"), ("this past week", 1, 7, "P1W", "ago"), ("earlier this week", 1, 6, "P3D", "ago"),
    ("last week", 4, 13, "P1W", "ago"), ("the other day", 1, 6, "P3D", "ago"), ("the other week", 7, 20, "P2W", "ago"), ("the other night", 1, 6, "P3D", "ago"),
    ("last weekend", 2, 9, "P6D", "ago"), ("this weekend", 1, 7, "P3D", "ago"), ("this past weekend", 1, 7, "P4D", "ago"), ("over the weekend", 1, 7, "P4D", "ago"),
    ("at the weekend", 1, 7, "P4D", "ago"), ("on the weekend", 1, 7, "P4D", "ago"), ("the weekend", 1, 7, "P4D", "ago"), ("this month", 5, 31, "P2W", "ago"),
    ("last month", 28, 60, "P1M", "ago"), ("earlier this month", 5, 30, "P2W", "ago"), ("this year", 30, 330, "P5M", "ago"), ("earlier this year", 60, 330, "P6M", "ago"), ("last year", 300, 700, "P1Y", "ago"),
    ("all day", 0.5, 1, "P1D", "for"), ("all night", 0.4, 1, "PT10H", "for"), ("all week", 5, 7, "P1W", "for"), ("all weekend", 2, 3, "P2D", "for"), ("all month", 28, 31, "P1M", "for"), ("all year", 300, 366, "P1Y", "for"),
    ("all morning", 0.1, 0.3, "PT4H", "for"), ("all my life", 5000, 30000, "P20Y", "for"), ("my whole life", 5000, 30000, "P20Y", "for"), ("my entire life", 5000, 30000, "P20Y", "for"),
    ("forever", 1000, 10000, "P10Y", "for"), ("as long as i can remember", 1500, 15000, "P10Y", "for"), ("donkeys years", 1500, 10000, "P10Y", "for"), ("donkey 's years", 1500, 10000, "P10Y", "for"), ("donkeys ears", 1500, 10000, "P10Y", "for"),
    ("donkeys", 1500, 10000, "P10Y", "for"), ("yonks", 700, 7000, "P5Y", "for"), ("for ages", 180, 3000, "P1Y", "for"), ("been ages", 180, 3000, "P1Y", "for"), ("ages now", 180, 3000, "P1Y", "for"), ("ages ago", 365, 5000, "P2Y", "ago"), ("ages", 180, 3000, "P1Y", "weak"),
    ("half my life", 3000, 12000, "P15Y", "for"), ("most of my life", 4000, 20000, "P20Y", "for"), ("most of my adult life", 4000, 20000, "P20Y", "for"), ("since childhood", 3000, 20000, "P15Y", "since"), ("since i was a kid", 3000, 20000, "P15Y", "since"), ("since i was a child", 3000, 20000, "P15Y", "since"),
    ("since i was a teenager", 2000, 15000, "P10Y", "since"), ("since my teens", 2000, 15000, "P10Y", "since"), ("since high school", 1500, 12000, "P10Y", "since"), ("since university", 1000, 10000, "P8Y", "since"), ("since covid", 700, 2500, "P4Y", "since"), ("since the pandemic", 700, 2500, "P4Y", "since"), ("since lockdown", 700, 2500, "P4Y", "since"),
    ("a long time", 180, 5000, "P1Y", "vague"), ("a long while", 180, 5000, "P1Y", "vague"), ("long time", 180, 5000, "P1Y", "vague"), ("a very long time", 365, 8000, "P3Y", "vague"), ("an eternity", 700, 9000, "P3Y", "vague"), ("eons", 700, 9000, "P5Y", "vague"),
    ("quarter of a year", 88, 93, "P3M", "for"), ("half a year", 180, 183, "P6M", "for"), ("half year", 180, 183, "P6M", "for"), ("half an hour", 1 / 48, 1 / 48, "PT30M", "for"), ("half a day", 0.5, 0.5, "PT12H", "for"), ("half a decade", 1800, 1830, "P5Y", "for"), ("half a century", 18000, 18300, "P50Y", "for"), ("half a month", 14, 16, "P2W", "for"), ("half a week", 3, 4, "P3D", "for"),
    ("quarter of an hour", 1 / 96, 1 / 96, "PT15M", "for"), ("three quarters of an hour", 1 / 32, 1 / 32, "PT45M", "for"), ("year and a day", 361, 367, "P1Y", "for"),
)  # fmt: skip
_FIXED_BY_FIRST: dict[str, list[tuple[list[str], float, float, str, str]]] = {}
for _words, _low, _high, _iso, _kind in _FIXED:
    _FIXED_BY_FIRST.setdefault(_words.split()[0], []).append((_words.split(), _low, _high, _iso, _kind))
for _entries in _FIXED_BY_FIRST.values():
    _entries.sort(key=lambda e: -len(e[0]))


@dataclass(frozen=True)
class Length:
    """A length of time in tokens [start, end): days from `low` to `high`, ISO 8601, and how it is said.

    `kind` is ago (a point in the past), for, since, bare ("3 weeks" with nothing beside it), later (after an event), vague.
    """

    start: int
    end: int
    low: float
    high: float
    iso: str
    kind: str


def iso_of(value: float, letter: str) -> str:
    """ISO 8601 for a number of one unit; halves become the next smaller unit (1.5 years -> P1Y6M)."""
    if letter.endswith("10"):
        value, letter = value * 10, letter[0]
    elif letter == "W2":
        value, letter = value * 2, "W"
    whole, part = int(value), value - int(value)
    if letter == "Y" and part:
        months = round(part * 12)
        return f"P{whole}Y{months}M" if whole else f"P{months}M"
    if letter == "M" and part:
        return f"P{whole}M{round(part * 30)}D" if whole else f"P{round(part * 30)}D"
    if letter == "W" and part:
        return f"P{round(value * 7)}D"
    if letter == "D" and part:
        return f"PT{round(value * 24)}H" if not whole else f"P{whole}DT{round(part * 24)}H"
    if letter == "TH" and part:
        return f"PT{whole}H{round(part * 60)}M" if whole else f"PT{round(part * 60)}M"
    return f"PT{tidy(value)}{letter[1]}" if letter[0] == "T" else f"P{tidy(value)}{letter}"


def lengths(words: Sequence[str], today: date | None = None) -> list[Length]:
    """Every length of time in the words, in order, without overlaps."""
    found: list[Length] = []
    i = 0
    while i < len(words):
        item = (
            (_counted(words, i) if _last_one(words, i) else None)
            or _since(words, i, today)
            or _fixed(words, i)
            or _counted(words, i)
            or _plural(words, i)
        )
        if item is None:
            i += 1
        else:
            found.append(item)
            i = max(item.end, i + 1)
    return found


def _fixed(words: Sequence[str], i: int) -> Length | None:
    for pattern, low, high, iso, kind in _FIXED_BY_FIRST.get(words[i], ()):
        if list(words[i : i + len(pattern)]) == pattern:
            if pattern == ["today"] and i and words[i - 1] in ("'s", "for"):
                return None
            if pattern[-1] in ("week", "month", "year", "weekend") and i + len(pattern) < len(words) and words[i + len(pattern)] == "or":
                continue
            return Length(i, i + len(pattern), low, high, iso, kind)
    if words[i] in _WEEKDAYS and i and words[i - 1] in ("on", "last", "since", "this", "past"):
        return Length(i - 1, i + 1, 1, 9 if words[i - 1] == "last" else 7, "P4D", "since" if words[i - 1] == "since" else "ago")
    return None


def _quantity(words: Sequence[str], i: int) -> tuple[float, float, int] | None:
    """(low, high, words used) of a count before a unit: "3", "3 or 4", "3-4", "a couple of", "a", "half a"."""
    j = i
    if words[j] in ("a", "an", "the", "one"):
        nxt = words[j + 1] if j + 1 < len(words) else ""
        if nxt in _VAGUE:
            j += 1
        elif nxt in ("good", "solid", "full", "whole", "bad", "long", "half") and words[j] != "the":
            return (1, 1, 2) if nxt != "half" else (0.5, 0.5, 2)
        elif words[j] in ("a", "an"):
            return 1, 1, 1
    if words[j] in _VAGUE:
        used = j - i + 1
        if i + used < len(words) and words[i + used] == "of":
            used += 1
        if i + used < len(words) and words[i + used] in ("good", "more", "the", "last", "past"):
            used += 1
        if words[j] == "couple" and i + used + 1 < len(words) and words[i + used] == "few":
            used += 1
        return float(_VAGUE[words[j]][0]), float(_VAGUE[words[j]][1]), used
    if words[j] == "half" and j + 1 < len(words) and words[j + 1] in ("a", "an"):
        return 0.5, 0.5, 2
    first = number_at(words, j)
    if first is None:
        return None
    low = high = first[0]
    used = first[1]
    k = j + used
    joins = k < len(words) and words[k] in ("or", "to", "-", "/", "and", "maybe", ",", "till", "through")
    second = number_at(words, k + 1) if joins and k + 1 < len(words) else (number_at(words, k) if k < len(words) and first[1] == 1 else None)
    if second and low < second[0] <= low * 3 + 2:
        high = second[0]
        used += second[1] + (1 if joins else 0)
    return low, high, used


def _last_one(words: Sequence[str], i: int) -> tuple[float, float, int] | None:
    """ "the past month", "the last year and a half": one unit, not a date."""
    if (
        words[i] not in ("past", "last", "previous")
        or i + 1 >= len(words)
        or words[i + 1] not in ("day", "week", "month", "year", "decade", "hour", "fortnight")
    ):
        return None
    before = words[i - 1] if i else ""
    if (
        words[i] == "past"
        or before in ("the", "this")
        or list(words[i + 2 : i + 5]) == ["and", "a", "half"]
        or list(words[i + 2 : i + 4]) == ["or", "so"]
        or list(words[i + 2 : i + 4]) == ["or", "two"]
    ):
        return 1, 1, 1
    return None


def _counted(words: Sequence[str], i: int) -> Length | None:
    quantity = _quantity(words, i) or _last_one(words, i)
    if quantity is None:
        return None
    low, high, used = quantity
    j = i + used
    if j + 1 < len(words) and words[j] == "-" and words[j + 1] in _NAMES:
        j += 1
    skipped = 0
    while (
        j < len(words)
        and words[j]
        in ("previous", "past", "last", "long", "full", "whole", "solid", "good", "odd", "or", "so", "plus", "+", "more", "bloody", "fucking")
        and skipped < 2
    ):
        j, skipped = j + 1, skipped + 1
    unit = _NAMES.get(words[j]) if j < len(words) else None
    if unit is None or (words[j] in ("m", "d", "h", "y") and not words[i][0].isdigit()):
        return None
    if words[i] in ("a", "an") and unit in ("night", "morning", "evening", "second", "weekend"):
        return None
    if words[j] in ("month", "year", "week", "day") and j + 1 < len(words) and words[j + 1] in ("old", "olds"):
        return None
    low_days, high_days, letter = _UNITS[unit]
    value, top, end = low, high, j + 1
    tail = list(words[end : end + 3])
    if tail == ["and", "a", "half"]:
        value, top, end = value + 0.5, top + 0.5, end + 3
    elif tail[:2] == ["and", "half"]:
        value, top, end = value + 0.5, top + 0.5, end + 2
    elif tail == ["and", "a", "quarter"]:
        value, top, end = value + 0.25, top + 0.25, end + 3
    elif tail[:1] == ["or"] and len(tail) > 1 and tail[1] in ("two", "2", "three", "3", "so", "more"):
        if tail[1] in ("two", "2", "three", "3"):
            top = 2.0 if tail[1] in ("two", "2") else 3.0
        end += 2
    item = Length(i, end, value * low_days, top * high_days, iso_of(value, letter), "bare")
    return _with_more(words, _sized(words, item))


def _with_more(words: Sequence[str], item: Length) -> Length:
    """Join a smaller unit that follows ("1 month 21 days", "2 years and 3 months"), and set the kind from what stands around."""
    j = item.end + (1 if item.end < len(words) and words[item.end] in ("and", ",", "&") else 0)
    quantity = _quantity(words, j) if j < len(words) and item.end < len(words) else None
    if quantity and j + quantity[2] < len(words) and words[j][0] not in "a":
        unit = _NAMES.get(words[j + quantity[2]])
        if unit:
            low, high, letter = _UNITS[unit]
            date_part, clock = (item.iso[1:].split("T") + [""])[:2]
            more = iso_of(quantity[0], letter)
            more_date, more_clock = (more[1:].split("T") + [""])[:2]
            if (high < item.high or j == item.end) and not (clock and more_date):
                clock += more_clock
                iso = "P" + date_part + more_date + ("T" + clock if clock else "")
                joined = Length(item.start, j + quantity[2] + 1, item.low + quantity[0] * low, item.high + quantity[1] * high, iso, item.kind)
                return _with_more(words, joined)
    return _placed(words, item)


def _sized(words: Sequence[str], item: Length) -> Length:
    """ "more than 4 days", "less than a week": open the range."""
    before = list(words[max(0, item.start - 2) : item.start])
    if before[-2:] == ["less", "than"] or before[-1:] in (["under"], ["nearly"], ["almost"]):
        return Length(item.start, item.end, item.low * (0 if before[-1] == "than" else 0.8), item.high, item.iso, item.kind)
    if before[-2:] == ["more", "than"] or before[-1:] == ["over"] or before[-2:] == ["at", "least"]:
        return Length(item.start, item.end, item.low, item.high * 2, item.iso, item.kind)
    return item


def _placed(words: Sequence[str], item: Length) -> Length:
    after = list(words[item.end : item.end + 3])
    start, end, kind = item.start, item.end, item.kind
    if after[:1] in (["ago"], ["back"], ["earlier"]) or after[:2] in (["or", "so"], ["now", "ago"]) and "ago" in after:
        kind, end = "ago", end + 1 + (after[0] == "or" or after[0] == "now")
        if after[0] == "or":
            end = item.end + 3
    elif after[:1] in (["later"], ["afterwards"]) or (after[:1] == ["after"] and _NAMES.get(words[item.end - 1])):
        kind, end = "later", end + 1
    else:
        k = start - 1
        steps = 0
        while k >= 0 and words[k] in _APPROX and steps < 4:
            if words[k] in ("past", "last", "previous"):
                kind, start = "for", k
            k, steps = k - 1, steps + 1
        if k >= 0 and words[k] in ("the", "these", "this") and kind == "for":
            k -= 1
        if words[start] in ("past", "last", "previous"):
            kind = "for"
        if k >= 0 and words[k] in ("for", "over", "during", "since", "within", "in") and kind != "for":
            kind = {"for": "for", "over": "for", "during": "for", "since": "for", "within": "in", "in": "in"}[words[k]]
        elif k >= 0 and words[k] in ("been", "on", "going"):
            kind = "for"
        if after[:1] == ["now"] and kind == "bare":
            kind = "for"
    return Length(start, end, item.low, item.high, item.iso, kind)


def _plural(words: Sequence[str], i: int) -> Length | None:
    """ "for years", "months ago", "weeks now": a plural unit without a count."""
    unit = _NAMES.get(words[i])
    if unit is None or not words[i].endswith("s") or unit in ("second", "evening", "morning") or words[i] in ("mornings", "evenings"):
        return None
    after = words[i + 1] if i + 1 < len(words) else ""
    before = words[i - 1] if i else ""
    spread = {
        "minute": (2, 59),
        "hour": (2, 12),
        "day": (2, 6),
        "night": (2, 6),
        "week": (2, 7),
        "weekend": (2, 4),
        "month": (2, 11),
        "year": (2, 15),
        "decade": (1, 4),
        "fortnight": (2, 3),
    }[unit]
    low, high, letter = _UNITS[unit]
    count = {"year": 3, "month": 3, "week": 3, "day": 3, "hour": 3}.get(unit, 2)
    made = (spread[0] * low, spread[1] * high, iso_of(count, letter))
    if after in ("ago", "back"):
        return Length(i, i + 2, *made, "ago")
    if after in ("later", "afterwards"):
        return Length(i, i + 2, *made, "later")
    if before in ("for", "been", "over", "last", "past", "these", "on") or after == "now" or (before in ("of", "many") and i > 1):
        return Length(i, i + 1, *made, "for")
    if len(words) == 1:  # "years": the whole answer
        return Length(i, i + 1, *made, "weak")
    return None


def _since(words: Sequence[str], i: int, today: date | None) -> Length | None:
    """ "since March", "since last spring", "back in late August", "in 2019", "since nineteen eighty three"."""
    if words[i] not in (
        "since",
        "in",
        "from",
        "last",
        "this",
        "back",
        "around",
        "early",
        "late",
        "mid",
        "start",
        "beginning",
        "end",
        "before",
        "at",
        "over",
    ):
        return None
    now = today or date.today()
    j, qualifiers = i, []
    while j < len(words) and words[j] in (
        "since",
        "in",
        "from",
        "last",
        "this",
        "back",
        "around",
        "about",
        "early",
        "late",
        "mid",
        "the",
        "start",
        "beginning",
        "end",
        "of",
        "middle",
        "past",
        "sometime",
        "before",
        "at",
        "just",
        "over",
        "way",
        "-",
    ):
        qualifiers.append(words[j])
        j += 1
    if j >= len(words) or not {"since", "in", "from", "last", "this", "early", "late", "back", "before", "at", "over"} & set(qualifiers):
        return None
    kind = "since" if "since" in qualifiers else "ago"
    word = words[j]
    feast = next((f for f in _FEASTS if list(words[j : j + len(f[0])]) == f[0]), None)
    if feast:
        return _from_date(words, i, j + len(feast[0]), now, feast[1], feast[2], kind, 4)
    dated = _day_of_month(words, j)
    if dated:
        return _from_date(words, i, dated[2], now, dated[0], dated[1], kind, 1)
    if words[j : j + 1] == ["month"] and {"start", "beginning"} & set(qualifiers):
        return Length(i, j + 1, max(0.0, now.day - 3.0), float(now.day), f"P{max(1, now.day - 1)}D", kind)
    year = _year_at(words, j, now)
    if year:
        length = max(0, (now.year - year[0]) * 365.25)
        return Length(i, j + year[1], max(0.0, length - 200), length + 370, f"P{max(1, now.year - year[0])}Y", kind)
    month = _MONTHS.get(word) or _SEASONS.get(word) or (_SEASONS["new year"] if list(words[j : j + 2]) == ["new", "year"] else None)
    if (
        month is None
        or (word == "may" and kind != "since" and "last" not in qualifiers and "in" not in qualifiers)
        or (word == "fall" and "in" in qualifiers and "the" in qualifiers)
    ):
        return None
    if word in ("march", "may", "mar", "sun", "spring", "fall") and not {"since", "last", "in", "late", "early", "this"} & set(qualifiers):
        return None
    end = j + (2 if word == "new" else 1)
    named = _year_at(words, end + (1 if end < len(words) and words[end] in ("of", ",") else 0), now) if end < len(words) else None
    chosen = named[0] if named else now.year if (month, 1) <= (now.month, now.day) else now.year - 1
    near = 2 if word in _SEASONS else 1  # "last November", said in November, was a year ago
    if "last" in qualifiers and not named and (now.year - chosen) * 12 + now.month - month < near:
        chosen -= 1
    months = max(0, (now.year - chosen) * 12 + now.month - month)
    low, high = max(0.0, months * 30.4 - 50), months * 30.4 + (80 if word in _SEASONS else 31)
    if named:
        end += named[1] + (1 if words[end] in ("of", ",") else 0)
    return Length(i, end, low, high, f"P{months}M" if months else "P2W", kind)


# Canadian feasts: (words, month, day), the moving ones at their usual day.
_FEASTS: tuple[tuple[list[str], int, int], ...] = (
    (["canada", "day"], 7, 1), (["labour", "day"], 9, 3), (["labor", "day"], 9, 3), (["victoria", "day"], 5, 22), (["family", "day"], 2, 17),
    (["bc", "day"], 8, 3), (["boxing", "day"], 12, 26), (["new", "year's"], 1, 1), (["new", "years"], 1, 1), (["valentines"], 2, 14), (["valentine"], 2, 14),
    (["remembrance", "day"], 11, 11), (["halloween"], 10, 31), (["mothers", "day"], 5, 10), (["fathers", "day"], 6, 18), (["mother", "'s", "day"], 5, 10),
    (["father", "'s", "day"], 6, 18), (["st", "patricks"], 3, 17), (["august", "long", "weekend"], 8, 3), (["may", "long", "weekend"], 5, 20),
    (["may", "long"], 5, 20), (["august", "long"], 8, 3),
)  # fmt: skip
_ORDINALS = {w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)}


def _day_of_month(words: Sequence[str], j: int) -> tuple[int, int, int] | None:
    """(month, day, end) of "the 3rd of november", "november 3rd", "nov 3"."""

    def day_at(k: int) -> tuple[int, int] | None:
        if k >= len(words):
            return None
        if words[k] in _ORDINALS:
            return _ORDINALS[words[k]], k + 1
        if words[k].isdigit() and 1 <= int(words[k]) <= 31:
            return int(words[k]), k + 1 + (words[k + 1 : k + 2] in (["st"], ["nd"], ["rd"], ["th"]))
        return None

    day = day_at(j)
    if day:
        k = day[1] + (words[day[1] : day[1] + 1] == ["of"])
        return (_MONTHS[words[k]], day[0], k + 1) if k < len(words) and words[k] in _MONTHS else None
    if words[j] in _MONTHS:
        k = j + 1 + (words[j + 1 : j + 2] == ["the"])
        day = day_at(k)
        if day and words[day[1] : day[1] + 1] != ["years"]:
            return _MONTHS[words[j]], day[0], day[1]
    return None


def _from_date(words: Sequence[str], i: int, end: int, now: date, month: int, day: int, kind: str, spread: float) -> Length | None:
    """The length of time since the last such day, give or take `spread` days."""
    if words[end : end + 1] == ["weekend"]:
        end += 1
    year = now.year if (month, day) <= (now.month, now.day) else now.year - 1
    try:
        days = (now - date(year, month, day)).days
    except ValueError:  # the 31st of a shorter month
        return None
    return Length(i, end, max(0.0, days - spread), days + spread, f"P{max(1, days)}D", kind)


def _year_at(words: Sequence[str], i: int, now: date) -> tuple[int, int] | None:
    """A year in digits or words ("2019", "nineteen eighty three", "two thousand and two")."""
    if i >= len(words):
        return None
    word = words[i]
    if word.isdigit() and len(word) == 4 and 1940 <= int(word) <= now.year:
        return int(word), 1
    if word in ("nineteen", "twenty"):
        rest = number_at(words, i + 1)
        if rest and 10 <= rest[0] <= 99 and rest[0] == int(rest[0]):
            year = (1900 if word == "nineteen" else 2000) + int(rest[0])
            if 1940 <= year <= now.year:
                return year, 1 + rest[1]
    if word == "two" and list(words[i + 1 : i + 2]) == ["thousand"]:
        value = number_at(words, i)
        if value and 2000 <= value[0] <= now.year:
            return int(value[0]), value[1]
    return None
