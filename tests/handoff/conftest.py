"""A store, a handoff in it, and workers that deliver it to stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake.handoff.delivery import Context
from intake.handoff.outbox import enqueue
from intake.handoff.settings import BookingSettings, DeliverySettings, Event
from intake.handoff.worker import DeliveryWorker
from intake.hours import OpeningHours
from intake.records.deliveries import Delivery
from intake.records.keyring import Keyring
from intake.records.store import Records

from .examples import handoff

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwT0xBCe5gQyg="
PDF = b"%PDF-1.7 stand-in for the document"


class Clock:
    """The time of the store and the workers; it moves on by itself and can be put ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Clinic:
    name: str = "Parkway Physiotherapy"
    phone: str = "+12505550142"


@dataclass
class Installation:
    """What the adapters need of the settings."""

    clinic: Clinic = field(default_factory=Clinic)
    hours: OpeningHours = field(default_factory=OpeningHours)
    booking: BookingSettings = field(default_factory=BookingSettings)


@dataclass
class Outbox:
    """A store with deliveries, and workers for it."""

    records: Records
    clock: Clock
    settings: DeliverySettings = field(default_factory=DeliverySettings)
    installation: Installation = field(default_factory=Installation)
    smtp_url: str = ""

    def configure(self, *destinations: dict[str, Any], **limits: Any) -> None:
        quick = {"timeout_seconds": 0.5, "lease_seconds": 2, "poll_seconds": 0.02} | limits
        self.settings = DeliverySettings.model_validate({"destinations": list(destinations)} | quick)

    def context(self) -> Context:
        return Context(
            settings=self.installation,
            base_url="https://intake.example",
            smtp_url=self.smtp_url,
            mail_from="intake@clinic.example",
            timeout=self.settings.timeout_seconds,
            # Signatures carry the real time: receivers check it against their own clocks.
            now=lambda: datetime.now(UTC),
        )

    def worker(self, name: str = "") -> DeliveryWorker:
        return DeliveryWorker(self.records, self.settings, self.context(), lambda document, role: PDF, name=name)

    def add_handoff(self, document: dict[str, Any] | None = None, *, without_consent: bool = False) -> str:
        with self.records.begin() as tx:
            conversation, _ = tx.conversations.create("web")
            return tx.handoffs.put(conversation.id, document or handoff(), without_consent=without_consent).id

    def enqueue(self, event: Event, handoff_id: str, data: dict[str, Any] | None = None) -> list[Delivery]:
        with self.records.begin() as tx:
            return enqueue(tx, self.settings, event, handoff_id, data)

    def work(self, at_most: int = 200) -> int:
        """Work until nothing is due; how many rounds did something."""
        worker = self.worker()
        return next((done for done in range(at_most) if not worker.run_once()), at_most)

    def later(self, **wait: float) -> None:
        self.clock.ahead += timedelta(**wait)

    def deliveries(self) -> list[Delivery]:
        with self.records.read() as tx:
            return sorted(tx.deliveries.list(limit=1000), key=lambda delivery: (delivery.stream, delivery.seq))

    def delivery(self) -> Delivery:
        (only,) = self.deliveries()
        return only


@pytest.fixture
def make_records(tmp_path: Path, database: str) -> Iterator[Callable[[Clock], Records]]:
    """Opens the store, as often as wanted: each is another process's. On SQLite and on PostgreSQL."""
    opened: list[Records] = []

    def make(clock: Clock) -> Records:
        keyring = Keyring.open(tmp_path / "keys" / "master.key")
        records = Records(database, keyring, clock=clock)
        records.migrate()
        opened.append(records)
        return records

    yield make
    for records in opened:
        records.close()


@pytest.fixture
def outbox(make_records: Callable[[Clock], Records]) -> Outbox:
    clock = Clock()
    return Outbox(make_records(clock), clock)
