"""What staff must know of a text that a patient did not get, or must not get: a note on the handoff, once for each."""

from clinic.messages import say
from intake.gate import handing
from intake.records.store import Transaction
from intake.settings import Settings

AUTHOR = "system"


def tell(tx: Transaction, settings: Settings, conversation_id: str | None, message_id: str) -> bool:
    """Put `message_id` of clinic/messages.yml on the conversation's handoff, and make one where consent allows; False where
    there is none to tell about (no conversation, erased, no consent and no emergency)."""
    conversation = tx.conversations.find(conversation_id) if conversation_id else None
    if conversation is None or conversation.erased_at or conversation.state == "withdrawn":
        return False
    handoff = tx.handoffs.of_conversation(conversation.id)
    if handoff is None:
        handoff = handing.put(tx, settings, conversation, conversation.memory, False, completed=False)
    if handoff is None:
        return False
    words = say(message_id)
    notes = tx.handoffs.notes(handoff.id)
    if not notes or notes[-1].text != words:
        tx.handoffs.add_note(handoff.id, AUTHOR, words)
    return True
