"""Jane, which has no open API: the booking link, a text to paste, and a nightly list of links not yet marked.

The patient books on the clinic's own Jane page; the reception copies the intake into the chart and marks it booked
with one tap. A delivery here is the record that a link was offered; sending it means checking that the page answers,
so that a dead link reaches staff instead of the next patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import EmailStr, Field

from clinic.red_flags import SELF_HARM
from intake.handoff.booking import strongest_action
from intake.handoff.delivery import Context, Item, Receipt, Refused
from intake.handoff.http import request
from intake.handoff.labels import answer_words, code_label, question_label
from intake.handoff.mail import compose, send
from intake.handoff.settings import DestinationSettings, Event
from intake.records.store import Transaction

EVENTS: tuple[Event, ...] = ("booking.offered",)

NOT_A_DIAGNOSIS = "Self-reported. Not examined. Not a diagnosis."
CHECK_JANE = "May have self-booked: check Jane."
# Sections of "Copy for Jane", in the order of a Jane chart entry.
_COPIED = (
    "pain.site",
    "pain.duration",
    "pain.severity_now",
    "pain.severity_worst",
    "onset.event",
    "onset.delay",
    "aggravating",
    "easing",
    "function.activity",
    "previous_treatment",
    "goal",
)
_CONTACT = ("contact.name", "contact.phone", "contact.email", "contact.preferred")
_BOOKING = ("booking.new_patient", "booking.payer", "booking.claim", "booking.location", "booking.times")


class Settings(DestinationSettings):
    """Who gets the nightly list, and whether booking pages are checked."""

    kind: Literal["jane"]
    list_to: list[EmailStr] = Field(default_factory=list, description="Who gets the nightly list by e-mail.")
    check_links: bool = Field(default=True, description="Ask the booking page for an answer after each offer.")


class JaneAdapter:
    """Checks booking pages and mails the nightly list."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context

    def deliver(self, item: Item) -> Receipt:
        """Check the pages offered (data: `links`, a list of addresses). A page that is gone is a dead letter."""
        configured = {str(link.url) for link in self._context.settings.booking.links}
        for url in item.data.get("links", ()):
            if url not in configured:
                raise Refused("link_no_longer_configured")
            if self._settings.check_links:
                self._check(url)
        return Receipt(note="link offered, waiting for the booking")

    def test(self) -> Receipt:
        """Check every configured booking page."""
        links = self._context.settings.booking.links
        for link in links:
            self._check(str(link.url))
        return Receipt(note=f"{len(links)} booking pages answer")

    def send_list(self, rows: Sequence[Mapping[str, Any]], stamp: str) -> Receipt:
        """Mail the nightly list (rows of `unmarked_links`); references only. Nothing is sent for an empty list."""
        if not rows or not self._settings.list_to:
            return Receipt(note="nothing to list")
        lines = [f"{row['reference']}  link sent {row['offered_at']:%Y-%m-%d}{'  ' + CHECK_JANE if row['hold'] else ''}" for row in rows]
        text = "Booking links sent and not yet marked as booked:\n\n" + "\n".join(lines) + "\n"
        message = compose(
            sender=self._context.mail_from,
            to=[str(address) for address in self._settings.list_to],
            subject=f"{len(rows)} intakes not yet marked as booked",
            text=text,
            message_id=f"jane-list-{self._settings.name}-{stamp}",
        )
        send(self._context.smtp_url, message, self._context.timeout)
        return Receipt(note=f"{len(rows)} listed")

    def _check(self, url: str) -> None:
        response = request("GET", url, timeout=self._context.timeout, now=self._context.now())
        if response.status_code >= 400:
            raise Refused(f"link_http_{response.status_code}")


def open_adapter(settings: Settings, context: Context) -> JaneAdapter:
    """The adapter of one Jane account."""
    return JaneAdapter(settings, context)


def copy_for_jane(handoff: Mapping[str, Any], *, clinical: bool = True) -> str:
    """The handoff as plain text to paste into a Jane chart entry; what was not asked is left out.

    Without `clinical` (reception) only flags, precautions, contact and booking.
    """
    answers = handoff["answers"]
    lines = [f"INTAKE {handoff['reference']} ({handoff['created_at'][:10]}). {NOT_A_DIAGNOSIS}"]
    if any(state != "complete" for state in handoff["safety_screen"].values()):
        lines.append("RED FLAGS NOT FULLY SCREENED")
    for flag in handoff["red_flags"]:
        unsure = " (unsure, treated as yes)" if flag["state"] == "unknown" else ""
        # Words about self-harm stay in the conversation, for a physiotherapist.
        quote = "" if flag["id"] == SELF_HARM else _quote(flag)
        lines.append(f"RED FLAG {flag['tier']}: {code_label(flag['id'])}{unsure}{quote}")
    for precaution in handoff["precautions"]:
        detail = f" ({precaution['detail']})" if precaution.get("detail") else ""
        lines.append(f"{precaution['action']}: {code_label(precaution['id'])}{detail}")
    lines += ["", handoff["summary"].strip()]
    details = _COPIED if clinical else ()
    for title, questions in (("DETAILS", details), ("CONTACT", _CONTACT), ("BOOKING", _BOOKING)):
        told = [
            f"{question_label(question)}: {answer_words(question, answers[question])}"
            for question in questions
            if answers.get(question, {}).get("state", "not_asked") != "not_asked"
        ]
        lines += ["", title, *told] if told else []
    for title, group in (
        ("INDICATORS", "indicators"),
        ("MYOFASCIAL FEATURES", "myofascial"),
        ("OTHER SENSATIONS", "sensations"),
        ("INFLAMMATORY FEATURES", "inflammation"),
    ):
        found = [
            f"{code_label(finding['id'])}: {finding['state'].replace('_', ' ')}{_quote(finding)}"
            for finding in handoff[group]
            if clinical and finding["state"] != "not_asked"
        ]
        lines += ["", title, *found] if found else []
    lines += ["", f"Protocol {handoff['protocol_version']}, rules {handoff['rules_version']}."]
    return "\n".join(lines) + "\n"


def _quote(item: Mapping[str, Any]) -> str:
    quote = next((one["quote"] for one in item["evidence"] if one.get("quote")), None)
    return f' - "{quote}"' if quote else ""


def check_note(handoff: Mapping[str, Any], link_offered: bool) -> str | None:
    """What staff must check in Jane: a patient on HOLD (or now urgent) to whom a link was offered may have booked."""
    if link_offered and (strongest_action(handoff) == "HOLD" or handoff["urgency"] in ("T1", "T2", "T3")):
        return CHECK_JANE
    return None


def unmarked_links(tx: Transaction, now: datetime, older_than: timedelta = timedelta(0)) -> list[dict[str, Any]]:
    """Links offered and not yet marked as booked or closed, the oldest first.

    `tx` is a transaction of `intake.records`. Rows: handoff_id, reference, offered_at, hold, status.
    """
    rows: dict[str, dict[str, Any]] = {}
    for delivery in tx.deliveries.list(kinds=("jane",), states=("pending", "sending", "sent", "dead"), limit=10_000):
        if delivery.handoff_id is None or (delivery.payload or {}).get("event") != "booking.offered":
            continue
        if delivery.created_at > now - older_than:
            continue
        handoff = tx.handoffs.get(delivery.handoff_id)
        if handoff.status in ("booked", "closed") or handoff.locked_reason:
            continue
        rows[handoff.id] = {
            "handoff_id": handoff.id,
            "reference": handoff.reference,
            "offered_at": delivery.created_at,
            "hold": handoff.hold,
            "status": handoff.status,
        }
    return sorted(rows.values(), key=lambda row: row["offered_at"])
