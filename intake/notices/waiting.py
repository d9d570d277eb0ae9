"""A web visitor who has gone learns that staff have written: "you have a message from {clinic}: {link}", by text or mail.

Planned with the reply, dropped when the visitor's page fetches it, run once by the worker. The link is the contract's: once,
15 minutes, last four digits of the phone first.
"""

from __future__ import annotations

from intake.channels.sms import carry_over, outbox
from intake.channels.sms.numbers import sender
from intake.notices.mail import queue_mail
from intake.notices.words import text
from intake.records import Conversation, Erased, NotFound, Transaction
from intake.records.audit import SYSTEM
from intake.records.jobs import Job
from intake.settings import Settings

WAITING = "visitor_waiting"


def key_of(conversation_id: str) -> str:
    """The key of a conversation's notice among the jobs."""
    return f"{WAITING}:{conversation_id}"


def plan(tx: Transaction, conversation: Conversation, settings: Settings) -> None:
    """Staff have written to this conversation: if it is one of the website, see later whether it was fetched."""
    if conversation.channel == "web":
        at = tx.now() + settings.alerts.waiting_after
        tx.jobs.schedule(WAITING, key_of(conversation.id), at, conversation_id=conversation.id)


def fetched(tx: Transaction, conversation_id: str) -> None:
    """The visitor's page has the message."""
    tx.jobs.cancel(key_of(conversation_id))


def run(tx: Transaction, job: Job, settings: Settings, worker: str) -> None:
    """Tell the visitor, by the way that they prefer as far as it is there; staff see in the audit when there was none."""
    try:
        way = _tell(tx, job, settings)
    except (NotFound, Erased):
        way = None
    if way is not None and job.conversation_id is not None:
        tx.audit.record("visitor.told", SYSTEM, "conversation", job.conversation_id, way=way)
    tx.jobs.done(job.id, worker=worker)


def _tell(tx: Transaction, job: Job, settings: Settings) -> str | None:
    conversation = tx.conversations.get(job.conversation_id or "")
    if conversation.state == "withdrawn" or conversation.erased_at is not None or conversation.channel != "web":
        return None
    answers = tx.answers.current(conversation.id)
    given = {part: (answers.get(f"contact.{part}") or {}).get("value") for part in ("phone", "email", "preferred")}
    phone = _mobile(tx, given["phone"], settings)
    email = given["email"] if settings.smtp_url and given["email"] else None
    if not phone and not email:
        return "none"
    link = carry_over.web_link(tx, conversation.id, settings) or f"{settings.base_url}/"
    words = text("waiting", "text", clinic=settings.clinic.name, link=link)
    mark = f"{job.key}:{job.id}"
    if email and (given["preferred"] == "email" or not phone):
        subject = text("waiting", "subject", clinic=settings.clinic.name)
        queue_mail(tx, [str(email)], subject, words, idempotency_id=mark, conversation_id=conversation.id)
        return "mail"
    outbox.queue(tx, conversation.id, str(phone), [words], idempotency_id=mark)
    return "text"


def _mobile(tx: Transaction, number: object, settings: Settings) -> str | None:
    """The number, if it takes texts, the clinic can send them, and it has not asked for none."""
    if not isinstance(number, str) or not settings.sms.can_send:
        return None
    who = sender(number, settings.sms.region)
    takes = who.kind in {"mobile", "abroad"} and not tx.opt_outs.holds("sms", who.address)
    return who.address if takes else None
