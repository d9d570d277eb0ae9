"""What an adapter is given and what it may answer; the one interface between the outbox and all destinations.

An adapter is a module in `intake/handoff/destinations/` with: `EVENTS` (sent unless the settings say otherwise),
`Settings` (a `DestinationSettings`) and `open_adapter(settings, context) -> Adapter`. Nothing else has to know it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from intake.handoff.booking import OfferSettings


class Retry(Exception):
    """It did not work now and may later. `code` is short and free of personal text (`http_503`, `timeout`)."""

    def __init__(self, code: str, after: timedelta | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


class Refused(Exception):
    """It will never work as it is: a dead letter at once, for staff to see. `code` as for Retry."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Receipt:
    """It arrived. `remote_id` is the receiver's id if it gave one; `note` a few words for staff, without personal text.

    `filed`: the document stands in the patient's own chart now, so that the term of a booked intake begins.
    """

    remote_id: str | None = None
    note: str = "sent"
    filed: bool = False


@dataclass(frozen=True)
class Context:
    """What adapters need of the installation."""

    settings: OfferSettings
    base_url: str
    smtp_url: str
    mail_from: str
    timeout: float
    now: Callable[[], datetime]


@dataclass
class Item:
    """One delivery in an adapter's hands.

    `idempotency_id` is the same for every attempt and goes to the receiver. `progress` holds what earlier attempts
    achieved (remote ids). `pdf(role)` writes the document for a reader: `reception`, or `record` for the patient's own
    chart in another system. `consented` is False for an emergency told before consent: then only that it is there may
    be said, nothing of what is in it. `keep` stores more of it at once, before the next step, so that a kill between two steps
    repeats nothing. `keep` raises LeaseLost when another worker has taken over.
    """

    id: str
    idempotency_id: str
    event: str
    handoff: Mapping[str, Any]
    data: Mapping[str, Any]
    pdf: Callable[[str], bytes]
    consented: bool = True
    progress: dict[str, Any] = field(default_factory=dict)
    save: Callable[[Mapping[str, Any]], None] = lambda progress: None

    def keep(self, **facts: Any) -> None:
        """Remember facts across attempts and extend the lease."""
        self.progress |= facts
        self.save(self.progress)


class LeaseLost(Exception):
    """Another worker holds this delivery now; stop without touching it."""


class Adapter(Protocol):
    """A way out of the clinic's door."""

    def deliver(self, item: Item) -> Receipt:
        """Hand over one item. Raises Retry or Refused; anything else counts as Retry."""
        ...

    def test(self) -> Receipt:
        """Send a test that holds no patient's data. Raises Retry or Refused."""
        ...
