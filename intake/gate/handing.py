"""The handoff of a conversation: built from the records alone, written in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.answers import Answer, Answers
from clinic.handoff import HandoffMeta, build_handoff, build_without_consent
from clinic.red_flags import EMERGENCIES, Raised
from intake import hours
from intake.gate.standing import standing
from intake.handoff.booking import BookingOffer, booking_offer, strongest_action
from intake.handoff.outbox import enqueue, record_offer
from intake.handoff.settings import Event
from intake.notices import alerts
from intake.records import Conversation, Handoff, Transaction
from intake.records.audit import SYSTEM
from intake.records.handoffs import iso
from intake.settings import Settings

# These people wait for somebody although nothing is urgent; the box "Do this" says: today.
ASKED_FOR_TODAY = ("person_requested", "complaint")


@dataclass(frozen=True)
class Told:
    """What the records hold of an intake. `same_contact`: this turn changed neither name nor number."""

    answers: Answers
    flags: tuple[Raised, ...]
    same_contact: bool = False


def put(
    tx: Transaction,
    settings: Settings,
    conversation: Conversation,
    memory: Mapping[str, Any],
    alert: bool,
    *,
    completed: bool,
    told: Told | None = None,
) -> Handoff | None:
    """Create or bring up to date the handoff, if there is to be one; None when there is not yet.

    There is one as soon as a red flag is an emergency, a person was asked for, or the name and one way of contact are
    known. Without consent it holds only flag, quote, time and contact. `told` is what the records hold now, if the caller
    knows it; else it is read.
    """
    if told is None:
        here = standing(tx, conversation, settings)
        told = Told(here.state.answers, here.flags)
    emergency = conversation.state == "escalated" or any(f.tier in EMERGENCIES for f in told.flags)
    reason = memory.get("reason")
    consented = conversation.consent == "yes"
    reachable = conversation.has_contact or conversation.channel == "sms"
    known = tx.handoffs.of_conversation(conversation.id, lock=True, document=False)
    if not (emergency or completed or known is not None or (consented and (reachable or reason))):
        return None
    now = tx.now()
    meta = HandoffMeta(
        id=known.id if known else "",
        reference=conversation.reference or "",
        conversation_id=conversation.id,
        created_at=iso(known.created_at if known else now),
        updated_at=iso(now),
        version=known.version + 1 if known else 1,
        status=known.status if known else "new",
        reason="emergency" if emergency else reason or ("completed" if completed or _done(conversation) else "expired"),
        partial=not (completed or _done(conversation)),
        asked=tuple(memory.get("asked") or ()),
    )
    answers = _with_number(tx, conversation, told.answers, emergency)
    document = (build_handoff if consented else build_without_consent)(meta, answers, told.flags)
    place = told.answers.get("booking.location")
    location = place.value if place is not None and place.value != "either" else None
    before = None
    if known is not None and _is_told(known) and not (completed or alert):
        before = tx.handoffs.get(known.id).document
    promised = offer(settings, document, now) if completed else None
    due = hours.due_at(now, document["urgency"], settings.hours)
    if due is None and promised is not None:
        due = promised.by  # what the patient is told is what staff must keep
    elif due is None and known is None and meta.reason in ASKED_FOR_TODAY:
        due = hours.end_of_working_day(now, settings.hours)
    handoff = tx.handoffs.put(
        conversation.id, document, location=location, due_at=due, hold=strongest_action(document) == "HOLD",
        without_consent=not consented, reindex=not told.same_contact or conversation.channel == "sms",
    )  # fmt: skip
    alerts.plan(tx, handoff, anew=alert)
    event = _event(known, before, document, completed=completed, alert=alert)
    if event is not None:
        enqueue(tx, settings.delivery, event, handoff.id)
    if promised is not None:
        tx.audit.record("booking.offered", SYSTEM, "handoff", handoff.id, kind=promised.kind)
        record_offer(tx, settings.delivery, handoff.id, promised)
    return handoff


def _with_number(tx: Transaction, conversation: Conversation, answers: Answers, emergency: bool) -> Answers:
    """On SMS the number that texts is a contact without having been asked for: staff must be able to call it. Whoever would
    rather not give a number is not called at this one either, but in an emergency."""
    told = answers.get("contact.phone")
    refused = told is not None and told.state in ("declined", "skipped")
    if conversation.channel != "sms" or (told is not None and told.given) or (refused and not emergency):
        return answers
    number = tx.conversations.address(conversation.id)
    if number is None:
        return answers
    found = Answer(number, "answered", at=iso(conversation.created_at), channel="sms", via="channel", by="patient")
    return {**answers, "contact.phone": found}


def _is_told(known: Handoff) -> bool:
    """Whether other systems have heard of this handoff."""
    return not known.partial or known.urgency in EMERGENCIES


def _event(
    known: Handoff | None, before: Mapping[str, Any] | None, document: Mapping[str, Any], *, completed: bool, alert: bool
) -> Event | None:
    """What other systems hear of: a finished intake, an emergency, and what changes afterwards; not each answer."""
    if completed or alert:
        return "handoff.updated" if known is not None and _is_told(known) else "handoff.created"
    if before is not None:
        changed = any(before.get(part) != document.get(part) for part in ("answers", "red_flags", "urgency"))
        return "handoff.updated" if changed else None
    return None


def _done(conversation: Conversation) -> bool:
    return conversation.state == "handed_off"


def offer(settings: Settings, document: Mapping[str, Any], now: Any) -> BookingOffer:
    """What the patient is offered: a link, or a call by a true time."""
    return booking_offer(document, settings, now)
