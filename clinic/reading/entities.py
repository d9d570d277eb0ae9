"""The reading as Rasa entities, under the names of contract section 4."""

from __future__ import annotations

from typing import Any

from clinic.reading.model import Mention
from clinic.reading.reader import read

_SHOWN = ("body_site", "side", "severity", "duration", "onset_delay", "onset_event", "finding", "red_flag", "precaution", "condition", "location")


def entities(text: str) -> list[dict[str, Any]]:
    """Entity dictionaries in order: `entity`, `value` (the code), `start`, `end` (the patient's characters), `role` for states.

    A denied or doubtful red flag is not an entity; a red flag carries its tier as `role`.
    """
    reading = read(text)
    out = [_entity(m) for m in reading.mentions if m.kind in _SHOWN and not (m.kind == "red_flag" and m.state != "reported")]
    if reading.side and not any(m.kind == "side" and m.code == reading.side for m in reading.mentions):
        out.append({"entity": "side", "value": reading.side, "start": 0, "end": len(text)})
    kept = [e for e in out if e["entity"] != "side" or e["value"] == reading.side]
    return sorted(kept, key=lambda e: (e["start"], e["end"], e["entity"], str(e["value"])))


def _entity(mention: Mention) -> dict[str, Any]:
    item: dict[str, Any] = {"entity": mention.kind, "value": mention.code, "start": mention.start, "end": mention.end}
    if mention.kind == "finding":
        item["role"] = mention.state
    elif mention.kind == "red_flag":
        item["role"] = mention.tier
    elif mention.kind == "severity":
        item["value"] = (
            f"{mention.value['low']}-{mention.value['high']}" if mention.value["low"] != mention.value["high"] else str(mention.value["low"])
        )
    return item
