"""What the staff pages call codes, and what they say when something happened; the file is `words.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("words.yml")


@lru_cache(maxsize=1)
def words() -> Mapping[str, Mapping[str, str]]:
    """The whole file: group -> code -> words."""
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def name(group: str, code: str | None) -> str:
    """What a code is called; a code without a name is shown as it is, with spaces."""
    if code is None:
        return words()[group].get("none", "")
    return words()[group].get(code, code.replace("_", " "))


def say(group: str, key: str, **gaps: str) -> str:
    """One sentence, its gaps filled. KeyError for a sentence that is not there."""
    return words()[group][key].format(**gaps)
