"""What the page of one handoff shows, by role: put together from the document, the conversation and the audit, decided here and
not in the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.protocol import protocol
from clinic.red_flags import SELF_HARM
from intake.api.rights import MASK, for_role, may
from intake.handoff.appointments import current
from intake.handoff.labels import answer_words
from intake.handoff.outbox import subscribers
from intake.handoff.pdf import page
from intake.records import Conversation, Handoff, Message, StaffSession, Transaction
from intake.services import Services
from intake.staff.free_times import calendar
from intake.staff.words import name

GROUPS = (
    ("indicators", "Five indicators"),
    ("myofascial", "Myofascial features"),
    ("sensations", "Other sensations"),
    ("inflammation", "Inflammatory features"),
)
# Sections of the summary that the page shows in a shape of its own.
_SHOWN_APART = ("Red flags raised", "Indicators reported", "Myofascial", "Other sensations", "Inflammatory", "Protocol")
CONTACT = ("contact.name", "contact.phone", "contact.email", "contact.preferred")
BOOKING = ("booking.new_patient", "booking.payer", "booking.claim", "booking.location", "booking.times")


@dataclass(frozen=True)
class Loaded:
    """One handoff with what belongs to it, read in one transaction."""

    handoff: Handoff
    conversation: Conversation | None
    messages: Sequence[Message]
    notes: Sequence[Any]
    people: Mapping[str, str]
    team: Mapping[str, str]
    alerts: Sequence[Any]
    offered: Sequence[Any]


def load(tx: Transaction, handoff: Handoff, session: StaffSession) -> Loaded:
    """Read it; the caller has checked and audited."""
    conversation, users = tx.conversations.find(handoff.conversation_id), tx.staff_users.list()
    return Loaded(
        handoff,
        conversation,
        visible(tx, handoff, conversation, session.user.role),
        tx.handoffs.notes(handoff.id),
        {user.id: user.name for user in users},
        {user.id: user.name for user in users if user.disabled_at is None or user.id == handoff.assignee},
        tx.audit.list(action="alert.sent", subject_id=handoff.id, limit=20),
        tx.audit.list(action="booking.offered", subject_id=handoff.id, limit=1),
    )


def visible(tx: Transaction, handoff: Handoff, conversation: Conversation | None, role: str) -> list[Message]:
    """The messages that a role sees: physiotherapists all, reception those of the talk that staff are having themselves."""
    if handoff.without_consent or conversation is None:
        return []
    messages = list(tx.messages.list(handoff.conversation_id))
    if may(role, "clinical"):
        return messages
    since = conversation.taken_over_at
    return [m for m in messages if m.sender == "staff" or (since is not None and m.at >= since)]


def talk(loaded: Loaded, role: str) -> list[dict[str, Any]]:
    """The visible messages for the template, words of self-harm left to the physiotherapist."""
    hidden: set[str] = set()
    if not may(role, "clinical"):
        flags = (loaded.handoff.document or {}).get("red_flags") or []
        hidden = {str(e["message_id"]) for flag in flags if flag["id"] == SELF_HARM for e in flag["evidence"]}
    return [
        {
            "id": m.id, "from": m.sender, "kind": m.kind, "at": m.at, "channel": m.channel,
            "by": loaded.people.get(m.sender_id or ""), "media": m.media, "text": MASK if m.id in hidden else (m.text or "(erased)"),
        }
        for m in loaded.messages
    ]  # fmt: skip


def view(here: Services, loaded: Loaded, session: StaffSession) -> dict[str, Any]:
    """Everything that `handoff.html` shows."""
    role, one = session.user.role, loaded.handoff
    clinical = may(role, "clinical")
    document = for_role(dict(one.document or {}), role)
    shown = page(document, role=role, hours=here.settings.hours, clinic_name=here.settings.clinic.name)
    answers: Mapping[str, Any] = document.get("answers") or {}
    conversation = loaded.conversation
    places = {place.id: place.name for place in here.settings.clinic.locations}
    return {
        "one": one,
        "shown": shown,
        "clinical": clinical,
        "flags": list(_flags(document, clinical)),
        "groups": list(_groups(document)) if clinical else [],
        "sections": [s for s in shown["sections"] if not s[0].startswith(_SHOWN_APART)],
        "timeline": timeline(answers) if clinical else [],
        "score": _score(document),
        "contact": _told(answers, CONTACT),
        "booking": [(q, places.get(told, told), ours) for q, told, ours in _told(answers, BOOKING)],
        "raw": {question: (answers.get(question) or {}).get("value") or "" for question in CONTACT},
        # Self-harm: reception is told not to call alone, so it gets no button that says so.
        "phone": None if _for_physio(document, clinical) else (answers.get("contact.phone") or {}).get("value"),
        "said": talk(loaded, role),
        "notes": loaded.notes,
        "people": loaded.people,
        "team": loaded.team,
        "alerts": loaded.alerts,
        "conversation": conversation,
        "may_release": may(role, "release"),
        "protocol": (document.get("protocol_version"), protocol().signed),
        "services": here.settings.booking.services,
        "places": here.settings.clinic.locations,
        "has_calendar": calendar(here) is not None,
        "agreed": current(one),
        "offered": name("offered", loaded.offered[0].detail["kind"]) if loaded.offered else None,
        "tells_booking": bool(subscribers(here.settings.delivery, "appointment.cancelled")),
        "mine": one.assignee == session.user.id,
    }


def _told(answers: Mapping[str, Any], questions: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Question, words, and whether staff set it."""
    found = []
    for question in questions:
        body = answers.get(question)
        if body and body.get("state") != "not_asked":
            found.append((question, answer_words(question, body), body.get("by") == "staff"))
    return found


def _flags(document: Mapping[str, Any], clinical: bool) -> Iterator[dict[str, Any]]:
    names = protocol().red_flags
    for flag in document.get("red_flags") or []:
        yield {
            "tier": flag["tier"],
            "label": names[flag["id"]].short if flag["id"] in names else flag["id"],
            "unsure": flag["state"] == "unknown",
            "evidence": flag["evidence"] if clinical else [],
        }


def _for_physio(document: Mapping[str, Any], clinical: bool) -> bool:
    return not clinical and any(flag["id"] == SELF_HARM for flag in document.get("red_flags") or [])


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    labels = protocol().findings
    for key, title in GROUPS:
        rows = [{**one, "label": labels[one["id"]].label} for one in document.get(key) or []]
        yield key, title, rows


def _score(document: Mapping[str, Any]) -> str:
    """The count with everything that it leaves out: "3 of 5 reported, 1 not reported, 1 unknown"."""
    states = [one["state"] for one in document.get("indicators") or []]
    parts = [f"{states.count('reported')} of {len(states)} reported"]
    for state in ("not_reported", "unknown", "declined", "not_asked"):
        if states.count(state):
            parts.append(f"{states.count(state)} {state.replace('_', ' ')}")
    return ", ".join(parts)


def timeline(answers: Mapping[str, Any]) -> list[str]:
    """Event, time to the pain, pain since: the onset as a line to look at. Empty when neither is known."""

    def told(question: str) -> str | None:
        body = answers.get(question) or {}
        return answer_words(question, body) if body.get("state") == "answered" and body.get("value") else None

    event, delay, long = told("onset.event"), told("onset.delay"), told("pain.duration")
    if not (event and long):
        return []
    before = [event] + ([delay] if delay and delay != "no event" else [])
    return [*before, f"pain for {long}" if long[:1].isdigit() else long, "today"]
