"""The personas themselves: enough of them, well formed, and with ids of the contract only (needs no running stack)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from clinic.contract_ids import PRECAUTIONS, QUESTIONS, RED_FLAGS, REGIONS
from tests.conversations.judging import days
from tests.conversations.player import DEFAULTS, HERE, as_step, load

FULL = [persona for path in sorted(HERE.glob("*.yml")) if path.stem not in ("defaults", "harmless") for persona in load(path)]
HARMLESS = load(HERE / "harmless.yml")


def steps(persona: Mapping[str, Any]) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Every step of a persona with the question it answers."""
    for given in persona.get("start", []):
        yield None, as_step(given)
    for section in ("answers", "asides"):
        for question, given in persona.get(section, {}).items():
            for one in given if isinstance(given, list) else [given]:
                yield question, as_step(one)


def test_there_are_enough_whole_and_harmless_intakes() -> None:
    assert len(FULL) >= 25 and len(HARMLESS) >= 60


def test_every_name_stands_once() -> None:
    names = Counter(persona["name"] for persona in FULL + HARMLESS)
    assert [name for name, n in names.items() if n > 1] == []


def test_defaults_answer_questions_of_the_contract() -> None:
    assert set(DEFAULTS) <= set(QUESTIONS)
    for given in DEFAULTS.values():
        as_step(given)


@pytest.mark.parametrize("persona", FULL + HARMLESS, ids=lambda persona: persona["name"])
def test_a_persona_answers_only_questions_of_the_contract(persona: Mapping[str, Any]) -> None:
    for question, step in steps(persona):
        assert question is None or question in QUESTIONS
        assert step.get("question", "consent") in QUESTIONS
        assert all(isinstance(choice, str) for choice in step.get("choices", []))


@pytest.mark.parametrize("persona", FULL, ids=lambda persona: persona["name"])
def test_what_a_persona_expects_exists_in_the_contract(persona: Mapping[str, Any]) -> None:
    expect = persona["expect"]
    for wanted in expect.get("red_flags", []):
        assert wanted.partition("@")[0] in RED_FLAGS
    for wanted in expect.get("precautions", []):
        assert wanted in PRECAUTIONS
    for wanted in expect.get("must_not", []):
        assert wanted in (*RED_FLAGS, *PRECAUTIONS, *QUESTIONS)
    for key in ("findings", "answers", "states"):
        assert set(expect.get(key, {})) <= set(QUESTIONS)
    assert expect.get("site", "neck") in REGIONS
    assert days(expect.get("duration", "P1D")) > 0
