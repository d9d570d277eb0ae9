"""`/api/v1/handoffs`: what staff and their programs read and change (contract, section 3). Every read is audited."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from intake.api.auth import Asking
from intake.api.conversations import MessageOut
from intake.api.description import describes_handoff
from intake.api.listed import STATUSES, TIERS, StatusFilter, TierFilter, codes
from intake.api.problems import responses
from intake.api.rights import for_role
from intake.handoff.outbox import tell_status
from intake.notices import alerts
from intake.records import Filter, NotFound, StaleVersion, Transaction
from intake.services import Services, services

Status = Literal["new", "in_review", "contacted", "booked", "closed"]
Tier = Literal["T1", "T2", "T3", "T4"]
Here = Annotated[Services, Depends(services)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
router = APIRouter(prefix="/api/v1/handoffs", tags=["handoffs"])
PAGE = 50


class Item(BaseModel):
    """One line of the list."""

    id: str
    reference: str
    conversation_id: str
    urgency: Tier | None
    status: Status
    reason: str
    partial: bool
    name: str | None
    created_at: str


class Page(BaseModel):
    """Most urgent first, then newest; `next_cursor` for the next page."""

    items: list[Item]
    next_cursor: str | None


class Transcript(BaseModel):
    """The conversation behind a handoff; empty if it was held without consent."""

    messages: list[MessageOut]


class SearchText(BaseModel):
    """What to look for: a reference, whole words of a name, or a full number."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=200)


class Change(BaseModel):
    """A change of a handoff. `version` is the one that was read; another one in between gives 409."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=0, le=2**31)
    status: Status | None = None
    assignee: str | None = Field(None, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    note: str | None = Field(None, min_length=1, max_length=4000)


@router.get("", response_model=Page, responses=responses(401, 403, 422))
async def listing(
    here: Here,
    who: Asking,
    status: StatusFilter = None,
    tier: TierFilter = None,
    q: Annotated[str | None, Query(max_length=40, description="A reference, such as IMS-7K3Q.")] = None,
    cursor: Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] = None,
) -> dict[str, Any]:
    """A page of handoffs. Several statuses or tiers: separated by commas."""
    statuses = codes(status, STATUSES, "status")
    tiers = codes(tier, TIERS, "tier")
    wanted = Filter(statuses=statuses, tiers=tiers, reference=q or None, include_locked=who.role == "admin")

    def load() -> dict[str, Any]:
        with here.records.begin() as tx:
            try:
                page, following = tx.handoffs.list(wanted, after=cursor, limit=PAGE)
            except NotFound:
                raise HTTPException(422, "cursor is not one that was given out.") from None
            tx.audit.record("handoff.list", who.actor, "handoff", None, count=len(page))
            return {"items": [one.as_item() for one in page], "next_cursor": following}

    return await here.in_thread(load)


@router.post("/search", response_model=Page, responses=responses(400, 401, 403, 422))
async def search(body: SearchText, here: Here, who: Asking) -> dict[str, Any]:
    """Find by reference, whole words of a name, or a full number; never in a URL."""

    def look() -> dict[str, Any]:
        with here.records.begin() as tx:
            found = tx.handoffs.search(body.text, limit=PAGE)
            tx.audit.record("handoff.search", who.actor, "handoff", None, count=len(found))
            return {"items": [one.as_item() for one in found], "next_cursor": None}

    return await here.in_thread(look)


@router.get("/{handoff_id}", responses=describes_handoff() | responses(401, 403, 404))
async def one(handoff_id: Id, here: Here, who: Asking) -> dict[str, Any]:
    """The whole handoff (JSON Schema: ims-intake/handoff/1)."""

    def load() -> dict[str, Any]:
        with here.records.begin() as tx:
            found = _found(tx, handoff_id, who.role)
            tx.audit.record("handoff.read", who.actor, "handoff", handoff_id)
            return for_role(dict(found.document or {}), who.role)

    return await here.in_thread(load)


@router.get("/{handoff_id}/messages", response_model=Transcript, responses=responses(401, 403, 404))
async def transcript(handoff_id: Id, here: Here, who: Asking) -> dict[str, Any]:
    """The conversation behind a handoff, for physiotherapists and admins."""
    if who.role == "reception":
        raise HTTPException(403, "The transcript is for physiotherapists.")

    def load() -> dict[str, Any]:
        with here.records.begin() as tx:
            found = _found(tx, handoff_id, who.role)
            tx.audit.record("transcript.read", who.actor, "handoff", handoff_id)
            kept = [] if found.without_consent else tx.messages.list(found.conversation_id)
            return {"messages": [m.as_dict() for m in kept]}

    return await here.in_thread(load)


@router.patch("/{handoff_id}", responses=describes_handoff() | responses(400, 401, 403, 404, 409, 422))
async def change(handoff_id: Id, body: Change, here: Here, who: Asking) -> dict[str, Any]:
    """Change status or assignee, or add an internal note."""

    def apply() -> dict[str, Any]:
        with here.records.begin() as tx:
            _found(tx, handoff_id, who.role)
            changes = body.model_dump(include={"status", "assignee"}, exclude_none=True)
            try:
                found = tx.handoffs.change(handoff_id, expected_version=body.version, **changes)
            except StaleVersion as stale:
                raise HTTPException(
                    409, f"It was changed in the meantime: its version is {stale.current} now."
                ) from None
            tell_status(tx, here.settings.delivery, handoff_id, body.status)
            if changes.get("status") in ("booked", "closed"):
                alerts.end(tx, handoff_id)
            if body.note:
                tx.handoffs.add_note(handoff_id, who.actor.id or "", body.note)
            tx.audit.record("handoff.change", who.actor, "handoff", handoff_id, **changes)
            return dict(found.document or {})

    return await here.in_thread(apply)


def _found(tx: Transaction, handoff_id: str, role: str) -> Any:
    try:
        found = tx.handoffs.get(handoff_id)
    except NotFound:
        raise HTTPException(404, "There is no such handoff.") from None
    if found.locked_reason and role != "admin":
        raise HTTPException(403, "The patient took this intake back. Only an admin may open what is kept.")
    return found
