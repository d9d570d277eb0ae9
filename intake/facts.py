"""The clinic's own facts as slots of the dialogue: what the responses of domain.yml fill in. Unset facts stay None."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import phonenumbers

from intake import hours
from intake.settings import Settings
from intake.terms import kept_long_words

# The settings of a process never change while it runs: their words are made once. By identity, with the settings kept alive.
_FIXED: dict[int, tuple[Settings, dict[str, Any]]] = {}


@lru_cache(maxsize=64)
def spoken_phone(number: str) -> str:
    """A number as people write it here: +12505550142 -> 250-555-0142."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D+", "-", text.strip("( "))


def pronouns(for_whom: str) -> dict[str, str]:
    """Gaps that turn a question about you into one about them; they takes the same verbs as you."""
    if for_whom == "other":
        return {"you": "they", "them": "them", "your": "their", "You": "They", "Your": "Their"}
    return {"you": "you", "them": "you", "your": "your", "You": "You", "Your": "Your"}


def clinic_facts(settings: Settings, now: datetime | None = None) -> dict[str, Any]:
    """Slot name -> words, None where the clinic has not set the fact. Only the next opening changes with the time."""
    known = _FIXED.get(id(settings))
    if known is None or known[0] is not settings:
        known = _FIXED[id(settings)] = (settings, _fixed_facts(settings))
    return {**known[1], "opening_text": hours.opening_words(now or datetime.now(UTC), settings.hours)}


def _fixed_facts(settings: Settings) -> dict[str, Any]:
    clinic = settings.clinic
    places = [f"{place.name}{', ' + place.address if place.address else ''}" for place in clinic.locations]
    parking = clinic.parking or "; ".join(f"{p.name}: {p.parking}" for p in clinic.locations if p.parking)
    return {
        "clinic_name": clinic.name,
        "clinic_phone": spoken_phone(clinic.phone),
        "booking_url": clinic.booking_url or clinic.website or f"{settings.base_url}/",
        "locations_text": " and ".join(places) or None,
        "local_care": clinic.local_care,
        "hours_text": hours.hours_text(settings.hours),
        "price_text": clinic.prices or None,
        "billing_text": clinic.direct_billing or None,
        "icbc_text": clinic.icbc or None,
        "worksafebc_text": clinic.worksafebc or None,
        "referral_text": clinic.referral or None,
        "age_text": clinic.ages or None,
        "session_text": clinic.session or None,
        "sessions_text": clinic.sessions or None,
        "bring_text": clinic.bring or None,
        "cancel_text": clinic.cancellation or None,
        "parking_text": parking or None,
        "access_text": clinic.access or None,
        "therapist_text": clinic.practitioners or None,
        "privacy_contact": clinic.privacy_contact or f"{clinic.name}, {spoken_phone(clinic.phone)}",
        "kept_where": clinic.data_location or "the clinic has not told me",
        "kept_long": kept_long_words(settings),
    }
