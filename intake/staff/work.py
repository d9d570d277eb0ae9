"""What staff do on a handoff: status, assignment, acknowledgement, notes, contact, a time, and the person in charge of the chat.

One form, one action. A change names the version that was looked at: whoever comes second sees what changed and loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake.api.rights import may
from intake.gate import person
from intake.gate.inbound import GateError, Outcome
from intake.handoff.outbox import tell_status
from intake.notices import alerts
from intake.records import Handoff, StaffSession, StaleVersion
from intake.services import Services
from intake.staff import booking, contact
from intake.staff.access import Here, Id, Member, actor, checked, found, people_of
from intake.staff.handoff_page import handoff_response
from intake.staff.inbox import STATUSES
from intake.staff.words import say, words

LONGEST_REPLY, LONGEST_NOTE = 2000, 4000
router = APIRouter(prefix="/staff", include_in_schema=False)
_IN_CHARGE: Mapping[str, Callable[..., Outcome]] = {
    "takeover": person.take_over, "handback": person.hand_back, "release": person.release, "reply": person.reply,
}  # fmt: skip


@router.post("/handoffs/{handoff_id}")
async def act(
    handoff_id: Id,
    request: Request,
    here: Here,
    session: Member,
    csrf: Annotated[str, Form()] = "",
    action: Annotated[str, Form(max_length=20)] = "",
    version: Annotated[int, Form(ge=0, le=2**31)] = 0,
    seen: Annotated[str, Form(max_length=40)] = "",
    value: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
) -> Response:
    """One action."""
    checked(session, csrf)
    form = {name: str(text)[:400] for name, text in (await request.form()).items()}

    def load() -> Handoff:
        with here.records.read() as tx:
            return found(tx, handoff_id, session.user.role)

    handoff = await here.in_thread(load)
    problem, status, after = None, 303, ""
    try:
        if action in _IN_CHARGE:
            await _in_charge(here, session, handoff, action, value)
            after = "#talk"
        elif action == "contact":
            async with here.gate.turn_of(handoff.conversation_id):
                await here.in_thread(lambda: contact.correct(here, session, handoff, form, version))
        elif action == "book":
            await booking.book(here, session, handoff, form, version)
        elif action == "call_off":
            await booking.call_off(here, session, handoff, version)
        else:
            await here.in_thread(lambda: _change_for(here, session, handoff, action, version, value, seen))
            after = "#notes" if action == "note" else ""
    except StaleVersion:
        problem, status = await here.in_thread(lambda: what_changed(here, handoff_id, seen)), 409
    except GateError as failure:
        problem, status = failure.detail, failure.status
    except HTTPException as failure:
        if failure.status_code != 422:
            raise
        problem, status = str(failure.detail), 422
    if problem is None:
        return RedirectResponse(f"/staff/handoffs/{handoff_id}{after}", 303)
    return await here.in_thread(lambda: handoff_response(here, session, handoff_id, problem=problem, status=status))


async def _in_charge(here: Services, session: StaffSession, handoff: Handoff, action: str, value: str) -> None:
    if action == "release" and not may(session.user.role, "release"):
        raise HTTPException(403, say("told", "reception_release"))
    if action == "reply" and not value.strip():
        raise HTTPException(422, say("told", "reply_empty"))
    said = (value.strip()[:LONGEST_REPLY],) if action == "reply" else ()
    async with here.gate.turn_of(handoff.conversation_id):
        await here.in_thread(
            lambda: _IN_CHARGE[action](here.records, here.settings, handoff.conversation_id, actor(session), *said)
        )
    here.gate.news.tell(handoff.conversation_id)


def _change_for(
    here: Services, session: StaffSession, handoff: Handoff, action: str, version: int, value: str, seen: str
) -> None:
    """The change, also when the patient wrote in between: only another person's change is in the way of staff's own."""
    try:
        _change(here, session, handoff, action, version, value)
    except StaleVersion as stale:
        if others(here, handoff.id, seen):
            raise
        _change(here, session, handoff, action, stale.current, value)


def _change(here: Services, session: StaffSession, handoff: Handoff, action: str, version: int, value: str) -> None:
    with here.records.begin() as tx:
        codes: dict[str, str] = {}
        if action == "status" and value in STATUSES[:4]:
            tx.handoffs.change(handoff.id, expected_version=version, status=value)
            codes = {"status": value}
            tell_status(tx, here.settings.delivery, handoff.id, value if value != handoff.status else None)
        elif action == "close" and value in words()["close_reason"]:
            tx.handoffs.change(handoff.id, expected_version=version, status="closed", close_reason=value)
            codes = {"reason": value}
            tell_status(tx, here.settings.delivery, handoff.id, "closed")
        elif action == "close":
            raise HTTPException(422, say("told", "why_closed"))
        elif action == "take":
            tx.handoffs.change(handoff.id, expected_version=version, assignee=session.user.id, **_begun(handoff))
        elif action == "assign" and (value == "" or value in people_of(tx)):
            tx.handoffs.change(handoff.id, expected_version=version, assignee=value or None)
            codes = {"to": value}
        elif action == "acknowledge":
            now = tx.now()
            mine = {"acknowledged_by": session.user.id, "acknowledged_at": now, "assignee": handoff.assignee or session.user.id}
            tx.handoffs.change(handoff.id, expected_version=version, **mine, **_begun(handoff))
            alerts.end(tx, handoff.id)
        elif action == "note" and value.strip():
            tx.handoffs.add_note(handoff.id, session.user.id, value.strip())
        else:
            raise HTTPException(422, say("told", "no_action"))
        tx.audit.record(f"handoff.{action}", actor(session), "handoff", handoff.id, **codes)


def _begun(handoff: Handoff) -> dict[str, Any]:
    """Who takes a new handoff has begun to look at it."""
    return {"status": "in_review"} if handoff.status == "new" else {}


def others(here: Services, handoff_id: str, seen: str) -> list[str]:
    """What people and programs did since the page was loaded, the oldest first, each a sentence by name."""
    try:
        since = datetime.fromisoformat(seen)
    except ValueError:
        since = datetime.min.replace(tzinfo=UTC)  # a form that does not say: better one sentence too many
    did = words()["did"]
    with here.records.read() as tx:
        entries = tx.audit.list(subject_id=handoff_id, limit=50)
        people = people_of(tx)
    told = [e for e in reversed(entries) if e.action in did and e.at > since]
    return [say("told", "stale_by", who=people.get(e.actor.id or "", "another program"), did=did[e.action]) for e in told]


def what_changed(here: Services, handoff_id: str, seen: str) -> str:
    """For the one who came second: what the first one did, or that it was the patient."""
    told = others(here, handoff_id, seen)
    return say("told", "stale", what=" ".join(told[-3:]) or say("told", "stale_patient"))
