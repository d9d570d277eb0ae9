"""The records on both databases (`database` of tests/conftest.py), with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake.records import Conversation, Keyring, Records


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Move on, for instance `days=7`."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "intake.key"


@pytest.fixture
def open_records(database: str, key_file: Path, clock: Clock) -> Iterator[Callable[[], Records]]:
    """Open the records as another process would: its own connections, its own copy of the key file."""
    with ExitStack() as stack:

        def opened() -> Records:
            found = Records(database, Keyring.open(key_file), clock=clock)
            stack.callback(found.close)
            found.migrate()
            return found

        yield opened


@pytest.fixture
def records(open_records: Callable[[], Records]) -> Records:
    return open_records()


@pytest.fixture
def conversation(records: Records) -> Conversation:
    with records.begin() as tx:
        return tx.conversations.create("web")[0]


NAME = "Zephyrine Quillfeather"
PHONE = "+12505550142"
EMAIL = "zephyrine@quillfeather.example"
WORDS = "a hot wire from my elbow to the little finger"


def document(urgency: str | None = None, *, reason: str = "completed", partial: bool = False, **contact: Any) -> dict[str, Any]:
    """A handoff document of the contract's shape, as far as the store reads it."""
    found = {"contact.name": NAME, "contact.phone": PHONE, "contact.email": EMAIL} | contact
    given = {"message_id": "m1", "at": "2026-03-02T17:00:00Z", "channel": "web", "via": "text", "by": "patient", "previous": []}
    answers = {key: {"value": value, "state": "answered", "quote": value, **given} for key, value in found.items()}
    answers["narrative"] = {"value": WORDS, "state": "answered", "quote": WORDS, **given}
    evidence = [{"quote": WORDS, "message_id": "m1", "rule": "r1"}]
    flags = [{"id": "RF07_weakness", "tier": urgency, "state": "reported", "evidence": evidence, "shown_at": None}]
    return {
        "schema": "ims-intake/handoff/1",
        "reason": reason,
        "urgency": urgency,
        "partial": partial,
        "answers": answers,
        "indicators": [{"id": "stabbing", "state": "reported", "evidence": evidence}],
        "score": {"reported": 1, "answered": 1, "of": 5},
        "myofascial": [],
        "sensations": [],
        "inflammation": [],
        "safety_screen": {"now": "complete", "spine": "complete", "general": "complete"},
        "red_flags": flags if urgency else [],
        "precautions": [],
        "summary": f"Says: {WORDS}.",
        "protocol_version": "1",
        "rules_version": "1",
    }


def whole_intake(records: Records, *, urgency: str | None = None, channel: str = "sms") -> tuple[str, str]:
    """Write one of everything that holds words of a patient; return (conversation id, handoff id)."""
    with records.begin() as tx:
        found, _ = tx.conversations.create(channel, address=PHONE)
        received = tx.messages.receive(
            found.id, client_message_id="SM1", text=WORDS, channel=channel, media=[{"url": "https://media.example/zephyrine.jpg"}]
        )
        tx.consents.record(found.id, "yes", notice_version="1", channel=channel)
        tx.answers.append(found.id, {"contact.name": {"value": NAME}, "contact.phone": {"value": PHONE}, "narrative": {"value": WORDS}})
        tx.answers.append(found.id, {"contact.email": {"value": EMAIL}, "narrative": {"value": f"{WORDS}, worse at night"}})
        tx.red_flags.record(found.id, "RF07_weakness", tier="T3", evidence=[{"quote": WORDS}])
        handoff = tx.handoffs.put(found.id, document(urgency))
        tx.deliveries.add("email", "front-desk", {"to": EMAIL, "text": WORDS}, conversation_id=found.id, handoff_id=handoff.id)
        tx.messages.say(found.id, kind="summary", text=f"You said: {WORDS}. You are {NAME}.", reply_to=received.message.id)
        tx.messages.settle(received.message.id, "answered")
        tx.links.issue_code("sms", found.id, address=PHONE)
        tx.jobs.schedule("nudge", f"nudge:{found.id}", tx.now(), conversation_id=found.id)
        tx.conversations.change(found.id, state="handed_off", memory={"draft": WORDS})
    return found.id, handoff.id
