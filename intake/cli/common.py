"""What the commands share: settings and records opened with one clear sentence when they cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from intake.records import Records, RecordsError
from intake.services import open_records
from intake.settings import Settings, SettingsError


def stop(sentence: str, code: int = 1) -> NoReturn:
    """End the command with a sentence on standard error."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def load_settings() -> Settings:
    """The settings, or the end of the command."""
    try:
        return Settings.load()
    except SettingsError as failure:
        stop(str(failure), 2)


@contextmanager
def opened() -> Iterator[Records]:
    """The records of this installation, closed afterwards; errors of the store end the command with their sentence."""
    settings = load_settings()
    try:
        records = open_records(settings)
    except (RecordsError, OSError) as failure:
        stop(f"The records cannot be opened: {failure}")
    try:
        yield records
    except RecordsError as failure:
        stop(str(failure))
    finally:
        records.close()
