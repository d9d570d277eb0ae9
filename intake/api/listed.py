"""Filters of a list of handoffs: several codes in one parameter, separated by commas."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.exceptions import HTTPException

STATUSES = ("new", "in_review", "contacted", "booked", "closed")
TIERS = ("T1", "T2", "T3", "T4")
ANY_TIER = (*TIERS, "none")  # the CSV also finds those without urgency


def _described(allowed: tuple[str, ...]) -> dict[str, str]:
    """The pattern for the API's description. It is `codes` that checks, because it says what would be right."""
    one = f"({'|'.join(allowed)})?"
    return {"pattern": f"^{one}(,{one})*$"}


StatusFilter = Annotated[str | None, Query(max_length=100, json_schema_extra=_described(STATUSES))]
TierFilter = Annotated[str | None, Query(max_length=40, json_schema_extra=_described(TIERS))]
AnyTierFilter = Annotated[str | None, Query(max_length=40, json_schema_extra=_described(ANY_TIER))]


def codes(text: str | None, allowed: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The codes of a filter. Raises 422 that names what may stand there."""
    found = tuple(part for part in (text or "").split(",") if part)
    if any(part not in allowed for part in found):
        raise HTTPException(422, f"{name} takes: {', '.join(allowed)}")
    return found
