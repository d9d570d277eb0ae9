"""`intake export`, `erase`, `hold`, `retention`: what is done with all that is held about one person, and how long it is kept."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from intake import one_person
from intake.cli.common import load_settings, opened, stop
from intake.cli.people import CONSOLE
from intake.records import Held, NotFound, Records

Which = Annotated[str, typer.Argument(help="A reference (IMS-7K3Q), or the id of a conversation or handoff.")]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export", help="All that is held about one person, as a zip: JSON and PDF.\n\nExample: intake export IMS-7K3Q out.zip")(export)
    app.command(
        "erase",
        help="Erase all that is held about one person and print the receipt."
        "\n\nExample: intake erase IMS-7K3Q\n\nExample: intake erase IMS-7K3Q --yes --json",
    )(erase)
    app.command(
        "hold",
        help="Set or lift a legal hold: while it stands nothing is erased.\n\nExample: intake hold IMS-7K3Q\n\nExample: intake hold IMS-7K3Q --lift",
    )(hold)
    app.command(
        "retention",
        help="Erase now what has reached the end of its term.\n\nExample: intake retention --dry-run\n\nExample: intake retention",
    )(retention)


def _find(records: Records, which: str) -> str:
    with records.read() as tx:
        try:
            return one_person.find(tx, which)
        except NotFound:
            stop("Nothing is held under this reference or id.")


def export(which: Which, destination: Path) -> None:
    """Export what is held about one person."""
    if destination.exists():
        stop(f"{destination} is there already. Choose another name.")
    with opened() as records:
        conversation_id = _find(records, which)
        content = one_person.export(records, load_settings(), conversation_id, CONSOLE)
    destination.touch(mode=0o600)
    destination.write_bytes(content)
    typer.echo(f"Saved to {destination}. It holds personal health data: keep it safe.")


def erase(which: Which, yes: Sure = False, as_json: Annotated[bool, typer.Option("--json", help="The receipt as JSON.")] = False) -> None:
    """Erase what is held about one person."""
    settings = load_settings()
    with opened() as records:
        conversation_id = _find(records, which)
        if not yes:
            typer.confirm(f"Erase all of {which} for good?", abort=True)
        try:
            receipt = one_person.erase(records, conversation_id, CONSOLE)
        except Held:
            stop("A legal hold stands on it. Lift it first: intake hold … --lift")
    typer.echo(json.dumps(receipt, indent=2) if as_json else one_person.receipt_text(receipt, settings.clinic.name), nl=as_json)


def hold(which: Which, lift: Annotated[bool, typer.Option("--lift", help="Lift it.")] = False) -> None:
    """Set or lift a legal hold."""
    with opened() as records:
        one_person.hold(records, _find(records, which), CONSOLE, on=not lift)
    typer.echo("The legal hold is lifted: its terms count again." if lift else "A legal hold stands. Nothing of it is erased until it is lifted.")


def retention(dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False) -> None:
    """Apply the terms of keeping data now."""
    with opened() as records:
        if dry_run:
            counts = dict(Counter(term for _, term in one_person.due_now(records)))
        else:
            counts = one_person.run_retention(records, CONSOLE)
    found = ", ".join(f"{term}: {count}" for term, count in sorted(counts.items()))
    typer.echo(found or "Nothing has reached the end of its term.")
