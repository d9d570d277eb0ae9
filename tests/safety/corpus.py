"""The red flag corpus: one YAML file an id, and how a reading is judged against it.

A file holds `id`, `raise` (texts that must raise that id) and `silent` (texts that must not alarm anybody);
`harmless.yml` holds what most people write and has nothing to raise.
Keys of a text:

- `text`, `style`; `question` (the open question, default none), `for_whom` (self | other, default self);
- `min_tier` of a `raise`: the id must be raised at this tier or a more urgent one (default: the lowest tier of
  its id that is not a mere note, see `DEFAULT_TIER`); `or`: other ids that are as right, at the same tier;
- `max_tier` of a `silent`: the id may stand as a note of this tier (T3 or T4), not above it; `may_raise`: other ids
  which the text does raise; `in_context`: meaningless without its question, so not asked of the bare screen.

A silent text raises nothing at T1 or T2, whatever the id; a silent text of an id that is itself a T3 or T4 flag
does not raise that id at all, unless `max_tier` allows a note. Source of what must and must not raise: rule 4
and the red flag table of the clinical content (docs/clinical.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
TIERS = ("T1", "T2", "T3", "T4")
#: The tier which an id's `raise` texts reach when they do not say another one.
DEFAULT_TIER = {
    "RF10_fragility": "T3",
    "RF11_cancer": "T3",
    "RF16_gca": "T3",
    "RF17_inflammatory": "T4",
    "RF18_pmr": "T3",
    "RF19_crps": "T4",
    "RF23_shingles": "T3",
}
KEYS = {
    "raise": {"text", "style", "question", "for_whom", "min_tier", "or", "in_context"},
    "silent": {"text", "style", "question", "for_whom", "max_tier", "may_raise", "in_context"},
}


@dataclass(frozen=True)
class Row:
    """One text of the corpus and what it must lead to."""

    red_flag: str
    raises: bool
    text: str
    style: str
    question: str | None
    for_whom: str
    tier: str | None  # min_tier of a raise, max_tier of a silent
    others: tuple[str, ...]  # `or` of a raise, `may_raise` of a silent
    in_context: bool


def load(folder: Path = HERE) -> list[Row]:
    """All rows of the `*.yml` files in `folder`; an unknown key or a tier that does not exist is a ValueError."""
    rows = []
    for path in sorted(folder.glob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if set(data) != {"id", "raise", "silent"} or data["id"] != path.stem:
            raise ValueError(f"{path.name}: needs id (the file's name), raise and silent, has {sorted(data)}")
        for kind in ("raise", "silent"):
            for number, entry in enumerate(data[kind], 1):
                rows.append(_row(data["id"], kind, entry, f"{path.name} {kind} {number}"))
    return rows


def _row(red_flag: str, kind: str, entry: Mapping[str, Any], place: str) -> Row:
    unknown = set(entry) - KEYS[kind]
    if unknown:
        raise ValueError(f"{place}: unknown keys {sorted(unknown)}")
    tier = entry.get("min_tier" if kind == "raise" else "max_tier")
    if kind == "raise" and tier is None:
        tier = DEFAULT_TIER.get(red_flag, "T2")
    if tier is not None and tier not in TIERS:
        raise ValueError(f"{place}: tier {tier}")
    if entry.get("for_whom", "self") not in ("self", "other"):
        raise ValueError(f"{place}: for_whom {entry['for_whom']}")
    return Row(
        red_flag=red_flag,
        raises=kind == "raise",
        text=entry["text"],
        style=entry.get("style", "plain"),
        question=entry.get("question"),
        for_whom=entry.get("for_whom", "self"),
        tier=tier,
        others=tuple(entry.get("or" if kind == "raise" else "may_raise", ())),
        in_context=bool(entry.get("in_context", False)),
    )


def is_right(row: Row, raised: Mapping[str, str]) -> bool:
    """Whether `raised` (red flag id -> its most urgent tier) is what the row asks for."""
    if row.raises:
        wanted = (row.red_flag, *row.others)
        return any(name in raised and raised[name] <= (row.tier or "T2") for name in wanted)
    if any(tier <= "T2" for name, tier in raised.items() if name not in row.others):
        return False
    if row.red_flag in DEFAULT_TIER and row.tier is None:
        return row.red_flag not in raised
    return row.red_flag not in raised or row.tier is None or raised[row.red_flag] >= row.tier


def most_urgent(flags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Red flag id -> its most urgent tier, from (id, tier) pairs."""
    worst: dict[str, str] = {}
    for name, tier in flags:
        worst[name] = min(tier, worst.get(name, tier))
    return worst


def by_read(row: Row) -> dict[str, str]:
    """What the dialogue's reading of the text raises, in the context of the row's question."""
    from clinic.reading import Context, read

    reading = read(row.text, Context(question=row.question, for_whom=row.for_whom))
    return most_urgent((flag["id"], flag["tier"]) for flag in reading.red_flags)


def by_screen(row: Row) -> dict[str, str]:
    """What the gate's screen raises, which knows nothing of the open question."""
    from clinic.reading import screen

    return most_urgent((mention.code, mention.tier or "T4") for mention in screen(row.text, row.for_whom))


READERS = {"read": by_read, "screen": by_screen}


def asked(rows: Iterable[Row], reader: str) -> Iterator[Row]:
    """The rows that may be put to this reader: the bare screen is not asked what only its question explains."""
    return (row for row in rows if reader == "read" or not row.in_context)


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson 95 % interval of a proportion; (0, 1) for an empty sample."""
    if n == 0:
        return 0.0, 1.0
    p = right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)
