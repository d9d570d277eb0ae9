"""Putting events into the outbox, seeing what did not arrive, and sending it again.

Rows hold ids and, sealed, which event it was and how far it got; the handoff itself is read when it is sent, so an
erased handoff cannot leave the house from a queue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from intake.handoff.booking import BookingOffer
from intake.handoff.delivery import Adapter, Context, Receipt
from intake.handoff.settings import DeliverySettings, DestinationSettings, Event, destination_module
from intake.records.audit import Actor
from intake.records.deliveries import Delivery
from intake.records.store import Transaction


def subscribers(settings: DeliverySettings, event: Event) -> list[DestinationSettings]:
    """The destinations to which an event goes."""
    return [destination for destination in settings.destinations if event in (destination.events or destination_module(destination.kind).EVENTS)]


def enqueue(
    tx: Transaction,
    settings: DeliverySettings,
    event: Event,
    handoff_id: str,
    data: Mapping[str, Any] | None = None,
) -> list[Delivery]:
    """Put an event of a handoff into the outbox, once for each destination that wants it.

    Belongs into the transaction that makes the event true. The same event of the same version of a handoff gives the
    same rows, so a repeated call sends nothing twice. `data` is what the event adds to the handoff: `links` for
    `booking.offered`; `starts_at`, `location`, `service` and `sequence` for `appointment.agreed` (and the start that it
    `replaces`) and `appointment.cancelled`.
    """
    wanted = subscribers(settings, event)
    if not wanted:
        return []
    handoff = tx.handoffs.get(handoff_id)
    # What happens to an appointment is counted by its sequence, whatever else changes; other events are one per version.
    mark = f"n{data['sequence']}" if event.startswith("appointment.") and data else str(handoff.version)
    return [
        tx.deliveries.add(
            destination.kind,
            destination.name,
            {"event": event, "data": dict(data or {}), "progress": {}},
            conversation_id=handoff.conversation_id,
            handoff_id=handoff_id,
            idempotency_id=f"{destination.name}:{event.replace('.', '-')}:{handoff_id}:{mark}".replace(".", "-"),
        )
        for destination in wanted
    ]


def tell_status(tx: Transaction, settings: DeliverySettings, handoff_id: str, status: str | None) -> list[Delivery]:
    """Put into the outbox that staff booked or closed a handoff; other statuses tell nobody."""
    events: dict[str | None, Event] = {"booked": "handoff.booked", "closed": "handoff.closed"}
    return enqueue(tx, settings, events[status], handoff_id) if status in events else []


def record_offer(tx: Transaction, settings: DeliverySettings, handoff_id: str, offer: BookingOffer) -> list[Delivery]:
    """Note that booking links were offered, so that the page is checked and the nightly list can ask after them."""
    if offer.kind != "link":
        return []
    data = {"links": [link.url for link in offer.links], "service": offer.service}
    return enqueue(tx, settings, "booking.offered", handoff_id, data)


def dead_letters(tx: Transaction, settings: DeliverySettings, limit: int = 200) -> Sequence[Delivery]:
    """Deliveries that were given up, the newest first."""
    kinds = tuple({destination.kind for destination in settings.destinations})
    return tx.deliveries.list(states=("dead",), kinds=kinds, limit=limit)


def resend(tx: Transaction, delivery_id: str, actor: Actor) -> Delivery:
    """Put a dead letter back, due now. The receiver gets the same idempotency id. Raises NotFound."""
    delivery = tx.deliveries.resend(delivery_id)
    tx.audit.record("delivery.resend", actor, "delivery", delivery_id, destination=delivery.destination)
    return delivery


def open_destination(destination: DestinationSettings, context: Context) -> Adapter:
    """The adapter of a configured destination."""
    adapter: Adapter = destination_module(destination.kind).open_adapter(destination, context)
    return adapter


def send_test(settings: DeliverySettings, name: str, context: Context) -> Receipt:
    """The "send a test" button of a destination. Raises KeyError for an unknown name, Retry or Refused if it failed."""
    destination = settings.destination(name)
    if destination is None:
        raise KeyError(name)
    return open_destination(destination, context).test()
