"""What a patient is offered at the end: a booking link, a call by a true time, or nothing but the emergency words.

The safety rules here come first and cannot be configured away; then the clinic's own rules (settings) decide, the
first that applies. Source of the safety rules: CLINICAL.md (T3, HOLD, PC19, rule 4) and the contract, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from intake.handoff.settings import BookingRule, BookingSettings
from intake.hours import (
    OpeningHours,
    after_open_time,
    deadline_words,
    end_of_next_working_day,
    hours_text,
    is_open,
    opening_words,
)

Handoff = Mapping[str, Any]
OfferKind = Literal["link", "call", "text", "write", "call_us", "none"]

# Strongest first. An unanswered precaution list counts as "unknown", which holds needling as HOLD does.
_ACTIONS = ("HOLD", "FLAG_HIGH", "FLAG", "INFO")
_CHILD_AGES = frozenset({"under_12", "12_18"})


class ClinicFacts(Protocol):
    """The part of the clinic's settings that the words need."""

    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...


class OfferSettings(Protocol):
    """The part of the settings that an offer depends on (`intake.settings.Settings` has it)."""

    @property
    def clinic(self) -> ClinicFacts: ...
    @property
    def hours(self) -> OpeningHours: ...
    @property
    def booking(self) -> BookingSettings: ...


@dataclass(frozen=True)
class OfferedLink:
    """One booking page: the location id it belongs to ("any" for all) and its address."""

    location: str
    url: str


@dataclass(frozen=True)
class BookingOffer:
    """What the patient is told at the end, and why.

    kind: link (book yourself), call / text / write (the clinic reaches out by `by`), call_us (no way to reach the
    patient), none (an emergency cut the intake short: its words stand alone and `text` is empty). `why` names the
    rule, for staff and the audit, never for the patient. `by` is an aware datetime within opening hours, or None.
    `text` is ready to show, reading grade 6 or lower.
    """

    kind: OfferKind
    reference: str
    why: str
    text: str
    service: str | None = None
    links: tuple[OfferedLink, ...] = ()
    by: datetime | None = None


def given(handoff: Handoff, question: str) -> Any:
    """The value of an answered question, else None (unknown, declined, skipped and not asked are not values)."""
    answer = handoff["answers"].get(question) or {}
    return answer.get("value") if answer.get("state") == "answered" else None


def fully_screened(handoff: Handoff) -> bool:
    """Whether all three safety lists were answered; if not, documents say RED FLAGS NOT FULLY SCREENED."""
    return all(state == "complete" for state in handoff["safety_screen"].values())


def strongest_action(handoff: Handoff) -> str:
    """HOLD, FLAG_HIGH, FLAG, INFO, "none", or "unknown" when the precautions were not answered."""
    actions = {precaution["action"] for precaution in handoff["precautions"]}
    for action in _ACTIONS:
        if action in actions:
            return action
    return "none" if given(handoff, "precaution") is not None else "unknown"


def no_self_booking(handoff: Handoff) -> str | None:
    """Why this patient may not book for themselves, in words for staff; None if they may."""
    if handoff["urgency"] in ("T1", "T2"):
        return f"urgency {handoff['urgency']}"
    if any(flag["tier"] in ("T1", "T2") for flag in handoff["red_flags"]):
        return "escalated earlier in this conversation"
    if handoff["urgency"] == "T3":
        return "urgency T3: a physiotherapist calls first"
    if not fully_screened(handoff):
        return "red flags not fully screened"
    if handoff["partial"] or handoff["reason"] != "completed":
        return f"intake not complete ({handoff['reason']})"
    age = given(handoff, "age_band")
    if age is None:
        return "age not known"
    if age in _CHILD_AGES:
        return "under 19: a person calls first"
    return None


def matching_rule(handoff: Handoff, rules: list[BookingRule]) -> BookingRule | None:
    """The first of the clinic's rules that applies."""
    told = {
        "urgency": {handoff["urgency"] or "none"},
        "precautions": {precaution["id"] for precaution in handoff["precautions"]},
        "actions": {strongest_action(handoff)},
        "ages": {given(handoff, "age_band")},
        "locations": {given(handoff, "booking.location")},
        "new_patient": {given(handoff, "booking.new_patient")},
        "payers": {given(handoff, "booking.payer")},
    }
    for rule in rules:
        wanted = rule.when.model_dump()
        if all(told[name].intersection(values) for name, values in wanted.items() if values):
            return rule
    return None


def booking_offer(handoff: Handoff, settings: OfferSettings, now: datetime) -> BookingOffer:
    """Decide what the patient of `handoff` is offered at `now` (aware).

    `handoff` is the contract's document. Never raises for a valid one: without a rule or a link the clinic calls.
    """
    if handoff["urgency"] in ("T1", "T2") and handoff["partial"]:
        return BookingOffer("none", handoff["reference"], f"urgency {handoff['urgency']}", "")
    barrier = no_self_booking(handoff)
    if barrier is None:
        rule = matching_rule(handoff, settings.booking.rules)
        if rule is not None and rule.offer == "link" and rule.service is not None:
            offer = _link(handoff, settings, rule)
            if offer is not None:
                return offer
        barrier = f"rule: {rule.name}" if rule else "no rule applies"
    return _contact(handoff, settings, now, barrier)


def _link(handoff: Handoff, settings: OfferSettings, rule: BookingRule) -> BookingOffer | None:
    """The offer of a link, or None if the service needles while held, or has no page at that location."""
    service = settings.booking.service(rule.service or "")
    if service.needling and strongest_action(handoff) in ("HOLD", "unknown"):
        return None
    location = given(handoff, "booking.location")
    links = settings.booking.links_for(service.id, None if location in (None, "either") else location)
    if not links:
        return None
    offered = tuple(OfferedLink(link.location, str(link.url)) for link in links)
    pages = "\n".join(link.url for link in offered)
    text = f"You can book your {service.name.lower()} here:\n{pages}\nYour reference is {handoff['reference']}. The clinic has your answers."
    return BookingOffer("link", handoff["reference"], f"rule: {rule.name}", text, service.id, offered)


def _way(handoff: Handoff) -> OfferKind:
    """How the clinic reaches this patient."""
    phone, email = given(handoff, "contact.phone"), given(handoff, "contact.email")
    preferred = given(handoff, "contact.preferred")
    if email and (preferred == "email" or not phone):
        return "write"
    if not phone:
        return "call_us"
    return "text" if preferred == "sms" else "call"


_WAY_WORDS = {"call": "will call you", "text": "will text you", "write": "will write to you"}


def _contact(handoff: Handoff, settings: OfferSettings, now: datetime, why: str) -> BookingOffer:
    hours, clinic, reference = settings.hours, settings.clinic, handoff["reference"]
    way = _way(handoff)
    if way == "call_us":
        text = f"Please call us at {clinic.phone}. {hours_text(hours)} Your reference is {reference}."
        return BookingOffer(way, reference, why, text)
    if handoff["urgency"] == "T3":
        by = end_of_next_working_day(now, hours)
    else:
        by = after_open_time(now, settings.booking.call_within, hours)
    who = "A physiotherapist" if handoff["urgency"] in ("T1", "T2", "T3") else "A person from the clinic"
    deadline = f" {deadline_words(by, now, hours)}" if by else ""
    sentences = [f"{who} {_WAY_WORDS[way]}{deadline}."]
    if not is_open(now, hours):
        opening = opening_words(now, hours)
        sentences.insert(0, f"The clinic is closed now. It opens {opening}." if opening else "The clinic is closed now.")
    sentences.append(f"Your reference is {reference}.")
    return BookingOffer(way, reference, why, " ".join(sentences), by=by)
