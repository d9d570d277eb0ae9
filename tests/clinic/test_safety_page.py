"""The hazard log names tests that exist, for every hazard."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| H\d+ \|", line)]
_NAMED = re.compile(r"`(tests/[\w/.]+)::(\w+)`")


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


@pytest.mark.parametrize("row", ROWS, ids=[cells(row)[0] for row in ROWS])
def test_every_control_is_proved_by_tests_that_exist(row: str) -> None:
    named = _NAMED.findall(cells(row)[5])
    assert named, "names no test"
    assert len(named) == cells(row)[5].count("`") // 2, "something in the column is not a test"
    for path, name in named:
        assert (ROOT / path).is_file(), path
        assert name in names_in(ROOT / path), f"{path}::{name}"


@pytest.mark.parametrize("row", ROWS, ids=[cells(row)[0] for row in ROWS])
def test_every_hazard_says_cause_severity_control_and_what_is_left(row: str) -> None:
    assert len(cells(row)) == 7
    assert all(cells(row))
    assert cells(row)[3] in ("S1", "S2", "S3", "S4")


def test_the_hazards_are_numbered_without_a_gap() -> None:
    assert [cells(row)[0] for row in ROWS] == [f"H{number:02}" for number in range(1, len(ROWS) + 1)]
    assert len(ROWS) >= 25


@pytest.mark.parametrize("heading", ["## Intended use", "## What it is not", "## Hazard log", "## What is not controlled"])
def test_the_page_has_its_parts(heading: str) -> None:
    assert heading in PAGE
