"""The open question of an intake that comes from another channel, asked in the form of texts.

The page shows a whole list where texts show parts of five, and no numbers at all; a number that is texted back must mean a
line that this phone has shown.
"""

from clinic.interview.asking import offered
from clinic.protocol import protocol
from intake.channels.sms.rendering import BotMessage
from intake.gate.speaking import question_draft
from intake.gate.standing import remember, standing
from intake.records.store import Transaction
from intake.settings import Settings


def bring_over(tx: Transaction, settings: Settings, conversation_id: str) -> BotMessage | None:
    """Make the open question one for texts and put it into the transcript; None when none is open."""
    conversation = tx.conversations.get(conversation_id, lock=True)
    question = conversation.question
    if question is None:
        return None
    state = standing(tx, conversation, settings).state.but(channel="sms")
    asked = state.but(question=question, style="full", offered=offered(protocol(), state, question))
    if conversation.state == "active":
        memory = {**conversation.memory, **remember(asked)}
        tx.conversations.change(conversation_id, channel="sms", memory=memory)
    draft = question_draft(settings, asked)
    message = tx.messages.say(
        conversation_id, kind=draft.kind, text=draft.text, question=draft.question, choices=draft.choices,
        multiple=draft.multiple, channel="sms",
    )  # fmt: skip
    return BotMessage.of(message.as_dict())
