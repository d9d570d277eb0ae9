"""Adding a destination is one file and a settings line: this adds one, in a folder of its own, and nothing else is touched."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomllib

from intake.handoff import destinations
from intake.handoff.outbox import send_test
from intake.handoff.settings import DeliverySettings

from .conftest import Outbox

FILE = '''
"""Files a line for every finished intake into a text file."""

from pathlib import Path
from typing import Literal

from intake.handoff.delivery import Context, Item, Receipt, Retry
from intake.handoff.settings import DestinationSettings, Event

EVENTS: tuple[Event, ...] = ("handoff.created", "handoff.booked")


class Settings(DestinationSettings):
    kind: Literal["logbook"]
    path: Path


class Logbook:
    def __init__(self, settings: Settings) -> None:
        self.path = settings.path

    def deliver(self, item: Item) -> Receipt:
        if not self.path.parent.exists():
            raise Retry("folder_missing")
        known = self.path.read_text().splitlines() if self.path.exists() else []
        line = f"{item.idempotency_id} {item.event} {item.handoff['reference']}"
        if line not in known:
            self.path.write_text("\\n".join([*known, line]) + "\\n")
        return Receipt(note="written")

    def test(self) -> Receipt:
        return Receipt(note="the logbook is there")


def open_adapter(settings: Settings, context: Context) -> Logbook:
    return Logbook(settings)
'''


@pytest.fixture
def one_more_file(tmp_path: Path) -> Iterator[None]:
    """The file, where a new destination's file lies: in the package `intake.handoff.destinations`."""
    folder = tmp_path / "destinations"
    folder.mkdir()
    (folder / "logbook.py").write_text(textwrap.dedent(FILE))
    destinations.__path__.append(str(folder))
    yield
    destinations.__path__.remove(str(folder))
    sys.modules.pop("intake.handoff.destinations.logbook", None)


@pytest.mark.usefixtures("one_more_file")
def test_one_file_and_a_settings_line_are_a_destination(outbox: Outbox, tmp_path: Path) -> None:
    book = tmp_path / "books" / "intakes.txt"
    line = f'[[destinations]]\nkind = "logbook"\nname = "front-desk"\npath = "{book}"\n'
    outbox.settings = DeliverySettings.model_validate(tomllib.loads(line) | {"timeout_seconds": 0.5, "lease_seconds": 2})
    assert send_test(outbox.settings, "front-desk", outbox.context()).note == "the logbook is there"
    handoff_id = outbox.add_handoff()
    for event in ("handoff.created", "handoff.updated", "handoff.booked"):
        outbox.enqueue(event, handoff_id)  # type: ignore[arg-type]
    outbox.work()
    assert not book.exists() and {d.last_error for d in outbox.deliveries()} <= {"folder_missing", None}
    book.parent.mkdir()
    outbox.later(minutes=1)
    outbox.work()
    assert [entry.split()[1:] for entry in book.read_text().splitlines()] == [
        [event, outbox_reference(outbox, handoff_id)] for event in ("handoff.created", "handoff.booked")
    ]
    assert {d.state for d in outbox.deliveries()} == {"sent"}


def outbox_reference(outbox: Outbox, handoff_id: str) -> str:
    with outbox.records.read() as tx:
        return tx.handoffs.get(handoff_id).reference
