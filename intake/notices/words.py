"""The texts of `words.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, str]]:
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text("utf-8"))
    return loaded


def text(kind: str, part: str, **gaps: object) -> str:
    """One text with its gaps filled. KeyError for one that is not there."""
    return _words()[kind][part].format(**gaps)
