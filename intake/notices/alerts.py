"""An emergency in the inbox alerts staff until somebody acknowledges it by name. Ids only leave the house.

`plan` belongs into the transaction that makes a handoff urgent; `run` is one round of the job, in one transaction with the
messages that it causes, so that a restart repeats nothing and several workers do it once.
"""

from __future__ import annotations

from datetime import datetime

from intake.channels.sms import outbox
from intake.hours import clinic_zone, clock_words
from intake.notices.mail import queue_mail
from intake.notices.rounds import Contacts, next_round
from intake.notices.words import text
from intake.records import Erased, Handoff, NotFound, Transaction
from intake.records.audit import SYSTEM
from intake.records.jobs import Job
from intake.settings import Settings

ALERT = "staff_alert"
URGENT = ("T1", "T2")
OPEN = ("new", "in_review", "contacted")


def key_of(handoff_id: str) -> str:
    """The key of a handoff's alert among the jobs."""
    return f"{ALERT}:{handoff_id}"


def plan(tx: Transaction, handoff: Handoff, *, anew: bool = False) -> None:
    """Begin to alert, if there is something to alert of and nobody has acknowledged it. `anew`: a new emergency in the same
    intake asks for acknowledgement again."""
    if anew and handoff.acknowledged_at is not None and handoff.urgency in URGENT:
        handoff = tx.handoffs.change(handoff.id, acknowledged_by=None, acknowledged_at=None)
    if needs_alert(handoff) and tx.jobs.get(key_of(handoff.id)) is None:
        tx.jobs.schedule(ALERT, key_of(handoff.id), tx.now(), conversation_id=handoff.conversation_id, handoff_id=handoff.id)


def needs_alert(handoff: Handoff) -> bool:
    """Whether a handoff is urgent, open, and nobody's yet."""
    urgent = handoff.urgency in URGENT and handoff.acknowledged_at is None
    return urgent and handoff.status in OPEN and not handoff.locked_reason


def end(tx: Transaction, handoff_id: str) -> None:
    """Somebody takes care of it: no more rounds."""
    tx.jobs.cancel(key_of(handoff_id))


def run(tx: Transaction, job: Job, settings: Settings, worker: str) -> None:
    """One round: tell who is to be told now, and come back; or end when it is acknowledged, closed or erased."""
    try:
        handoff = tx.handoffs.get(job.handoff_id or "")
    except (NotFound, Erased):
        handoff = None
    if handoff is None or not needs_alert(handoff):
        tx.jobs.done(job.id, worker=worker)
        return
    now = tx.now()
    found = next_round(job.created_at, now, settings.hours, settings.alerts)
    for contact in found.contacts:
        _tell(tx, settings, handoff, contact, job, found.again)
        tx.audit.record(
            "alert.sent", SYSTEM, "handoff", handoff.id, level=contact.level, round=job.attempts,
            mails=len(contact.emails), texts=len(contact.phones),
        )  # fmt: skip
    tx.jobs.retry(job.id, found.again)


def _tell(tx: Transaction, settings: Settings, handoff: Handoff, contact: Contacts, job: Job, until: datetime) -> None:
    clinic, tier = settings.clinic.name, handoff.urgency or ""
    link = f"{settings.staff_url}/staff/handoffs/{handoff.id}"
    since = clock_words(job.created_at.astimezone(clinic_zone(settings.hours.timezone)))
    why = text("why", contact.level, minutes=f"{settings.alerts.repeat_minutes:g}", since=since)
    mark = f"alert:{job.id}:{job.attempts}:{contact.level}"
    facts = {"clinic": clinic, "tier": tier, "reference": handoff.reference, "link": link}
    if contact.emails:
        queue_mail(
            tx, contact.emails, text("alert", "subject", **facts), text("alert", "text", why=why, **facts),
            idempotency_id=mark, handoff_id=handoff.id, until=until,
        )  # fmt: skip
    for place, phone in enumerate(contact.phones):
        # Without the conversation's id: a text that hangs on its way to the patient must not hold an alert up.
        outbox.queue(
            tx, None, phone, [text("alert", "sms", **facts)], idempotency_id=f"{mark}:{place}", even_if_opted_out=True
        )
