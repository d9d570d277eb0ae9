"""Messages: stored once, in order, sealed; a repeat of a client's message returns what was answered before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from intake.records.errors import BodyDiffers, NotFound
from intake.records.ids import new_id
from intake.records.models import MessageRow
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `text` is None once its words were erased; `media` are references, never content."""

    id: str
    conversation_id: str
    seq: int
    sender: str
    sender_id: str | None
    kind: str
    channel: str
    at: datetime
    text: str | None = field(repr=False)
    question: str | None
    choices: tuple[Mapping[str, str], ...] = field(repr=False)
    multiple: bool
    media: tuple[Mapping[str, Any], ...] = field(repr=False)
    body: Mapping[str, Any] | None = field(repr=False)
    status: str | None
    reply_to: str | None
    client_message_id: str | None
    before_consent: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the contract's `Message` (an erased text is empty)."""
        return {
            "id": self.id,
            "from": self.sender,
            "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "kind": self.kind,
            "text": self.text or "",
            "question": self.question,
            "choices": [dict(choice) for choice in self.choices],
            "multiple": self.multiple,
        }


@dataclass(frozen=True, slots=True)
class Received:
    """An inbound message as stored; `repeat` tells that it had been received before."""

    message: Message
    repeat: bool


class Messages:
    """Store and read the messages of conversations."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def receive(
        self,
        conversation_id: str,
        *,
        client_message_id: str,
        text: str,
        body: Mapping[str, Any] | None = None,
        channel: str,
        question: str | None = None,
        media: Sequence[Mapping[str, Any]] = (),
        is_new: bool = False,
    ) -> Received:
        """Store a patient's message with status `received`, or return the one stored before under this client id.

        `is_new`: the caller holds the conversation's lock and has found nothing under this client id.

        `text` is what the transcript shows, `body` what the client sent ({"choices": […]} …; default {"text"}):
        another body under the same client id raises BodyDiffers. Also stamps `active_at` and the channel.
        """
        row = self._scope.conversation(conversation_id, lock=True)
        body = dict(body) if body is not None else {"text": text}
        digest = self._scope.key(conversation_id).digest(body)
        look = select(MessageRow).where(
            MessageRow.conversation_id == conversation_id,
            MessageRow.client_message_id == client_message_id,
        )
        known = None if is_new else self._scope.session.scalar(look)
        if known is not None:
            if known.body_digest not in (None, digest):  # None: the words were erased
                raise BodyDiffers(f"message {known.id} was received with another body")
            return Received(self._value(known), repeat=True)
        row.active_at = self._scope.clock()
        row.channel = channel
        message = self._add(
            conversation_id,
            sender="patient",
            kind="answer",
            channel=channel,
            question=question,
            content={"text": text, "body": body, "media": [dict(item) for item in media]},
            client_message_id=client_message_id,
            body_digest=digest,
            status="received",
            before_consent=row.consent != "yes",
        )
        return Received(self._value(message), repeat=False)

    def say(
        self,
        conversation_id: str,
        *,
        kind: str,
        text: str,
        sender: str = "bot",
        sender_id: str | None = None,
        question: str | None = None,
        choices: Sequence[Mapping[str, str]] = (),
        multiple: bool = False,
        reply_to: str | None = None,
        channel: str | None = None,
    ) -> Message:
        """Store a message of the bot or of staff (`sender_id` = staff id); `reply_to` ties it to the inbound one."""
        row = self._scope.conversation(conversation_id, lock=True)
        message = self._add(
            conversation_id,
            sender=sender,
            sender_id=sender_id,
            kind=kind,
            channel=channel or row.channel,
            question=question,
            multiple=multiple,
            content={"text": text, "choices": [dict(choice) for choice in choices]},
            reply_to=reply_to,
        )
        return self._value(message)

    def _add(self, conversation_id: str, *, content: Mapping[str, Any], **columns: Any) -> MessageRow:
        row = self._scope.conversation(conversation_id, lock=True)
        message_id = new_id("msg")
        message = MessageRow(
            id=message_id,
            conversation_id=conversation_id,
            seq=row.next_seq,
            sealed=self._scope.seal(conversation_id, dict(content), f"messages/sealed/{message_id}"),
            at=self._scope.clock(),
            **{"multiple": False, "before_consent": False, **columns},
        )
        row.next_seq += 1
        self._scope.session.add(message)
        return message

    def settle(self, message_id: str, status: str) -> None:
        """Say what became of an inbound message: `answered` or `failed`."""
        done = self._scope.session.execute(
            update(MessageRow).where(MessageRow.id == message_id).values(status=status).returning(MessageRow.id)
        )
        if done.first() is None:
            raise NotFound(f"no message {message_id}")

    def get(self, message_id: str) -> Message:
        """Load one. Raises NotFound."""
        return self._value(self._row(message_id))

    def list(self, conversation_id: str, *, after: str | None = None) -> Sequence[Message]:
        """Return the conversation's messages in order, all or those after a message id. Raises NotFound."""
        query = select(MessageRow).where(MessageRow.conversation_id == conversation_id).order_by(MessageRow.seq)
        if after is not None:
            last = self._row(after)
            if last.conversation_id != conversation_id:
                raise NotFound(f"no message {after} in conversation {conversation_id}")
            query = query.where(MessageRow.seq > last.seq)
        return [self._value(row) for row in self._scope.session.scalars(query)]

    def replies(self, message_id: str) -> Sequence[Message]:
        """Return the bot's replies to one inbound message, in order: what a repeat is answered with."""
        query = select(MessageRow).where(MessageRow.reply_to == message_id).order_by(MessageRow.seq)
        return [self._value(row) for row in self._scope.session.scalars(query)]

    def last(self, conversation_id: str, *, sender: str | None = None) -> Message | None:
        """Return the newest message (of one sender), or None."""
        query = select(MessageRow).where(MessageRow.conversation_id == conversation_id)
        if sender is not None:
            query = query.where(MessageRow.sender == sender)
        row = self._scope.session.scalar(query.order_by(MessageRow.seq.desc()).limit(1))
        return None if row is None else self._value(row)

    def first_since_staff(self, conversation_id: str) -> Message | None:
        """Return the patient's first message after the last one of staff, or None: what waits for an answer of staff."""
        staff = select(func.max(MessageRow.seq)).where(MessageRow.conversation_id == conversation_id, MessageRow.sender == "staff")
        query = select(MessageRow).where(
            MessageRow.conversation_id == conversation_id,
            MessageRow.sender == "patient",
            MessageRow.seq > (self._scope.session.scalar(staff) or 0),
        )
        row = self._scope.session.scalar(query.order_by(MessageRow.seq).limit(1))
        return None if row is None else self._value(row)

    def by_client_id(self, client_message_id: str, conversation_id: str | None = None) -> Message | None:
        """Find an inbound message of a conversation by its client id, or by one that is unique everywhere (MessageSid)."""
        query = select(MessageRow).where(MessageRow.client_message_id == client_message_id).limit(1)
        if conversation_id is not None:
            query = query.where(MessageRow.conversation_id == conversation_id)
        row = self._scope.session.scalar(query)
        return None if row is None else self._value(row)

    def unanswered(self, before: datetime, limit: int = 100) -> Sequence[Message]:
        """Return inbound messages that still wait for an answer since `before`: a crash left them."""
        query = (
            select(MessageRow).where(MessageRow.status == "received", MessageRow.at < before).order_by(MessageRow.at).limit(limit)
        )
        return [self._value(row) for row in self._scope.session.scalars(query)]

    def erase_text(self, message_ids: Sequence[str]) -> None:
        """Erase the words of messages and keep that they were (a clinic question asked without consent)."""
        self._scope.session.execute(
            update(MessageRow).where(MessageRow.id.in_(message_ids)).values(sealed=None, body_digest=None)
        )

    def _row(self, message_id: str) -> MessageRow:
        row = self._scope.session.get(MessageRow, message_id)
        if row is None:
            raise NotFound(f"no message {message_id}")
        return row

    def _value(self, row: MessageRow) -> Message:
        content = self._scope.open(row.conversation_id, row.sealed, f"messages/sealed/{row.id}") or {}
        return Message(
            id=row.id,
            conversation_id=row.conversation_id,
            seq=row.seq,
            sender=row.sender,
            sender_id=row.sender_id,
            kind=row.kind,
            channel=row.channel,
            at=row.at,
            text=content.get("text"),
            question=row.question,
            choices=tuple(content.get("choices", ())),
            multiple=row.multiple,
            media=tuple(content.get("media", ())),
            body=content.get("body"),
            status=row.status,
            reply_to=row.reply_to,
            client_message_id=row.client_message_id,
            before_consent=row.before_consent,
        )
