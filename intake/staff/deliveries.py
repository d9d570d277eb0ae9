"""What did not arrive: dead letters of every kind (booking systems, webhooks, mail, texts), why, and sending them again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from intake.handoff.outbox import resend
from intake.records import NotFound, StaffSession
from intake.staff.access import Here, Id, actor, allowed, checked
from intake.staff.rendering import render

MOST = 200
Admin = Annotated[StaffSession, Depends(allowed("deliveries"))]
router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/deliveries")
def deliveries(here: Here, session: Admin) -> Response:
    """Dead letters first, then what still waits; ids and codes only."""
    with here.records.begin() as tx:
        dead = tx.deliveries.list(states=("dead",), limit=MOST)
        waiting = [one for one in tx.deliveries.list(states=("pending", "sending"), limit=MOST) if one.attempts]
        tx.audit.record("delivery.list", actor(session), "delivery", None)
    return render(here, "deliveries.html", session, here_now="deliveries", dead=dead, waiting=waiting)


@router.post("/deliveries/{delivery_id}")
def again(delivery_id: Id, here: Here, session: Admin, csrf: Annotated[str, Form()] = "") -> Response:
    """Send a dead letter again, under the same idempotency id."""
    checked(session, csrf)
    with here.records.begin() as tx:
        try:
            if tx.deliveries.get(delivery_id).state == "dead":
                resend(tx, delivery_id, actor(session))
        except NotFound:
            pass
    return RedirectResponse("/staff/deliveries", 303)
