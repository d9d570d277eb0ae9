"""`/api/v1/conversations/{id}/links` and `/api/v1/resume`: the same intake on another device or channel (contract, 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from intake.api.conversations import ConversationOut, Here, Id, MessageOut, Token
from intake.api.limits import Rate, client_address
from intake.api.problems import problem, responses
from intake.channels.sms import carry_over
from intake.channels.sms.carry_over import RESUME, CodeSent
from intake.records.store import Transaction
from intake.services import Services

REFUSED = {
    "off": (409, "This clinic cannot send texts. Go on here, or make a link for another device."),
    "not_a_mobile": (422, "This number takes no texts. Please give the number of a mobile phone."),
    "opted_out": (409, "This number asked for no more texts. A text with START to the clinic's number turns them on."),
    "too_many": (429, "Too many codes were asked for. Please try again later."),
}
DEAD = "This link does not work any more. Ask for a new one."
TRIES_A_MINUTE = 10


class WebLink(BaseModel):
    """A link for another device."""

    url: str
    expires_at: str


class CodeTexted(BaseModel):
    """A code is on its way to the phone."""

    sent: Literal[True]
    last_four: str
    expires_at: str


class Linked(BaseModel):
    """The code was right: the intake goes on by SMS, too."""

    linked: Literal[True]
    channel: Literal["sms"]


LINKS: dict[int | str, dict[str, Any]] = {201: {"model": WebLink | CodeTexted | Linked}}


class MakeLink(BaseModel):
    """For another device: {"channel": "web"}. For SMS: first the number, then the code that was texted to it."""

    model_config = ConfigDict(extra="forbid")
    channel: Literal["web", "sms"] = "web"
    phone: str | None = Field(default=None, max_length=40)
    code: str | None = Field(default=None, max_length=20)

    @model_validator(mode="after")
    def _fits(self) -> MakeLink:
        if self.channel == "web" and (self.phone or self.code):
            raise ValueError("a link for the web takes neither phone nor code")
        if self.channel == "sms" and bool(self.phone) == bool(self.code):
            raise ValueError("send the phone number, or the code that was texted to it")
        return self


class Resume(BaseModel):
    """The secret of a link, with the last four digits of the phone number of the intake."""

    model_config = ConfigDict(extra="forbid")
    token: str = Field(min_length=8, max_length=200)
    phone_last4: str = Field(default="", max_length=8)


class Resumed(BaseModel):
    """The conversation, a new token for this device, and everything said so far."""

    conversation: ConversationOut
    token: str
    messages: list[MessageOut]


def build_links_router(wake: Callable[[], None]) -> APIRouter:
    """The two operations; `wake` sends what was put into the outbox at once."""
    router = APIRouter(prefix="/api/v1", tags=["conversations"])
    tries = Rate(TRIES_A_MINUTE)

    @router.post(
        "/conversations/{conversation_id}/links", status_code=201, responses=LINKS | responses(401, 403, 404, 409, 410, 422, 429)
    )
    async def make(
        request: Request, conversation_id: Id, body: MakeLink, presented: Token, here: Here
    ) -> Response:
        """Make a link for another device, text a code to a phone, or confirm that code."""
        address = client_address(request, here.settings)
        tries.take(conversation_id)
        outcome = await here.in_thread(lambda: _make(here, conversation_id, presented, body, address))
        wake()
        return outcome

    @router.post("/resume", response_model=Resumed, responses=responses(403, 410, 422, 429))
    async def resume(request: Request, body: Resume, here: Here) -> Any:
        """Go on with an intake by its link. Shows nothing of it before the four digits match; works once."""
        tries.take(client_address(request, here.settings))
        found = await here.in_thread(lambda: _redeem(here, body))
        if isinstance(found, Response):
            return found
        conversation_id, secret = found
        outcome = await here.gate.view(conversation_id)
        return {"conversation": outcome.conversation, "token": secret, "messages": outcome.messages}

    return router


def _make(here: Services, conversation_id: str, presented: str, body: MakeLink, requester: str) -> Response:
    with here.records.begin() as tx:
        if not tx.conversations.token_matches(conversation_id, presented):
            raise HTTPException(401, "This token does not open this conversation.", {"WWW-Authenticate": "Bearer"})
        conversation = tx.conversations.get(conversation_id)
        if conversation.erased_at or conversation.state == "withdrawn":
            return problem(410, "This intake was withdrawn.")
        if conversation.state in {"handed_off", "expired"}:
            return problem(409, "This intake is finished. Please start a new one, or call the clinic.")
        if body.code is not None:
            if not carry_over.confirm_code(tx, conversation_id, body.code, here.settings):
                return problem(403, "This code is not right, or it does not work any more.")
            return JSONResponse({"linked": True, "channel": "sms"}, 201)
        if body.phone is not None:
            sent = carry_over.send_code(tx, conversation_id, body.phone, here.settings, requester=requester)
            if not isinstance(sent, CodeSent):
                status, detail = REFUSED[sent]
                return problem(status, detail, {"Retry-After": "3600"} if status == 429 else None)
            return JSONResponse({"sent": True, "last_four": sent.last_four, "expires_at": _iso(sent.expires_at)}, 201)
        return _web(tx, conversation_id, here)


def _web(tx: Transaction, conversation_id: str, here: Services) -> Response:
    if carry_over.last_four(tx, conversation_id) is None and tx.answers.current(conversation_id):
        # Without a phone number there is nothing to ask for, and a link alone must not show what was answered.
        return problem(409, "Please give your phone number in the chat first. The link asks for its last four digits.")
    made = carry_over.issue_link(tx, conversation_id, here.settings)
    if made is None:
        return problem(429, "Too many links were made. Please try again later.", {"Retry-After": "3600"})
    return JSONResponse({"url": made.url, "expires_at": _iso(made.expires_at)}, 201)


def _redeem(here: Services, body: Resume) -> tuple[str, str] | Response:
    with here.records.begin() as tx:
        link = tx.links.peek(body.token, RESUME)
        if link is None or link.conversation_id is None:
            return problem(410, DEAD)
        wanted = link.detail.get("last_four") or carry_over.last_four(tx, link.conversation_id)
        if wanted and body.phone_last4.strip() != wanted:
            left = tx.links.missed(link.id)
            return problem(403, "These are not the last four digits of the phone number.", tries_left=left)
        if tx.links.redeem(body.token, RESUME) is None:
            return problem(410, DEAD)
        conversation = tx.conversations.get(link.conversation_id)
        if conversation.erased_at or conversation.state == "withdrawn":
            return problem(410, DEAD)
        return link.conversation_id, tx.conversations.new_token(link.conversation_id)


def _iso(moment: Any) -> str:
    return str(moment.isoformat(timespec="seconds").replace("+00:00", "Z"))

