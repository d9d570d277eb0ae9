"""Opt-out and opt-in: mirrored in our own records by word and by the carrier's own mark, and seen by staff."""

from intake.channels.sms import for_staff
from intake.channels.sms.answer import Answer, conversation_of, own_message
from intake.channels.sms.connector import InboundText
from intake.channels.sms.rendering import render
from intake.channels.sms.transcript import CHANNEL, open_question
from intake.records.conversations import Conversation
from intake.records.store import Records
from intake.settings import Settings


def opt_out(
    records: Records, settings: Settings, text: InboundText, address: str, conversation: Conversation | None
) -> Answer:
    """Take a number out; the one confirmation only where the carrier sends none. What was answered so far stays as
    consent allows: with consent it goes to staff when the intake expires, without it is erased then."""
    body = own_message(settings, "opted_out")
    with records.begin() as tx:
        already = tx.opt_outs.holds(CHANNEL, address)
        if not already:
            for_staff.tell(tx, settings, conversation.id if conversation else None, "sms.staff.opted_out")
        tx.opt_outs.add(CHANNEL, address, source="carrier" if text.opt_out else "word")
        if conversation is not None:
            tx.jobs.cancel(f"sms_nudge:{conversation.id}")
            if not already and conversation.erased_at is None:
                tx.messages.say(conversation.id, kind="info", text=body, channel=CHANNEL)
    setting = settings.sms.carrier_confirms_opt_out
    carrier_did = setting == "always" or (setting == "when_told" and text.opt_out is not None)
    if already or carrier_did:
        return Answer((), conversation_of(conversation))
    return Answer((body,), conversation_of(conversation), even_if_opted_out=True)


def opt_in(
    records: Records, settings: Settings, text: InboundText, address: str, conversation: Conversation | None
) -> Answer:
    """Take a number in again, and bring the open question back."""
    body = own_message(settings, "opted_in")
    with records.begin() as tx:
        tx.opt_outs.lift(CHANNEL, address)
        for_staff.tell(tx, settings, conversation.id if conversation else None, "sms.staff.opted_in")
        opened = open_question(tx, conversation)
        if conversation is not None and conversation.erased_at is None:
            tx.messages.say(conversation.id, kind="info", text=body, channel=CHANNEL)
    carrier_did = text.opt_out is not None and settings.sms.carrier_confirms_opt_out == "when_told"
    question = [shown.body for shown in render([opened])] if opened else []
    return Answer((*([] if carrier_did else [body]), *question), conversation_of(conversation))


def unanswerable(records: Records, settings: Settings, conversation_id: str) -> None:
    """Tell staff that the reply to an emergency may not have arrived."""
    with records.begin() as tx:
        for_staff.tell(tx, settings, conversation_id, "sms.unanswerable")
