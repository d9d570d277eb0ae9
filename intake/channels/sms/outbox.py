"""Texts that are not the reply to a webhook: into the outbox in the transaction that causes them, then to the carrier.

A text is handed over at most once per delivery: after an attempt whose outcome is unclear the carrier is asked for it
first, and the status callback carries our delivery id, so that even a lost answer is told apart from a lost text.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from intake.channels.sms import for_staff
from intake.channels.sms.connector import Connector, Outgoing, Sent, StatusReport
from intake.channels.sms.demonstration import held_back
from intake.channels.sms.rendering import BotMessage, render
from intake.records.conversations import Conversation
from intake.records.deliveries import Delivery
from intake.records.store import Records, Transaction
from intake.settings import Settings

log = logging.getLogger(__name__)

KIND, REPLY = "sms", "sms_reply"
"""A text sent over the REST API, and one that answered a webhook (kept to give a repeat the same answer)."""
DESTINATION = "carrier"
LEASE = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0


def queue(
    tx: Transaction,
    conversation_id: str | None,
    address: str,
    texts: Sequence[str],
    *,
    idempotency_id: str,
    not_before: datetime | None = None,
    even_if_opted_out: bool = False,
) -> list[Delivery]:
    """Put texts into the outbox, in order; the same `idempotency_id` again adds nothing."""
    return [
        tx.deliveries.add(
            KIND,
            DESTINATION,
            {"to": address, "body": body, "even_if_opted_out": even_if_opted_out},
            conversation_id=conversation_id,
            idempotency_id=f"{idempotency_id}:{n}",
            not_before=not_before,
        )
        for n, body in enumerate(texts)
    ]


def refuses(tx: Transaction, conversation: Conversation) -> bool:
    """Whether the conversation is on SMS with a number that opted out."""
    address = tx.conversations.address(conversation.id) if conversation.channel == "sms" else None
    return address is not None and tx.opt_outs.holds("sms", address)


def queue_messages(
    tx: Transaction, conversation_id: str, messages: Sequence[Any], *, idempotency_id: str, even_if_opted_out: bool = False
) -> int:
    """Queue messages of the intake or of staff for the phone of an SMS conversation; the number of texts.

    Nothing is queued when the conversation is not on SMS or has no number. For replies of staff, emergencies and
    confirmations that no webhook is waiting for."""
    conversation = tx.conversations.get(conversation_id)
    address = tx.conversations.address(conversation_id) if conversation.channel == "sms" else None
    if address is None:
        return 0
    texts = [text.body for text in render([BotMessage.of(message) for message in messages])]
    rows = queue(tx, conversation_id, address, texts, idempotency_id=idempotency_id, even_if_opted_out=even_if_opted_out)
    return len(rows)


def wait_before(attempt: int, asked: float | None, jitter: float | None = None) -> timedelta:
    """How long to wait before the next attempt: doubling from 5 s to an hour, or what the carrier asked for,
    with up to a quarter more so that many do not come back at once."""
    base = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, attempt - 1))
    base = max(base, min(asked or 0.0, LONGEST_WAIT))
    return timedelta(seconds=base * (1 + 0.25 * (random.random() if jitter is None else jitter)))


class Outbox:
    """Sends what is due. `status_url` makes the callback's public URL from a delivery id, None without one."""

    def __init__(
        self, records: Records, connector: Connector, settings: Settings, public_url: str
    ) -> None:
        self._records, self._connector, self._settings = records, connector, settings
        self._may_send = settings.sms.can_send and not held_back(settings)
        self._public_url = public_url.rstrip("/")
        self._worker = f"sms-{random.getrandbits(48):x}"

    def status_url(self, delivery_id: str) -> str | None:
        """Where the carrier reports what became of a delivery; it must be reachable from outside."""
        return f"{self._public_url}/sms/twilio/status?delivery={delivery_id}" if self._public_url else None

    async def run_once(self) -> int:
        """Send everything that is due now; the number of texts that were tried."""
        if not self._may_send:
            return 0
        tried = 0
        while due := await asyncio.to_thread(self._claim):
            for delivery in due:
                await self._send(delivery)
                tried += 1
        return tried

    def _claim(self) -> Sequence[Delivery]:
        with self._records.begin() as tx:
            return tx.deliveries.claim(self._worker, lease=LEASE, kinds=(KIND, REPLY))

    def _may_go(self, delivery: Delivery) -> bool:
        """Whether the number may be texted now; what may not is cancelled, and staff see that."""
        payload = delivery.payload or {}
        with self._records.begin() as tx:
            if not payload.get("to") or not payload.get("body"):
                tx.deliveries.cancel(delivery.id, error="erased")
                return False
            if tx.opt_outs.holds("sms", payload["to"]) and not payload.get("even_if_opted_out"):
                tx.deliveries.cancel(delivery.id, error="opted_out")
                for_staff.tell(tx, self._settings, delivery.conversation_id, "sms.staff.not_sent")
                return False
        return True

    async def _send(self, delivery: Delivery) -> None:
        if not await asyncio.to_thread(self._may_go, delivery):
            return
        payload = delivery.payload or {}
        text = Outgoing(delivery.id, payload["to"], payload["body"])
        sent: Sent | None = None
        # A first attempt has nothing to find; any later one may have reached the carrier (no answer, 5xx, a
        # worker that was killed), and a text must not come twice.
        if delivery.attempts > 1:
            sent = await self._connector.find(text, await asyncio.to_thread(self._known_ids, delivery))
        if sent is None:
            sent = await self._connector.send(text, self.status_url(delivery.id))
        await asyncio.to_thread(self._settle, delivery, sent)

    def _known_ids(self, delivery: Delivery) -> frozenset[str]:
        with self._records.read() as tx:
            others = tx.deliveries.list(conversation_id=delivery.conversation_id, kinds=(KIND, REPLY))
        return frozenset(d.remote_id for d in others if d.remote_id and d.id != delivery.id)

    def _settle(self, delivery: Delivery, sent: Sent) -> None:
        with self._records.begin() as tx:
            if sent.outcome == "accepted":
                tx.deliveries.sent(delivery.id, remote_id=sent.remote_id, worker=self._worker)
            elif sent.outcome == "refused":
                if sent.opted_out and delivery.payload:
                    tx.opt_outs.add("sms", delivery.payload["to"], source="carrier")
                self._give_up(tx, delivery, f"twilio_{sent.code}", "not_sent" if sent.opted_out else "undelivered")
            elif delivery.attempts >= self._settings.sms.send_attempts:
                self._give_up(tx, delivery, sent.code or sent.outcome, "undelivered")
            else:
                at = tx.now() + wait_before(delivery.attempts, sent.after)
                tx.deliveries.retry(delivery.id, at=at, error=sent.code or sent.outcome, worker=self._worker)
        log.info("text %s: %s %s", delivery.id, sent.outcome, sent.code or "")

    def _give_up(self, tx: Transaction, delivery: Delivery, error: str, note: str) -> None:
        if tx.deliveries.dead(delivery.id, error=error, worker=self._worker):
            for_staff.tell(tx, self._settings, delivery.conversation_id, f"sms.staff.{note}")

    def report(self, delivery_id: str | None, report: StatusReport) -> None:
        """Take in what the carrier says became of a text. A failed one becomes a dead letter that staff see.

        Reports may come late and out of order: a text that was delivered stays delivered."""
        with self._records.begin() as tx:
            delivery = tx.deliveries.report(report.remote_id, report.status) if report.remote_id else None
            if delivery is None and delivery_id is not None:
                delivery = tx.deliveries.find(id=delivery_id)
                if delivery is None or delivery.kind not in (KIND, REPLY):
                    return
                # The answer to our call was lost, but the carrier has the text: it must not be sent again.
                tx.deliveries.sent(delivery.id, remote_id=report.remote_id)
                tx.deliveries.report(report.remote_id, report.status)
            if delivery is not None and report.failed:
                tx.deliveries.dead(delivery.id, error=f"{report.status}_{report.code or 'unknown'}")
                for_staff.tell(tx, self._settings, delivery.conversation_id, "sms.staff.undelivered")
                payload = delivery.payload or {}
                if payload.get("urgent") and payload.get("to"):  # emergency words get a second way, once
                    queue(
                        tx, delivery.conversation_id, payload["to"], [payload["body"]],
                        idempotency_id=f"again:{delivery.id}", even_if_opted_out=bool(payload.get("even_if_opted_out")),
                    )  # fmt: skip
