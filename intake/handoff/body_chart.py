"""The body chart of a handoff as SVG: front and back, with the painful areas filled.

The figure is that of the picture that patients tap (`intake/channels/web/static/figure.js`; a test runs that file and
holds the two together): one outline of half a body, mirrored, and plain shapes that the outline cuts to form. 0 is the
middle line, x grows outwards; what stands later lies on top. On the front view the patient's right is on the left of
the paper, on the back view it is on the right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intake.handoff.labels import code_label

HALF_WIDTH = 84
HEIGHT = 440
Shape = tuple[str, str, bool]  # region code, path, whether it is a strip on the middle line, drawn once
OUTLINE = (
    "M0 2c15 0 22 11 22 25c0 14-5 25-11 31l0 8c2 7 11 10 21 13c14 3 22 11 24 25c2 14 4 28 6 42c4 12 7 24 8 38"
    "c2 14 4 26 6 40c4 8 6 20 5 32c-2 11-6 19-11 19c-5 0-7-11-7-21c-2-10-2-18-1-26c-4-16-8-32-11-48c-3-14-5-28-7-42"
    "c-1-10-2-20-3-29c0 15-3 31-5 44c-1 12 1 24 4 37c4 16 5 36 4 56c-1 22-4 40-6 58c0 14 1 26 0 42c-2 20-7 38-9 54"
    "c1 12 8 24 10 30c0 8-9 9-17 8c-8-1-10-8-9-18c1-8 1-16 0-24c-4-18-7-36-7-54c0-12 2-24 2-36c-2-22-4-44-5-64l-3-16"
)


def _mirrored(path: str) -> str:
    """The other half of an outline: every x turned round (its commands are M, and relative c and l)."""
    out: list[str] = []
    place = 0
    for part in re.findall(r"[A-Za-z]|-?[\d.]+", path):
        if part.isalpha():
            place = 0
            out.append(part)
        else:
            out.append(f"{-float(part):g}" if place % 2 == 0 else part)
            place += 1
    return " ".join(out)


# One path of both halves: a PDF writer cuts with the last path of a clip only.
_BODY = f"{OUTLINE}{_mirrored(OUTLINE)}"


def _band(region: str, top: int, bottom: int, start: int = 0, end: int = 41, *, middle: bool = False) -> Shape:
    return (region, f"M{start} {top}H{end}V{bottom}H{start}Z", middle)


def _trunk(region: str, top: int, bottom: int, end: int = 41) -> list[Shape]:
    return [_band(region, top, bottom, 8, end), _band(region, top, bottom, -8, 8, middle=True)]


def _cut(region: str, top: int, bottom: int, start: int, end: int) -> Shape:
    """A cut across the arm, which hangs a little outwards."""
    a, b = 11 - start / 5, 11 - end / 5
    return (region, f"M{start} {top + a:g}L{end} {top + b:g}V{bottom + b:g}L{start} {bottom + a:g}Z", False)


_NECK: list[Shape] = [("neck", "M4 59H12L18 77L4 80Z", False), _band("neck", 59, 80, -4, 4, middle=True)]
_SHOULDER: Shape = ("shoulder", "M24 75L32 70H62V111L41 115Q41 92 24 75Z", False)
_ARM = [
    _cut("upper_arm", 112, 154, 41, 62),
    _cut("elbow", 154, 178, 45, 70),
    _cut("forearm", 178, 222, 50, 77),
    _cut("wrist", 222, 237, 56, 82),
    _cut("hand", 237, 285, 60, 84),
]
_LOWER_LEG = [
    _band("knee", 300, 334, 0, 50),
    _band("lower_leg", 334, 393, 0, 50),
    _band("ankle", 393, 411, 0, 50),
    _band("foot", 411, 440, 0, 50),
]
FRONT: list[Shape] = [
    *_ARM,  # first: the hip lies over what the arm's cuts leave inside
    _band("head", 0, 42, 0, 26),
    _band("jaw", 42, 59, 0, 26),
    ("chest", "M8 80L24 75Q41 92 41 112V134H8Z", False),
    ("chest", "M-8 80H8V134H-8Z", True),
    *_NECK,
    _SHOULDER,
    *_trunk("abdomen", 134, 182),
    *_trunk("pelvis", 182, 208, 22),
    ("groin", "M0 208H20L30 222L0 246Z", False),
    ("hip", "M22 182H50V228L32 224L20 208Z", False),
    ("thigh", "M0 246L31 223L50 228V300H0Z", False),
    *_LOWER_LEG,
]
BACK: list[Shape] = [
    *_ARM,
    _band("head", 0, 59, 0, 26),
    ("upper_back", "M8 80L24 75Q41 92 41 112H8Z", False),
    ("upper_back", "M-8 80H8V112H-8Z", True),
    *_NECK,
    _SHOULDER,
    *_trunk("mid_back", 112, 148),
    *_trunk("lower_back", 148, 186),
    _band("buttock", 186, 234, 0, 50),
    _band("thigh", 234, 300, 0, 50),
    *_LOWER_LEG,
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
    "": 'fill="#fff" stroke="#bbb" stroke-width="0.7"',
    "main": 'class="main" fill="#b3261e" stroke="#7d1a15" stroke-width="0.7"',
    "more": 'class="more" fill="#e58a84" stroke="#b3261e" stroke-width="0.7"',
    "spread": 'class="spread" fill="#f7d9d7" stroke="#b3261e" stroke-width="0.9" stroke-dasharray="4 3"',
}
_FLIP = ' transform="scale(-1 1)"'
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
    lines = f'<path d="{_BODY}" fill="none" stroke="#444" stroke-width="1.2"/>'
    views = "".join(
        f'<g transform="translate({centre} 0)"><g clip-path="url(#body)">{"".join(_paths(shapes, painful, right_on_paper_left))}</g>{lines}'
        f'<text x="0" y="{HEIGHT + 14}" text-anchor="middle" font-size="14" fill="#333">{label}</text></g>'
        for shapes, centre, right_on_paper_left, label in (
            (FRONT, HALF_WIDTH, True, "front (R | L)"),
            (BACK, 3 * HALF_WIDTH, False, "back (L | R)"),
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="body-chart" viewBox="0 0 {width} {HEIGHT + 20}" role="img" '
        f'aria-label="Body chart: {named}"><title>Body chart: {named}</title><clipPath id="body"><path d="{_BODY}"/></clipPath>{views}</svg>'
    )


def _paths(shapes: list[Shape], painful: tuple[Area, ...], right_on_paper_left: bool) -> Iterator[str]:
    for region, path, middle in shapes:
        if middle:
            yield f'<path d="{path}" {_INK[_mark(region, "middle", painful)]}/>'
            continue
        for side, mirrored in (("left", not right_on_paper_left), ("right", right_on_paper_left)):
            flip = _FLIP if mirrored else ""
            yield f'<path d="{path}"{flip} {_INK[_mark(region, side, painful)]}/>'


def _mark(region: str, side: str, painful: tuple[Area, ...]) -> str:
    """The strongest mark of one shape: main, more, spread, or none."""
    hits = [area for area in painful if area.region == "widespread" or (area.region == region and side in area.sides)]
    if not hits:
        return ""
    if any(area.main for area in hits):
        return "main"
    return "more" if any(not area.spread for area in hits) else "spread"
