"""What answers a text."""

from dataclasses import dataclass

from clinic.messages import say
from intake.facts import spoken_phone
from intake.records.conversations import Conversation
from intake.settings import Settings


@dataclass(frozen=True)
class Answer:
    """The texts that answer, and the conversation they belong to (None for a sender without one).

    `even_if_opted_out`: they go to a number that opted out too. `urgent`: they hold emergency words, which are tried
    again by another way when the carrier could not deliver them."""

    texts: tuple[str, ...]
    conversation_id: str | None = None
    even_if_opted_out: bool = False
    urgent: bool = False


NOTHING = Answer(())


def conversation_of(conversation: Conversation | None) -> str | None:
    """The id of a conversation, if there is one."""
    return conversation.id if conversation is not None else None


def own_message(settings: Settings, message_id: str, **gaps: str) -> str:
    """A message of the channel itself with the clinic's facts filled in."""
    clinic = settings.clinic
    phone = spoken_phone(clinic.phone) if clinic.phone else None
    return say(f"sms.{message_id}", clinic_name=clinic.name, clinic_phone=phone, **gaps)
