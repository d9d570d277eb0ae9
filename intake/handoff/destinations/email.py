"""E-mail to the clinic: that an intake is waiting, never what is in it; the PDF only if the clinic asks for it."""

from __future__ import annotations

from typing import Literal

from pydantic import EmailStr, Field

from intake.handoff.delivery import Context, Item, Receipt
from intake.handoff.mail import compose, send
from intake.handoff.settings import DestinationSettings, Event, Secret

EVENTS: tuple[Event, ...] = ("handoff.created",)

_WORDS = {
    "handoff.created": "A new intake is waiting",
    "handoff.updated": "An intake was changed",
    "handoff.booked": "An intake was booked",
    "handoff.closed": "An intake was closed",
    "booking.offered": "A booking link was sent",
    "appointment.agreed": "An appointment was agreed",
    "appointment.cancelled": "An appointment was cancelled",
}


class Settings(DestinationSettings):
    """Who gets mail, and whether the PDF comes with it."""

    kind: Literal["email"]
    to: list[EmailStr] = Field(min_length=1)
    attach_pdf: bool = Field(
        default=False,
        description="Attach the handoff as PDF; only if every mailbox in `to` may hold patients' data.",
    )
    smtp_url: Secret | None = Field(default=None, description="Another mail server than the installation's.")


class EmailAdapter:
    """Writes one message per event."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context

    def deliver(self, item: Item) -> Receipt:
        """Tell staff of `item`. Subject and body carry the reference and a link, nothing of the patient."""
        reference = item.handoff["reference"]
        words = _WORDS[item.event]
        with_pdf = self._settings.attach_pdf and item.consented
        attachments = [(f"{reference}.pdf", "application/pdf", item.pdf("reception"))] if with_pdf else []
        text = f"{words}: {reference}.\n\nOpen it here (log-in needed):\n{self._context.base_url}/staff/handoffs/{item.handoff['id']}\n"
        return self._send(f"{words}: {reference}", text, item.idempotency_id, attachments)

    def test(self) -> Receipt:
        """Send a test message to every address."""
        stamp = f"test-{self._context.now():%Y%m%dT%H%M%S%f}"
        return self._send("Test message of the intake assistant", "This is a test. Nothing to do.\n", stamp, [])

    def _send(self, subject: str, text: str, message_id: str, attachments: list[tuple[str, str, bytes]]) -> Receipt:
        own = self._settings.smtp_url
        message = compose(
            sender=self._context.mail_from,
            to=[str(address) for address in self._settings.to],
            subject=subject,
            text=text,
            message_id=message_id.replace(":", "."),
            attachments=attachments,
        )
        send(own.get_secret_value() if own else self._context.smtp_url, message, self._context.timeout)
        return Receipt()


def open_adapter(settings: Settings, context: Context) -> EmailAdapter:
    """The adapter of one configured list of mailboxes."""
    return EmailAdapter(settings, context)
