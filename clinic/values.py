"""Checks a structured answer (buttons, list, picker, another program) against what its question takes.

`check()` returns the answer's state and value in the contract's shape; `BadValue` says what was wrong and what would
be right, without repeating what the person sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.protocol import Protocol, Question

NOT_AN_ANSWER = ("unknown", "declined", "skipped")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME_PARTS = (*(f"{day}_{part}" for day in DAYS for part in ("am", "pm", "eve")), "any")
SIDES = ("left", "right", "both", "middle")
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
MOST_CHARACTERS = 2000


class BadValue(ValueError):
    """The value does not fit its question. The message says what would; it never repeats the value."""


@dataclass(frozen=True)
class Checked:
    """`state` is answered, unknown, declined or skipped; `items` is filled for lists, `detail` for sites and precautions."""

    state: str
    value: Any
    items: Mapping[str, str] = field(default_factory=dict)
    detail: tuple[Mapping[str, Any], ...] = ()


def check(
    protocol: Protocol, question: Question, value: Any, offered: Sequence[str] = (), locations: Sequence[str] = ()
) -> Checked:
    """The checked answer. `offered`: the list items that were shown (all if empty); raises BadValue."""
    if isinstance(value, list) and len(value) == 1:
        # Sent as a choice, "declined" stands in a list of one, also where several may be ticked.
        many = question.kind in ("list", "sites", "times")
        value = value[0] if not many or value[0] in NOT_AN_ANSWER else value
    if isinstance(value, str) and value in NOT_AN_ANSWER and question.kind != "finding":
        if not question.optional:
            raise BadValue(f"{question.id} needs an answer")
        return Checked(value, None)
    checker: Callable[[Protocol, Question, Any], Checked] | None = {
        "consent": _choice, "choice": _choice, "confirm": _choice, "finding": _finding,
        "sites": _sites, "severity": _severity, "duration": _duration, "times": _times, "function": _function,
        "phone": _phone, "email": _email, "text": _text, "name": _text,
    }.get(question.kind)  # fmt: skip
    if question.id == "booking.location":
        return _location(value, locations)
    if checker is None:
        return _list(question, value, offered)
    return checker(protocol, question, value)


def _choice(protocol: Protocol, question: Question, value: Any) -> Checked:
    if not isinstance(value, str) or value not in (question.values or ()):
        raise BadValue(f"{question.id} takes one of: {', '.join(question.values or ())}")
    return Checked("unknown" if value == "unknown" else "answered", value)


def _finding(protocol: Protocol, question: Question, value: Any) -> Checked:
    allowed = ("reported", "not_reported", *NOT_AN_ANSWER)
    if not isinstance(value, str) or value not in allowed:
        raise BadValue(f"{question.id} takes one of: {', '.join(allowed)}")
    if value in NOT_AN_ANSWER:
        return Checked(value, "declined" if value == "skipped" else value)
    return Checked("answered", value)


def _list(question: Question, value: Any, offered: Sequence[str]) -> Checked:
    shown = tuple(offered) or tuple(question.items)
    ticked = [value] if isinstance(value, str) else value
    if not isinstance(ticked, list) or not ticked:
        raise BadValue(f"{question.id} takes a list of its items, or none, or unsure")
    detail = tuple(t for t in ticked if isinstance(t, Mapping))
    told = [t.get("id") if isinstance(t, Mapping) else t for t in ticked]
    allowed = {*question.items, *(item.split("@")[0] for item in question.items), "none", "unsure"}
    names = [name for name in told if isinstance(name, str) and name in allowed]
    if len(names) != len(told) or any(not isinstance(d.get("detail"), str | None) for d in detail):
        raise BadValue(f"{question.id} takes only the items that were shown, or none, or unsure")
    if "none" in names and len(names) > 1:
        raise BadValue("none stands alone: it cannot be sent with other items")
    unticked = "unknown" if "unsure" in names else "not_reported"
    reported = [name for name in names if name not in ("none", "unsure")]
    ids = {name.split("@")[0] for name in reported}
    items = dict.fromkeys(reported, "reported")
    items |= {item: unticked for item in shown if item not in items and item.split("@")[0] not in ids}
    return Checked("unknown" if names == ["unsure"] else "answered", reported or names[0], items, detail)


def _sites(protocol: Protocol, question: Question, value: Any) -> Checked:
    detail: Any = []
    if isinstance(value, Mapping):
        detail = value.get("detail") or []
        value = value.get("value") or value.get("regions") or [d.get("region") for d in detail]
    codes = [value] if isinstance(value, str) else value
    regions = set(protocol.regions)
    if not isinstance(codes, list) or not codes or any(c not in regions for c in codes if isinstance(c, str)):
        raise BadValue(f"{question.id} takes region codes: {', '.join(sorted(regions))}")
    if any(not isinstance(c, str) for c in codes):
        raise BadValue(f"{question.id} takes region codes: {', '.join(sorted(regions))}")
    if not isinstance(detail, list) or not all(isinstance(entry, Mapping) for entry in detail):
        raise BadValue('detail takes a list of {"region", "side", "spreads_to"}')
    kept: list[Mapping[str, Any]] = []
    for entry in detail:
        side, spread = entry.get("side"), entry.get("spreads_to")
        spread = [spread] if isinstance(spread, str) else (spread or [])
        if not isinstance(spread, list) or not all(isinstance(code, str) for code in (entry.get("region"), *spread)):
            raise BadValue('detail takes {"region", "side", "spreads_to"} with codes of the contract')
        if entry["region"] not in regions or (side and side not in SIDES) or any(s not in regions for s in spread):
            raise BadValue('detail takes {"region", "side", "spreads_to"} with codes of the contract')
        kept.append({"region": entry["region"], "side": side, "spreads_to": spread})
    return Checked("answered", list(dict.fromkeys(codes)), detail=tuple(kept))


def _severity(protocol: Protocol, question: Question, value: Any) -> Checked:
    low, high = (value.get("low"), value.get("high")) if isinstance(value, Mapping) else (value, value)
    low, high = _whole(low), _whole(high)
    if low is None or high is None or low > high:
        raise BadValue(f"{question.id} takes a whole number from 0 to 10, or low and high")
    return Checked("answered", {"low": low, "high": high})


def _whole(value: Any) -> int | None:
    """A whole number from 0 to 10 as a number or in digits, else None."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) <= 2:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10:
        return None
    return value


def _duration(protocol: Protocol, question: Question, value: Any) -> Checked:
    iso = value.get("iso") if isinstance(value, Mapping) else value
    if not isinstance(iso, str) or not _DURATION.fullmatch(iso):
        raise BadValue(f"{question.id} takes an ISO 8601 duration such as P3W or P2Y")
    words = _said(value)
    return Checked("answered", {"iso": iso, "words": words or iso})


def _times(protocol: Protocol, question: Question, value: Any) -> Checked:
    parts = value.get("parts") if isinstance(value, Mapping) else value
    parts = [parts] if isinstance(parts, str) else parts
    if not isinstance(parts, list) or not parts or any(part not in TIME_PARTS for part in parts):
        raise BadValue(f"{question.id} takes parts such as mon_am, thu_eve, or any")
    words = _said(value)
    return Checked("answered", {"parts": list(dict.fromkeys(parts)), "words": words})


def _function(protocol: Protocol, question: Question, value: Any) -> Checked:
    words, score = (value.get("words"), value.get("score")) if isinstance(value, Mapping) else (value, None)
    if isinstance(words, (int, float)) or (isinstance(words, str) and words.strip().isdigit()):
        words, score = None, words
    if score is not None and _whole(score) is None:
        raise BadValue("the score is a whole number from 0 to 10")
    score = _whole(score)
    if not (isinstance(words, str) and words.strip()) and score is None:
        raise BadValue(f"{question.id} takes the activity in words and a score from 0 to 10")
    if words is not None and (not isinstance(words, str) or len(words) > MOST_CHARACTERS):
        raise BadValue(f"{question.id} takes the activity in words and a score from 0 to 10")
    return Checked("answered", {"words": words, "score": score})


def _said(value: Any) -> str | None:
    """The patient's own words beside a structured value, if they are words and not too many."""
    words = value.get("words") if isinstance(value, Mapping) else None
    return words if isinstance(words, str) and len(words) <= MOST_CHARACTERS else None


def _location(value: Any, locations: Sequence[str]) -> Checked:
    allowed = (*locations, "either")
    if value not in allowed:
        raise BadValue(f"booking.location takes one of: {', '.join(allowed)}")
    return Checked("answered", value)


def normalise_phone(text: str) -> str | None:
    """E.164 of a number as people write it; ten digits are taken as North American. None if it cannot be one."""
    digits = re.sub(r"(?:ext|x)\.?\s*\d+$", "", text.strip(), flags=re.I)
    plus = digits.lstrip().startswith("+")
    digits = re.sub(r"\D", "", digits)
    if plus and 8 <= len(digits) <= 15:
        return f"+{digits}"
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return f"+1{digits}" if len(digits) == 10 and digits[0] in "23456789" and digits[3] in "23456789" else None


def _phone(protocol: Protocol, question: Question, value: Any) -> Checked:
    number = normalise_phone(value) if isinstance(value, str) else None
    if number is None:
        raise BadValue("a phone number with its area code is needed, such as 250 555 0142")
    return Checked("answered", number)


def _email(protocol: Protocol, question: Question, value: Any) -> Checked:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value.strip()):
        raise BadValue("an e-mail address is needed, such as name@example.ca")
    return Checked("answered", value.strip())


def _text(protocol: Protocol, question: Question, value: Any) -> Checked:
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_CHARACTERS:
        raise BadValue(f"{question.id} takes text of 1 to {MOST_CHARACTERS} characters")
    return Checked("answered", value.strip())
