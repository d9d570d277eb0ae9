"""The people of the demonstration: enough of them, nobody real, and every answer is one of a question that there is."""

from __future__ import annotations

import re

import httpx
import pytest

from clinic.protocol import protocol
from intake.demo.player import PLAIN, people, play
from tests.conftest import Stack
from tests.talking import Patient

KEYS = {"name", "say", "phone", "answers", "stop_at", "staff", "channel", "emergency", "withdraw", "ask_person"}


def test_there_are_at_least_forty_and_nobody_is_real() -> None:
    everybody = people()
    assert len(everybody) >= 40
    assert len({person["name"] for person in everybody}) == len(everybody)
    assert all(re.fullmatch(r"250 555 01\d\d", person["phone"]) for person in everybody), "numbers reserved for fiction"
    assert all(set(person) <= KEYS for person in everybody)


def test_every_answer_is_one_of_a_question_of_the_protocol() -> None:
    asked = {question for person in people() for question in person.get("answers", {})} | set(PLAIN)
    asked |= {person["stop_at"] for person in people() if "stop_at" in person}
    assert asked <= set(protocol().questions)


@pytest.mark.stack
def test_one_of_them_is_played_to_the_end_and_staff_find_the_intake(stack: Stack) -> None:
    with httpx.Client(base_url=stack.url, timeout=60) as http:
        ended = play(http, people()[0])
    assert ended["state"] == "handed_off"
    seen = Patient(stack.url)
    seen.conversation = ended
    assert seen.handoff(stack.staff_key)["answers"]["contact.name"]["value"] == people()[0]["name"]
