"""The page of one handoff: what to do first, page one, the details, the conversation; and its parts for live updates."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from intake.api.rights import may
from intake.records import StaffSession
from intake.services import Services
from intake.staff import handoff_view
from intake.staff.access import Here, Id, Member, actor, found
from intake.staff.rendering import fragment, page_response, render

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/handoffs/{handoff_id}")
def one(handoff_id: Id, request: Request, here: Here, session: Member) -> Response:
    """The handoff page. `X-Part: talk` gets only the conversation, for the live page."""
    if request.headers.get("x-part") == "talk":
        return page_response(fragment("talk.html", here, session=session, **_shown(here, session, handoff_id)))
    return handoff_response(here, session, handoff_id)


def handoff_response(
    here: Services, session: StaffSession, handoff_id: str, *, problem: str | None = None, status: int = 200
) -> Response:
    """The whole page, perhaps with what went wrong above it."""
    shown = _shown(here, session, handoff_id)
    return render(here, "handoff.html", session, status=status, problem=problem, **shown)


def _shown(here: Services, session: StaffSession, handoff_id: str) -> dict[str, object]:
    with here.records.begin() as tx:
        handoff = found(tx, handoff_id, session.user.role)
        loaded = handoff_view.load(tx, handoff, session)
        tx.audit.record("handoff.read", actor(session), "handoff", handoff_id)
        if loaded.messages and may(session.user.role, "clinical"):
            tx.audit.record("transcript.read", actor(session), "handoff", handoff_id)
    return handoff_view.view(here, loaded, session)
