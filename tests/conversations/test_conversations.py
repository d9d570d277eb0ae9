"""Whole intakes, played over HTTP against the running stack and compared with what staff must get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.conversations.judging import differences, was_escalated
from tests.conversations.player import play
from tests.conversations.test_personas import FULL, HARMLESS

pytestmark = pytest.mark.stack


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
