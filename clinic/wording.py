"""The wording of domain.yml as values: labels of choices, and what a question is called when it is read back.

Rasa says the responses; this is for the places where Rasa is not asked: the labels inside a correction, the read-back,
and the gate's own questions while the dialogue engine is down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from clinic.protocol import Protocol

DOMAIN_FILE = Path(__file__).resolve().parent.parent / "domain.yml"
_GAP = re.compile(r"\{(\w+)\}")


class Wording:
    """Responses of a Rasa domain file. Raises KeyError for a response that is not there."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._responses = responses

    def say(self, response: str, channel: str = "web", style: str = "full", **gaps: Any) -> str:
        """The text of a response in a channel and style, its gaps filled; a gap without a filling is left out."""
        return fill(str(self._variation(response, channel, style).get("text", "")), gaps)

    def choices(self, question_slot: str, channel: str = "web", **gaps: Any) -> list[dict[str, str]]:
        """[{"value", "label"}] of a question's buttons, all of them, in their order."""
        buttons = self._variation(f"utter_ask_{question_slot}", channel, "full").get("buttons") or []
        return [{"value": str(b["payload"]), "label": fill(str(b["title"]), gaps)} for b in buttons]

    def unset(self, response: str, facts: Mapping[str, Any]) -> bool:
        """Whether a response has words for a fact that the clinic has not set, and the fact is not set."""
        conditions = [c for v in self._responses.get(response, ()) for c in v.get("condition") or () if c["value"] is None]
        return any(facts.get(str(condition["name"])) is None for condition in conditions)

    def label(self, question_slot: str, value: str) -> str:
        """What a value of a question is called; the value itself where it has no label."""
        if f"utter_ask_{question_slot}" not in self._responses:
            return value
        labels = {choice["value"]: choice["label"] for choice in self.choices(question_slot)}
        return labels.get(value, value)

    def _variation(self, response: str, channel: str, style: str) -> Mapping[str, Any]:
        variations = self._responses[response]

        def fits(variation: Mapping[str, Any]) -> tuple[bool, bool]:
            wanted = {c["name"]: c["value"] for c in variation.get("condition") or []}
            return variation.get("channel") == channel, wanted.get("ask_style") == style

        possible = [v for v in variations if v.get("channel") in (None, channel)]
        possible = [v for v in possible if _style(v) in (None, style)] or list(variations)
        return max(possible, key=fits)


def _style(variation: Mapping[str, Any]) -> str | None:
    return next((str(c["value"]) for c in variation.get("condition") or [] if c["name"] == "ask_style"), None)


def fill(text: str, gaps: Mapping[str, Any]) -> str:
    """Fill {gaps}; the values are taken as they are, so braces in a patient's words do no harm."""
    return _GAP.sub(lambda gap: str(gaps.get(gap.group(1), "")), text)


@lru_cache(maxsize=4)
def wording(path: Path = DOMAIN_FILE) -> Wording:
    """The wording of a domain file, read once."""
    return Wording(yaml.safe_load(path.read_text(encoding="utf-8"))["responses"])


def in_words(protocol: Protocol, words: Wording, question_id: str, value: Any, state: str = "answered") -> str:
    """An answer as a person would read it: labels for codes, the patient's own words where there are any."""
    if (state != "answered" and state != "unknown") or value is None:
        return {"declined": "rather not say", "skipped": "skipped", "unknown": "not known"}.get(state, "no answer")
    question = protocol.questions[question_id]
    if question.kind == "severity":
        return str(value["low"]) if value["low"] == value["high"] else f"{value['low']} to {value['high']}"
    if question.kind in ("duration", "times"):
        return str(value.get("words") or value.get("iso") or ", ".join(value.get("parts", ())))
    if question.kind == "function":
        return (
            f"{value.get('words') or ''} {value['score']}/10".strip()
            if value.get("score") is not None
            else str(value.get("words"))
        )
    if question.kind == "sites":
        return ", ".join(protocol.regions[code].label for code in value)
    if isinstance(value, list):
        parts = []
        for entry in value:
            code = entry["id"] if isinstance(entry, Mapping) else entry
            detail = entry.get("detail") if isinstance(entry, Mapping) else None
            parts.append(words.label(question.slot, code) + (f" ({detail})" if detail else ""))
        return "; ".join(parts)
    if question.kind == "finding":
        spoken = {"reported": "yes", "not_reported": "no", "unknown": "not known", "declined": "rather not say"}
        return spoken.get(str(value), str(value))
    return words.label(question.slot, str(value))
