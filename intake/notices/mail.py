"""Mail of the service itself, through the outbox: alerts, invitations, resets, "a message waits". Kept apart from the
deliveries of handoffs: another sender, another kind, no document."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from intake.handoff.delivery import Refused, Retry
from intake.handoff.mail import compose, send
from intake.notices.words import text
from intake.records import Erased, NotFound, Records, Transaction
from intake.records.audit import SYSTEM
from intake.records.deliveries import Delivery
from intake.settings import Settings

logger = logging.getLogger(__name__)
KIND, DESTINATION = "staff_mail", "mail"
INVITATION, RESET = "invitation", "reset"
LINK_FOR = {INVITATION: timedelta(days=3), RESET: timedelta(hours=1)}
LEASE = timedelta(seconds=90)
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = 5.0, 900.0, 12


def queue_mail(
    tx: Transaction,
    to: Sequence[str],
    subject: str,
    body: str,
    *,
    idempotency_id: str,
    handoff_id: str | None = None,
    conversation_id: str | None = None,
    until: datetime | None = None,
) -> None:
    """Put a mail into the outbox. `handoff_id`: an alert, not sent once it is acknowledged; `until`: not sent afterwards."""
    payload = {"to": list(to), "subject": subject, "body": body, "alert_of": handoff_id, "until": until.isoformat() if until else None}
    tx.deliveries.add(KIND, DESTINATION, payload, conversation_id=conversation_id, idempotency_id=idempotency_id)


def queue_link(tx: Transaction, user_id: str, purpose: str) -> None:
    """Put an invitation or a reset into the outbox. Its one-time secret is made when it is sent, so none lies in the outbox."""
    tx.deliveries.add(KIND, DESTINATION, {"user": user_id, "purpose": purpose})


class Mailer:
    """Sends what is due. At least once: a lost answer of the mail server may bring a mail twice, under one Message-ID."""

    def __init__(self, records: Records, settings: Settings, worker: str) -> None:
        self._records, self._settings, self._worker = records, settings, worker

    def run_once(self) -> int:
        """Send what is due now; the number of mails that were tried."""
        with self._records.begin() as tx:
            due = tx.deliveries.claim(self._worker, lease=LEASE, limit=5, kinds=(KIND,))
        for delivery in due:
            self._attempt(delivery)
        return len(due)

    def _attempt(self, delivery: Delivery) -> None:
        with self._records.begin() as tx:
            mail = self._written(tx, delivery)
            if mail is None:
                tx.deliveries.cancel(delivery.id, error="not_needed")
                return
        try:
            message = compose(
                sender=self._settings.mail_from, to=mail["to"], subject=mail["subject"], text=mail["body"],
                message_id=delivery.id,
            )  # fmt: skip
            send(self._settings.smtp_url, message, self._settings.delivery.timeout_seconds)
        except Retry as failure:
            self._later(delivery, failure.code)
        except (Refused, ValueError) as failure:
            self._give_up(delivery, failure.code if isinstance(failure, Refused) else "bad_header")
        else:
            with self._records.begin() as tx:
                tx.deliveries.sent(delivery.id, worker=self._worker)

    def _written(self, tx: Transaction, delivery: Delivery) -> dict[str, Any] | None:
        """The mail as it is to be sent now; None when nobody needs it any more."""
        payload = dict(delivery.payload or {})
        if payload.get("purpose"):
            return self._with_link(tx, payload["user"], payload["purpose"])
        if not payload.get("to"):
            return None
        if payload.get("until") and tx.now() > datetime.fromisoformat(payload["until"]):
            return None  # the next round has taken its place
        if payload.get("alert_of"):
            try:
                handoff = tx.handoffs.get(payload["alert_of"])
            except (NotFound, Erased):
                return None
            if handoff.acknowledged_at is not None or handoff.status in ("booked", "closed"):
                return None
        return payload

    def _with_link(self, tx: Transaction, user_id: str, purpose: str) -> dict[str, Any] | None:
        try:
            user = tx.staff_users.get(user_id)
        except NotFound:
            return None
        if user.disabled_at is not None:
            return None
        secret = tx.staff_users.issue_link(user_id, purpose, LINK_FOR[purpose])
        facts = {"clinic": self._settings.clinic.name, "name": user.name, "link": f"{self._settings.staff_url}/staff/join#{secret}"}
        return {"to": [user.email], "subject": text(purpose, "subject", **facts), "body": text(purpose, "text", **facts)}

    def _later(self, delivery: Delivery, code: str) -> None:
        if delivery.attempts >= MOST_TRIES:
            self._give_up(delivery, code)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (delivery.attempts - 1)) * random.uniform(0.8, 1.2)
        with self._records.begin() as tx:
            tx.deliveries.retry(delivery.id, at=tx.now() + timedelta(seconds=wait), error=code, worker=self._worker)

    def _give_up(self, delivery: Delivery, code: str) -> None:
        logger.warning("mail %s is a dead letter: %s", delivery.id, code)
        with self._records.begin() as tx:
            if tx.deliveries.dead(delivery.id, error=code, worker=self._worker):
                tx.audit.record("delivery.dead", SYSTEM, "delivery", delivery.id, destination=DESTINATION, error=code)
