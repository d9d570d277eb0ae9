"""Whole intakes, played over HTTP against the running stack and compared with what staff must get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conversations.judging import differences, was_escalated
from tests.conversations.player import play
from tests.conversations.test_personas import FULL, HARMLESS

pytestmark = pytest.mark.stack


# What does not hold yet stands by name; nothing may be added to the list.
KNOWN = json.loads(Path(__file__).with_name("known_failures.json").read_text(encoding="utf-8"))
HELD = [persona for persona in FULL if persona["name"] not in KNOWN["full"]]


@pytest.mark.parametrize("persona", HELD, ids=lambda persona: persona["name"])
def test_an_intake_that_held_before_still_ends_in_the_handoff_that_its_persona_expects(stack: Any, persona: Mapping[str, Any]) -> None:
    assert differences(play(stack.url, persona, staff_key=stack.staff_key)) == []


@pytest.mark.parametrize("persona", FULL, ids=lambda persona: persona["name"])
def test_an_intake_ends_in_the_handoff_that_its_persona_expects(stack: Any, persona: Mapping[str, Any]) -> None:
    played = play(stack.url, persona, staff_key=stack.staff_key)
    found = differences(played)
    assert found == [], "\n".join([*found, played.transcript()])


def test_at_most_two_in_a_hundred_harmless_intakes_are_escalated(stack: Any) -> None:
    played = [play(stack.url, persona, staff_key=stack.staff_key) for persona in HARMLESS]
    escalated = [one.persona["name"] for one in played if was_escalated(one)]
    unfinished = [one.persona["name"] for one in played if one.conversation["state"] != "handed_off" and not was_escalated(one)]
    assert len(escalated) <= 0.02 * len(played), escalated
    assert unfinished == []
