"""An unsure answer in a safety list is put once more, and then counts as yes (clinical content, rule 4)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clinic.interview import Inbound, State, Turn, open_interview, take_turn
from clinic.protocol import protocol
from intake.gate import triage


def at_the_list(name: str, channel: str = "web") -> State:
    """An intake about the lower back at its safety list `name`, all lists before answered with none."""
    state = open_interview(protocol(), State(channel=channel, locations=("victoria", "langford"))).state
    answers = {
        "consent": ["yes"], "for_whom": ["self"], "age_band": ["19_49"], "narrative": "it aches", "contact.name": "Sam",
        "contact.phone": "250 555 0143", "pain.site": ["lower_back"], "pain.side": ["left"],
    }  # fmt: skip
    while state.question != name:
        state = given(state, answers.get(state.question or "", ["none"])).state
    return state


def given(state: State, value: str | Sequence[str]) -> Turn:
    return take_turn(protocol(), state, inbound(state, value), None)


def inbound(state: State, value: str | Sequence[str]) -> Inbound:
    body = {"question": state.question, "value": value, "via": "choices"}
    return Inbound("m1", "2026-11-23T08:00:00Z", given=body, channel=state.channel)


def raised(state: State, turn: Turn) -> set[str]:
    return {flag.id for flag in triage.of_lists(state, triage.answered_lists(state, turn))}


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_unsure_about_the_spine_list_twice_raises_what_stayed_unsure(channel: str) -> None:
    state = at_the_list("safety.spine", channel)
    found: set[str] = set()
    while state.question == "safety.spine":
        turn = given(state, ["unsure"])
        found |= raised(state, turn)
        state = turn.state
    assert "RF06_cauda_equina" in found


def test_unsure_once_raises_nothing_yet() -> None:
    state = at_the_list("safety.spine")
    assert raised(state, given(state, ["unsure"])) == set()


def test_unsure_and_then_none_raises_nothing() -> None:
    state = at_the_list("safety.spine")
    again = given(state, ["unsure"]).state
    assert again.question == "safety.spine"
    assert raised(again, given(again, ["none"])) == set()
