"""The documents of a handoff over HTTP: `.pdf`, `/fhir`, and the list as `.csv` (contract, section 3).

Every read is audited. Include this router before `/api/v1/handoffs/{id}`, which would take `{id}.pdf` for an id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from intake.api.description import other_content
from intake.api.listed import ANY_TIER, STATUSES, AnyTierFilter, StatusFilter, codes
from intake.api.problems import responses
from intake.handoff.csv_export import csv_lines
from intake.handoff.fhir import handoff_bundle
from intake.handoff.pdf import write
from intake.hours import OpeningHours, due_at
from intake.records import Erased, Filter, Handoff, NotFound, Records, Transaction
from intake.records.audit import Actor

PAGE = 100
REFUSED = responses(401, 403, 404)
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Reader(Protocol):
    """Who asks, as the dependency given to `build_router` returns it."""

    @property
    def actor(self) -> Actor: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class Documents:
    """What the routes need: the store, the clinic's hours and name, and a way to run blocking work."""

    records: Records
    hours: OpeningHours
    clinic_name: str
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]


def build_router(documents: Documents, reader: Callable[..., Any]) -> APIRouter:
    """The router. `reader` is a FastAPI dependency that returns a Reader or raises 401."""
    router = APIRouter(prefix="/api/v1", tags=["handoffs"])
    asking = Depends(reader)

    @router.get("/handoffs.csv", response_class=StreamingResponse, responses=other_content("text/csv", "The list") | responses(401, 403))
    async def handoffs_csv(
        status: StatusFilter = None,
        tier: AnyTierFilter = None,
        location: Annotated[str | None, Query(max_length=64)] = None,
        channel: Annotated[str | None, Query(max_length=20)] = None,
        assignee: Annotated[str | None, Query(max_length=64)] = None,
        partial: bool | None = None,
        reachable: bool = False,
        who: Reader = asking,
    ) -> Response:
        """All handoffs that the filter finds, as CSV, most urgent first. Several statuses or tiers: separated by commas.

        The tier `none` stands for no urgency. `reachable` leaves out whom nobody can reach, but for emergencies, as the inbox does.
        """
        wanted = Filter(
            statuses=codes(status, STATUSES, "status"),
            tiers=tuple(None if code == "none" else code for code in codes(tier, ANY_TIER, "tier")),
            location=location,
            channel=channel,
            assignee=assignee,
            partial=partial,
            with_contact_only=reachable,
        )

        def audited() -> None:
            with documents.records.begin() as tx:
                tx.audit.record("handoff.export", who.actor, "handoff", None, format="csv")

        await documents.in_thread(audited)
        lines = csv_lines(_documents(documents.records, wanted), who.role)
        return StreamingResponse(
            lines,
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="handoffs.csv"', "Cache-Control": "no-store"},
        )

    @router.get("/handoffs/{handoff_id}.pdf", response_class=Response, responses=other_content("application/pdf", "The document") | REFUSED)
    async def handoff_pdf(handoff_id: Id, transcript: bool = False, who: Reader = asking) -> Response:
        """The handoff as PDF. `transcript=true` adds the conversation, for physiotherapists and admins."""
        if transcript and who.role == "reception":
            raise HTTPException(403, "The transcript is for physiotherapists.")

        def made() -> tuple[bytes, str]:
            with documents.records.begin() as tx:
                found = _found(tx, handoff_id, who, "handoff.pdf")
                messages: list[Mapping[str, Any]] = []
                if transcript and not found.without_consent:
                    tx.audit.record("transcript.read", who.actor, "handoff", handoff_id)
                    messages = [message.as_dict() for message in tx.messages.list(found.conversation_id)]
            content = write(
                found.document or {},
                role=who.role,
                hours=documents.hours,
                clinic_name=documents.clinic_name,
                transcript=messages,
            )
            return content, found.reference

        content, reference = await documents.in_thread(made)
        headers = {"Content-Disposition": f'inline; filename="{reference}.pdf"', "Cache-Control": "no-store"}
        return Response(content, media_type="application/pdf", headers=headers)

    @router.get("/handoffs/{handoff_id}/fhir", response_class=Response, responses=other_content("application/fhir+json", "FHIR R4 Bundle") | REFUSED)
    async def handoff_fhir(handoff_id: Id, who: Reader = asking) -> Response:
        """The handoff as FHIR R4 Bundle, for physiotherapists, admins and programs with their role."""
        if who.role == "reception":
            raise HTTPException(403, "The whole record is for physiotherapists.")

        def made() -> dict[str, Any]:
            with documents.records.begin() as tx:
                found = _found(tx, handoff_id, who, "handoff.fhir")
            due = due_at(found.created_at, found.urgency, documents.hours)
            return handoff_bundle(found.document or {}, due=due)

        bundle = await documents.in_thread(made)
        return JSONResponse(bundle, media_type="application/fhir+json", headers={"Cache-Control": "no-store"})

    return router


def _documents(records: Records, wanted: Filter) -> Iterator[Mapping[str, Any]]:
    """The documents of all that is found, opened one by one, so that a long export neither fills memory nor blocks writers."""
    for handoff_id in _ids(records, wanted):
        with records.read() as tx:
            try:
                document = tx.handoffs.get(handoff_id).document
            except (NotFound, Erased):
                continue  # erased since the export began
        if document is not None:
            yield document


def _ids(records: Records, wanted: Filter) -> list[str]:
    """The ids of all that is found, in the order of the list; begun anew if the last one shown was erased meanwhile."""
    while True:
        found: dict[str, None] = {}
        cursor: str | None = None
        try:
            with records.read() as tx:
                while True:
                    page, cursor = tx.handoffs.list(wanted, after=cursor, limit=PAGE)
                    found.update(dict.fromkeys(one.id for one in page))
                    if cursor is None:
                        return list(found)
        except NotFound:
            continue


def _found(tx: Transaction, handoff_id: str, who: Reader, action: str) -> Handoff:
    try:
        found = tx.handoffs.get(handoff_id)
    except NotFound:
        raise HTTPException(404, "There is no such handoff.") from None
    if found.locked_reason and who.role != "admin":
        raise HTTPException(403, "The patient took this intake back. Only an admin may open what is kept.")
    tx.audit.record(action, who.actor, "handoff", handoff_id)
    return found
