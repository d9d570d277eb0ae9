"""`/api/v1/conversations`: what the chat page and other patient-side programs use (contract, section 2)."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.config import JsonDict
from starlette.exceptions import HTTPException

from intake.api.limits import client_address
from intake.api.problems import responses
from intake.gate.inbound import Incoming
from intake.notices import waiting
from intake.services import Services, services

LONGEST_WAIT = 25.0
# How often a long poll looks into the records for what another process wrote.
LOOK_AGAIN = 1.0
bearer = HTTPBearer(auto_error=False, description="The token of the conversation (imc_…)")


class Choice(BaseModel):
    """One choice of a question."""

    value: str
    label: str


class MessageOut(BaseModel):
    """The contract's Message."""

    model_config = ConfigDict(populate_by_name=True)
    id: str
    from_: Literal["bot", "patient", "staff"] = Field(alias="from")
    at: str
    kind: Literal["info", "question", "emergency", "summary", "answer"]
    text: str
    question: str | None
    choices: list[Choice]
    multiple: bool


class Progress(BaseModel):
    """How many questions are answered and how many are likely to come."""

    answered: int
    remaining: int


class ConversationOut(BaseModel):
    """The contract's Conversation."""

    id: str
    state: Literal["active", "escalated", "handed_off", "taken_over", "withdrawn", "expired"]
    channel: Literal["web", "sms", "terminal"]
    reference: str | None
    progress: Progress
    question: str | None


class Start(BaseModel):
    """A new conversation."""

    model_config = ConfigDict(extra="forbid")
    channel: Literal["web", "sms", "terminal"] = "web"


class Started(BaseModel):
    """A new conversation, its token and its first messages."""

    conversation: ConversationOut
    token: str
    messages: list[MessageOut]


class Answered(BaseModel):
    """The conversation and its new messages."""

    conversation: ConversationOut
    messages: list[MessageOut]


def _only(name: str) -> JsonDict:
    """JSON Schema of a message that has this content and no other; null is the same as not being there."""
    rest: JsonDict = {other: {"type": "null"} for other in ("text", "choices", "value") if other != name}
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}, **rest}}


class Kept(BaseModel):
    """What a withdrawal leaves, why, and until when."""

    kind: str
    reason: str
    until: str | None


class SentElsewhere(BaseModel):
    """A system outside that has got it."""

    to: str
    at: str


class Receipt(BaseModel):
    """What a withdrawal has done."""

    id: str
    conversation_id: str
    at: str
    erased: dict[str, int]
    kept: list[Kept]
    sent_elsewhere: list[SentElsewhere]


class Withdrawn(BaseModel):
    """The receipt of a withdrawal; the same again for a repeated call."""

    receipt: Receipt


class Send(BaseModel):
    """One message: exactly one of text, choices and value; `question` names an earlier question to correct."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": [_only(name) for name in ("text", "choices", "value")]})
    client_message_id: str = Field(min_length=1, max_length=100)
    text: str | None = Field(None, max_length=2000)
    choices: list[Annotated[str, Field(max_length=100)]] | None = Field(None, min_length=1, max_length=60)
    value: JsonValue = None
    question: str | None = Field(None, max_length=60)

    @model_validator(mode="after")
    def _exactly_one(self) -> Send:
        given = [
            name
            for name in ("text", "choices", "value")
            if name in self.model_fields_set and getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError("send exactly one of text, choices and value")
        return self


def token(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    """The bearer token, or 401."""
    if credentials is None:
        raise HTTPException(401, "A bearer token is needed.", {"WWW-Authenticate": "Bearer"})
    return credentials.credentials


Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Token = Annotated[str, Depends(token)]
Here = Annotated[Services, Depends(services)]
router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])


async def _authorised(here: Services, conversation_id: str, presented: str) -> str:
    """The conversation's channel, or 401."""

    def look() -> str | None:
        with here.records.read() as tx:
            return tx.conversations.channel_by_token(conversation_id, presented)

    channel = await here.in_thread(look)
    if channel is None:
        raise HTTPException(401, "This token does not open this conversation.", {"WWW-Authenticate": "Bearer"})
    return channel


@router.post("", status_code=201, response_model=Started, responses=responses(400, 413, 422, 429))
async def start(request: Request, here: Here, body: Start = Start()) -> dict[str, Any]:
    """Start a conversation. The first messages hold the notice and the question of consent."""
    here.limits.conversations.take(client_address(request, here.settings))
    outcome, secret = await here.gate.open(body.channel)
    return {"conversation": outcome.conversation, "token": secret, "messages": outcome.messages}


@router.post(
    "/{conversation_id}/messages", response_model=Answered, responses=responses(400, 401, 404, 409, 410, 413, 422, 429)
)
async def send(conversation_id: Id, body: Send, presented: Token, here: Here) -> dict[str, Any]:
    """Send one message and get the new ones. The same `client_message_id` always gets the same answer."""
    started_on = await _authorised(here, conversation_id, presented)
    here.limits.messages.take(conversation_id)
    # Messages of this API come from the web, or from the terminal that started the conversation.
    channel = "terminal" if started_on == "terminal" else "web"
    incoming = Incoming(
        body.client_message_id, channel, body.text, body.choices, body.value, body.question,
    )  # fmt: skip
    outcome = await here.gate.receive(conversation_id, incoming)
    return {"conversation": outcome.conversation, "messages": outcome.messages}


@router.get("/{conversation_id}", response_model=Answered, responses=responses(400, 401, 404, 410, 422))
async def messages(
    conversation_id: Id,
    presented: Token,
    here: Here,
    after: Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
) -> dict[str, Any]:
    """All messages, or those after one; `wait` holds the request until there is one, at most 25 seconds."""
    await _authorised(here, conversation_id, presented)
    until = time.monotonic() + wait
    while True:
        outcome = await here.gate.view(conversation_id, after)
        left = until - time.monotonic()
        if any(message["from"] == "staff" for message in outcome.messages):
            await here.in_thread(lambda: _fetched(here, conversation_id))
        if outcome.messages or left <= 0 or here.stopping.is_set():
            return {"conversation": outcome.conversation, "messages": outcome.messages}
        await here.gate.news.wait(conversation_id, min(left, LOOK_AGAIN))


def _fetched(here: Services, conversation_id: str) -> None:
    """The visitor has what staff wrote: no notice that a message waits."""
    with here.records.begin() as tx:
        waiting.fetched(tx, conversation_id)


@router.delete("/{conversation_id}", response_model=Withdrawn, responses=responses(401, 404))
async def withdraw(conversation_id: Id, presented: Token, here: Here) -> dict[str, Any]:
    """Withdraw: what may be erased is erased now; the receipt says what, what is kept and why."""
    await _authorised(here, conversation_id, presented)
    return await here.gate.withdraw(conversation_id)
