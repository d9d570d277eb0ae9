"""Routes of the website chat: ``/`` (the page), ``/embed.js`` and ``/web/<version>/<file>``.

The page holds no personal data and no inline script or style, so its content security policy is strict;
only the clinic's allowed origins may frame it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from intake.channels.web import assets
from intake.channels.web.catalogue import catalogue, negotiate, offered

TEMPLATES = Path(__file__).parent / "templates"
#: The dialogue speaks this language whatever the page's own texts are in; the messages are tagged with it.
DIALOGUE_LANGUAGE = "en"


class WebSettings(Protocol):
    """What the page needs to know of the installation."""

    @property
    def clinic_name(self) -> str:
        """Name shown to visitors."""

    @property
    def clinic_phone(self) -> str:
        """E.164, for ``tel:`` links."""

    @property
    def clinic_sms(self) -> str | None:
        """E.164 number that takes texts, or None."""

    @property
    def booking_url(self) -> str | None:
        """The clinic's own booking page, or None."""

    @property
    def public_url(self) -> str:
        """Address of this app as visitors reach it, without a slash at the end."""

    @property
    def allowed_origins(self) -> Sequence[str]:
        """Origins (``https://clinic.example``) whose pages may embed the chat."""

    @property
    def languages(self) -> Sequence[str]:
        """Languages of the page's own texts, best first; each needs a catalogue."""

    @property
    def demonstration(self) -> bool:
        """True while no clinician has signed the protocol: the page says that it is not for real patients."""
