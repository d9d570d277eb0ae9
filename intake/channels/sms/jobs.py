"""What time brings: the one reminder, and answers that came late and were left by a crash. Each job runs once, also with
several workers, because its effect and its end are one transaction under its lease."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from clinic.messages import say
from intake.channels.sms import outbox
from intake.channels.sms.connector import InboundText
from intake.channels.sms.held import held, let_go
from intake.channels.sms.quiet import is_quiet, next_allowed
from intake.records.errors import Erased, NotFound
from intake.records.jobs import Job
from intake.records.store import Records, Transaction
from intake.settings import Settings

log = logging.getLogger(__name__)

NUDGE, LATE = "sms_nudge", "sms_late"
LATE_AFTER = timedelta(minutes=2)
MOST_LOOKS = 10


def plan_nudge(tx: Transaction, conversation_id: str, settings: Settings) -> None:
    """Plan the reminder of an intake that waits for its patient, or take it back when nothing waits."""
    sms, key = settings.sms, f"{NUDGE}:{conversation_id}"
    conversation = tx.conversations.find(conversation_id)
    waits = (
        conversation is not None
        and sms.nudge_after_hours > 0
        and conversation.state == "active"
        and conversation.channel == "sms"
        and conversation.question is not None
        and conversation.consent == "yes"
        and tx.deliveries.find(idempotency_id=f"{key}:0") is None
    )
    if not waits:
        tx.jobs.cancel(key)
        return
    due = tx.now() + timedelta(hours=sms.nudge_after_hours)
    due = next_allowed(due, settings.hours.timezone, sms.quiet_from, sms.quiet_until)
    tx.jobs.schedule(NUDGE, key, due, conversation_id=conversation_id)


def plan_late(tx: Transaction, conversation_id: str | None, sid: str) -> None:
    """Look again later whether the answer that was promised went out: a crash may have come between."""
    tx.jobs.schedule(LATE, f"{LATE}:{sid}", tx.now() + LATE_AFTER, conversation_id=conversation_id)


class SmsJobs:
    """Runs the channel's jobs that are due. `take_up` gives a text that waited its turn; False while it has it already."""

    def __init__(
        self, records: Records, settings: Settings, take_up: Callable[[InboundText], Awaitable[bool]]
    ) -> None:
        self._records, self._settings, self._take_up = records, settings, take_up
        self._worker = f"sms-jobs-{random.getrandbits(48):x}"

    async def run_once(self) -> int:
        """Run what is due; the number of jobs."""
        ran = 0
        while due := await asyncio.to_thread(self._claim):
            for job in due:
                waiting = await asyncio.to_thread(self._waiting, job) if job.kind == LATE else None
                if waiting is None:
                    await asyncio.to_thread(self._run, job)
                elif not await self._take_up(waiting):
                    await asyncio.to_thread(self._later, job)
                ran += 1
        return ran

    def _waiting(self, job: Job) -> InboundText | None:
        """The text of a promise that never had its turn."""
        sid = job.key.removeprefix(f"{LATE}:")
        with self._records.read() as tx:
            return held(tx, sid) if tx.messages.by_client_id(sid) is None else None

    def _later(self, job: Job) -> None:
        with self._records.begin() as tx:
            tx.jobs.retry(job.id, tx.now() + LATE_AFTER)

    def _claim(self) -> list[Job]:
        with self._records.begin() as tx:
            return tx.jobs.claim(self._worker, kinds=(NUDGE, LATE))

    def _run(self, job: Job) -> None:
        with self._records.begin() as tx:
            try:
                moved = self._nudge(tx, job) if job.kind == NUDGE else self._late(tx, job)
            except (NotFound, Erased):
                moved = False
            if not moved:
                tx.jobs.done(job.id, worker=self._worker)
        log.info("ran %s %s", job.kind, job.id)

    def _nudge(self, tx: Transaction, job: Job) -> bool:
        """Send the reminder; True when quiet hours moved it."""
        if job.conversation_id is None:
            return False
        sms, zone = self._settings.sms, self._settings.hours.timezone
        if is_quiet(tx.now(), zone, sms.quiet_from, sms.quiet_until):
            tx.jobs.retry(job.id, next_allowed(tx.now(), zone, sms.quiet_from, sms.quiet_until))
            return True
        conversation = tx.conversations.get(job.conversation_id, lock=True)
        address = tx.conversations.address(conversation.id)
        silent = tx.now() - conversation.active_at >= timedelta(hours=sms.nudge_after_hours)
        if (
            conversation.state != "active"
            or conversation.channel != "sms"
            or conversation.question is None
            or address is None
            or not silent
            or tx.opt_outs.holds("sms", address)
        ):
            return False
        body = say("sms.nudge", clinic_name=self._settings.clinic.name)
        outbox.queue(tx, conversation.id, address, [body], idempotency_id=job.key)
        tx.messages.say(conversation.id, kind="info", text=body, channel="sms")
        return False

    def _late(self, tx: Transaction, job: Job) -> bool:
        """Queue the answer to a text that was only acknowledged, if nobody has; True while the answer is still to come."""
        sid = job.key.removeprefix(f"{LATE}:")
        let_go(tx, sid)
        inbound = tx.messages.by_client_id(sid)
        if inbound is None or tx.deliveries.find(idempotency_id=f"late:{sid}:0") is not None:
            return False
        if inbound.status == "received" and job.attempts < MOST_LOOKS:
            tx.jobs.retry(job.id, tx.now() + LATE_AFTER)
            return True
        replies = [m.as_dict() for m in tx.messages.replies(inbound.id)]
        emergencies = [m for m in replies if m["kind"] == "emergency"]
        address = tx.conversations.address(inbound.conversation_id)
        if address and tx.opt_outs.holds("sms", address):
            replies = emergencies
        outbox.queue_messages(
            tx, inbound.conversation_id, replies, idempotency_id=f"late:{sid}", even_if_opted_out=bool(emergencies)
        )
        return False
