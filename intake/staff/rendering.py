"""Pages of the staff side: one template folder, strict headers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clinic.messages import banner
from intake.records import StaffSession
from intake.services import Services

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates, escaped; a gap that nobody fills is an error."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def render(
    here: Services, request: Request, template: str, session: StaffSession | None = None, *, status: int = 200, **more: Any
) -> HTMLResponse:
    """One page. Never cached: it may hold health data."""
    picture = more.pop("picture", None)
    html = templates().get_template(template).render(
        clinic=here.settings.clinic.name,
        banner=banner(),
        session=session,
        problem=more.pop("problem", None),
        email=more.pop("email", ""),
        picture=Markup(picture) if picture else None,  # drawn by segno from our own address, nobody else's words
        **more,
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return HTMLResponse(html, status, headers)
