"""When a person is in charge of a conversation, and what time brings: silence of staff, expiry of an intake."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from clinic import messages as words
from intake.channels.sms import outbox
from intake.gate import handing, tallying
from intake.gate.emergency import reopened
from intake.gate.inbound import Ended, GateError, Gone, NoConversation, Outcome
from intake.gate.speaking import Draft, question_draft
from intake.gate.standing import remember, standing, view
from intake.notices import waiting
from intake.records import ENDED_STATES, Actor, Conversation, Message, NotFound, Records, Transaction
from intake.records.audit import SYSTEM
from intake.settings import Settings

logger = logging.getLogger(__name__)
# After this long without a word of staff the patient is told, and offered the assistant again (issue: staff silence).
STAFF_SILENCE = timedelta(minutes=15)


class WrongState(GateError):
    """The conversation is not in a state in which this can be done."""

    status = 409


def take_over(records: Records, settings: Settings, conversation_id: str, actor: Actor) -> Outcome:
    """A member of staff takes charge; the bot is silent from now on (but for emergency words)."""
    with records.begin() as tx:
        conversation = _open(tx, conversation_id)
        if conversation.state == "taken_over":
            raise WrongState("Somebody has taken this conversation over already.")
        now = tx.now()
        conversation = tx.conversations.change(
            conversation_id, state="taken_over", state_before_takeover=conversation.state, taken_over_by=actor.id,
            taken_over_at=now, staff_active_at=now,
        )  # fmt: skip
        tx.audit.record("conversation.takeover", actor, "conversation", conversation_id)
        said = [Draft("info", words.say("takeover.start", clinic_name=settings.clinic.name))]
        return _tell(tx, settings, conversation, said)


def hand_back(
    records: Records, settings: Settings, conversation_id: str, actor: Actor, *, silence: bool = False
) -> Outcome:
    """The bot goes on where it was. `silence`: staff did not answer, and the patient is told so."""
    with records.begin() as tx:
        conversation = _open(tx, conversation_id)
        if conversation.state != "taken_over":
            raise WrongState("Nobody has taken this conversation over.")
        conversation = tx.conversations.change(
            conversation_id, state=conversation.state_before_takeover or "active", state_before_takeover=None,
            taken_over_by=None, taken_over_at=None,
        )  # fmt: skip
        tx.audit.record("conversation.handback", actor, "conversation", conversation_id)
        said = [Draft("info", words.say("takeover.silence" if silence else "takeover.back"))]
        here = standing(tx, conversation, settings)
        if conversation.question is not None:
            said.append(question_draft(settings, here.state.but(question=conversation.question, style="short")))
        return _tell(tx, settings, conversation, said)


def release(records: Records, settings: Settings, conversation_id: str, actor: Actor) -> Outcome:
    """Staff have looked at an emergency and let the intake go on: escalated → active. The flag stays on record."""
    with records.begin() as tx:
        conversation = _open(tx, conversation_id)
        if conversation.state != "escalated":
            raise WrongState("This conversation is not escalated.")
        state = reopened(standing(tx, conversation, settings).state)
        memory = {**conversation.memory, **remember(state)}
        conversation = tx.conversations.change(conversation_id, state="active", question=state.question, memory=memory)
        tx.audit.record("conversation.release", actor, "conversation", conversation_id)
        said = [question_draft(settings, state)] if state.question else []
        return _tell(tx, settings, conversation, said)


def reply(records: Records, settings: Settings, conversation_id: str, actor: Actor, text: str) -> Outcome:
    """A message of staff to the patient, on the patient's channel."""
    with records.begin() as tx:
        conversation = _known(tx, conversation_id)
        if outbox.refuses(tx, conversation):
            raise WrongState("This number opted out of texts, so a reply cannot be sent. Please call.")
        message = tx.messages.say(conversation_id, kind="info", text=text, sender="staff", sender_id=actor.id)
        conversation = tx.conversations.change(conversation_id, staff_active_at=tx.now())
        outbox.queue_messages(tx, conversation_id, [message.as_dict()], idempotency_id=f"staff:{message.id}")
        waiting.plan(tx, conversation, settings)
        tx.audit.record("conversation.reply", actor, "conversation", conversation_id)
        here = standing(tx, conversation, settings)
        return Outcome(view(conversation, here.state), [message.as_dict()])


def keep_time(records: Records, settings: Settings) -> list[str]:
    """Hand back where staff fell silent, and end intakes that have waited too long; returns the conversations touched."""
    touched = []
    with records.read() as tx:
        quiet = tx.conversations.inactive(tx.now() + timedelta(days=1), states=("taken_over",))
        stale = tx.conversations.inactive(tx.now() - timedelta(hours=settings.conversation_expiry_hours))
    for conversation_id in quiet:
        with records.read() as tx:
            conversation = tx.conversations.get(conversation_id)
            last = tx.messages.first_since_staff(conversation_id)
        if _left_alone(conversation, last, records.clock()):
            try:
                hand_back(records, settings, conversation_id, SYSTEM, silence=True)
            except GateError:  # another process, or a person, was faster
                continue
            touched.append(conversation_id)
    for conversation_id in stale:
        expire(records, settings, conversation_id)
        touched.append(conversation_id)
    return touched


def _left_alone(conversation: Conversation, waiting_since: Message | None, now: datetime) -> bool:
    """Whether staff have been silent for too long: since the patient's first unanswered message, or since they took over and
    never wrote. While a patient thinks about staff's own last words nobody is left alone, up to twice that time."""
    taken, acted = conversation.taken_over_at, conversation.staff_active_at
    if taken is None:
        return False
    wrote = acted is not None and acted > taken
    if not wrote:
        return now - taken >= STAFF_SILENCE
    if waiting_since is not None and waiting_since.at > taken:
        return now - waiting_since.at >= STAFF_SILENCE
    return now - (acted or taken) >= 2 * STAFF_SILENCE


def expire(records: Records, settings: Settings, conversation_id: str) -> None:
    """End an intake that waited too long: with consent it becomes a partial handoff, without it ends unread."""
    with records.begin() as tx:
        conversation = tx.conversations.get(conversation_id, lock=True)
        if conversation.state != "active":
            return
        tallying.count_dropped(tx, conversation, conversation.question)
        conversation = tx.conversations.change(conversation_id, state="expired", question=None)
        if conversation.consent == "yes":
            handing.put(tx, settings, conversation, conversation.memory, False, completed=False)


def _known(tx: Transaction, conversation_id: str) -> Conversation:
    try:
        conversation = tx.conversations.get(conversation_id, lock=True)
    except NotFound:
        raise NoConversation("There is no such conversation.") from None
    if conversation.state == "withdrawn" or conversation.erased_at:
        raise Gone("The patient took this intake back.")
    return conversation


def _open(tx: Transaction, conversation_id: str) -> Conversation:
    conversation = _known(tx, conversation_id)
    if conversation.state in ENDED_STATES:
        raise Ended("This conversation is over. Reply to the patient, or call.")
    return conversation


def _tell(tx: Transaction, settings: Settings, conversation: Conversation, said: Sequence[Draft]) -> Outcome:
    stored: list[Message] = [
        tx.messages.say(
            conversation.id, kind=d.kind, text=d.text, question=d.question, choices=d.choices, multiple=d.multiple
        )
        for d in said
    ]
    out = [message.as_dict() for message in stored]
    if stored:
        outbox.queue_messages(tx, conversation.id, out, idempotency_id=f"told:{stored[0].id}")
    return Outcome(view(conversation, standing(tx, conversation, settings).state), out)
