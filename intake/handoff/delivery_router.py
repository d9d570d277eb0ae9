"""Deliveries over HTTP: what went out and what did not, sending again, and testing a destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from intake.api.problems import responses
from intake.api.rights import for_role, may
from intake.handoff.delivery import Context, Refused, Retry
from intake.handoff.destinations.jane import check_note, copy_for_jane
from intake.handoff.outbox import resend, send_test
from intake.handoff.router import Id, Reader
from intake.handoff.settings import DeliverySettings
from intake.records import NotFound, Records
from intake.records.deliveries import Delivery
from intake.records.handoffs import iso

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
State = Literal["pending", "sending", "sent", "dead", "cancelled"]
MOST = 200


@dataclass(frozen=True)
class Outbox:
    """What the routes need."""

    records: Records
    settings: DeliverySettings
    context: Callable[[], Context]
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]


def build_router(outbox: Outbox, reader: Callable[..., Any]) -> APIRouter:
    """The router. `reader` is a FastAPI dependency that returns a Reader or raises 401."""
    router = APIRouter(prefix="/api/v1", tags=["deliveries"])
    asking = Depends(reader)
    kinds = tuple(sorted({destination.kind for destination in outbox.settings.destinations}))

    @router.get("/deliveries", responses=responses(401, 403))
    async def deliveries(
        state: State | None = None,
        handoff: Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] = None,
        who: Reader = asking,
    ) -> dict[str, Any]:
        """Deliveries to the configured destinations, the newest first; ids and codes only. `state=dead`: dead letters."""

        def load() -> list[dict[str, Any]]:
            with outbox.records.begin() as tx:
                tx.audit.record("delivery.list", who.actor, "delivery", None)
                if not kinds:
                    return []
                states = (state,) if state else ()
                found = tx.deliveries.list(handoff_id=handoff, states=states, kinds=kinds, limit=MOST)
                return [_item(delivery) for delivery in found]

        return {"items": await outbox.in_thread(load)}

    @router.post("/deliveries/{delivery_id}/resend", responses=responses(401, 403, 404, 409))
    async def send_again(delivery_id: Id, who: Reader = asking) -> dict[str, Any]:
        """Send a dead letter again; anything else is 409, because it is on its way or has arrived."""

        def put_back() -> dict[str, Any]:
            with outbox.records.begin() as tx:
                try:
                    known = tx.deliveries.get(delivery_id)
                except NotFound:
                    raise HTTPException(404, "There is no such delivery.") from None
                if known.kind not in kinds:
                    raise HTTPException(404, "There is no such delivery.")
                if known.state != "dead":
                    raise HTTPException(409, f"Only a dead letter can be sent again; this one is {known.state}.")
                return _item(resend(tx, delivery_id, who.actor))

        found: dict[str, Any] = await outbox.in_thread(put_back)
        return found

    @router.post("/destinations/{name}/test", responses=responses(401, 403, 404))
    async def test(name: Name, who: Reader = asking) -> dict[str, Any]:
        """Send a test without any patient's data. `ok` false with a code when it did not work."""
        if who.role != "admin":
            raise HTTPException(403, "Tests of destinations are for admins.")
        if outbox.settings.destination(name) is None:
            raise HTTPException(404, "There is no such destination.")

        def tried() -> dict[str, Any]:
            with outbox.records.begin() as tx:
                tx.audit.record("destination.test", who.actor, "destination", name)
            try:
                return {"ok": True, "note": send_test(outbox.settings, name, outbox.context()).note}
            except (Refused, Retry) as failure:
                return {"ok": False, "error": failure.code}

        found: dict[str, Any] = await outbox.in_thread(tried)
        return found

    @router.get("/handoffs/{handoff_id}/jane", response_class=PlainTextResponse, responses=responses(401, 403, 404))
    async def jane(handoff_id: Id, who: Reader = asking) -> PlainTextResponse:
        """Copy for Jane: the handoff as plain text, as far as the reader may read it; without the patient's own story."""

        def made() -> str:
            with outbox.records.begin() as tx:
                try:
                    found = tx.handoffs.get(handoff_id)
                except NotFound:
                    raise HTTPException(404, "There is no such handoff.") from None
                if found.locked_reason and who.role != "admin":
                    raise HTTPException(403, "The patient took this intake back. Only an admin may open what is kept.")
                tx.audit.record("handoff.copy", who.actor, "handoff", handoff_id, to="jane")
                offered = any(
                    (delivery.payload or {}).get("event") == "booking.offered"
                    for delivery in tx.deliveries.list(handoff_id=handoff_id, kinds=("jane",))
                )
                document = for_role(dict(found.document or {}), who.role)
                note = check_note(document, offered)
                copied = copy_for_jane(document, clinical=may(who.role, "clinical"))
                return f"{note}\n\n{copied}" if note else copied

        return PlainTextResponse(await outbox.in_thread(made), headers={"Cache-Control": "no-store"})

    return router


def _item(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "handoff_id": delivery.handoff_id,
        "destination": delivery.destination,
        "kind": delivery.kind,
        "event": (delivery.payload or {}).get("event"),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "error": delivery.last_error,
        "created_at": iso(delivery.created_at),
        "next_attempt_at": iso(delivery.next_attempt_at) if delivery.state == "pending" else None,
        "sent_at": iso(delivery.sent_at) if delivery.sent_at else None,
    }
