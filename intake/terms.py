"""How long what is kept, in words; for the assistant's answer, the staff page and docs/privacy.md (a test holds it)."""

from __future__ import annotations

from intake.settings import Settings


def terms_in_words(settings: Settings) -> list[tuple[str, str]]:
    """[(what is kept, how long)] of the settings, in words for people; docs/privacy.md says the same (a test holds it)."""
    keep = settings.retention
    return [
        ("Nobody can be reached, or consent was not given", f"{_days(keep.no_contact_days)} after the last message"),
        ("Started, with a way to reach the person, but not finished", f"{_days(keep.abandoned_days)} after the last message"),
        ("Finished, and no appointment came of it", f"{_days(keep.not_booked_days)} after the last message"),
        ("Booked, and copied to the clinic's own record", f"{_days(keep.booked_days)} after the copy"),
        (
            "An emergency told without consent: flag, quote, time and contact only",
            f"{keep.emergency_without_consent_hours} hours, or until staff close it",
        ),
    ]


def kept_long_words(settings: Settings) -> str:
    """How long answers are kept, in one sentence for patients; the clinic's own words come first."""
    keep = settings.retention
    return settings.clinic.kept_long or (
        f"{_days(keep.abandoned_days)} if you do not finish, {_days(keep.not_booked_days)} if you do. "
        f"Once you have booked and it is in your chart, {_days(keep.booked_days)}"
    )


def _days(days: int) -> str:
    """Months where a number of days is meant as months (396 days are 13 months), else days."""
    months = round(days / 30.44)
    return f"{months} months" if days > 100 and abs(months * 30.44 - days) < 4 else f"{days} days"
