"""`/api/v1/conversations/{id}/takeover`, `/handback`, `/release`, `/reply`: a person in charge (contract, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from intake.api.auth import Asking
from intake.api.conversations import Answered
from intake.api.problems import responses
from intake.api.rights import may
from intake.gate import person
from intake.gate.inbound import Outcome
from intake.services import Services, services

Here = Annotated[Services, Depends(services)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
router = APIRouter(prefix="/api/v1/conversations", tags=["staff"], responses=responses(401, 403, 404, 409, 410))


class Reply(BaseModel):
    """What staff write to the patient."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=2000)


async def _do(here: Services, conversation_id: str, work: Callable[[], Outcome]) -> dict[str, Any]:
    async with here.gate.turn_of(conversation_id):
        outcome = await here.in_thread(work)
    here.gate.news.tell(conversation_id)
    return {"conversation": outcome.conversation, "messages": outcome.messages}


@router.post("/{conversation_id}/takeover", response_model=Answered)
async def takeover(conversation_id: Id, here: Here, who: Asking) -> dict[str, Any]:
    """Take charge: the bot is silent at once."""
    return await _do(
        here, conversation_id, lambda: person.take_over(here.records, here.settings, conversation_id, who.actor)
    )


@router.post("/{conversation_id}/handback", response_model=Answered)
async def handback(conversation_id: Id, here: Here, who: Asking) -> dict[str, Any]:
    """Let the bot go on where it was."""
    return await _do(
        here, conversation_id, lambda: person.hand_back(here.records, here.settings, conversation_id, who.actor)
    )


@router.post("/{conversation_id}/release", response_model=Answered)
async def release(conversation_id: Id, here: Here, who: Asking) -> dict[str, Any]:
    """Let an escalated intake go on; not for reception."""
    if not may(who.role, "release"):
        raise HTTPException(403, "Only a physiotherapist lets an escalated intake go on.")
    return await _do(
        here, conversation_id, lambda: person.release(here.records, here.settings, conversation_id, who.actor)
    )


@router.post("/{conversation_id}/reply", response_model=Answered, responses=responses(400, 422))
async def reply(conversation_id: Id, body: Reply, here: Here, who: Asking) -> dict[str, Any]:
    """Write to the patient on their channel."""
    return await _do(
        here, conversation_id, lambda: person.reply(here.records, here.settings, conversation_id, who.actor, body.text)
    )
