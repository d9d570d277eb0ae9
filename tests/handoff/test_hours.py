"""Opening hours: what is promised to a patient must be a time at which the clinic is really open."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from intake.hours import (
    OpeningHours,
    after_open_time,
    clinic_zone,
    clock_words,
    closing_time,
    due_at,
    end_of_next_working_day,
    hours_text,
    is_open,
    moment_words,
    next_opening,
    opening_words,
)

HOURS = OpeningHours(
    weekly={day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": ["09:00-13:00"]},
)
ZONE = clinic_zone("America/Vancouver")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_the_zone_is_the_locked_one_and_not_the_machine_s() -> None:
    # British Columbia keeps UTC-7 all year since 2026; older operating systems still say UTC-8 in winter.
    assert local("2026-12-01T09:00").astimezone(UTC) == datetime(2026, 12, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "America"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        OpeningHours(timezone=name)


def test_the_opening_minute_is_open_and_the_closing_minute_is_not() -> None:
    assert is_open(local("2026-11-23T08:00"), HOURS)
    assert not is_open(local("2026-11-23T07:59"), HOURS)
    assert is_open(local("2026-11-23T17:59"), HOURS)
    assert not is_open(local("2026-11-23T18:00"), HOURS)


def test_public_holidays_are_closed_and_an_exception_opens_one() -> None:
    assert not is_open(local("2026-12-25T10:00"), HOURS)
    assert not is_open(local("2027-02-15T10:00"), HOURS), "Family Day, only in some provinces"
    special = HOURS.model_copy(update={"open_on": OpeningHours(open_on={"2026-12-25": ["10:00-12:00"]}).open_on})
    assert is_open(local("2026-12-25T10:00"), special)


def test_the_next_opening_skips_night_weekend_and_holiday() -> None:
    assert next_opening(local("2026-11-23T20:00"), HOURS) == local("2026-11-24T08:00")
    assert next_opening(local("2026-11-22T10:00"), HOURS) == local("2026-11-23T08:00")
    assert next_opening(local("2026-12-24T18:30"), HOURS) == local("2026-12-26T09:00")
    assert next_opening(local("2026-11-23T09:00"), HOURS) == local("2026-11-24T08:00")


def test_a_clinic_that_never_opens_has_no_next_opening_and_no_words() -> None:
    closed = OpeningHours(weekly={})
    assert next_opening(local("2026-11-23T09:00"), closed) is None
    assert opening_words(local("2026-11-23T09:00"), closed) is None
    assert after_open_time(local("2026-11-23T09:00"), timedelta(minutes=5), closed) is None
    assert end_of_next_working_day(local("2026-11-23T09:00"), closed) is None
    assert due_at(local("2026-11-23T09:00"), "T3", closed) is None


def test_open_time_carries_over_closing() -> None:
    assert after_open_time(local("2026-11-23T17:50"), timedelta(minutes=15), HOURS) == local("2026-11-24T08:05")
    assert after_open_time(local("2026-11-21T20:00"), timedelta(hours=1), HOURS) == local("2026-11-23T09:00")


def test_due_times_follow_the_urgency() -> None:
    at = local("2026-11-23T10:00")
    assert due_at(at, "T1", HOURS) == local("2026-11-23T10:05")
    assert due_at(at, "T2", HOURS) == local("2026-11-23T10:15")
    assert due_at(at, "T3", HOURS) == local("2026-11-23T18:00")
    assert due_at(local("2026-11-23T20:00"), "T3", HOURS) == local("2026-11-24T18:00")
    assert due_at(at, "T4", HOURS) is None
    assert due_at(at, None, HOURS) is None


def test_the_next_working_day_ends_when_the_clinic_closes() -> None:
    assert end_of_next_working_day(local("2026-11-20T10:00"), HOURS) == local("2026-11-21T13:00")
    assert end_of_next_working_day(local("2026-11-21T10:00"), HOURS) == local("2026-11-23T18:00")


def test_lunch_breaks_are_closed() -> None:
    hours = OpeningHours(weekly={"mon": ["08:00-12:00", "13:00-17:00"]})
    assert not is_open(local("2026-11-23T12:30"), hours)
    assert next_opening(local("2026-11-23T12:30"), hours) == local("2026-11-23T13:00")
    assert closing_time(local("2026-11-23T09:00"), hours) == local("2026-11-23T12:00")
    assert closing_time(local("2026-11-23T12:00"), hours) is None


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T13:00", "today at 1 pm"),
        ("2026-11-24T08:00", "tomorrow at 8 am"),
        ("2026-11-27T08:30", "Friday at 8:30 am"),
        ("2026-11-30T12:00", "Monday, November 30 at noon"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment: str, words: str) -> None:
    assert moment_words(local(moment), local("2026-11-23T09:00"), HOURS) == words


def test_today_is_the_clinic_s_day_and_not_the_day_in_greenwich() -> None:
    late_evening = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)  # 9:30 pm on the 23rd in Victoria
    assert opening_words(late_evening, HOURS) == "tomorrow at 8 am"


def test_the_week_is_said_in_a_line() -> None:
    assert hours_text(HOURS) == "Monday to Friday 8 am to 6 pm; Saturday 9 am to 1 pm. Closed on public holidays."
    assert hours_text(OpeningHours(weekly={}, holidays=None)) == "By appointment."
    assert clock_words(time(0)) == "midnight"


@pytest.mark.parametrize("span", ["18:00-08:00", "09:00", "9-5 pm"])
def test_times_that_make_no_sense_are_refused(span: str) -> None:
    with pytest.raises(ValidationError):
        OpeningHours(weekly={"mon": [span]})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        is_open(datetime(2026, 11, 23, 9), HOURS)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)), st.integers(1, 600))
def test_every_promised_time_lies_in_opening_hours(naive: datetime, minutes: int) -> None:
    now = naive.replace(tzinfo=UTC)
    opening = next_opening(now, HOURS)
    assert opening is not None and opening > now and is_open(opening, HOURS)
    due = after_open_time(now, timedelta(minutes=minutes), HOURS)
    assert due is not None and due > now and is_open(due - timedelta(seconds=1), HOURS)


def test_closed_on_closes_a_day() -> None:
    assert not is_open(local("2026-11-23T09:00"), HOURS.model_copy(update={"closed_on": [date(2026, 11, 23)]}))
