"""When the clinic is open, and how to say so: every promise of a time in this product comes from here.

All functions take aware datetimes (any zone) and return aware datetimes in the clinic's zone. The zone
is read from the `tzdata` package that the lock file pins, never from the machine: British Columbia
stopped changing its clocks in 2026, and an operating system without that update is an hour wrong from
November to March, which would turn "we will call you at 9" into a false promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, BeforeValidator, Field, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# How far ahead an opening is looked for; a clinic closed for longer has no true time to promise.
HORIZON_DAYS = 92


def _parse_span(value: object) -> object:
    """Read "09:00-17:30" as {"opens": 09:00, "closes": 17:30}; leave other shapes to pydantic."""
    if isinstance(value, str):
        opens, dash, closes = value.partition("-")
        if not dash:
            raise ValueError("write opening times as 09:00-17:30")
        return {"opens": opens.strip(), "closes": closes.strip()}
    return value


class Span(BaseModel):
    """One stretch of a day in which the clinic is open, in local time; `closes` may be 00:00 for midnight."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.closes != time(0) and self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes:%H:%M}, before it opens at {self.opens:%H:%M}")
        return self


Spans = list[Annotated[Span, BeforeValidator(_parse_span)]]


def _weekdays() -> dict[Day, Spans]:
    return {day: [Span(opens=time(8), closes=time(18))] for day in DAYS[:5]}


class OpeningHours(BaseModel):
    """The clinic's hours: by weekday, without the province's public holidays, with single exceptions."""

    timezone: str = Field(default="America/Vancouver", description="IANA zone of the clinic.")
    weekly: dict[Day, Spans] = Field(
        default_factory=_weekdays,
        description='Open times per weekday, e.g. {"mon": ["08:00-12:00", "13:00-18:00"]}.',
    )
    holidays: str | None = Field(default="BC", description="Province whose public holidays the clinic keeps; null keeps none.")
    closed_on: list[date] = Field(default_factory=list, description="Further dates on which it is closed.")
    open_on: dict[date, Spans] = Field(
        default_factory=dict, description="Dates with other hours; wins over holidays and closed_on."
    )

    @model_validator(mode="after")
    def _known_zone_and_province(self) -> OpeningHours:
        clinic_zone(self.timezone)
        if self.holidays is not None and self.holidays not in _provinces():
            raise ValueError(f"holidays: unknown province {self.holidays!r}")
        return self


@lru_cache(maxsize=16)
def clinic_zone(name: str) -> ZoneInfo:
    """The IANA zone `name` from the pinned tzdata package. Raises ValueError for an unknown zone."""
    parts = name.split("/")
    if not all(part and part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        raise ValueError(f"unknown time zone {name!r}")
    path = resources.files("tzdata").joinpath("zoneinfo", *parts)
    if not path.is_file():
        raise ValueError(f"unknown time zone {name!r}")
    with path.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries()["CA"])


@lru_cache(maxsize=64)
def _public_holidays(province: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CA", subdiv=province, years=year))


def _require_aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone cannot be compared with opening hours")


def open_spans(day: date, hours: OpeningHours) -> list[tuple[datetime, datetime]]:
    """The stretches of `day` in which the clinic is open, earliest first; empty when closed all day."""
    if day in hours.open_on:
        spans = hours.open_on[day]
    elif day in hours.closed_on or (hours.holidays and day in _public_holidays(hours.holidays, day.year)):
        spans = []
    else:
        spans = hours.weekly.get(DAYS[day.weekday()], [])
    zone = clinic_zone(hours.timezone)
    found = []
    for span in spans:
        ends_on = day + timedelta(days=1) if span.closes == time(0) else day
        found.append((datetime.combine(day, span.opens, zone), datetime.combine(ends_on, span.closes, zone)))
    return sorted(found)


def _spans_from(moment: datetime, hours: OpeningHours) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches that end after `moment`, within the horizon, in order; computed only as far as they are looked at."""
    first = moment.astimezone(clinic_zone(hours.timezone)).date()
    days = (first + timedelta(days=offset) for offset in range(HORIZON_DAYS))
    return ((opens, closes) for day in days for opens, closes in open_spans(day, hours) if closes > moment)


def is_open(now: datetime, hours: OpeningHours) -> bool:
    """Whether the clinic is open at `now` (the opening minute counts, the closing minute does not)."""
    _require_aware(now)
    day = now.astimezone(clinic_zone(hours.timezone)).date()
    return any(opens <= now < closes for opens, closes in open_spans(day, hours))


def next_opening(now: datetime, hours: OpeningHours) -> datetime | None:
    """When the clinic opens next after `now`, also while it is open; None if not within the horizon."""
    _require_aware(now)
    return next((opens for opens, _ in _spans_from(now, hours) if opens > now), None)


def closing_time(now: datetime, hours: OpeningHours) -> datetime | None:
    """When the present open stretch ends; None while the clinic is closed."""
    _require_aware(now)
    return next((closes for opens, closes in _spans_from(now, hours) if opens <= now < closes), None)


def after_open_time(now: datetime, delay: timedelta, hours: OpeningHours) -> datetime | None:
    """The moment at which `delay` of open time has passed since `now`.

    Fifteen minutes asked ten minutes before closing end five minutes after the next opening.
    None if the clinic is not open for that long within the horizon.
    """
    _require_aware(now)
    left = delay
    for opens, closes in _spans_from(now, hours):
        start = max(opens, now)
        if closes - start >= left:
            return (start + left).astimezone(clinic_zone(hours.timezone))
        left -= closes - start
    return None


def end_of_next_working_day(now: datetime, hours: OpeningHours) -> datetime | None:
    """Closing time of the first open day after today: "by the next working day"."""
    _require_aware(now)
    today = now.astimezone(clinic_zone(hours.timezone)).date()
    for offset in range(1, HORIZON_DAYS):
        spans = open_spans(today + timedelta(days=offset), hours)
        if spans:
            return spans[-1][1]
    return None


def end_of_working_day(now: datetime, hours: OpeningHours) -> datetime | None:
    """When the clinic next closes for the day, after `now`; None if it does not open within the horizon."""
    _require_aware(now)
    first = next(_spans_from(now, hours), None)
    if first is None:
        return None
    day = first[0].date()
    return max(closes for _, closes in open_spans(day, hours) if closes > now)


# How soon staff should act, from the intake's urgency (issue 6: T1 5 min, T2 15 min, T3 the same day).
_DUE_AFTER = {"T1": timedelta(minutes=5), "T2": timedelta(minutes=15)}


def due_at(created_at: datetime, urgency: str | None, hours: OpeningHours) -> datetime | None:
    """By when staff act on a handoff: T1 5 and T2 15 open minutes, T3 the same (or next) open day, else None."""
    if urgency in _DUE_AFTER:
        return after_open_time(created_at, _DUE_AFTER[urgency], hours)
    if urgency == "T3":
        return end_of_working_day(created_at, hours)
    return None


def clock_words(moment: time | datetime) -> str:
    """A clock time as people write it: 8 am, 1:30 pm, noon, midnight."""
    if (moment.hour, moment.minute) in ((0, 0), (12, 0)):
        return "noon" if moment.hour else "midnight"
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def moment_words(moment: datetime, now: datetime, hours: OpeningHours) -> str:
    """`moment` as said at `now`: "today at 1 pm", "tomorrow at 8 am", "Monday at 8 am", "Monday, January 4 at 8 am"."""
    zone = clinic_zone(hours.timezone)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    if days == 0:
        day = "today"
    elif days == 1:
        day = "tomorrow"
    elif 1 < days < 7:
        day = DAY_NAMES[local.weekday()]
    else:
        day = f"{DAY_NAMES[local.weekday()]}, {local:%B} {local.day}"
    return f"{day} at {clock_words(local)}"


def deadline_words(moment: datetime, now: datetime, hours: OpeningHours) -> str:
    """`moment` as a limit, said at `now`: "by 1 pm today", "by noon tomorrow", "by 8 am on Monday, January 4"."""
    day, _, clock = moment_words(moment, now, hours).rpartition(" at ")
    return f"by {clock} {day}" if day in ("today", "tomorrow") else f"by {clock} on {day}"


def opening_words(now: datetime, hours: OpeningHours) -> str | None:
    """When somebody reads messages again: the {opening} of "Nobody reads this before {opening}"; None if unknown."""
    opening = next_opening(now, hours)
    return moment_words(opening, now, hours) if opening else None


def hours_text(hours: OpeningHours) -> str:
    """The week in a line: "Monday to Friday 8 am to 6 pm; Saturday 9 am to 1 pm. Closed on public holidays."""
    runs: list[tuple[int, int, str]] = []
    for index, day in enumerate(DAYS):
        spans = sorted(hours.weekly.get(day, []), key=lambda span: span.opens)
        words = " and ".join(f"{clock_words(span.opens)} to {clock_words(span.closes)}" for span in spans)
        if runs and runs[-1][2] == words and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index, words)
        elif words:
            runs.append((index, index, words))
    week = "; ".join(
        f"{DAY_NAMES[first]}{f' to {DAY_NAMES[last]}' if last > first else ''} {words}" for first, last, words in runs
    )
    closed = " Closed on public holidays." if hours.holidays else ""
    return f"{week or 'By appointment'}.{closed}"
