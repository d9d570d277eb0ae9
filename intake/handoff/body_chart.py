"""The body chart of a handoff as SVG: front and back, with the painful areas filled.

The shapes are those of the picture that patients tap (`intake/channels/web/static/figure.js`; a test holds the two
together): drawn for one half, mirrored. 0 is the middle line, x grows outwards. On the front view the patient's
right is on the left of the paper, on the back view it is on the right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intake.handoff.labels import code_label

HALF_WIDTH = 82
HEIGHT = 440
Shape = tuple[str, str, bool]  # region code, path, whether it lies on the middle line


def _strip(region: str, top: int, bottom: int, x: int) -> Shape:
    return (region, f"M{-x} {top}L{x} {top}L{x} {bottom}L{-x} {bottom}Z", True)


def _trunk(region: str, top: int, bottom: int, outer: tuple[int, int], inner: int = 9) -> list[Shape]:
    side = f"M{inner} {top}L{outer[0]} {top}L{outer[1]} {bottom}L{inner} {bottom}Z"
    return [(region, side, False), _strip(region, top, bottom, inner - 1)]


def _sides(*shapes: tuple[str, str]) -> list[Shape]:
    return [(region, path, False) for region, path in shapes]


_LIMBS = _sides(
    ("upper_arm", "M37 103Q47 96 57 104L61 149L43 150Z"),
    ("elbow", "M43 152L61 151L64 171L47 173Z"),
    ("forearm", "M47 175L64 173L68 216L54 218Z"),
    ("wrist", "M54 220L68 218L70 231L56 233Z"),
    ("hand", "M56 235L70 233Q77 250 72 268Q62 276 57 266Q54 250 56 235Z"),
    ("knee", "M8 301L34 301L33 326L9 326Z"),
    ("lower_leg", "M9 328L33 328Q35 352 28 391L14 391Q8 352 9 328Z"),
    ("ankle", "M14 393L28 393L29 408L13 408Z"),
    ("foot", "M13 410L29 410Q40 428 34 434L12 434Q9 424 13 410Z"),
    ("shoulder", "M15 74Q50 76 57 101Q46 93 37 100L34 86Z"),
    ("neck", "M5 60Q10 58 12 56L13 72L5 72Z"),
)
FRONT: list[Shape] = [
    *_sides(("head", "M0 2Q22 2 23 28L20 40L0 40Z"), ("jaw", "M0 42L20 42Q16 58 0 60Z")),
    _strip("neck", 61, 72, 4),
    *_sides(("chest", "M9 75L13 75L32 87L36 104L35 128L9 128Z")),
    _strip("chest", 75, 128, 8),
    *_trunk("abdomen", 130, 178, (35, 32)),
    *_sides(("pelvis", "M9 180L20 180L16 203L9 203Z"), ("hip", "M22 180L33 180Q40 200 39 221L25 214L18 205Z")),
    _strip("pelvis", 180, 203, 8),
    *_sides(("groin", "M2 205L16 205L23 215Q12 222 4 224Z"), ("thigh", "M4 226Q16 222 24 217L39 224Q40 262 34 299L8 299Q4 262 4 226Z")),
    *_LIMBS,
]
BACK: list[Shape] = [
    *_sides(("head", "M0 2Q22 2 23 28Q20 50 12 54L0 54Z")),
    *_LIMBS[:-1],
    *_sides(("neck", "M5 56L12 56L13 72L5 72Z")),
    _strip("neck", 56, 72, 4),
    _strip("upper_back", 75, 108, 8),
    *_sides(("upper_back", "M9 75L13 75L32 87L36 104L36 108L9 108Z")),
    *_trunk("mid_back", 110, 144, (36, 34)),
    *_trunk("lower_back", 146, 182, (34, 35)),
    *_sides(
        ("buttock", "M1 184L35 184Q43 208 38 224Q18 236 1 226Z"),
        ("thigh", "M3 229Q20 236 38 227Q40 262 34 299L8 299Q4 262 3 229Z"),
    ),
]


@dataclass(frozen=True)
class Area:
    """A painful area: region code, sides (left, right, middle), and whether the pain only spreads there."""

    region: str
    sides: frozenset[str]
    main: bool = False
    spread: bool = False


# As attributes and not as a style sheet: a PDF writer ignores outer CSS, a strict page policy forbids inner CSS.
_INK = {
    "": 'fill="#fff" stroke="#666"',
    "main": 'class="main" fill="#b3261e" stroke="#666"',
    "more": 'class="more" fill="#e58a84" stroke="#666"',
    "spread": 'class="spread" fill="#f7d9d7" stroke="#b3261e" stroke-dasharray="4 3"',
}
_EVERYWHERE = frozenset({"left", "right", "middle"})
_SIDES = {
    "left": frozenset({"left"}),
    "right": frozenset({"right"}),
    "both": frozenset({"left", "right"}),
    "middle": frozenset({"middle"}),
}


def areas(handoff: Mapping[str, Any]) -> tuple[Area, ...]:
    """The areas of a handoff, the main one first; without a side told, both sides and the middle are marked."""
    answers = handoff["answers"]
    site = answers.get("pain.site") or {}
    if site.get("state") != "answered":
        return ()
    main_side = (answers.get("pain.side") or {}).get("value")
    details = {part.get("region"): part for part in site.get("detail") or ()}
    found: list[Area] = []
    for place, region in enumerate(site.get("value") or ()):
        part = details.get(region, {})
        side = part.get("side") or (main_side if place == 0 else None)
        sides = _SIDES.get(side or "", _EVERYWHERE)
        found.append(Area(region, sides, main=place == 0))
        spread = part.get("spreads_to") or ()
        for other in spread.split() if isinstance(spread, str) else spread:
            found.append(Area(other, sides, spread=True))
    return tuple(found)


def body_chart(handoff: Mapping[str, Any]) -> str:
    """The chart as an SVG element. Classes: `main`, `more`, `spread`; without painful areas an empty figure."""
    painful = areas(handoff)
    named = ", ".join(dict.fromkeys(code_label(area.region) for area in painful)) or "no area told"
    width = 4 * HALF_WIDTH
    views = "".join(
        f'<g transform="translate({centre} 0)">{"".join(_paths(shapes, painful, right_on_paper_left))}'
        f'<text x="0" y="{HEIGHT + 14}" text-anchor="middle" font-size="14" fill="#333">{label}</text></g>'
        for shapes, centre, right_on_paper_left, label in (
            (FRONT, HALF_WIDTH, True, "front (R | L)"),
            (BACK, 3 * HALF_WIDTH, False, "back (L | R)"),
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="body-chart" viewBox="0 0 {width} {HEIGHT + 20}" role="img" '
        f'aria-label="Body chart: {named}"><title>Body chart: {named}</title>{views}</svg>'
    )


def _paths(shapes: list[Shape], painful: tuple[Area, ...], right_on_paper_left: bool) -> Iterator[str]:
    for region, path, middle in shapes:
        if middle:
            yield f'<path d="{path}" {_INK[_mark(region, "middle", painful)]}/>'
            continue
        for side, mirrored in (("left", not right_on_paper_left), ("right", right_on_paper_left)):
            flip = ' transform="scale(-1 1)"' if mirrored else ""
            yield f'<path d="{path}"{flip} {_INK[_mark(region, side, painful)]}/>'


def _mark(region: str, side: str, painful: tuple[Area, ...]) -> str:
    """The strongest mark of one shape: main, more, spread, or none."""
    hits = [area for area in painful if area.region == "widespread" or (area.region == region and side in area.sides)]
    if not hits:
        return ""
    if any(area.main for area in hits):
        return "main"
    return "more" if any(not area.spread for area in hits) else "spread"
