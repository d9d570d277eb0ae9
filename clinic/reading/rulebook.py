"""Load the rule data of the reader. Keys are closed: an unknown key, a missing source or a bad reference fails at load."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


class RuleError(ValueError):
    """Rule data that does not say what it must; the message names the file and the entry."""


def read_yaml(name: str) -> Any:
    """The parsed content of one file of `clinic/reading/rules`."""
    text = files("clinic.reading").joinpath("rules", name).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # a safe loader either way; the C one is ten times faster


@cache
def words_file(name: str) -> dict[str, dict[Any, Any]]:
    """A file of plain word tables: {section: {written: meant}}."""
    data = read_yaml(name)
    if not isinstance(data, dict) or not all(isinstance(v, dict) for v in data.values()):
        raise RuleError(f"{name}: expected sections of words")
    return data


def closed(entry: Any, required: set[str], optional: set[str], where: str) -> dict[str, Any]:
    """`entry` if it is a mapping with exactly the keys allowed, else RuleError naming `where`."""
    if not isinstance(entry, dict):
        raise RuleError(f"{where}: expected a mapping")
    unknown = set(entry) - required - optional
    if unknown:
        raise RuleError(f"{where}: unknown keys {sorted(unknown)}")
    missing = required - set(entry)
    if missing:
        raise RuleError(f"{where}: missing keys {sorted(missing)}")
    return entry
