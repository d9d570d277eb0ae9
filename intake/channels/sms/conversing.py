"""One text of a patient, from what the phone sent to the texts that answer it.

The order is the point: what the phone added is taken out, red flags come before everything, then the words that
carriers act on, then who holds the phone, and only then the intake.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from clinic.messages import banner
from clinic.reading import screen
from clinic.wording import wording
from intake.channels.sms import echoes, opting, words
from intake.channels.sms.answer import NOTHING, Answer, conversation_of, own_message
from intake.channels.sms.carry_over import web_link
from intake.channels.sms.connector import InboundText, Media
from intake.channels.sms.jobs import plan_nudge
from intake.channels.sms.over_here import bring_over
from intake.channels.sms.rendering import BotMessage, choose, menu, render
from intake.channels.sms.transcript import (
    CHANNEL,
    beside_the_numbers,
    incoming,
    keep_media,
    keep_words,
    note,
    opened_question,
    own_words,
)
from intake.gate import emergency
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

    async def view(self, conversation_id: str, after: str | None = None) -> Outcome:
        """The conversation as it stands."""


def urgent(text: str) -> bool:
    """Whether the words alone name an emergency."""
    return any(mention.tier in {"T1", "T2"} for mention in screen(text)) if text.strip() else False


class Conversing:
    """Answers texts from one phone at a time; the caller keeps their order."""

    def __init__(self, settings: Settings, records: Records, gate: Gate) -> None:
        self._settings, self._records, self._gate = settings, records, gate

    def words(self, message_id: str, **gaps: str) -> str:
        """A message of our own with the clinic's facts filled in."""
        return own_message(self._settings, message_id, **gaps)

    async def answer(self, text: InboundText, address: str) -> Answer:
        """The texts for one text. `address` is the sender in E.164."""
        opted_out, conversation = await asyncio.to_thread(self._look_up, address)
        keyword = text.opt_out or words.keyword(text.body) or ("stop" if words.wants_no_texts(text.body) else None)
        if keyword == "stop":
            return await asyncio.to_thread(opting.opt_out, self._records, self._settings, text, address, conversation)
        if opted_out and keyword in {"start", "maybe_start"}:
            return await asyncio.to_thread(opting.opt_in, self._records, self._settings, text, address, conversation)
        if opted_out:
            return await self._opted_out(text, address, conversation)
        if keyword == "help":
            body = self.words("help")
            await asyncio.to_thread(note, self._records, conversation, body)
            return Answer((body,), conversation_of(conversation))
        if conversation is None or conversation.erased_at or _ran_out(conversation):
            return await self._first(text, address)
        if conversation.state in ENDED_STATES:
            return await self._ended(text, address, conversation)
        return await self._next(text, address, conversation)

    def meanwhile(self, text: InboundText, address: str | None) -> Answer:
        """What is said at once while the answer takes longer: a promise, or the words of an emergency. Blocking."""
        opted_out, conversation = self._look_up(address) if address else (True, None)
        own = own_words(self._records, text.body, conversation)
        if urgent(own.own_words):
            said = emergency.unstored(self._settings, own.own_words, self._records.clock())
            texts = tuple(t.body for t in render([BotMessage.of(m) for m in said]))
            return Answer(texts, even_if_opted_out=True, urgent=True)
        return NOTHING if opted_out or own.kind != "text" else Answer((self.words("late"),))

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
        await asyncio.to_thread(opting.unanswerable, self._records, self._settings, conversation_id)
        emergencies = [BotMessage.of(m) for m in outcome.messages if m["kind"] == "emergency"]
        return Answer(tuple(t.body for t in render(emergencies)), conversation_id, even_if_opted_out=True, urgent=True)

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
        distress = words.cries_for_help(own.own_words) and not urgent(own.own_words)
        if distress:
            await asyncio.to_thread(keep_words, self._records, text, own.own_words, conversation_id)
            opening = BotMessage("", "info", self.words("distress"))
            return await self._finish(conversation_id, [opening, *first], apart=True)
        if text.media:
            if not own.own_words.strip():  # with words it is kept beside them
                await asyncio.to_thread(keep_media, self._records, text, conversation_id)
            replies.append(BotMessage("", "info", self.words("media")))
        if own.own_words.strip() and words.keyword(text.body) is None:
            outcome = await self._receive(conversation_id, incoming(text, own.own_words, None, self._settings.sms.region))
            said = [BotMessage.of(m) for m in outcome.messages]
            if any(m.kind == "emergency" for m in said):
                return await self._finish(conversation_id, said)
            replies += [m for m in said if m.kind == "info" and m.text not in _not_understood()]
        hello = BotMessage("", "info", self._hello())
        return await self._finish(conversation_id, [hello, *replies, *first], apart=True)

    def _hello(self) -> str:
        """Who we are, with the web link; and that it is a demonstration, as on the page."""
        first = self.words("first", link=self._settings.base_url + "/")
        notice = banner() if not self._settings.allow_unsigned else None
        return f"{notice} {first}" if notice else first

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
            waiting = conversation.memory.get("sms")
            if waiting and conversation.state == "active":
                return await self._silence_answered(text, address, conversation, waiting)
            asked = await self._after_silence(text, conversation)
            if asked is not None:
                return asked
        return await self._talk(text, own.own_words, conversation, recap=False)

    async def _talk(
        self, text: InboundText, written: str, conversation: Conversation, *, recap: bool
    ) -> Answer:
        before: list[BotMessage] = []
        if text.media:
            before.append(BotMessage("", "info", self.words("media")))
        if not re.search(r"\w", written):
            return await self._without_words(text, written, conversation, before)
        if words.cries_for_help(written) and conversation.state == "active" and not urgent(written):
            return await self._distress(text, written, conversation)
        if words.wants_link(written) and conversation.state == "active":
            return await self._link(text, written, conversation)
        opened = await asyncio.to_thread(opened_question, self._records, conversation)
        if conversation.channel != CHANNEL and conversation.state == "active" and opened is not None:
            opened = await asyncio.to_thread(self._bring_over, conversation)
            if opened is not None and choose(written, menu(opened), opened.multiple) is not None:
                await asyncio.to_thread(keep_words, self._records, text, written, conversation.id)
                return await self._finish(conversation.id, [*before, opened])  # a number of a list that was not shown here
        outcome = await self._receive(conversation.id, incoming(text, written, opened, self._settings.sms.region))
        said = [BotMessage.of(m) for m in outcome.messages]
        if any(m.text in _stopped() for m in said):
            said = [m for m in said if m.kind != "question"]  # who wants to stop is not asked on
        if rest := beside_the_numbers(written, opened):
            said = await self._words_beside(text, rest, conversation, said)
        if recap and conversation.state == "active" and not any(m.kind == "emergency" for m in said):
            before.insert(0, BotMessage("", "info", self.words("welcome_back", **await self._progress(conversation))))
        return await self._finish(conversation.id, [*before, *said])

    async def _words_beside(
        self, text: InboundText, rest: str, conversation: Conversation, said: list[BotMessage]
    ) -> list[BotMessage]:
        """Words beside the numbers of a list: kept for staff; read as a message of their own when they name a red flag."""
        own = replace(text, id=f"{text.id}+", media=())
        if not screen(rest):
            await asyncio.to_thread(keep_words, self._records, own, rest, conversation.id)
            return said
        outcome = await self._receive(conversation.id, Incoming(own.id, CHANNEL, text=rest))
        if any(m.kind == "emergency" for m in said):
            return said  # the words are there already
        return [BotMessage.of(m) for m in outcome.messages] or said

    def _bring_over(self, conversation: Conversation) -> BotMessage | None:
        with self._records.begin() as tx:
            return bring_over(tx, self._settings, conversation.id)

    async def _without_words(
        self, text: InboundText, written: str, conversation: Conversation, said: list[BotMessage]
    ) -> Answer:
        """A picture without words is kept as a reference; an empty text or one of emoji only is asked about again."""
        if written.strip() and not text.media:
            await asyncio.to_thread(keep_words, self._records, text, written, conversation.id)
        if text.media:
            await asyncio.to_thread(keep_media, self._records, text, conversation.id)
        if conversation.state == "taken_over":
            return Answer((), conversation.id)
        opened = await asyncio.to_thread(opened_question, self._records, conversation)
        first = said or [BotMessage("", "info", self.words("empty"))]
        return await self._finish(conversation.id, [*first, *([opened] if opened else [])])

    async def _distress(self, text: InboundText, written: str, conversation: Conversation) -> Answer:
        """A bare call for help is no answer ("help me" is not "for me"): both lines at once, and the question stays."""
        await asyncio.to_thread(keep_words, self._records, text, written, conversation.id)
        body = self.words("distress")
        await asyncio.to_thread(note, self._records, conversation, body)
        opened = await asyncio.to_thread(opened_question, self._records, conversation)
        said = [BotMessage("", "info", body), *([opened] if opened else [])]
        return await self._finish(conversation.id, said, apart=True)

    async def _link(self, text: InboundText, written: str, conversation: Conversation) -> Answer:
        def issue() -> str:
            with self._records.begin() as tx:
                return web_link(tx, conversation.id, self._settings)

        await asyncio.to_thread(keep_words, self._records, text, written, conversation.id)
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

    # --- after a silence --------------------------------------------------------------------------------------------

    def _silent_for(self, conversation: Conversation) -> float:
        return (self._records.clock() - conversation.active_at).total_seconds()

    async def _after_silence(self, text: InboundText, conversation: Conversation) -> Answer | None:
        """What is asked before anything else after a silence: who is texting, or whether to go on. None: nothing."""
        silent, sms = self._silent_for(conversation), self._settings.sms
        if conversation.state != "active":
            return None
        if silent >= sms.shared_phone_after_hours * 3600:
            return await asyncio.to_thread(self._hold, text, conversation, "who", self.words("same_person"))
        if silent >= sms.recap_after_hours * 3600 and conversation.consent == "yes":
            body = self.words("recap", **await self._progress(conversation))
            return await asyncio.to_thread(self._hold, text, conversation, "resume", body)
        return None

    async def _progress(self, conversation: Conversation) -> dict[str, str]:
        progress = (await self._gate.view(conversation.id)).conversation.get("progress") or {}
        return {name: str(progress.get(name, 0)) for name in ("answered", "remaining")}

    def _hold(self, text: InboundText, conversation: Conversation, why: str, body: str) -> Answer:
        """Ask; the text waits, sealed, for the answer."""
        held = {"id": text.id, "body": text.body, "media": [[m.url, m.content_type] for m in text.media]}
        with self._records.begin() as tx:
            memory = {**conversation.memory, "sms": {why: held}}
            tx.conversations.change(conversation.id, memory=memory, active_at=tx.now())
            tx.messages.say(conversation.id, kind="info", text=body, channel=CHANNEL)
            plan_nudge(tx, conversation.id, self._settings)
        return Answer((body,), conversation.id)

    def _let_go(self, conversation: Conversation) -> Conversation:
        with self._records.begin() as tx:
            memory = {name: part for name, part in conversation.memory.items() if name != "sms"}
            return tx.conversations.change(conversation.id, memory=memory)

    async def _silence_answered(
        self, text: InboundText, address: str, conversation: Conversation, waiting: Mapping[str, Any]
    ) -> Answer:
        """The answer to "who is texting" or to "shall we go on"; then the text that waited has its turn."""
        why, held = next(iter(waiting.items()))
        said = words.which_person(text.body) if why == "who" else words.go_on(text.body)
        if said is None and why == "who":
            return Answer((self.words("same_person"),), conversation.id)
        conversation = await asyncio.to_thread(self._let_go, conversation)
        media = tuple(Media(url, kind) for url, kind in held["media"])
        first = InboundText(held["id"], text.sender, text.to, held["body"], media)
        if said == "other":
            return await self._first(first, address)
        if said == "again":
            return await self._first(replace(text, body=""), address)
        own = await asyncio.to_thread(own_words, self._records, first.body, conversation)
        answer = await self._talk(first, own.own_words, conversation, recap=why == "who")
        if said is None:  # neither yes nor no, but a further text: it has its turn as well
            with self._records.read() as tx:
                conversation = tx.conversations.get(conversation.id)
            answer = await self._talk(text, text.body, conversation, recap=False)
        return answer

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
        urgent_words = any(m.kind == "emergency" for m in said)
        return Answer(tuple(t.body for t in texts), conversation_id, urgent=urgent_words)

    def _plan(self, conversation_id: str) -> None:
        with self._records.begin() as tx:
            plan_nudge(tx, conversation_id, self._settings)


def _ran_out(conversation: Conversation) -> bool:
    """Whether it ended by itself: the next text begins anew. After a no to consent a word is needed for that."""
    return conversation.state == "expired" and conversation.consent != "no"


def _stopped() -> frozenset[str]:
    """What the dialogue says to somebody who takes leave."""
    return frozenset(wording().say(name, CHANNEL) for name in ("utter_stopped", "utter_move_stop", "utter_move_goodbye"))


def _not_understood() -> frozenset[str]:
    """What the dialogue says of a text that it could not read, and its hello beside our own: no first words to somebody new."""
    names = ("utter_move_greet", "utter_reasked", "utter_unreadable_offer_skip", "utter_three_unreadable", "utter_default")
    texts = set()
    for name in names:
        try:
            texts.add(wording().say(name, CHANNEL))
        except KeyError:
            continue
    return frozenset(texts)
