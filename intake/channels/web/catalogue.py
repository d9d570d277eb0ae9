"""Message catalogues: every text of the page, one JSON file a language in ``locales/``.

A catalogue is a flat object ``{"key": "text with {placeholder}"}``. English is complete; another language is offered as
soon as its file exists. What it lacks is shown in English, and a test names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "en"
_LANGUAGE_RANGE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$")


def catalogues(folder: Path = LOCALES) -> dict[str, Mapping[str, str]]:
    """The texts of every language that has a file, gaps filled from English; English comes first."""
    english: dict[str, str] = json.loads((folder / f"{SOURCE_LANGUAGE}.json").read_text("utf-8"))
    found: dict[str, Mapping[str, str]] = {SOURCE_LANGUAGE: english}
    for path in sorted(folder.glob("*.json")):
        if path.stem != SOURCE_LANGUAGE:
            found[path.stem] = english | json.loads(path.read_text("utf-8"))
    return found


def numbered(keys: Iterable[str], script: str) -> dict[str, int]:
    """A number, from 0 on, for every key that `script` names in full, as ``"key"``.

    Keys that the script puts together (``body.${side}``) keep their name, and so do those of the HTML alone.
    """
    return {key: number for number, key in enumerate(key for key in keys if f'"{key}"' in script)}


def negotiate(accept_language: str, languages: Sequence[str]) -> str:
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
