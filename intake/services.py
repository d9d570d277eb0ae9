"""The parts of a running app, made once and handed to every request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
from fastapi import Request

from intake.api.limits import Rate
from intake.dialogue import Dialogue
from intake.gate.gate import Gate
from intake.records import Keyring, Records
from intake.records.retention import Terms
from intake.settings import Settings

Result = TypeVar("Result")


@dataclass
class Rates:
    """The rate limits of the public API and of the log-in."""

    messages: Rate
    conversations: Rate
    log_ins: Rate
    password_mails: Rate


@dataclass
class Services:
    """Settings, records, dialogue engine and gate of one process."""

    settings: Settings
    records: Records
    dialogue: Dialogue
    gate: Gate
    limits: Rates
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """Run something that blocks (the records) without holding up other requests."""
        return await anyio.to_thread.run_sync(work)


def open_records(settings: Settings) -> Records:
    """The records of an installation, migrated; makes data directory and key file at the first run."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.keys_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    records = Records(settings.records_url, Keyring.open(settings.keys_path), terms=terms(settings))
    records.migrate()
    return records


def terms(settings: Settings) -> Terms:
    """The terms of keeping data, from the settings."""
    return settings.retention.terms()


def build(settings: Settings) -> Services:
    """Make the parts."""
    records = open_records(settings)
    dialogue = Dialogue(settings)
    limits = settings.limits
    rates = Rates(
        messages=Rate(limits.messages_per_minute),
        conversations=Rate(limits.conversations_per_minute),
        log_ins=Rate(limits.log_ins_per_minute),
        password_mails=Rate(limits.password_mails_per_minute),
    )
    return Services(settings, records, dialogue, Gate(settings, records, dialogue), rates)


def services(request: Request) -> Services:
    """The parts, for a route: `Depends(services)`."""
    found: Services = request.app.state.services
    return found
