"""One text of a patient, from what the phone sent to the texts that answer it.

The order is the point: what the phone added is taken out, red flags come before everything, then the words that
carriers act on, then who holds the phone, and only then the intake.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from clinic.messages import say
from clinic.reading import screen
from clinic.wording import wording
from intake.channels.sms import echoes, words
from intake.channels.sms.carry_over import web_link
from intake.channels.sms.connector import InboundText
from intake.channels.sms.jobs import plan_nudge
from intake.channels.sms.rendering import BotMessage, render
from intake.channels.sms.transcript import CHANNEL, incoming, keep_media, note, open_question, opened_question, own_words
from intake.facts import spoken_phone
from intake.gate.inbound import GateError, Incoming, Outcome
from intake.records.conversations import ENDED_STATES, Conversation
from intake.records.store import Records
from intake.settings import Settings

log = logging.getLogger(__name__)



class Gate(Protocol):
    """What the channel needs of the gate."""

    async def open(self, channel: str, *, address: str | None = None) -> tuple[Outcome, str]:
        """Start a conversation; its first messages and its bearer token."""

    async def receive(self, conversation_id: str, incoming: Incoming) -> Outcome:
        """One message of the patient; the new messages."""


@dataclass(frozen=True)
class Answer:
    """The texts that answer, and the conversation they belong to (None for a sender without one)."""

    texts: tuple[str, ...]
    conversation_id: str | None = None
    even_if_opted_out: bool = False


NOTHING = Answer(())


def urgent(text: str) -> bool:
    """Whether the words alone name an emergency."""
    return any(mention.tier in {"T1", "T2"} for mention in screen(text)) if text.strip() else False


class Conversing:
    """Answers texts from one phone at a time; the caller keeps their order."""

    def __init__(self, settings: Settings, records: Records, gate: Gate) -> None:
        self._settings, self._records, self._gate = settings, records, gate

    def words(self, message_id: str, **gaps: str) -> str:
        """A message of our own with the clinic's facts filled in."""
        clinic = self._settings.clinic
        phone = spoken_phone(clinic.phone) if clinic.phone else None
        return say(f"sms.{message_id}", clinic_name=clinic.name, clinic_phone=phone, **gaps)

    async def answer(self, text: InboundText, address: str) -> Answer:
        """The texts for one text. `address` is the sender in E.164."""
        opted_out, conversation = await asyncio.to_thread(self._look_up, address)
        keyword = text.opt_out or words.keyword(text.body)
        if keyword == "stop":
            return await asyncio.to_thread(self._opt_out, text, address, conversation)
        if opted_out and keyword in {"start", "maybe_start"}:
            return await asyncio.to_thread(self._opt_in, text, address, conversation)
        if opted_out:
            return await self._opted_out(text, address, conversation)
        if keyword == "help":
            body = self.words("help")
            await asyncio.to_thread(note, self._records, conversation, body)
            return Answer((body,), _id(conversation))
        if conversation is None or conversation.erased_at or _ran_out(conversation):
            return await self._first(text, address)
        if conversation.state in ENDED_STATES:
            return await self._ended(text, address, conversation)
        return await self._next(text, address, conversation)

    async def plainly(self, text: InboundText, address: str) -> Answer:
        """The text as it stands, past everything that this channel makes of it: for when that has failed."""
        opted_out, conversation = await asyncio.to_thread(self._look_up, address)
        if conversation is None or conversation.erased_at or conversation.state in {"withdrawn", "expired"}:
            opened, _ = await self._gate.open(CHANNEL, address=address)
            conversation_id = str(opened.conversation["id"])
        else:
            conversation_id = conversation.id
        outcome = await self._receive(conversation_id, Incoming(text.id, CHANNEL, text=text.body or "?"))
        said = [BotMessage.of(m) for m in outcome.messages if not opted_out or m["kind"] == "emergency"]
        return Answer(tuple(t.body for t in render(said)), conversation_id, even_if_opted_out=True)

    # --- opt-out ----------------------------------------------------------------------------------------------------

    def _look_up(self, address: str) -> tuple[bool, Conversation | None]:
        """Whether the number opted out, and its newest conversation: also one that went on in a browser meanwhile."""
        with self._records.read() as tx:
            found = [tx.conversations.latest_by_address(channel, address) for channel in (CHANNEL, "web")]
            newest = max((c for c in found if c is not None), key=lambda c: c.created_at, default=None)
            return tx.opt_outs.holds(CHANNEL, address), newest

    def _opt_out(self, text: InboundText, address: str, conversation: Conversation | None) -> Answer:
        """Mirror the opt-out; the one confirmation only where the carrier sends none. What was answered so far stays
        as consent allows: with consent it goes to staff when the intake expires, without it is erased then."""
        source = "carrier" if text.opt_out else "word"
        body = self.words("opted_out")
        with self._records.begin() as tx:
            already = tx.opt_outs.holds(CHANNEL, address)
            tx.opt_outs.add(CHANNEL, address, source=source)
            if conversation is not None:
                tx.jobs.cancel(f"sms_nudge:{conversation.id}")
                if not already and conversation.erased_at is None:
                    tx.messages.say(conversation.id, kind="info", text=body, channel=CHANNEL)
        setting = self._settings.sms.carrier_confirms_opt_out
        carrier_did = setting == "always" or (setting == "when_told" and text.opt_out is not None)
        if already or carrier_did:
            return Answer((), _id(conversation))
        return Answer((body,), _id(conversation), even_if_opted_out=True)

    def _opt_in(self, text: InboundText, address: str, conversation: Conversation | None) -> Answer:
        with self._records.begin() as tx:
            tx.opt_outs.lift(CHANNEL, address)
            opened = open_question(tx, conversation)
            if conversation is not None and conversation.erased_at is None:
                tx.messages.say(conversation.id, kind="info", text=self.words("opted_in"), channel=CHANNEL)
        carrier_did = text.opt_out is not None and self._settings.sms.carrier_confirms_opt_out == "when_told"
        first = [] if carrier_did else [self.words("opted_in")]
        question = [t.body for t in render([opened])] if opened else []
        return Answer((*first, *question), _id(conversation))

    async def _opted_out(self, text: InboundText, address: str, conversation: Conversation | None) -> Answer:
        """Nothing is sent to a number that opted out, but the emergency words as the reply to its own text; they may be
        stopped by the carrier, so the handoff of that emergency also says that the text could not be answered."""
        own = await asyncio.to_thread(own_words, self._records, text.body, conversation)
        if not urgent(own.own_words):
            return NOTHING
        if conversation is None or conversation.erased_at or conversation.state in {"withdrawn", "expired"}:
            conversation_id = str((await self._gate.open(CHANNEL, address=address))[0].conversation["id"])
        else:
            conversation_id = conversation.id
        outcome = await self._receive(conversation_id, Incoming(text.id, CHANNEL, text=own.own_words))
        await asyncio.to_thread(self._unanswerable, conversation_id)
        emergencies = [BotMessage.of(m) for m in outcome.messages if m["kind"] == "emergency"]
        return Answer(tuple(t.body for t in render(emergencies)), conversation_id, even_if_opted_out=True)

    def _unanswerable(self, conversation_id: str) -> None:
        with self._records.begin() as tx:
            tx.messages.say(conversation_id, kind="info", text=say("sms.unanswerable"), channel=CHANNEL)
            handoff = tx.handoffs.of_conversation(conversation_id)
            if handoff is not None:
                tx.handoffs.add_note(handoff.id, "system", say("sms.unanswerable"))

    # --- the intake -------------------------------------------------------------------------------------------------

    async def _first(self, text: InboundText, address: str) -> Answer:
        """A number that has no intake: who we are, the web link, and the full question for consent, whatever the text
        said; questions and red flags in that first text are answered with it."""
        own = echoes.read(text.body, [])
        if own.kind != "text":
            return NOTHING
        opened, _ = await self._gate.open(CHANNEL, address=address)
        conversation_id = str(opened.conversation["id"])
        first = [m for m in map(BotMessage.of, opened.messages) if m.kind == "question"][-1:]
        replies: list[BotMessage] = []
        if words.cries_for_help(text.body):
            replies.append(BotMessage("", "info", self.words("distress")))
        if text.media:
            await asyncio.to_thread(keep_media, self._records, text, conversation_id)
            replies.append(BotMessage("", "info", self.words("media")))
        if own.own_words.strip() and words.keyword(text.body) is None:
            outcome = await self._receive(conversation_id, incoming(text, own.own_words, None, self._settings.sms.region))
            said = [BotMessage.of(m) for m in outcome.messages]
            if any(m.kind == "emergency" for m in said):
                return await self._finish(conversation_id, said)
            replies += [m for m in said if m.kind == "info" and m.text not in _not_understood()]
        hello = BotMessage("", "info", self.words("first", link=self._settings.base_url + "/"))
        return await self._finish(conversation_id, [hello, *replies, *first], apart=True)

    async def _next(self, text: InboundText, address: str, conversation: Conversation) -> Answer:
        """A text in an intake that is under way."""
        own = await asyncio.to_thread(own_words, self._records, text.body, conversation)
        if own.kind == "auto_reply" and not urgent(own.own_words):
            return Answer((), conversation.id)
        repeats_us = own.kind == "text" and bool(text.body.strip()) and not own.own_words.strip()
        if (own.kind == "reaction" and not urgent(own.own_words)) or repeats_us:
            told = (
                conversation.state == "active"
                and conversation.question is not None
                and own.kind == "reaction"
            )
            return Answer((self.words("reaction"),) if told else (), conversation.id)
        if not urgent(own.own_words):
            waiting = (conversation.memory.get("sms") or {}).get("who")
            if waiting is not None:
                return await self._who_answered(text, address, conversation, waiting)
            if self._silent_for(conversation) >= self._settings.sms.shared_phone_after_hours * 3600:
                return await asyncio.to_thread(self._ask_who, text, conversation)
        recap = self._silent_for(conversation) >= self._settings.sms.recap_after_hours * 3600
        return await self._talk(text, own.own_words, conversation, recap=recap)

    async def _talk(
        self, text: InboundText, written: str, conversation: Conversation, *, recap: bool
    ) -> Answer:
        before: list[BotMessage] = []
        if text.media:
            before.append(BotMessage("", "info", self.words("media")))
        if not written.strip():
            return await self._without_words(text, conversation, before)
        if words.wants_link(written) and conversation.state == "active":
            return await self._link(text, written, conversation)
        opened = await asyncio.to_thread(opened_question, self._records, conversation)
        outcome = await self._receive(conversation.id, incoming(text, written, opened, self._settings.sms.region))
        said = [BotMessage.of(m) for m in outcome.messages]
        if words.cries_for_help(written) and not any(m.kind == "emergency" for m in said):
            before.append(BotMessage("", "info", self.words("distress")))
            said = [m for m in said if m.kind != "info"]
        if recap and conversation.state == "active" and not any(m.kind == "emergency" for m in said):
            progress = outcome.conversation.get("progress") or {}
            gaps = {name: str(progress.get(name, 0)) for name in ("answered", "remaining")}
            before.insert(0, BotMessage("", "info", self.words("recap", **gaps)))
        return await self._finish(conversation.id, [*before, *said])

    async def _without_words(
        self, text: InboundText, conversation: Conversation, said: list[BotMessage]
    ) -> Answer:
        """A picture without words is kept as a reference; an empty text or one of emoji only is asked about again."""
        if text.media:
            await asyncio.to_thread(keep_media, self._records, text, conversation.id)
        if conversation.state == "taken_over":
            return Answer((), conversation.id)
        opened = await asyncio.to_thread(opened_question, self._records, conversation)
        first = said or [BotMessage("", "info", self.words("empty"))]
        return await self._finish(conversation.id, [*first, *([opened] if opened else [])])

    async def _link(self, text: InboundText, written: str, conversation: Conversation) -> Answer:
        def issue() -> str:
            with self._records.begin() as tx:
                tx.messages.receive(
                    conversation.id, client_message_id=text.id, text=written, channel=CHANNEL
                )
                found = tx.messages.by_client_id(text.id)
                if found is not None:
                    tx.messages.settle(found.id, "answered")
                return web_link(tx, conversation.id, self._settings)

        link = await asyncio.to_thread(issue)
        return Answer((self.words("link", link=link) if link else self.words("no_link"),), conversation.id)

    async def _ended(self, text: InboundText, address: str, conversation: Conversation) -> Answer:
        """After the end every text is still screened (the gate does that); a new intake begins on a word, or after a
        silence so long that nobody means the old one."""
        own = await asyncio.to_thread(own_words, self._records, text.body, conversation)
        if own.kind != "text" and not urgent(own.own_words):
            return Answer((), conversation.id)
        old = self._silent_for(conversation) >= self._settings.sms.shared_phone_after_hours * 3600
        if not urgent(own.own_words) and (old or words.wants_new(own.own_words)):
            return await self._first(
                replace(text, body="" if words.wants_new(text.body) else text.body), address
            )
        outcome = await self._receive(conversation.id, Incoming(text.id, CHANNEL, text=own.own_words or "?"))
        said = [BotMessage.of(m) for m in outcome.messages if m["kind"] == "emergency"]
        if not said:
            over = "ended" if conversation.state == "handed_off" else "closed"
            said = [BotMessage("", "info", self.words(over))]
        return await self._finish(conversation.id, said)

    # --- who holds the phone ----------------------------------------------------------------------------------------

    def _silent_for(self, conversation: Conversation) -> float:
        return (self._records.clock() - conversation.active_at).total_seconds()

    def _ask_who(self, text: InboundText, conversation: Conversation) -> Answer:
        """Ask before anything else is said: the phone may have another owner. The text waits, sealed, for the answer."""
        held = {"id": text.id, "body": text.body, "media": [[m.url, m.content_type] for m in text.media]}
        body = self.words("same_person")
        with self._records.begin() as tx:
            memory = {**conversation.memory, "sms": {"who": held}}
            tx.conversations.change(conversation.id, memory=memory)
            tx.messages.say(conversation.id, kind="info", text=body, channel=CHANNEL)
        return Answer((body,), conversation.id)

    async def _who_answered(
        self, text: InboundText, address: str, conversation: Conversation, held: Any
    ) -> Answer:
        who = _who(text.body)
        if who is None:
            return Answer((self.words("same_person"),), conversation.id)

        def clear() -> Conversation:
            with self._records.begin() as tx:
                memory = {name: part for name, part in conversation.memory.items() if name != "sms"}
                return tx.conversations.change(conversation.id, memory=memory)

        conversation = await asyncio.to_thread(clear)
        waiting = InboundText(held["id"], text.sender, text.to, held["body"])
        if who == "other":
            return await self._first(waiting, address)
        own = await asyncio.to_thread(own_words, self._records, waiting.body, conversation)
        if not own.own_words.strip():
            waiting, own = text, replace(own, own_words="?")
        return await self._talk(waiting, own.own_words, conversation, recap=True)

    # --- reading and writing ----------------------------------------------------------------------------------------

    async def _receive(self, conversation_id: str, incoming: Incoming) -> Outcome:
        """Through the gate; what the gate refuses becomes words, never silence."""
        try:
            return await self._gate.receive(conversation_id, incoming)
        except GateError as refused:
            log.info("the gate refused a text of %s: %s", conversation_id, refused.status)
            said = list(refused.messages) or [{"id": "", "kind": "info", "text": self.words("failed")}]
            return Outcome({"id": conversation_id}, said)

    async def _finish(
        self, conversation_id: str, said: Sequence[BotMessage], *, apart: bool = False
    ) -> Answer:
        """Render, and plan the one reminder of an intake that is left open. `apart`: the first text stands alone."""
        texts = render(said[:1]) + render(said[1:]) if apart else render(said)
        await asyncio.to_thread(self._plan, conversation_id)
        return Answer(tuple(t.body for t in texts), conversation_id)

    def _plan(self, conversation_id: str) -> None:
        with self._records.begin() as tx:
            plan_nudge(tx, conversation_id, self._settings)


def _id(conversation: Conversation | None) -> str | None:
    return conversation.id if conversation is not None else None


def _ran_out(conversation: Conversation) -> bool:
    """Whether it ended by itself: the next text begins anew. After a no to consent a word is needed for that."""
    return conversation.state == "expired" and conversation.consent != "no"


def _not_understood() -> frozenset[str]:
    """What the dialogue says of a text that it could not read: wrong as the first words to somebody new."""
    names = ("utter_reasked", "utter_unreadable_offer_skip", "utter_three_unreadable", "utter_default")
    texts = set()
    for name in names:
        try:
            texts.add(wording().say(name, CHANNEL))
        except KeyError:
            continue
    return frozenset(texts)


def _who(text: str) -> str | None:
    """1 or "same" is the same person, 2 or "someone else" another one."""
    said = re.sub(r"\W+", " ", text.lower()).strip()
    if said in {"1", "one", "same", "me", "yes", "still me"} or said.startswith(
        ("same", "1 ", "it s me", "its me")
    ):
        return "same"
    if (
        said in {"2", "two", "other", "no", "another"}
        or "else" in said
        or said.startswith(("2 ", "new person"))
    ):
        return "other"
    return None
