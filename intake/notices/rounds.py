"""Who is told of an emergency that nobody has acknowledged, and when again: a pure function of times and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from intake.hours import OpeningHours, after_open_time, is_open, next_opening
from intake.notices.settings import AlertSettings

Level = Literal["first", "second", "on_call"]
# Looked at again after so long where the settings name no opening within the horizon.
NEVER_OPEN = timedelta(hours=6)


@dataclass(frozen=True)
class Contacts:
    """Addresses and numbers of one level."""

    level: Level
    emails: tuple[str, ...]
    phones: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones)


@dataclass(frozen=True)
class Round:
    """Who is told now (perhaps nobody), and when to look again."""

    contacts: tuple[Contacts, ...]
    again: datetime


def contacts(alerts: AlertSettings, level: Level) -> Contacts:
    """The contacts of a level as the settings name them."""
    prefix = "" if level == "first" else f"{level}_"
    emails: Sequence[str] = getattr(alerts, f"{prefix}emails")
    return Contacts(level, tuple(str(one) for one in emails), tuple(getattr(alerts, f"{prefix}phones")))


def next_round(raised_at: datetime, now: datetime, hours: OpeningHours, alerts: AlertSettings) -> Round:
    """Open: the first contacts, after `second_after` open minutes the second ones too. Closed: the on-call contacts, if any."""
    if is_open(now, hours):
        told = [contacts(alerts, "first")]
        late = after_open_time(raised_at, alerts.second_after, hours)
        if late is not None and now >= late:
            told.append(contacts(alerts, "second"))
        return Round(tuple(one for one in told if one), now + alerts.repeat)
    opening = next_opening(now, hours) or now + NEVER_OPEN
    on_call = contacts(alerts, "on_call")
    if on_call:
        return Round((on_call,), min(now + alerts.repeat, opening))
    return Round((), opening)
