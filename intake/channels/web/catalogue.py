"""Message catalogues: every text of the page, as gettext files that Babel reads and translators' tools can edit.

``locales/<language>/LC_MESSAGES/chat.po``: ``msgid`` is a key, ``msgstr`` the text with its {placeholders}. English is
complete; another language is offered as soon as its file exists. What it lacks is shown in English, and a test names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "en"
_LANGUAGE_RANGE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$")


def texts_of(path: Path) -> dict[str, str]:
    """The translated texts of one file by key. Raises ``babel.messages.pofile.PoFileError`` for a broken file."""
    with path.open("rb") as file:
        messages = list(read_po(file, abort_invalid=True))
    return {str(one.id): str(one.string) for one in messages if one.id and one.string and not one.fuzzy}


def catalogues(folder: Path = LOCALES) -> dict[str, Mapping[str, str]]:
    """The texts of every language that has a file, gaps filled from English; English comes first."""
    own: dict[str, Mapping[str, str]] = {path.parts[-3]: texts_of(path) for path in sorted(folder.glob("*/LC_MESSAGES/chat.po"))}
    english = own.pop(SOURCE_LANGUAGE)
    return {SOURCE_LANGUAGE: english} | {language: {**english, **texts} for language, texts in own.items()}


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
