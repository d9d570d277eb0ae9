"""Pages of the staff side: one template folder, strict headers, times in the clinic's zone, quotes that lead to their message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from clinic.messages import banner
from intake.api.rights import may
from intake.facts import spoken_phone
from intake.hours import OpeningHours, clinic_zone, clock_words
from intake.records import StaffSession
from intake.services import Services
from intake.staff.words import name

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_QUOTE = re.compile(r"“([^”]+)”")


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates, escaped; a gap that nobody fills is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals.update(name=name, may=may, Markup=Markup)
    made.filters.update(linked=linked, phone=spoken_phone)
    return made


def fragment(template: str, here: Services, **more: Any) -> str:
    """A piece of a page as HTML."""
    now = here.records.clock()
    return templates().get_template(template).render(now=now, when=Times(here.settings.hours, now), **more)


def render(
    here: Services, template: str, session: StaffSession | None = None, *, status: int = 200, **more: Any
) -> HTMLResponse:
    """One page. Never cached: it may hold health data. `problem` and `notice` are sentences shown above it."""
    common = {"problem": None, "notice": None, "here_now": ""} | more
    html = fragment(
        template, here, clinic=here.settings.clinic.name, banner=banner(), session=session, version=_version(), **common
    )  # fmt: skip
    return page_response(html, status)


def page_response(html: str, status: int = 200) -> HTMLResponse:
    """HTML with the headers of every staff page."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return HTMLResponse(html, status, headers)


@lru_cache(maxsize=1)
def _version() -> str:
    """Changes with style and scripts, so that a browser takes the new ones after an update."""
    return str(int(max(file.stat().st_mtime for file in (HERE / "static").iterdir())))


def linked(text: str, messages: Iterable[Mapping[str, Any]]) -> Markup:
    """The text, escaped, with each “quote” leading to the patient's message that holds it, where one is shown."""
    own = [m for m in messages if m["from"] == "patient"]

    def link(quote: re.Match[str]) -> Markup:
        inside = quote.group(1)
        words = " ".join(inside.rstrip("…").split())
        held = next((m["id"] for m in own if words and words in " ".join(m["text"].split())), None)
        return show_quote(inside, held)

    parts, last = [], 0
    for quote in _QUOTE.finditer(text):
        parts += [escape(text[last : quote.start()]), link(quote)]
        last = quote.end()
    return Markup("").join([*parts, escape(text[last:])])


def show_quote(words: str, message_id: str | None) -> Markup:
    """A quote; with a message shown on the page it is a link to it."""
    quoted = Markup("<q>{}</q>").format(words)
    if message_id is None:
        return quoted
    return Markup('<a class="quote" href="#{}" title="Show the message">{}</a>').format(message_id, quoted)


class Times:
    """Times as staff read them, in the clinic's zone."""

    def __init__(self, hours: OpeningHours, now: datetime) -> None:
        self._zone, self._now = clinic_zone(hours.timezone), now

    def local(self, moment: datetime) -> str:
        """9:05 am today, yesterday 4 pm, or a date."""
        local, today = moment.astimezone(self._zone), self._now.astimezone(self._zone).date()
        clock = clock_words(local)
        days = (today - local.date()).days
        day = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days)
        return f"{day}, {clock}" if day else f"{local:%a} {local.day} {local:%b}, {clock}"

    def day(self, moment: datetime) -> str:
        """The clinic's date, as a form's date field takes it."""
        return f"{moment.astimezone(self._zone):%Y-%m-%d}"

    def full(self, moment: datetime) -> str:
        """Date and time to the second, for the audit."""
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def ago(self, moment: datetime) -> str:
        """How long ago, in one or two words."""
        return f"{span(self._now - moment)} ago" if self._now - moment >= timedelta(minutes=1) else "just now"

    def due(self, moment: datetime | None) -> tuple[str, bool]:
        """By when, in words, and whether that is over."""
        if moment is None:
            return "", False
        left = moment - self._now
        if left < timedelta(0):
            return f"overdue by {span(-left)}", True
        return (f"due in {span(left)}" if left < timedelta(hours=2) else f"due {self.local(moment)}"), False


def span(length: timedelta) -> str:
    """A length of time in its largest unit."""
    minutes = max(1, int(length.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
