"""One intake over two channels: a link from SMS to the browser, a confirmed number from the browser to SMS.

A typed number never links anything: only a code that was sent to it does (CONTRACT section 2, Links). Secrets stand in
the fragment of a URL, work once, and are redeemed by POST; the browser shows no earlier answer until the last four
digits of the phone match.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clinic.messages import say
from intake.channels.sms import outbox
from intake.channels.sms.demonstration import held_back
from intake.channels.sms.numbers import sender
from intake.channels.sms.over_here import bring_over
from intake.channels.sms.rendering import render
from intake.facts import spoken_phone
from intake.records.store import Transaction
from intake.settings import Settings

RESUME = "resume"
SMS_CODE = "sms_code"
CODES_PER_CONVERSATION, CODES_PER_NUMBER, CODES_PER_REQUESTER = 3, 3, 10
"""Codes in an hour for one conversation and one network address, in a day for one number."""
LINKS_PER_HOUR = 5

Refusal = Literal["not_a_mobile", "opted_out", "too_many", "off"]


@dataclass(frozen=True)
class CodeSent:
    """A code is on its way to the number that ends in `last_four`."""

    last_four: str
    expires_at: datetime


@dataclass(frozen=True)
class WebLink:
    """A link to go on in a browser, and until when it works."""

    url: str
    expires_at: datetime


def last_four(tx: Transaction, conversation_id: str) -> str | None:
    """The last four digits of the phone that is confirmed for the conversation, or else of the one given in it."""
    address = tx.conversations.address(conversation_id)
    given = (tx.answers.current(conversation_id).get("contact.phone") or {}).get("value")
    number = address or (given if isinstance(given, str) else None)
    return number[-4:] if number else None


def issue_link(tx: Transaction, conversation_id: str, settings: Settings) -> WebLink | None:
    """A link to go on with this conversation in a browser, None when too many were asked for in the last hour."""
    since = tx.now() - timedelta(hours=1)
    if tx.links.issued_since(since, purpose=RESUME, conversation_id=conversation_id) >= LINKS_PER_HOUR:
        return None
    digits = last_four(tx, conversation_id)
    link, secret = tx.links.issue(RESUME, conversation_id, detail={"last_four": digits} if digits else None)
    return WebLink(f"{settings.base_url}/#link={secret}", link.expires_at)


def web_link(tx: Transaction, conversation_id: str, settings: Settings) -> str:
    """The URL of `issue_link`, "" when there is none."""
    made = issue_link(tx, conversation_id, settings)
    return made.url if made else ""


def send_code(
    tx: Transaction, conversation_id: str, number: str, settings: Settings, *, requester: str | None = None
) -> CodeSent | Refusal:
    """Text a code to the number that a web patient wants to go on with; why not, if not. Nothing is linked yet."""
    if not settings.sms.can_send or held_back(settings):
        return "off"
    who = sender(number, settings.sms.region)
    if who.kind not in {"mobile", "abroad"}:
        return "not_a_mobile"
    if tx.opt_outs.holds("sms", who.address):
        return "opted_out"
    hour, day = tx.now() - timedelta(hours=1), tx.now() - timedelta(days=1)
    issued = tx.links.issued_since
    if (
        issued(hour, purpose=SMS_CODE, conversation_id=conversation_id) >= CODES_PER_CONVERSATION
        or issued(day, purpose=SMS_CODE, address=who.address) >= CODES_PER_NUMBER
        or (
            requester is not None
            and issued(hour, purpose=SMS_CODE, requester=requester) >= CODES_PER_REQUESTER
        )
    ):
        return "too_many"
    link, code = tx.links.issue_code(SMS_CODE, conversation_id, address=who.address, requester=requester)
    body = say("sms.code", clinic_name=settings.clinic.name, code=code)
    outbox.queue(tx, conversation_id, who.address, [body], idempotency_id=f"code:{link.id}")
    return CodeSent(who.address[-4:], link.expires_at)


def confirm_code(tx: Transaction, conversation_id: str, code: str, settings: Settings) -> bool:
    """Tie the number that the code was sent to to the conversation and go on there; False when the code is wrong,
    used up or too old. Commit also then: the wrong try must count."""
    link = tx.links.redeem_code(SMS_CODE, conversation_id, code)
    if link is None:
        return False
    address = str(link.detail["address"])
    tx.conversations.set_address(conversation_id, "sms", address)
    hello = say(
        "sms.carried_over", clinic_name=settings.clinic.name, clinic_phone=spoken_phone(settings.clinic.phone)
    )
    outbox.queue(tx, conversation_id, address, [hello], idempotency_id=f"carried:{link.id}")
    asked = bring_over(tx, settings, conversation_id)
    if asked is not None:
        texts = [text.body for text in render([asked])]
        outbox.queue(tx, conversation_id, address, texts, idempotency_id=f"carried:{link.id}:asked")
    return True
