"""The inbox: who needs what, most urgent first; filters in the address, search by POST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clinic.protocol import protocol
from clinic.red_flags import EMERGENCIES, SELF_HARM
from intake.api.handoffs import Status
from intake.api.rights import may
from intake.facts import spoken_phone
from intake.records import Filter, Handoff, NotFound, StaffSession, Transaction
from intake.services import Services
from intake.staff.access import Here, Member, actor, checked, people_of
from intake.staff.rendering import fragment, page_response, render

STATUSES: tuple[str, ...] = get_args(Status)
TIERS = ("T1", "T2", "T3", "T4")
CHANNELS = ("web", "sms", "terminal")
ASKED = ("status", "tier", "location", "channel", "assignee", "partial")
PAGE = 50
MOST_CALLS = 20
# How the list is cut into groups: heading and the ranks in it.
GROUPS = (("Act now", ("T1", "T2")), ("Today", ("T3",)), ("To book", ("T4", None)))
Calls = Mapping[str, tuple[str, str]]
router = APIRouter(prefix="/staff", include_in_schema=False)


def wanted(asked: Mapping[str, str], me: str, admin: bool) -> Filter:
    """The filter of the query string; what is not a known code is left out."""
    status, tier, partial = asked["status"], asked["tier"], asked["partial"]
    statuses = (status,) if status in STATUSES else () if status == "all" else STATUSES[:3]
    return Filter(
        statuses=statuses,
        tiers=(tier,) if tier in TIERS else (None,) if tier == "none" else (),
        channel=asked["channel"] if asked["channel"] in CHANNELS else None,
        location=asked["location"] or None,
        assignee=me if asked["assignee"] == "me" else asked["assignee"] or None,
        partial={"yes": True, "no": False}.get(partial),
        with_contact_only=partial != "all",
        include_locked=admin and status == "all",
    )


@router.get("")
def inbox(request: Request, here: Here, session: Member) -> Response:
    """The list, urgent first. `X-Part: list` gets only the list, for the live inbox."""
    asked = {name: request.query_params.get(name, "")[:64] for name in ASKED}
    cursor = request.query_params.get("cursor", "")[:64]
    with here.records.begin() as tx:
        try:
            rows, following = tx.handoffs.list(
                wanted(asked, session.user.id, session.user.role == "admin"), after=cursor or None, limit=PAGE
            )
        except NotFound:
            return RedirectResponse("/staff", 303)
        tx.audit.record("handoff.list", actor(session), "handoff", None, count=len(rows))
        people, count, calls = people_of(tx), tx.handoffs.count_open(), _calls(tx, rows, session.user.role)
    shown = _listing(here, session, rows, people, asked=asked, following=following, cursor=cursor, count=count, calls=calls)
    if request.headers.get("x-part") == "list":
        return page_response(fragment("inbox_list.html", here, session=session, **shown))
    return render(here, "inbox.html", session, here_now="inbox", **shown)


@router.post("/search")
def search(here: Here, session: Member, csrf: Annotated[str, Form()] = "", text: Annotated[str, Form()] = "") -> Response:
    """Find by reference, name or full number; by POST, so that no name stands in an address."""
    checked(session, csrf)
    with here.records.begin() as tx:
        rows = tx.handoffs.search(text[:200], limit=PAGE) if text.strip() else []
        tx.audit.record("handoff.search", actor(session), "handoff", None, count=len(rows))
        people, count, calls = people_of(tx), tx.handoffs.count_open(), _calls(tx, rows, session.user.role)
    asked = dict.fromkeys(ASKED, "")
    shown = _listing(here, session, rows, people, asked=asked, following=None, cursor="", count=count, searched=text[:200], calls=calls)
    return render(here, "inbox.html", session, here_now="inbox", **shown)


def _listing(
    here: Services, session: StaffSession, rows: Sequence[Handoff], people: Mapping[str, str], *, asked: Mapping[str, str],
    following: str | None, cursor: str, count: Mapping[str | None, int], calls: Calls, searched: str = "",
) -> dict[str, Any]:  # fmt: skip
    chosen = {name: value for name, value in asked.items() if value}
    return {
        "groups": list(_groups(rows)), "asked": asked, "chosen": chosen, "people": people, "searched": searched, "me": session.user.id,
        "statuses": STATUSES, "tiers": TIERS, "channels": CHANNELS, "cursor": cursor,
        "places": {place.id: place.name for place in here.settings.clinic.locations},
        "urgent": count.get("T1", 0) + count.get("T2", 0), "count": count, "open": sum(count.values()),
        "calls": calls,
        "csv": _csv_query(asked, session.user.id),
        "older": urlencode({**chosen, "cursor": following}) if following else None,
    }  # fmt: skip


def _csv_query(asked: Mapping[str, str], me: str) -> str:
    """The query of the CSV export that finds what this list finds."""
    found = wanted(asked, me, admin=False)
    query = {
        "status": ",".join(found.statuses), "tier": ",".join(tier or "none" for tier in found.tiers), "location": found.location,
        "channel": found.channel, "assignee": found.assignee, "partial": None if found.partial is None else str(found.partial).lower(),
        "reachable": "true" if found.with_contact_only else None,
    }  # fmt: skip
    return urlencode({name: value for name, value in query.items() if value})


def _calls(tx: Transaction, rows: Sequence[Handoff], role: str) -> Calls:
    """For emergencies that are open: what it is about and the number to call, so that nobody must open each one to choose.

    Self-harm: reception gets no number, because it is not to call alone.
    """
    names, found = protocol().red_flags, dict[str, tuple[str, str]]()
    urgent = [row for row in rows if row.urgency in EMERGENCIES and row.status in STATUSES[:3] and not row.locked_reason]
    for row in urgent[:MOST_CALLS]:
        document = tx.handoffs.get(row.id).document or {}
        flags = [flag["id"] for flag in document.get("red_flags") or [] if flag["tier"] in EMERGENCIES]
        phone = ((document.get("answers") or {}).get("contact.phone") or {}).get("value")
        if SELF_HARM in flags and not may(role, "clinical"):
            phone = None
        labels = [names[flag].short if flag in names else flag for flag in flags]
        found[row.id] = (" · ".join(labels), spoken_phone(phone) if phone else "")
    return found


def _groups(rows: Sequence[Handoff]) -> Iterator[tuple[str, list[Handoff]]]:
    for heading, ranks in GROUPS:
        inside = [row for row in rows if row.urgency in ranks]
        if inside:
            yield heading, inside
