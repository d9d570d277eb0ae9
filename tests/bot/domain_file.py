"""domain.yml as tests read it: its responses with the gaps filled as in a real conversation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
GAP = re.compile(r"\{(\w+)\}")
# What fills a gap that no slot of the domain fills: given with the response.
GIVEN_WITH_THE_RESPONSE = {
    "what": "Pain now", "was": "4", "now": "6", "minutes_left": "3", "reference": "IMS-7K2Q", "receipt": "R-7K2Q",
    "topic": "price",
}  # fmt: skip
FACTS = {
    "clinic_name": "Parkway Physiotherapy & Performance Centre", "clinic_phone": "250-555-0142",
    "booking_url": "https://book.example/parkway", "hours_text": "Monday to Friday, 8 to 6.", "local_care": "a walk-in clinic",
    "locations_text": "Victoria and Langford", "privacy_contact": "Parkway, 250-555-0142", "kept_where": "in Canada",
    "kept_long": "16 years",
}  # fmt: skip
SELF = {"you": "you", "them": "you", "your": "your", "You": "You", "Your": "Your"}
OTHER = {"you": "they", "them": "them", "your": "their", "You": "They", "Your": "Their"}


class Variation(NamedTuple):
    """One variation of a response as it is shown."""

    response: str
    channel: str | None
    style: str | None
    text: str
    buttons: tuple[tuple[str, str], ...]


@cache
def domain() -> dict[str, Any]:
    """The file, read once."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return found


def filled(text: str, person: dict[str, str] = SELF) -> str:
    """A text with its gaps filled; a fact of the clinic that is a sentence of its own becomes a plain one."""
    gaps = {**GIVEN_WITH_THE_RESPONSE, **FACTS, **person}
    return GAP.sub(lambda gap: gaps.get(gap.group(1), "The clinic says so."), text)


def variations(prefix: str = "utter_", person: dict[str, str] = SELF) -> Iterator[Variation]:
    """Every variation of the responses that begin with `prefix`."""
    for name, found in domain()["responses"].items():
        if not name.startswith(prefix):
            continue
        for one in found:
            conditions = {c["name"]: c["value"] for c in one.get("condition") or []}
            buttons = tuple((str(b["payload"]), filled(b["title"], person)) for b in one.get("buttons") or ())
            yield Variation(name, one.get("channel"), conditions.get("ask_style"), filled(one["text"], person), buttons)
