"""The people of the demonstration: enough of them, nobody real, and every answer is one of a question that there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from clinic.protocol import protocol
from intake.demo.dates import SLOWER, counts, send_back
from intake.demo.player import PLAIN, people, play
from intake.records import Keyring, Records
from tests.conftest import Stack
from tests.talking import Patient

KEYS = {"name", "say", "phone", "answers", "stop_at", "staff", "channel", "emergency", "withdraw", "ask_person", "days"}


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


def test_what_was_played_moves_into_the_past_with_its_counts_and_nothing_else_does(tmp_path: Path) -> None:
    clock = [datetime(2026, 11, 25, 20, tzinfo=UTC)]
    records = Records(str(tmp_path / "demo.db"), Keyring.open(tmp_path / "key"), clock=lambda: clock[0])
    records.migrate()
    with records.begin() as tx:
        other, _ = tx.conversations.create("web")
        tx.tallies.count("started", "web")
        before = counts(tx)
        mine, _ = tx.conversations.create("web")
        for measure, detail in (("started", ""), ("finished", ""), ("minutes", "3")):
            tx.tallies.count(measure, "web", detail=detail)
        tx.messages.say(mine.id, kind="info", text="Hello.")
        clock[0] += timedelta(seconds=4)
        tx.messages.say(mine.id, kind="info", text="Thank you.")
        send_back(tx, mine.id, timedelta(days=14), before)
    ended = clock[0] - timedelta(days=14)
    with records.read() as tx:
        first, last = tx.messages.list(mine.id)
        assert (first.at, last.at) == (ended - timedelta(seconds=4 * (SLOWER + 1)), ended)
        assert tx.conversations.get(mine.id).created_at == first.at
        assert tx.conversations.get(other.id).created_at == datetime(2026, 11, 25, 20, tzinfo=UTC)
        week, earlier = datetime(2026, 11, 23).date(), datetime(2026, 11, 9).date()
        assert dict(counts(tx)) == {
            (week, "web", "started", ""): 1, (earlier, "web", "started", ""): 1,
            (earlier, "web", "finished", ""): 1, (earlier, "web", "minutes", "10"): 1,
        }  # fmt: skip
    records.close()


@pytest.mark.stack
def test_one_of_them_is_played_to_the_end_and_staff_find_the_intake(stack: Stack) -> None:
    with httpx.Client(base_url=stack.url, timeout=60) as http:
        ended = play(http, people()[0])
    assert ended["state"] == "handed_off"
    seen = Patient(stack.url)
    seen.conversation = ended
    assert seen.handoff(stack.staff_key)["answers"]["contact.name"]["value"] == people()[0]["name"]
