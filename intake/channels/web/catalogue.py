"""Message catalogues: every text of the page, one JSON file a language in ``locales/``.

A catalogue is a flat object ``{"key": "text with {placeholder}"}``. English is complete; another
language is offered as soon as its file exists and the settings list it. A key that it lacks is shown in
English, and a test names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "en"
_LANGUAGE_RANGE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$")


@cache
def catalogue(language: str, folder: Path = LOCALES) -> Mapping[str, str]:
    """The texts of one language, gaps filled from English. Raises ``FileNotFoundError`` without a file."""
    texts: dict[str, str] = json.loads((folder / f"{SOURCE_LANGUAGE}.json").read_text("utf-8"))
    if language != SOURCE_LANGUAGE:
        texts |= json.loads((folder / f"{language}.json").read_text("utf-8"))
    return texts


def offered(languages: Iterable[str], folder: Path = LOCALES) -> tuple[str, ...]:
    """The listed languages that have a catalogue, in the settings' order; English when none has."""
    have = {path.stem for path in folder.glob("*.json")}
    return tuple(language for language in languages if language in have) or (SOURCE_LANGUAGE,)


def negotiate(accept_language: str, languages: tuple[str, ...]) -> str:
    """The visitor's best language among `languages` by the ``Accept-Language`` header, else the first."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        match = _LANGUAGE_RANGE.match(part)
        if match:
            wanted.append((float(match[2] or 1), match[1].lower()))
    for quality, language in sorted(wanted, key=lambda item: -item[0]):
        if quality > 0 and language in languages:
            return language
    return languages[0]
