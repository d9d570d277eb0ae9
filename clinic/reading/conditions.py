"""Which of the clinic's conditions a question about treatment names, by its own name or a lay one."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from clinic.reading.rulebook import RuleError, closed, read_yaml

FILE = "conditions.yml"
# Topics of the classifier that ask whether, or what, the clinic treats.
ABOUT_TREATMENT = ("condition", "conditions")


@cache
def conditions() -> dict[str, dict[str, list[str]]]:
    """id -> {"names", "examples"}; a name that two conditions claim is an error."""
    found: dict[str, Any] = closed(read_yaml(FILE), {"source", "conditions"}, set(), FILE)["conditions"]
    claimed: dict[str, str] = {}
    for code, entry in found.items():
        closed(entry, {"names", "examples"}, set(), f"{FILE}: {code}")
        for name in entry["names"]:
            if claimed.setdefault(name, code) != code:
                raise RuleError(f"{FILE}: {name!r} is claimed by {claimed[name]} and {code}")
    return found


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    codes = {name.replace("'", ""): code for code, entry in conditions().items() for name in entry["names"]}
    longest_first = sorted(codes, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"), codes


def named(text: str) -> str | None:
    """The condition with the longest name in the text, None if it names none."""
    pattern, codes = _pattern()
    plain = re.sub(r"\s+", " ", re.sub(r"['’]", "", text.lower()).replace("-", " "))
    found = max(pattern.findall(plain), key=len, default=None)
    return codes[found] if found else None


def topic(text: str, guessed: str | None) -> str | None:
    """`condition.<id>` for a question about treatment that names one, else the topic as guessed."""
    code = named(text) if guessed in ABOUT_TREATMENT else None
    return f"condition.{code}" if code else guessed
