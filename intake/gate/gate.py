"""The gate: every message of every channel passes here, and only the gate writes a conversation.

One message: stored durably → red flags, without Rasa → is a person in charge, is it over? → the dialogue engine, with a time
limit → answers, flags, handoff, replies and outbox in one transaction. Whatever fails, the message is kept and the
patient gets an answer: the safe text, never silence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import anyio

from clinic import messages as words
from clinic.interview import Inbound, State
from clinic.interview.asking import next_question
from clinic.interview.moves import reshown
from clinic.protocol import protocol
from clinic.values import BadValue, check
from intake.dialogue import Dialogue, DialogueDown
from intake.facts import clinic_facts, pronouns, spoken_phone
from intake.gate import emergency, triage
from intake.gate.inbound import (
    Ended,
    GateError,
    Gone,
    Incoming,
    NeverAsked,
    NoConversation,
    NotUnderstood,
    Outcome,
    tidy,
)
from intake.gate.order import News, TurnOrder
from intake.gate.speaking import Draft, answer_labels, drafts
from intake.gate.standing import Standing, remember, standing, view
from intake.gate.writing import Written, close_withdrawn, finish, refuse, write, write_words
from intake.records import BodyDiffers, Conversation, Message, NotFound, Received, Records, StaleTurn, Transaction
from intake.settings import Settings

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
MOST_TRIES = 4


@dataclass(frozen=True)
class _Accepted:
    """A message that is stored and waits for its turn."""

    standing: Standing
    message: Message
    inbound: Inbound
    repeat: Sequence[Message] | None = None


class Gate:
    """Takes messages and gives answers. `news` wakes long polls."""

    def __init__(self, settings: Settings, records: Records, dialogue: Dialogue) -> None:
        self.settings = settings
        self.records = records
        self.dialogue = dialogue
        self.news = News()
        self._order = TurnOrder()

    # --- what channels call -------------------------------------------------------------------------------------------

    async def open(self, channel: str, *, address: str | None = None) -> tuple[Outcome, str]:
        """Start a conversation; returns its first messages and its bearer token. Works while Rasa is down."""
        place = State(channel=channel, locations=tuple(p.id for p in self.settings.clinic.locations))
        try:
            reply = await self.dialogue.turn(place, None, self._slots(place))
            said, state = drafts(self.settings, reply.turn.state, reply.spoken), reply.turn.state
            if state.question is None:
                raise DialogueDown("no question was asked")
        except DialogueDown as failure:
            logger.warning("the dialogue engine did not open a conversation: %s", failure)
            state, said = emergency.first_screen(self.settings, place)
        banner = words.banner()
        if banner and not self.settings.allow_unsigned:
            said = [Draft("info", banner), *said]

        def store() -> tuple[Outcome, str]:
            with self.records.begin() as tx:
                rules = protocol()
                conversation, token = tx.conversations.create(
                    channel, address=address, protocol_version=rules.version, rules_version=rules.rules_version
                )
                conversation = tx.conversations.change(conversation.id, question=state.question, memory=remember(state))
                stored = [_say(tx, conversation.id, draft, None) for draft in said]
                tx.tallies.count("started", channel)
                return Outcome(view(conversation, state), [m.as_dict() for m in stored]), token

        return await self._in_thread(store)

    async def receive(self, conversation_id: str, incoming: Incoming) -> Outcome:
        """Answer one message. Raises GateError for what is not taken; anything else ends in the safe text."""
        async with self._order.of(conversation_id):
            for _ in range(MOST_TRIES):
                try:
                    outcome = await self._turn(conversation_id, incoming)
                except StaleTurn:
                    continue  # another process was faster: decide again on what is there now
                self.news.tell(conversation_id)
                return outcome
        raise RuntimeError("a conversation kept changing under its turn")

    async def recover(self) -> int:
        """Answer messages that a crash left unanswered; returns how many. Called at start."""
        now = self.records.clock()
        waiting = await self._in_thread(lambda: self._unanswered(now))
        for message in waiting:
            async with self._order.of(message.conversation_id):
                try:
                    await self._answer(await self._in_thread(partial(self._reload, message)))
                except (StaleTurn, NotFound):
                    continue
        return len(waiting)

    async def view(self, conversation_id: str, after: str | None = None) -> Outcome:
        """The conversation and its messages, all or those after one."""

        def load() -> Outcome:
            with self.records.read() as tx:
                conversation = tx.conversations.find(conversation_id)
                if conversation is None:
                    raise NoConversation("There is no such conversation.")
                if conversation.state == "withdrawn" or conversation.erased_at:
                    raise Gone(words.say("ended.withdrawn", **self._clinic()))
                here = standing(tx, conversation, self.settings)
                try:
                    found = tx.messages.list(conversation_id, after=after)
                except NotFound:
                    raise NotUnderstood("after names no message of this conversation.") from None
                return Outcome(view(conversation, here.state), [m.as_dict() for m in found])

        return await self._in_thread(load)

    async def withdraw(self, conversation_id: str) -> dict[str, Any]:
        """Withdraw the conversation; returns the receipt's body (contract, section 2)."""
        async with self._order.of(conversation_id):
            receipt = await self._in_thread(lambda: close_withdrawn(self.records, conversation_id))
        self.news.tell(conversation_id)
        return receipt

    def turn_of(self, conversation_id: str) -> AbstractAsyncContextManager[None]:
        """Hold a conversation's turn while staff change it."""
        return self._order.of(conversation_id)

    # --- one turn -----------------------------------------------------------------------------------------------------

    async def _turn(self, conversation_id: str, incoming: Incoming) -> Outcome:
        accepted = await self._in_thread(lambda: self._accept(conversation_id, incoming))
        if accepted.repeat is not None:
            here = accepted.standing
            replies = [m.as_dict() for m in accepted.repeat]
            if accepted.message.status == "late":
                raise Ended(words.say(f"ended.{here.conversation.state}", **self._clinic()), replies)
            return Outcome(view(here.conversation, here.state), replies, repeat=True)
        return await self._answer(accepted)

    async def _answer(self, accepted: _Accepted) -> Outcome:
        here = accepted.standing
        try:
            written = await self._decide(accepted)
        except (StaleTurn, Ended):
            raise
        except Exception as failure:  # whatever broke: the patient gets the safe text, staff the message
            logger.error("a turn failed: %s", type(failure).__name__)
            text = words.say("safe_text", **self._clinic())
            written = Written(here.state, said=(Draft("info", text),), failed=True)
        try:
            outcome = await self._in_thread(lambda: write(self.records, self.settings, here, accepted.message, written))
        except (StaleTurn, GateError):
            raise
        except Exception as failure:  # the whole could not be written: the words that matter must be
            logger.error("a turn could not be written: %s", type(failure).__name__)
            outcome = await self._in_thread(
                lambda: write_words(self.records, self.settings, here, accepted.message, written)
            )
        if written.late:
            raise Ended(words.say(f"ended.{here.conversation.state}", **self._clinic()), outcome.messages)
        return outcome

    async def _decide(self, accepted: _Accepted) -> Written:
        here, inbound = accepted.standing, accepted.inbound
        state = here.conversation.state
        told = triage.own_words(inbound)
        found = await self._in_thread(lambda: triage.of_words(told, here.state, inbound.message_id))
        if state == "escalated":
            return await self._in_thread(lambda: emergency.escalated(self.settings, here, inbound, found))
        seen = triage.triage(here.flags, found)
        if state in ("handed_off", "expired", "taken_over"):
            return emergency.words_only(self.settings, here, seen)
        local = None
        if (state == "active" and here.state.question in triage.SAFETY_LISTS) or seen.emergency or _is_safety(inbound):
            local = await self._in_thread(lambda: triage.locally(here.state, inbound))
            ticked = triage.of_lists(here.state, triage.answered_lists(here.state, local))
            seen = triage.triage(here.flags, (*found, *ticked))
        if seen.emergency:
            return emergency.escalate(self.settings, here, seen, local)
        return await self._converse(here, inbound, seen)

    async def _converse(self, here: Standing, inbound: Inbound, seen: triage.Triage) -> Written:
        """The ordinary turn: the dialogue engine decides it."""
        raised = tuple(flag.id for flag in seen.flags)
        try:
            reply = await self.dialogue.turn(here.state.but(raised=raised), inbound, self._slots(here.state))
        except DialogueDown as failure:
            logger.warning("the dialogue engine gave no turn: %s", failure)
            return Written(
                here.state, said=(Draft("info", words.say("safe_text", **self._clinic())),), failed=True, triage=seen
            )
        turn = reply.turn
        if turn.end == "completed" and next_question(protocol(), turn.state) is not None:
            raise DialogueDown("the intake is not complete")
        said = drafts(self.settings, turn.state, reply.spoken)
        said = emergency.doctor_words(self.settings, here, seen) + said
        if turn.end == "no_consent":
            return refuse(turn.state, said)
        if turn.end == "withdrawn":
            return Written(turn.state, said=tuple(said), withdrawn=True)
        if turn.end == "completed":
            return finish(self.settings, turn, tuple(said), seen)
        return Written(turn.state, turn.changed, tuple(said), notices=turn.notices, triage=seen, move=turn.move)

    # --- storing ------------------------------------------------------------------------------------------------------

    def _accept(self, conversation_id: str, incoming: Incoming) -> _Accepted:
        with self.records.begin() as tx:
            conversation = tx.conversations.find(conversation_id, lock=True)
            if conversation is None:
                raise NoConversation("There is no such conversation.")
            if conversation.state == "withdrawn" or conversation.erased_at:
                raise Gone(words.say("ended.withdrawn", **self._clinic()), self._last_words(incoming))
            if tx.messages.by_client_id(incoming.client_message_id, conversation_id) is not None:
                return self._repeated(tx, conversation, incoming)
            here = standing(tx, conversation, self.settings)
            given: dict[str, Any] | None = None
            shown = tidy(incoming.text or "")
            if incoming.text is None:
                given, shown = self._structured(here, incoming)
            elif incoming.question not in (None, conversation.question):
                here = self._reopened(here, incoming.question)
            received = self._receive(tx, conversation, incoming, shown, is_new=True)
            conversation = tx.conversations.get(conversation_id)
            here = replace(here, conversation=conversation, state=here.state.but(channel=incoming.channel))
            return _Accepted(here, received.message, _inbound(received.message, given, incoming.channel))

    def _repeated(self, tx: Transaction, conversation: Conversation, incoming: Incoming) -> _Accepted:
        """A client id that is known: the same answer again, or, after a crash, the answer that is still owed."""
        message = self._receive(tx, conversation, incoming, "").message
        here = standing(tx, conversation, self.settings)
        if message.status == "received":
            return _Accepted(here, message, _inbound(message, _given_before(message), message.channel))
        return _Accepted(here, message, Inbound("", ""), tx.messages.replies(message.id))

    def _receive(
        self, tx: Transaction, conversation: Conversation, incoming: Incoming, shown: str, *, is_new: bool = False
    ) -> Received:
        try:
            return tx.messages.receive(
                conversation.id,
                client_message_id=incoming.client_message_id,
                text=shown,
                body=incoming.body(),
                channel=incoming.channel,
                question=incoming.question or conversation.question,
                media=incoming.media,
                is_new=is_new,
            )
        except BodyDiffers:
            raise NotUnderstood("Another message was already sent under this client_message_id.") from None

    def _reload(self, message: Message) -> _Accepted:
        """A stored message that a crash left unanswered, as it was received."""
        with self.records.read() as tx:
            here = standing(tx, tx.conversations.get(message.conversation_id), self.settings)
        return _Accepted(here, message, _inbound(message, _given_before(message), message.channel))

    def _unanswered(self, now: Any) -> Sequence[Message]:
        with self.records.read() as tx:
            return tx.messages.unanswered(now)

    def _structured(self, here: Standing, incoming: Incoming) -> tuple[dict[str, Any], str]:
        """Check choices or a value before anything is stored; what the transcript shows are the labels."""
        target = incoming.question or here.conversation.question
        if target is None:
            raise NotUnderstood("No question is open. Send text.")
        question = protocol().questions.get(target)
        if question is None:
            raise NotUnderstood("There is no such question.")
        if target != here.conversation.question:
            here = self._reopened(here, target)
        value = list(incoming.choices) if incoming.choices is not None else incoming.value
        via = "choices" if incoming.choices is not None else "value"
        if not (target == "consent" and value in (["question"], ["book"], "question", "book")):
            try:
                check(protocol(), question, value, here.state.offered, here.state.locations)
            except BadValue as failure:
                raise NotUnderstood(str(failure)) from None
        return {"question": target, "value": value, "via": via}, answer_labels(self.settings, here.state, target, value)

    def _reopened(self, here: Standing, question_id: str | None) -> Standing:
        """For a correction: the state with that earlier question open. Raises NeverAsked."""
        if question_id is None or question_id not in protocol().questions:
            raise NotUnderstood("There is no such question.")
        known = here.state.answers.get(question_id)
        if question_id not in here.state.asked and (known is None or known.state == "not_asked"):
            raise NeverAsked("This question was not asked yet, so there is nothing to correct.")
        state = here.state.but(question=question_id)
        return replace(here, state=state.but(offered=reshown(protocol(), state, question_id)))

    def _last_words(self, incoming: Incoming) -> list[dict[str, Any]]:
        """A message to a withdrawn intake is not stored; if it is an emergency the words are given all the same."""
        return emergency.unstored(self.settings, tidy(incoming.text or ""), self.records.clock())

    def _slots(self, state: State) -> dict[str, Any]:
        return {**clinic_facts(self.settings), **pronouns(state.for_whom)}

    def _clinic(self) -> dict[str, str]:
        return {"clinic_name": self.settings.clinic.name, "clinic_phone": spoken_phone(self.settings.clinic.phone)}

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await anyio.to_thread.run_sync(work)


def _given_before(message: Message) -> dict[str, Any] | None:
    """The structured answer of a stored message, None for a text."""
    body = message.body or {}
    if "text" in body:
        return None
    via = "choices" if "choices" in body else "value"
    return {"question": body.get("question") or message.question, "value": body.get(via), "via": via}


def _inbound(message: Message, given: dict[str, Any] | None, channel: str) -> Inbound:
    at = message.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Inbound(message.id, at, message.text or "", given, channel)


def _is_safety(inbound: Inbound) -> bool:
    return inbound.given is not None and inbound.given["question"] in triage.SAFETY_LISTS


def _say(tx: Transaction, conversation_id: str, draft: Draft, reply_to: str | None) -> Message:
    return tx.messages.say(
        conversation_id, kind=draft.kind, text=draft.text, question=draft.question, choices=draft.choices,
        multiple=draft.multiple, reply_to=reply_to,
    )  # fmt: skip
