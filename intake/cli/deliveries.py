"""`intake deliveries …`: what went out to other systems and what did not, sending it again, and testing a destination."""

from __future__ import annotations

from typing import Annotated

import typer

from intake.cli.common import load_settings, opened, stop
from intake.cli.people import CONSOLE
from intake.handoff.delivery import Refused, Retry
from intake.handoff.outbox import resend as send_again
from intake.handoff.outbox import send_test
from intake.records import NotFound
from intake.work import delivery_context

deliveries = typer.Typer(no_args_is_help=True, help="Deliveries to other systems.")
MOST = 100


@deliveries.command("list", help="Show dead letters, or all with --all. Ids and codes only.\n\nExample: intake deliveries list")
def listing(everything: Annotated[bool, typer.Option("--all", help="Not only dead letters.")] = False) -> None:
    """Show deliveries, the newest first."""
    kinds = tuple({destination.kind for destination in load_settings().delivery.destinations})
    with opened() as records, records.read() as tx:
        found = tx.deliveries.list(states=() if everything else ("dead",), kinds=kinds, limit=MOST) if kinds else ()
        for one in found:
            event = (one.payload or {}).get("event", "")
            typer.echo(f"{one.id}\t{one.destination}\t{event}\t{one.state}\t{one.last_error or ''}\t{one.handoff_id}")
    if not found:
        typer.echo("Nothing here.")


@deliveries.command("resend", help="Send a dead letter again.\n\nExample: intake deliveries resend dl_…")
def resend(delivery_id: str) -> None:
    """Put a dead letter back."""
    with opened() as records, records.begin() as tx:
        try:
            if tx.deliveries.get(delivery_id).state != "dead":
                stop("Only a dead letter can be sent again.")
        except NotFound:
            stop("There is no such delivery. See: intake deliveries list")
        send_again(tx, delivery_id, CONSOLE)
    typer.echo("It is due now; the worker sends it.")


@deliveries.command("test", help="Send a test without any patient's data.\n\nExample: intake deliveries test records")
def test(destination: str) -> None:
    """Try one destination of the settings."""
    settings = load_settings()
    with opened() as records, records.begin() as tx:
        tx.audit.record("destination.test", CONSOLE, "destination", destination if settings.delivery.destination(destination) else None)
    try:
        receipt = send_test(settings.delivery, destination, delivery_context(settings))
    except KeyError:
        names = ", ".join(one.name for one in settings.delivery.destinations)
        stop(f"There is no such destination. The settings have: {names or 'none'}.")
    except (Refused, Retry) as failure:
        stop(f"It did not work: {failure.code}. docs/booking.md says what to do.")
    typer.echo(f"It works: {receipt.note}.")
