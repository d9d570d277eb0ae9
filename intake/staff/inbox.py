"""The inbox and the handoff page: who needs what, most urgent first, and what staff do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from clinic.protocol import protocol
from intake.api.handoffs import Status
from intake.api.rights import for_role
from intake.gate import person
from intake.gate.inbound import GateError, Outcome
from intake.handoff.pdf import page
from intake.records import Actor, Filter, Handoff, NotFound, StaffSession, StaleVersion, Transaction
from intake.services import Services, services
from intake.staff.rendering import HERE, render
from intake.staff.session import checked, current, member

STATUSES: tuple[str, ...] = get_args(Status)
TIERS = ("T1", "T2", "T3", "T4")
PAGE = 50
Here = Annotated[Services, Depends(services)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
router = APIRouter(prefix="/staff", include_in_schema=False)


def _wanted(request: Request) -> tuple[Filter, dict[str, str]]:
    """The filter of the query string; what is not a known code is left out."""
    asked = {name: request.query_params.get(name, "") for name in ("status", "tier", "channel", "location", "partial", "assignee")}
    statuses = (asked["status"],) if asked["status"] in STATUSES else () if asked["status"] == "all" else STATUSES[:3]
    return (
        Filter(
            statuses=statuses,
            tiers=(asked["tier"],) if asked["tier"] in TIERS else (),
            channel=asked["channel"] or None,
            location=asked["location"] or None,
            assignee=asked["assignee"] or None,
            partial={"yes": True, "no": False}.get(asked["partial"]),
            with_contact_only=asked["partial"] != "all",
        ),
        asked,
    )


@router.get("")
def inbox(request: Request, here: Here) -> Response:
    """The list, urgent first."""
    session = member(here, request)
    wanted, asked = _wanted(request)
    with here.records.begin() as tx:
        try:
            found, following = tx.handoffs.list(wanted, after=request.query_params.get("cursor") or None, limit=PAGE)
        except NotFound:
            return RedirectResponse("/staff", 303)
        tx.audit.record("handoff.list", _actor(session), "handoff", None, count=len(found))
        people = {user.id: user.name for user in tx.staff_users.list()}
        count = tx.handoffs.count_open()
    return _listing(here, request, session, found, asked, following, people, count, "")


@router.post("/search")
def search(request: Request, here: Here, csrf: Annotated[str, Form()] = "", text: Annotated[str, Form()] = "") -> Response:
    """Find by reference, name or full number; by POST, so that no name stands in an address."""
    session = checked(member(here, request), csrf)
    with here.records.begin() as tx:
        found = tx.handoffs.search(text[:200], limit=PAGE) if text.strip() else []
        tx.audit.record("handoff.search", _actor(session), "handoff", None, count=len(found))
        people = {user.id: user.name for user in tx.staff_users.list()}
        count = tx.handoffs.count_open()
    return _listing(here, request, session, found, {}, None, people, count, text)


def _listing(
    here: Services, request: Request, session: StaffSession, found: Any, asked: dict[str, str], following: str | None,
    people: dict[str, str], count: dict[str | None, int], searched: str,
) -> Response:  # fmt: skip
    return render(
        here, request, "inbox.html", session, found=found, asked=asked, following=following, people=people, statuses=STATUSES,
        tiers=TIERS, locations=here.settings.clinic.locations, urgent=count.get("T1", 0) + count.get("T2", 0), searched=searched,
        zone=here.settings.hours.timezone,
    )  # fmt: skip


@router.get("/urgent")
def urgent(request: Request, here: Here) -> Response:
    """How many urgent handoffs are open and when anything changed last: what the open inbox asks every few seconds."""
    session = current(here, request)
    if session is None or not session.second_factor:
        return JSONResponse({"error": "log in"}, 401)
    with here.records.read() as tx:
        count = tx.handoffs.count_open()
        newest, _ = tx.handoffs.list(Filter(statuses=STATUSES[:3]), limit=1)
        waiting = tx.handoffs.unacknowledged()
    mark = f"{sum(count.values())}:{newest[0].updated_at.isoformat() if newest else ''}"
    return JSONResponse({"urgent": count.get("T1", 0) + count.get("T2", 0), "waiting": len(waiting), "mark": mark})


@router.get("/handoffs/{handoff_id}")
def one(handoff_id: Id, request: Request, here: Here, problem: str = "") -> Response:
    """The handoff page."""
    return _page(here, request, member(here, request), handoff_id, problem)


def _page(here: Services, request: Request, session: StaffSession, handoff_id: str, problem: str = "", status: int = 200) -> Response:
    role = session.user.role
    with here.records.begin() as tx:
        found = _found(tx, handoff_id, role)
        tx.audit.record("handoff.read", _actor(session), "handoff", handoff_id)
        clinical = role != "reception" and not found.without_consent
        said = [{**m.as_dict(), "media": m.media} for m in tx.messages.list(found.conversation_id)] if clinical else []
        if clinical:
            tx.audit.record("transcript.read", _actor(session), "handoff", handoff_id)
        notes = tx.handoffs.notes(handoff_id)
        people = {user.id: user.name for user in tx.staff_users.list()}
        conversation = tx.conversations.find(found.conversation_id)
    document = for_role(dict(found.document or {}), role)
    shown = page(document, role=role, hours=here.settings.hours, clinic_name=here.settings.clinic.name)
    answers = document.get("answers") or {}
    return render(
        here, request, "handoff.html", session, status=status, problem=problem or None, found=found, shown=shown, said=said, notes=notes,
        people=people, conversation=conversation, statuses=STATUSES, indicators=document.get("indicators") or [],
        score=document.get("score") or {}, answers=answers, names=_names(),
        phone=(answers.get("contact.phone") or {}).get("value"), clinical=clinical,
    )  # fmt: skip


def _names() -> dict[str, str]:
    return {finding.id: finding.label for finding in protocol().findings.values()}


@router.post("/handoffs/{handoff_id}")
async def act(
    handoff_id: Id,
    request: Request,
    here: Here,
    csrf: Annotated[str, Form()] = "",
    action: Annotated[str, Form()] = "",
    version: Annotated[int, Form()] = 0,
    value: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """One action of staff on a handoff."""
    session = checked(member(here, request), csrf)

    def found() -> Handoff:
        with here.records.read() as tx:
            return _found(tx, handoff_id, session.user.role)

    handoff = await here.in_thread(found)
    try:
        if action in _IN_CHARGE:
            await _in_charge(here, session, handoff, action, value)
        else:
            await here.in_thread(lambda: _change(here, session, handoff, action, version, value))
    except StaleVersion:
        said = "Somebody changed this handoff while you looked at it. What you see now is how it stands; your change was not made."
        return await here.in_thread(lambda: _page(here, request, session, handoff_id, said, 409))
    except GateError as failure:
        said, code = failure.detail, failure.status
        return await here.in_thread(lambda: _page(here, request, session, handoff_id, said, code))
    return RedirectResponse(f"/staff/handoffs/{handoff_id}", 303)


_IN_CHARGE: dict[str, Callable[..., Outcome]] = {
    "takeover": person.take_over, "handback": person.hand_back, "release": person.release, "reply": person.reply,
}  # fmt: skip


async def _in_charge(here: Services, session: StaffSession, handoff: Handoff, action: str, value: str) -> None:
    if session.user.role == "reception" and action == "release":
        raise HTTPException(403, "Only a physiotherapist lets an escalated intake go on.")
    if action == "reply" and not value.strip():
        raise HTTPException(422, "Write something first.")
    words = (value.strip(),) if action == "reply" else ()
    async with here.gate.turn_of(handoff.conversation_id):
        await here.in_thread(
            lambda: _IN_CHARGE[action](here.records, here.settings, handoff.conversation_id, _actor(session), *words)
        )
    here.gate.news.tell(handoff.conversation_id)


def _change(here: Services, session: StaffSession, handoff: Handoff, action: str, version: int, value: str) -> None:
    actor = _actor(session)
    with here.records.begin() as tx:
        if action == "status" and value in STATUSES:
            tx.handoffs.change(handoff.id, expected_version=version, status=value)
        elif action == "take":
            tx.handoffs.change(handoff.id, expected_version=version, assignee=session.user.id)
        elif action == "acknowledge":
            tx.handoffs.change(
                handoff.id, expected_version=version, acknowledged_by=session.user.id, acknowledged_at=tx.now()
            )
        elif action == "note" and value.strip():
            tx.handoffs.add_note(handoff.id, session.user.id, value.strip())
        else:
            raise HTTPException(422, "There is no such action, or it lacks something.")
        codes = {"status": value} if action == "status" else {}
        tx.audit.record(f"handoff.{action}", actor, "handoff", handoff.id, **codes)


@router.get("/audit")
def audit(request: Request, here: Here) -> Response:
    """Who read and changed what; for admins."""
    session = member(here, request)
    if session.user.role != "admin":
        raise HTTPException(403, "Only an admin sees the audit.")
    with here.records.begin() as tx:
        entries = tx.audit.list(limit=200)
        people = {user.id: user.name for user in tx.staff_users.list()}
        tx.audit.record("audit.read", _actor(session), "audit", None)
    return render(here, request, "audit.html", session, entries=entries, people=people)


@router.get("/static/{name}")
def static(name: Annotated[str, Path(pattern=r"^staff\.(css|js)$")]) -> Response:
    """Style and script of the staff pages."""
    return FileResponse(HERE / "static" / name, headers={"Cache-Control": "no-cache"})


def _actor(session: StaffSession) -> Actor:
    return Actor("staff", session.user.id)


def _found(tx: Transaction, handoff_id: str, role: str) -> Handoff:
    try:
        found = tx.handoffs.get(handoff_id)
    except NotFound:
        raise HTTPException(404, "There is no such handoff.") from None
    if found.locked_reason and role != "admin":
        raise HTTPException(403, "The patient took this intake back. Only an admin may open what is kept.")
    return found
