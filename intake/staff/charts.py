"""Bar charts as SVG, drawn here: no script, no style attribute, so that the strict page policy holds. The table under each says
the same in words, so the picture itself is hidden from screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup, escape

ROW, BAR, LABEL, WIDTH = 26, 16, 190, 620


class Row(Protocol):
    """What a bar needs."""

    @property
    def label(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def width(self) -> int: ...


def bars(title: str, rows: Sequence[Row]) -> Markup:
    """A horizontal bar a row, as long as its `width` among the widest."""
    widest = max([row.width for row in rows], default=0) or 1
    room = WIDTH - LABEL - 60
    drawn = []
    for place, row in enumerate(rows):
        top, length = place * ROW, round(room * row.width / widest)
        drawn.append(
            f'<text x="{LABEL - 10}" y="{top + 17}" text-anchor="end">{escape(_short(row.label))}</text>'
            f'<rect x="{LABEL}" y="{top + 5}" width="{max(length, 1)}" height="{BAR}" rx="3"/>'
            f'<text x="{LABEL + length + 8}" y="{top + 17}">{escape(row.text)}</text>'
        )
    height = max(1, len(rows)) * ROW + 4
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bars" viewBox="0 0 {WIDTH} {height}" aria-hidden="true" focusable="false">'
        f"{''.join(drawn)}</svg>"
    )


def _short(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
