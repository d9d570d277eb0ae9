"""What the records hold of a conversation by text: what went out, what is asked now, and what is added to it."""

from intake.channels.sms import echoes
from intake.channels.sms.connector import InboundText
from intake.channels.sms.numbers import e164
from intake.channels.sms.rendering import OWN_NUMBER, BotMessage, choose, menu
from intake.channels.sms.words import means_own_number
from intake.gate.inbound import Incoming
from intake.records.conversations import Conversation
from intake.records.errors import Erased
from intake.records.store import Records, Transaction

CHANNEL = "sms"
REMEMBERED_TEXTS = 15
"""How many of the latest texts in each direction a reaction is compared with."""


def own_words(records: Records, body: str, conversation: Conversation | None) -> echoes.Reading:
    """What the patient wrote, without what the phone repeats of ours."""
    if conversation is None or conversation.erased_at:
        return echoes.read(body, [])
    try:
        with records.read() as tx:
            said = tx.messages.list(conversation.id)[-4 * REMEMBERED_TEXTS :]
            texts = tx.deliveries.list(conversation_id=conversation.id, limit=REMEMBERED_TEXTS)
    except Erased:
        return echoes.read(body, [])
    labels = tuple(choice["label"] for message in said for choice in message.choices)
    ours = [echoes.Ours(str((d.payload or {}).get("body", "")), labels) for d in texts]
    ours += [echoes.Ours(m.text, labels) for m in said[-REMEMBERED_TEXTS:] if m.sender != "patient" and m.text]
    theirs = [m.text for m in said if m.sender == "patient" and m.text]
    return echoes.read(body, [text for text in ours if text.text], theirs)


def open_question(tx: Transaction, conversation: Conversation | None) -> BotMessage | None:
    """The message whose question is open, as it was last shown."""
    if conversation is None or conversation.question is None or conversation.erased_at:
        return None
    asked = [m for m in tx.messages.list(conversation.id) if m.kind == "question" and m.question == conversation.question]
    return BotMessage.of(asked[-1].as_dict()) if asked else None


def opened_question(records: Records, conversation: Conversation) -> BotMessage | None:
    """The same, as things stand now."""
    with records.read() as tx:
        return open_question(tx, tx.conversations.find(conversation.id))


def beside_the_numbers(words: str, opened: BotMessage | None) -> str:
    """What a text says beside the numbers of a list ("1 3 since monday"): "" for nothing, and for other questions."""
    chosen = choose(words, menu(opened), opened.multiple) if opened is not None and opened.multiple else None
    return chosen.rest if chosen is not None else ""


def incoming(text: InboundText, words: str, opened: BotMessage | None, region: str) -> Incoming:
    """Numbers of the menu that was shown become choices; a number with further words becomes its label and them, but not in a
    list, whose labels name red flags of several kinds: there the words are a message of their own."""
    media = tuple({"url": m.url, "content_type": m.content_type} for m in text.media)
    chosen = choose(words, menu(opened), opened.multiple) if opened else None
    if opened is not None and opened.question == "contact.phone" and means_own_number(words):
        return Incoming(text.id, CHANNEL, value=e164(text.sender, region), media=media)
    if chosen is None:
        return Incoming(text.id, CHANNEL, text=words, media=media)
    if chosen.values == (OWN_NUMBER,):
        return Incoming(text.id, CHANNEL, value=e164(text.sender, region), media=media)
    if chosen.rest and opened is not None and not opened.multiple:
        return Incoming(text.id, CHANNEL, text=chosen.as_text, media=media)
    return Incoming(text.id, CHANNEL, choices=list(chosen.values), media=media)


def keep_media(records: Records, text: InboundText, conversation_id: str) -> None:
    """Keep a picture without words as a reference for staff."""
    media = [{"url": m.url, "content_type": m.content_type} for m in text.media]
    with records.begin() as tx:
        got = tx.messages.receive(conversation_id, client_message_id=text.id, text="", channel=CHANNEL, media=media)
        tx.messages.settle(got.message.id, "answered")


def keep_words(records: Records, text: InboundText, words: str, conversation_id: str) -> None:
    """Keep a text that the channel answers itself, for the transcript; it answers no question."""
    with records.begin() as tx:
        got = tx.messages.receive(conversation_id, client_message_id=text.id, text=words, channel=CHANNEL)
        tx.messages.settle(got.message.id, "answered")


def note(records: Records, conversation: Conversation | None, body: str) -> None:
    """Show in the transcript what the channel itself said."""
    if conversation is not None and conversation.erased_at is None:
        with records.begin() as tx:
            tx.messages.say(conversation.id, kind="info", text=body, channel=CHANNEL)
