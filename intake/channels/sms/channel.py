"""The SMS channel: one text in, its answer within the time that a carrier waits, the same answer to a repeat.

Texts from one phone are answered in the order in which they came. An answer that takes too long is promised at once and
sent through the outbox when it is there.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from intake.channels.sms.answer import NOTHING, Answer
from intake.channels.sms.connector import Connector, InboundText, ReplyText, StatusReport
from intake.channels.sms.conversing import Conversing, Gate, urgent
from intake.channels.sms.demonstration import held_back, local_carrier
from intake.channels.sms.held import hold, let_go
from intake.channels.sms.jobs import SmsJobs, plan_late
from intake.channels.sms.limits import TextLimits
from intake.channels.sms.numbers import e164, sender
from intake.channels.sms.outbox import REPLY, Outbox, queue
from intake.channels.sms.transcript import CHANNEL
from intake.channels.sms.twilio import TwilioConnector
from intake.gate.order import TurnOrder
from intake.records.store import Records, Transaction
from intake.settings import Settings

log = logging.getLogger(__name__)

WRITING_SECONDS = 2.0
"""How long the records may take once an answer is there; with `reply_seconds` it stays under the ten of the carrier."""


def _reachable(settings: Settings) -> str:
    """Where the carrier can report statuses: the public address, or this host for a carrier on this host."""
    return settings.public_url or (settings.base_url if local_carrier(settings) else "")


class SmsChannel:
    """Everything between the carrier and the gate. `start` begins the background work, `stop` ends it."""

    def __init__(
        self, settings: Settings, records: Records, gate: Gate, connector: Connector | None = None
    ) -> None:
        self._settings, self._records = settings, records
        self.connector: Connector = connector or TwilioConnector(settings.sms)
        self._conversing = Conversing(settings, records, gate)
        self._limits = TextLimits(settings.sms.limits)
        self.outbox = Outbox(records, self.connector, settings, _reachable(settings))
        self._held_back = held_back(settings)
        self.jobs = SmsJobs(records, settings, self.take_up)
        self._order = TurnOrder()
        self._running: dict[str, asyncio.Task[Sequence[ReplyText]]] = {}
        self._answering: set[str] = set()
        self._late: set[str] = set()
        self._beside: set[asyncio.Task[Any]] = set()
        self._wake = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    @property
    def enabled(self) -> bool:
        """Whether the channel takes texts."""
        return self._settings.sms.enabled

    async def start(self) -> None:
        """Begin sending what is due and running jobs; says in the log when SMS is off, and why."""
        if not self.enabled:
            log.warning("SMS is off: sms.auth_token is not set, so /sms/twilio answers 404")
            return
        if self._held_back:
            log.warning("SMS takes no intakes: no clinician has signed the protocol, and allow_unsigned is not set")
            return
        if not self._settings.sms.can_send:
            log.warning("SMS can only reply: sms.account_sid or sms.number is not set")
        if not self._settings.public_url:
            log.warning("public_url is not set: SMS signatures are checked over the request's own URL")
        await asyncio.to_thread(urgent, "hello")  # loads the reading's rules now, not while the first patient waits
        self._work = asyncio.create_task(self._keep_working())

    async def stop(self) -> None:
        """End the background work and wait for texts that are being answered."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
        if waiting := {*self._running.values(), *self._beside}:
            await asyncio.wait(waiting, timeout=5)
        if isinstance(self.connector, TwilioConnector):
            await self.connector.aclose()

    def wake(self) -> None:
        """Something was put into the outbox: send it now."""
        self._wake.set()

    async def _keep_working(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.jobs.run_once()
                await self.outbox.run_once()
            except Exception as failure:  # the loop must outlive any one failure; the next round tries again
                log.error("background work of SMS failed: %s", type(failure).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._settings.sms.jobs_every_seconds)

    # --- one text ---------------------------------------------------------------------------------------------------

    async def answer(self, text: InboundText) -> Sequence[ReplyText]:
        """The texts that answer this one, always within `reply_seconds` and a little."""
        task = self._running.get(text.id) or self._begin(text)
        done, _ = await asyncio.wait({task}, timeout=self._settings.sms.reply_seconds)
        if not done and text.id in self._answering:  # being written: that takes a moment and must not be torn
            done, _ = await asyncio.wait({task}, timeout=WRITING_SECONDS)
            if not done:
                self._keep_task(self._send_afterwards(task, text))
                return [ReplyText(self._conversing.words("late"))]
        if done:
            return task.result()
        first = text.id not in self._late
        self._late.add(text.id)
        promise = asyncio.create_task(asyncio.to_thread(self._promise, text, first))
        done, _ = await asyncio.wait({promise}, timeout=WRITING_SECONDS)
        if done and promise.exception() is None:
            return promise.result()
        log.error("a promise to answer could not be kept on record")
        return [ReplyText(self._conversing.words("late"))]

    async def take_up(self, text: InboundText) -> bool:
        """A text that was acknowledged and then left by a crash has its turn now; False while it is under way here."""
        if text.id in self._running:
            return False
        self._late.add(text.id)
        await self._begin(text)
        return True

    def _begin(self, text: InboundText) -> "asyncio.Task[Sequence[ReplyText]]":
        task = asyncio.create_task(self._run(text))
        self._running[text.id] = task
        task.add_done_callback(lambda _: self._running.pop(text.id, None))
        return task

    async def _run(self, text: InboundText) -> Sequence[ReplyText]:
        # The lock comes before anything that waits: texts of one phone keep the order in which they arrived.
        async with self._order.of(text.sender):
            try:
                stored = await asyncio.to_thread(self._stored, text.id)
                if stored is not None and text.id not in self._late:  # late: what is stored is only our own promise
                    return stored
                answer = await self._decide(text)
            except Exception as failure:  # whatever broke: the text is kept, and there are words, never silence
                log.error("a text could not be answered: %s", type(failure).__name__)
                answer = await self._as_it_is(text)
            if text.id not in self._late:
                self._answering.add(text.id)
            try:
                return await asyncio.to_thread(self._keep, text, answer)
            except Exception as failure:
                log.error("an answer could not be kept: %s", type(failure).__name__)
                return [ReplyText(body) for body in answer.texts]
            finally:
                self._answering.discard(text.id)
                if text.id in self._late:
                    self._late.discard(text.id)
                    await self._send_now()

    async def _send_now(self) -> None:
        """What was promised goes out before the next text of this phone is answered, or a question would overtake the one
        before it. A slow carrier is not waited for."""
        sending = self._keep_task(self.outbox.run_once())
        await asyncio.wait({sending}, timeout=WRITING_SECONDS)

    async def _send_afterwards(self, task: "asyncio.Task[Sequence[ReplyText]]", text: InboundText) -> None:
        """The answer to a text whose writing took too long: sent when it is written."""
        replies = await asyncio.shield(task)
        address = e164(text.sender, self._settings.sms.region)

        def put() -> None:
            with self._records.begin() as tx:
                found = tx.messages.by_client_id(text.id)
                bodies = [reply.body for reply in replies]
                queue(tx, found.conversation_id if found else None, str(address), bodies, idempotency_id=f"late:{text.id}")

        if address is not None:
            await asyncio.to_thread(put)
            await self.outbox.run_once()

    def _keep_task(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run something beside the answer; its failure is logged, and `stop` waits for it."""
        task = asyncio.create_task(work)
        self._beside.add(task)

        def over(finished: "asyncio.Task[Any]") -> None:
            self._beside.discard(finished)
            if not finished.cancelled() and (failure := finished.exception()) is not None:
                log.error("sending failed: %s", type(failure).__name__)

        task.add_done_callback(over)
        return task

    async def _decide(self, text: InboundText) -> Answer:
        settings = self._settings.sms
        who = sender(text.sender, settings.region)
        verdict = self._limits.verdict(who.address)
        if verdict != "go" and not urgent(text.body):
            log.warning("too many texts from one sender or in all")
            return Answer((self._conversing.words("too_many"),)) if verdict == "tell" else NOTHING
        if who.kind in {"short_code", "name", "unusable"}:
            return NOTHING  # a machine or nobody: an answer would not arrive, or would start a loop
        if self._held_back:
            return Answer((self._conversing.words("demonstration"),))
        to = e164(text.to, settings.region) or text.to
        if who.kind == "channel" or (settings.numbers and to not in settings.numbers):
            log.warning("a text to a number that sms.number and sms.more_numbers do not name")
            return Answer((self._conversing.words("not_here"),))
        return await self._conversing.answer(text, who.address)

    async def _as_it_is(self, text: InboundText) -> Answer:
        """The raw text straight to the gate, which stores it first and answers with its safe text at the least."""
        address = e164(text.sender, self._settings.sms.region)
        try:
            if address is not None:
                return await self._conversing.plainly(text, address)
        except Exception as failure:  # the records themselves are down: all that is left is to say so
            log.error("a text could not be kept: %s", type(failure).__name__)
        return Answer((self._conversing.words("failed"),))

    # --- what was answered ------------------------------------------------------------------------------------------

    def _stored(self, sid: str) -> list[ReplyText] | None:
        """What this text was answered with before; None if it is new. An empty answer is stored too."""
        with self._records.read() as tx:
            for name in ("ack", "reply"):
                found: list[ReplyText] = []
                while (row := tx.deliveries.find(idempotency_id=f"{name}:{sid}:{len(found)}")) is not None:
                    found.append(ReplyText(str((row.payload or {}).get("body", "")), self.outbox.status_url(row.id)))
                if found:
                    return [reply for reply in found if reply.body]
        return None

    def _keep(self, text: InboundText, answer: Answer) -> Sequence[ReplyText]:
        """Keep the answer as given, or, when the sender was only promised it, put it into the outbox."""
        with self._records.begin() as tx:
            if text.id not in self._late:
                return self._replies(tx, text, answer, "reply")
            address = e164(text.sender, self._settings.sms.region)
            if address is not None:
                queue(
                    tx, answer.conversation_id, address, answer.texts,
                    idempotency_id=f"late:{text.id}", even_if_opted_out=answer.even_if_opted_out,
                )  # fmt: skip
            let_go(tx, text.id)
            tx.jobs.cancel(f"sms_late:{text.id}")
            return ()

    def _promise(self, text: InboundText, first: bool) -> Sequence[ReplyText]:
        """Say that the answer comes later, and see to it that it does. An emergency gets its words now."""
        address = e164(text.sender, self._settings.sms.region)
        meanwhile = self._conversing.meanwhile(text, address)
        with self._records.begin() as tx:
            found = tx.messages.by_client_id(text.id)
            if first:
                plan_late(tx, found.conversation_id if found else None, text.id)
                if found is None:
                    hold(tx, text)
            conversation_id = found.conversation_id if found else None
            return self._replies(tx, text, replace(meanwhile, conversation_id=conversation_id), "ack")

    def _replies(self, tx: Transaction, text: InboundText, answer: Answer, name: str) -> list[ReplyText]:
        """Store the answer row by row, so that a repeat finds it and the status callback has an id to name."""
        replies = []
        for n, body in enumerate(answer.texts or ("",)):
            payload: dict[str, object] = {"body": body, "even_if_opted_out": answer.even_if_opted_out}
            if answer.conversation_id is not None:
                payload["to"] = e164(text.sender, self._settings.sms.region) or ""
                payload["urgent"] = answer.urgent and n == 0
            key = f"{name}:{text.id}:{n}"
            row = tx.deliveries.add(REPLY, CHANNEL, payload, conversation_id=answer.conversation_id, idempotency_id=key)
            if row.state == "pending":
                tx.deliveries.sent(row.id)
            if body:
                replies.append(ReplyText(body, self.outbox.status_url(row.id)))
        return replies

    async def report(self, delivery_id: str | None, report: StatusReport) -> None:
        """What the carrier says became of a text."""
        await asyncio.to_thread(self.outbox.report, delivery_id, report)
