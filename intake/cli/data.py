"""`intake keys …`, `handoff …`, `backup`, `restore`: the data and its keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from intake.cli.common import opened, stop
from intake.cli.people import CONSOLE
from intake.records import NotFound

keys = typer.Typer(no_args_is_help=True, help="The master key that all data keys are wrapped with.")
handoff = typer.Typer(no_args_is_help=True, help="Handoffs.")


def register(app: typer.Typer) -> None:
    """Add the commands that stand alone."""
    app.command(
        "backup", help="Copy the records to a file, without the key.\n\nExample: intake backup /backups/monday.sqlite3"
    )(backup)
    app.command(
        "restore",
        help="Put a backup in place of the records.\n\nExample: intake restore /backups/monday.sqlite3 --replace",
    )(restore)


@keys.command("rotate", help="Make a new master key and wrap all data keys with it.\n\nExample: intake keys rotate")
def rotate() -> None:
    """Rotate the master key."""
    with opened() as records:
        changed = records.rotate_keys()
        with records.begin() as tx:
            tx.audit.record("keys.rotate", CONSOLE, "installation", "this")
    typer.echo(
        f"A new master key is in use; {changed} data keys were wrapped anew. Keep a copy of the key file apart from backups."
    )


@handoff.command("show", help="Print a handoff as JSON. The read is audited.\n\nExample: intake handoff show ho_…")
def show(handoff_id: str) -> None:
    """Print one handoff."""
    with opened() as records, records.begin() as tx:
        try:
            found = tx.handoffs.get(handoff_id)
        except NotFound:
            stop("There is no handoff with this id.")
        tx.audit.record("handoff.read", CONSOLE, "handoff", handoff_id)
        typer.echo(json.dumps(found.document, ensure_ascii=False, indent=2))


def backup(destination: Path) -> None:
    """Back up the records."""
    from intake.records.backup import backup as copy

    with opened() as records:
        path = copy(records, destination)
        typer.echo(f"Saved to {path}. The key file {records.keyring.path} is not in it: keep a copy of it elsewhere.")


def restore(
    source: Path, replace: Annotated[bool, typer.Option(help="Replace records that are there.")] = False
) -> None:
    """Restore a backup."""
    from intake.records.backup import restore as bring_back

    with opened() as records:
        count = bring_back(records, source, replace=replace)
    typer.echo(f"Restored {count} conversations. What was erased after the backup was erased again.")
