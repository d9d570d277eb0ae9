"""The outbox worker: takes what is due, hands it to its adapter, and settles it; any number may run side by side.

At least once, in order per handoff and destination. A worker that is killed leaves its lease to run out; the next
one carries on from what was kept and gives the receiver the same idempotency id.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event as Stop
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from intake.handoff.delivery import Context, Item, LeaseLost, Receipt, Refused, Retry
from intake.handoff.destinations import jane
from intake.handoff.outbox import open_destination
from intake.handoff.settings import DeliverySettings, DestinationSettings
from intake.hours import end_of_working_day
from intake.records.audit import SYSTEM
from intake.records.deliveries import Delivery
from intake.records.errors import Erased, NotFound, RecordsError
from intake.records.jobs import Job
from intake.records.store import Records

log = logging.getLogger(__name__)

JANE_LIST = "jane_list"
PdfWriter = Callable[[Mapping[str, Any], str], bytes]


class HandoffGone(Exception):
    """The handoff was erased or withdrawn after the delivery was written."""


class DeliveryWorker:
    """One worker; make one per thread or process."""

    def __init__(
        self,
        records: Records,
        settings: DeliverySettings,
        context: Context,
        write_pdf: PdfWriter,
        *,
        name: str = "",
    ) -> None:
        self._records = records
        self._settings = settings
        self._context = context
        self._write_pdf = write_pdf
        self._name = name or f"outbox-{secrets.token_hex(4)}"
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._kinds = tuple(sorted({destination.kind for destination in settings.destinations}))

    def run(self, stop: Stop) -> None:
        """Work until `stop` is set. A failure of the store is logged by its kind and tried again."""
        while not stop.is_set():
            try:
                worked = self.run_once()
            except (SQLAlchemyError, RecordsError, OSError) as failure:
                log.error("outbox worker failed: %s", type(failure).__name__)
                worked = False
            if not worked:
                stop.wait(self._settings.poll_seconds)

    def run_once(self) -> bool:
        """Take one delivery (and any list that is due); False when nothing was due."""
        if not self._kinds:
            return False
        listed = self._send_lists()
        with self._records.begin() as tx:
            claimed = tx.deliveries.claim(self._name, lease=self._lease, limit=1, kinds=self._kinds)
        for delivery in claimed:
            self._attempt(delivery)
        return bool(claimed) or listed

    def _attempt(self, delivery: Delivery) -> None:
        destination = self._settings.destination(delivery.destination)
        if destination is None or destination.kind != delivery.kind:
            self._give_up(delivery, "destination_not_configured")
            return
        try:
            receipt = self._hand_over(destination, delivery)
        except Refused as refused:
            self._give_up(delivery, refused.code)
        except Retry as retry:
            self._try_later(delivery, retry.code, retry.after)
        except LeaseLost:
            log.warning("delivery %s: lease lost to another worker", delivery.id)
        except HandoffGone:
            with self._records.begin() as tx:
                tx.deliveries.cancel(delivery.id, error="handoff_gone")
        else:
            with self._records.begin() as tx:
                tx.deliveries.sent(delivery.id, remote_id=receipt.remote_id, worker=self._name)
                tx.audit.record("delivery.sent", SYSTEM, "delivery", delivery.id, destination=delivery.destination)
                if receipt.filed and delivery.handoff_id is not None and tx.retention.copied(delivery.handoff_id):
                    tx.audit.record("handoff.copied", SYSTEM, "handoff", delivery.handoff_id, to=delivery.kind)

    def _hand_over(self, destination: DestinationSettings, delivery: Delivery) -> Receipt:
        """Let the adapter work; what it did not foresee is tried again, named by its kind only."""
        try:
            return open_destination(destination, self._context).deliver(self._item(delivery))
        except (Refused, Retry, LeaseLost, HandoffGone):
            raise
        except Exception as failure:
            # One adapter's fault must not stop the others' deliveries; it is seen in the delivery's last error.
            raise Retry(f"error_{type(failure).__name__}") from failure

    def _item(self, delivery: Delivery) -> Item:
        """The delivery with its handoff as it is now. Raises HandoffGone if that may not leave the house any more."""
        if delivery.handoff_id is None:
            raise HandoffGone(delivery.id)
        with self._records.read() as tx:
            try:
                handoff = tx.handoffs.get(delivery.handoff_id)
            except (NotFound, Erased):
                raise HandoffGone(delivery.id) from None
        if handoff.locked_reason or handoff.document is None:
            raise HandoffGone(delivery.id)
        document = handoff.document
        payload = dict(delivery.payload or {})
        return Item(
            id=delivery.id,
            idempotency_id=delivery.idempotency_id,
            event=payload["event"],
            handoff=document,
            data=payload["data"],
            pdf=lambda role: self._write_pdf(document, role),
            consented=not handoff.without_consent,
            progress=dict(payload["progress"]),
            save=lambda progress: self._save(delivery.id, payload, progress),
        )

    def _save(self, delivery_id: str, payload: Mapping[str, Any], progress: Mapping[str, Any]) -> None:
        kept = {**payload, "progress": dict(progress)}
        with self._records.begin() as tx:
            if not tx.deliveries.keep(delivery_id, kept, worker=self._name, lease=self._lease):
                raise LeaseLost(delivery_id)

    def _try_later(self, delivery: Delivery, code: str, asked: timedelta | None) -> None:
        if delivery.attempts >= self._settings.attempts:
            self._give_up(delivery, code)
            return
        wait = asked if asked is not None else self.backoff(delivery.attempts)
        with self._records.begin() as tx:
            tx.deliveries.retry(delivery.id, at=tx.now() + wait, error=code, worker=self._name)

    def _give_up(self, delivery: Delivery, code: str) -> None:
        log.warning("delivery %s to %s is a dead letter: %s", delivery.id, delivery.destination, code)
        with self._records.begin() as tx:
            if tx.deliveries.dead(delivery.id, error=code, worker=self._name):
                tx.audit.record(
                    "delivery.dead",
                    SYSTEM,
                    "delivery",
                    delivery.id,
                    destination=delivery.destination,
                    error=code,
                )

    def backoff(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts: doubled each time, limited, spread by a fifth either way."""
        first, longest = self._settings.first_delay_seconds, self._settings.longest_delay_seconds
        seconds = min(longest, first * 2 ** min(attempts - 1, 40))
        return timedelta(seconds=seconds * random.uniform(0.8, 1.2))

    def _send_lists(self) -> bool:
        """Mail Jane's nightly lists that are due, and see that the next one of each is scheduled."""
        lists = [d for d in self._settings.destinations if isinstance(d, jane.Settings) and d.list_to]
        if not lists:
            return False
        with self._records.read() as tx:
            missing = [d.name for d in lists if tx.jobs.get(f"{JANE_LIST}:{d.name}") is None]
        if missing:
            self._schedule(missing)
        with self._records.begin() as tx:
            due = tx.jobs.claim(self._name, lease=self._lease, kinds=(JANE_LIST,))
        for job in due:
            self._send_list(job, lists)
        return bool(due)

    def _send_list(self, job: Job, lists: list[jane.Settings]) -> None:
        name = job.key.partition(":")[2]
        destination = next((d for d in lists if d.name == name), None)
        if destination is None:
            with self._records.begin() as tx:
                tx.jobs.done(job.id, worker=self._name)
            return
        with self._records.read() as tx:
            rows = jane.unmarked_links(tx, tx.now())
        adapter = jane.JaneAdapter(destination, self._context)
        try:
            adapter.send_list(rows, f"{job.run_at:%Y%m%d}")
        except (Refused, Retry) as failure:
            log.warning("list of %s not sent: %s", name, failure.code)
            with self._records.begin() as tx:
                tx.jobs.retry(job.id, tx.now() + self.backoff(job.attempts))
            return
        self._schedule([name])

    def _schedule(self, names: list[str]) -> None:
        """Schedule the lists for the next closing time, or in a day where the clinic has none."""
        with self._records.begin() as tx:
            at = end_of_working_day(tx.now(), self._context.settings.hours) or tx.now() + timedelta(days=1)
            for name in names:
                tx.jobs.schedule(JANE_LIST, f"{JANE_LIST}:{name}", at)
