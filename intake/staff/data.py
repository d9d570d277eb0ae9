"""What is held about one person, for admins: export, erasure with a receipt, legal hold; and how long everything is kept.

The same steps as the commands `intake export`, `erase`, `hold` and `retention` (`intake.one_person`), audited alike.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from intake import one_person
from intake.records import Held, NotFound, StaffSession
from intake.services import Services
from intake.staff.access import Here, Id, actor, allowed, checked, found
from intake.staff.rendering import render
from intake.terms import terms_in_words

MOST = 100
Admin = Annotated[StaffSession, Depends(allowed("locked"))]
Csrf = Annotated[str, Form()]
router = APIRouter(prefix="/staff/data", include_in_schema=False)


@router.get("")
def data(here: Here, session: Admin) -> Response:
    """The terms, what has reached its end, and what is booked but not in the clinic's record yet."""
    return _page(here, session)


def _page(here: Services, session: StaffSession, *, status: int = 200, **more: Any) -> Response:
    with here.records.begin() as tx:
        waiting = [tx.handoffs.get(handoff_id) for handoff_id in tx.retention.not_copied(limit=MOST)]
        tx.audit.record("data.read", actor(session), "installation", "this")
    shown = {"one": None, "receipt": None, "asked": ""} | more
    return render(
        here, "data.html", session, status=status, here_now="data", terms=terms_in_words(here.settings), waiting=waiting,
        due=Counter(term for _, term in one_person.due_now(here.records)), **shown,
    )  # fmt: skip


@router.post("/find")
def find(here: Here, session: Admin, csrf: Csrf = "", text: Annotated[str, Form(max_length=80)] = "") -> Response:
    """Look one person's intake up, by reference or id; by POST, so that it stands in no address."""
    checked(session, csrf)
    try:
        with here.records.begin() as tx:
            one = one_person.held(tx, one_person.find(tx, text))
            tx.audit.record("data.find", actor(session), "conversation", one.conversation_id)
    except NotFound:
        return _page(here, session, status=404, asked=text, problem="Nothing is held under this reference or id.")
    return _page(here, session, one=one, asked=text)


@router.post("/{conversation_id}/export")
def export(conversation_id: Id, here: Here, session: Admin, csrf: Csrf = "") -> Response:
    """All that is held about the person, as a zip."""
    checked(session, csrf)
    try:
        content = one_person.export(here.records, here.settings, conversation_id, actor(session))
    except NotFound:
        raise HTTPException(404, "Nothing is held under this id.") from None
    headers = {"Content-Disposition": f'attachment; filename="{conversation_id}.zip"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


@router.post("/{conversation_id}/hold")
def hold(conversation_id: Id, here: Here, session: Admin, csrf: Csrf = "", on: Annotated[str, Form()] = "") -> Response:
    """Set or lift a legal hold."""
    checked(session, csrf)
    try:
        one_person.hold(here.records, conversation_id, actor(session), on=on == "yes")
    except NotFound:
        raise HTTPException(404, "Nothing is held under this id.") from None
    said = "A legal hold stands. Nothing of it is erased until it is lifted." if on == "yes" else "The legal hold is lifted."
    return _shown(here, session, conversation_id, notice=said)


@router.post("/{conversation_id}/erase")
def erase(
    conversation_id: Id, here: Here, session: Admin, csrf: Csrf = "", sure: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Erase everything, once the reference was typed again; shows the receipt."""
    checked(session, csrf)
    try:
        with here.records.read() as tx:
            right = one_person.find(tx, sure) == conversation_id
    except NotFound:
        right = False
    if not right:
        return _shown(here, session, conversation_id, status=422, problem="Nothing was erased: type the reference as it stands above.")
    try:
        receipt = one_person.erase(here.records, conversation_id, actor(session))
    except Held:
        return _shown(here, session, conversation_id, status=409, problem="A legal hold stands on it. Lift it first.")
    return _page(here, session, receipt=one_person.receipt_text(receipt, here.settings.clinic.name), notice="Everything was erased.")


def _shown(here: Services, session: StaffSession, conversation_id: str, **more: Any) -> Response:
    try:
        with here.records.read() as tx:
            one = one_person.held(tx, conversation_id)
    except NotFound:
        raise HTTPException(404, "Nothing is held under this id.") from None
    return _page(here, session, one=one, asked=one.reference or conversation_id, **more)


@router.post("/retention")
def retention(here: Here, session: Admin, csrf: Csrf = "") -> Response:
    """Erase now what has reached the end of its term; the worker does so every hour."""
    checked(session, csrf)
    counts = one_person.run_retention(here.records, actor(session))
    return _page(here, session, notice=f"Erased: {sum(counts.values())}." if counts else "Nothing has reached the end of its term.")


@router.post("/copied/{handoff_id}")
def copied(handoff_id: Id, here: Here, session: Annotated[StaffSession, Depends(allowed("work"))], csrf: Csrf = "") -> Response:
    """This intake stands in the clinic's own record now: once it is booked, its shorter term runs. For everybody who works on it."""
    checked(session, csrf)
    with here.records.begin() as tx:
        found(tx, handoff_id, session.user.role)
        if tx.retention.copied(handoff_id):
            tx.audit.record("handoff.copied", actor(session), "handoff", handoff_id)
    return RedirectResponse(f"/staff/handoffs/{handoff_id}", 303)
