"""Routes of the website chat: ``/`` (the page), ``/embed.js`` and ``/web/<version>/<file>``.

The page holds no personal data and no inline script or style, so its content security policy is strict; only the
clinic's allowed origins may frame it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import phonenumbers
from fastapi import APIRouter, HTTPException, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from intake.channels.web import assets
from intake.channels.web.catalogue import LOCALES, SOURCE_LANGUAGE, catalogues, negotiate, numbered
from intake.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
#: The dialogue speaks this language whatever the page's own texts are in; its messages are tagged with it.
DIALOGUE_LANGUAGE = "en"
_A_YEAR = "public, max-age=31536000, immutable"


def content_security_policy(allowed_origins: Sequence[str]) -> str:
    """The page's policy: own files only, no inline code, framed by ourselves and the allowed origins only."""
    ancestors = " ".join(["'self'", *allowed_origins])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
        f"frame-ancestors {ancestors}"
    )


def national(number: str) -> str:
    """An E.164 number as people at home write it: ``(250) 555-0142``."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def render(
    settings: Settings, texts: Mapping[str, Mapping[str, str]], numbers: Mapping[str, int], language: str, base: str
) -> str:
    """The page's HTML in one language. `numbers` are those of the texts in the script, `base` is its address."""
    clinic, own = settings.clinic, texts[language]
    languages = [(code, theirs["language.name"]) for code, theirs in texts.items()]
    known = {
        "language": language,
        "languages": languages,
        "dialogueLanguage": DIALOGUE_LANGUAGE,
        "clinic": clinic.name,
        "phone": clinic.phone,
        "phoneText": national(clinic.phone),
        "sms": settings.sms.can_send,
        "origins": list(settings.allowed_origins),
        # Texts named page.… stand in the HTML only; the script does not need them.
        "texts": [own[key] for key in numbers],
        "more": {key: text for key, text in own.items() if key not in numbers and not key.startswith("page.")},
    }
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment.get_template("page.html").render(
        t=own,
        language=language,
        clinic=clinic.name,
        phone=clinic.phone,
        phone_text=national(clinic.phone),
        base=base,
        known=known,
    )


def build_router(settings: Settings, locales: Path = LOCALES) -> APIRouter:
    """The routes of the chat page for one installation. Reads and renders its files once, here."""
    router = APIRouter(include_in_schema=False)
    texts = catalogues(locales)
    numbers = numbered(texts[SOURCE_LANGUAGE], assets.bundle(assets.STATIC, "main"))
    files = assets.load(numbers=numbers)
    version = assets.version_of(files.values())
    pages = {
        language: assets.Asset.of(render(settings, texts, numbers, language, f"/web/{version}"), "text/html")
        for language in texts
    }
    page_headers = {
        "Content-Security-Policy": content_security_policy(settings.allowed_origins),
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cache-Control": "no-store",
    }

    @router.get("/")
    def page(request: Request, lang: str = "") -> Response:
        """The chat page, in the language asked for by ``?lang=`` or by the browser."""
        language = lang if lang in pages else negotiate(request.headers.get("accept-language", ""), list(pages))
        return pages[language].response(request, page_headers | {"Content-Language": language})

    @router.get("/embed.js")
    def embed(request: Request) -> Response:
        """The script that a clinic's own site loads."""
        headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
        return files["embed.js"].response(request, headers)

    @router.get("/web/{stamp}/{name}")
    def static(request: Request, stamp: str, name: str) -> Response:
        """One file of the page; its address changes with its content, so it may be cached for good."""
        if name not in files:
            raise HTTPException(404, "No such file.")
        return files[name].response(request, {"Cache-Control": _A_YEAR if stamp == version else "no-cache"})

    return router
