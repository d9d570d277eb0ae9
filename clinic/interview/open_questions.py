"""A question about a fact that the clinic has not set: it is answered so, and goes to staff with the handoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clinic.interview.state import Say, Turn
from clinic.wording import Wording

NOTICE = "unanswered:"  # of a turn, with the topic behind it


def pass_on(turn: Turn, words: Wording, facts: Mapping[str, Any]) -> Turn:
    """The turn with a notice for each topic whose fact is None in `facts` (slot -> words).

    Before consent nothing is kept, so nothing is passed on; the answer names the clinic's phone either way.
    """
    topics = [
        str(say.params["topic"])
        for say in turn.says
        if say.params.get("topic") and words.unset(say.response, facts)
    ]
    if not topics or turn.state.value("consent") != "yes":
        return turn
    notices = tuple(f"{NOTICE}{topic}" for topic in topics)
    return replace(turn, says=(*turn.says, Say("utter_passed_on")), notices=(*turn.notices, *notices))


def topics_of(notices: tuple[str, ...] | list[str]) -> list[str]:
    """The topics in a turn's notices."""
    return [notice.removeprefix(NOTICE) for notice in notices if notice.startswith(NOTICE)]
