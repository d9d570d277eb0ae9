"""docs/clinical.md shows a clinician the protocol as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.clinical_page import page
from clinic.messages import messages
from clinic.protocol import protocol

DOCS = Path(__file__).parents[2] / "docs" / "clinical.md"


def test_the_page_in_docs_is_made_from_the_protocol_as_it_is_now() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "write it anew: python -m clinic.clinical_page > docs/clinical.md"


@pytest.mark.parametrize("group", ["questions", "findings", "red_flags", "precautions"])
def test_every_entry_stands_on_the_page_with_its_source(group: str) -> None:
    rows = DOCS.read_text(encoding="utf-8").splitlines()
    for one in getattr(protocol(), group).values():
        row = [line for line in rows if line.startswith(f"| `{one.id}` |") and line.endswith(f"| {one.source} |")]
        assert row, one.id


def test_every_source_and_every_message_stands_on_the_page() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for source in protocol().sources.values():
        assert f"| {source.id} | {source.title} | {source.ref} |" in text
    for name in messages().templates:
        assert f"| `{name}` |" in text
    assert "nobody yet" in text
