"""The handoff as PDF (tagged, PDF/UA-1): page 1 what to do and the summary, page 2 the details.

A reader of role `record` is another system's chart of this patient: clinical, but without words about self-harm.
Everything shown comes from the handoff document and from `clinic`; nothing is fetched and no file is read but the
template, whatever a patient wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clinic.do_this import Due, do_this
from clinic.protocol import protocol
from clinic.red_flags import SELF_HARM
from intake.api.rights import for_role
from intake.facts import spoken_phone
from intake.handoff.body_chart import areas, body_chart
from intake.handoff.booking import fully_screened, given, strongest_action
from intake.handoff.labels import value_label
from intake.hours import OpeningHours, clinic_zone, clock_words, due_at, moment_words

TEMPLATES = Path(__file__).with_name("templates")
STATUS = {
    "new": "new",
    "in_review": "in review",
    "contacted": "contacted",
    "booked": "booked",
    "closed": "closed",
}
_SENDERS = {"bot": "assistant", "patient": "patient", "staff": "staff"}
RECORD = "record"
_DAYS = {"same_day": "today", "next_working_day": "by the next working day"}


# Pango's font maps are not made for several threads.
_ONE_AT_A_TIME = Lock()


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates of this package; what patients wrote is escaped."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def write(
    handoff: Mapping[str, Any],
    *,
    role: str = "reception",
    hours: OpeningHours | None = None,
    clinic_name: str = "",
    transcript: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The PDF of a handoff of the contract, for a reader of `role` (reception, physiotherapist, admin, record).

    Reception gets what it may read (`intake.api.rights`) and no transcript. `hours` gives the due time as a clock
    time; `transcript` (messages of the contract) becomes an appendix.
    """
    seen = handoff if role == RECORD else for_role(dict(handoff), role)
    html = (
        templates()
        .get_template("handoff.html")
        .render(**page(seen, role=role, hours=hours, clinic_name=clinic_name, transcript=transcript), style=style())
    )
    return render(html)


def page(
    handoff: Mapping[str, Any],
    *,
    role: str = "reception",
    hours: OpeningHours | None = None,
    clinic_name: str = "",
    transcript: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What a page about a handoff shows a reader of `role`, in the order of the PDF; the staff pages show the same."""
    clinical = role != "reception"
    story = clinical and not (role == RECORD and any(flag["id"] == SELF_HARM for flag in handoff["red_flags"]))
    week = hours or OpeningHours()
    first, sections = _parts(handoff["summary"])
    header, lines = first[0], [_line(text) for text in first[1:]]
    box = do_this(
        handoff["urgency"],
        "physiotherapist" if role == RECORD else role,
        red_flags=[flag["id"] for flag in handoff["red_flags"]],
        hold=strongest_action(handoff) == "HOLD",
        screened=fully_screened(handoff),
        contact=bool(given(handoff, "contact.phone") or given(handoff, "contact.email")),
        reason=handoff["reason"],
    )
    return {
        "reference": handoff["reference"],
        "name": given(handoff, "contact.name"),
        "contact": _contact(handoff),
        "clinic_name": clinic_name,
        "received": f"Received {local(handoff['created_at'], week)}",
        "changed": "" if handoff["version"] == 1 else f"version {handoff['version']}, {local(handoff['updated_at'], week)}",
        "protocol": f"{protocol().id}, version {handoff['protocol_version']}",
        "status": STATUS[handoff["status"]],
        "partial": handoff["partial"],
        "urgency": handoff["urgency"],
        "header": header,
        "alarm": not fully_screened(handoff),
        "do_this": box,
        "due": _due_words(box.due, handoff, hours),
        "lines": lines,
        # The chart is built from region codes and numbers only, never from a patient's words.
        "chart": Markup(body_chart(handoff)),
        "charted": bool(areas(handoff)),
        "narrative": given(handoff, "narrative") if story else None,
        "sections": sections,
        "transcript": [_message(message, week) for message in transcript] if clinical else [],
    }


def _contact(handoff: Mapping[str, Any]) -> str:
    """How to reach the patient, for the box that says "call"."""
    phone, email = given(handoff, "contact.phone"), given(handoff, "contact.email")
    ways = [spoken_phone(str(phone)) if phone else None, email]
    known = " · ".join(str(way) for way in ways if way)
    preferred = given(handoff, "contact.preferred")
    return f"{known} (prefers {value_label('contact.preferred', preferred)})" if known and preferred else known


def style() -> Markup:
    """The style sheet of all documents."""
    return Markup((TEMPLATES / "handoff.css").read_text(encoding="utf-8"))


def _parts(summary: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Page one's lines, and the titled sections after it (`clinic.summary` writes them so)."""
    blocks = [block.splitlines() for block in summary.strip().split("\n\n") if block.strip()]
    sections = [(block[0], [line.removeprefix("- ") for line in block[1:]]) for block in blocks[1:]]
    return blocks[0], sections


def _line(text: str) -> tuple[str, str]:
    heading, colon, rest = text.partition(": ")
    return (heading, rest) if colon else ("", text)


def local(moment: str, hours: OpeningHours) -> str:
    """A time of the document as a date and a clock time of the clinic."""
    local = datetime.fromisoformat(moment).astimezone(clinic_zone(hours.timezone))
    return f"{local:%Y-%m-%d}, {clock_words(local)}"


def _due_words(due: Due | None, handoff: Mapping[str, Any], hours: OpeningHours | None) -> str:
    """By when: as a clock time where the hours are known, else as a span of opening time."""
    if due is None:
        return ""
    if hours is not None and handoff["urgency"] in ("T1", "T2", "T3"):
        created = datetime.fromisoformat(handoff["created_at"])
        at = due_at(created, handoff["urgency"], hours)
        if at is not None:
            return f"Due {at:%A, %B} {at.day}, {moment_words(at, at, hours).removeprefix('today at ')}"
    if due.minutes is not None:
        return f"Due within {due.minutes} minutes, in opening hours"
    return f"Due {_DAYS[due.day or 'same_day']}"


def _message(message: Mapping[str, Any], hours: OpeningHours) -> dict[str, str]:
    return {
        "at": local(message["at"], hours),
        "who": _SENDERS.get(message["from"], message["from"]),
        "text": message["text"],
    }


def render(html: str) -> bytes:
    """HTML as PDF. WeasyPrint takes a third of a second to load, so it is loaded when the first PDF is written."""
    from weasyprint import HTML

    with _ONE_AT_A_TIME:
        document: bytes = HTML(string=html, url_fetcher=_nothing_is_fetched).write_pdf(pdf_variant="pdf/ua-1")
    return document


def _nothing_is_fetched(url: str, *args: object, **options: object) -> dict[str, Any]:
    raise ValueError("a handoff document refers to nothing outside itself")
