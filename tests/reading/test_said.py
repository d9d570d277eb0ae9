"""Short answers as tired people write them, each read in the context of its question (said.yml)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.protocol import protocol
from clinic.reading import Context, read

STATES = ("unknown", "declined", "skipped", "unreadable")
PLACES = ("victoria", "langford", "either")


class Pairs(yaml.SafeLoader):
    """Mappings as lists of pairs: what is meant may itself be a list or a mapping."""


def _pairs(loader: Pairs, node: yaml.MappingNode) -> list[tuple[Any, Any]]:
    return [(loader.construct_object(key, True), loader.construct_object(value, True)) for key, value in node.value]  # type: ignore[no-untyped-call]


Pairs.add_constructor("tag:yaml.org,2002:map", _pairs)


def rows() -> Iterator[tuple[str, Any, str]]:
    """(question, what is meant, text) of every example."""
    data = yaml.load(Path(__file__).with_name("said.yml").read_text(encoding="utf-8"), Loader=Pairs)
    for question, meanings in data:
        for meant, texts in meanings:
            value = dict(meant) if isinstance(meant, list) and meant and isinstance(meant[0], tuple) else meant
            for text in texts:
                yield question, value, text


@pytest.mark.parametrize(("question", "meant", "text"), list(rows()), ids=lambda part: str(part)[:40])
def test_a_short_answer_means_what_its_question_asks(question: str, meant: Any, text: str) -> None:
    offered = PLACES if question == "booking.location" else tuple(protocol().questions[question].values or ())
    reading = read(text, Context(question=question, offered=offered))
    value = reading.value["iso"] if question == "pain.duration" and isinstance(reading.value, dict) else reading.value
    if meant in STATES:
        assert reading.state == meant or value == meant
    else:
        assert (reading.state, value) == ("answered", meant)
