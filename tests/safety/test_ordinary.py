"""Plain pain raises no alarm, in whatever words it meets: thousands of openings put together at random (ordinary.py)."""

from __future__ import annotations

from clinic.reading import Context, read
from tests.safety.ordinary import openings

OPENINGS = 2000
MOST = 0.003  # of them; what is left is worth a look whenever the rules change


def test_hardly_any_ordinary_opening_is_taken_for_an_emergency() -> None:
    alarmed = []
    for text in openings(OPENINGS):
        urgent = [flag["id"] for flag in read(text, Context(question="narrative")).red_flags if flag["tier"] in ("T1", "T2")]
        if urgent:
            alarmed.append((urgent, text))
    assert len(alarmed) <= MOST * OPENINGS, alarmed
