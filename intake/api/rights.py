"""What which role may do and see; the same for the pages of staff and for programs with a key.

Reception needs action, contact, precautions, payer and booking. A physiotherapist also reads the whole story: summary,
findings, transcript, words of self-harm. An admin also looks after people, settings, deliveries and the audit, and opens what
patients have taken back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clinic.red_flags import SELF_HARM

MASK = "(for the physiotherapist)"
RIGHTS: Mapping[str, frozenset[str]] = {
    "reception": frozenset({"handoffs", "work", "numbers"}),
    "physiotherapist": frozenset({"handoffs", "work", "numbers", "clinical", "release"}),
    "admin": frozenset(
        {"handoffs", "work", "numbers", "clinical", "release", "locked", "people", "settings", "deliveries", "audit"}
    ),
}
# What reception's work is made of; of everything else only the question's state remains.
_ANSWERS = ("consent", "for_whom", "age_band", "contact.", "booking.", "precaution")
_LINES = ("Self-reported", "Red flags", "Who", "Needling")
_SECTIONS = ("Red flags raised", "Safety questions", "Needling precautions", "Told beside", "Protocol")
_FINDINGS = ("indicators", "myofascial", "sensations", "inflammation")
_QUOTE = re.compile(r"\s*“[^”]*”")


def may(role: str, right: str) -> bool:
    """Whether a role has a right; an unknown role has none."""
    return right in RIGHTS.get(role, frozenset())


def for_role(document: dict[str, Any], role: str) -> dict[str, Any]:
    """The document without what the role may not see; its shape stays that of the contract."""
    if may(role, "clinical") or not document:
        return document
    hidden = [
        str(e["quote"]) for flag in document.get("red_flags") or [] if flag["id"] == SELF_HARM for e in flag["evidence"]
    ]
    cut = {**document, "answers": {name: _answer(name, body) for name, body in (document.get("answers") or {}).items()}}
    for group in (*_FINDINGS, "red_flags", "precautions"):
        cut[group] = [{**one, "evidence": []} for one in document.get(group) or []]
    cut["summary"] = _summary(str(document.get("summary") or ""))
    masked: dict[str, Any] = _masked(cut, hidden)
    return masked


def _answer(name: str, body: dict[str, Any]) -> dict[str, Any]:
    if name.startswith(_ANSWERS):
        return body
    bare = {key: value for key, value in body.items() if key not in ("items", "detail")}
    return {**bare, "value": None, "quote": None, "message_id": None, "previous": []}


def _summary(text: str) -> str:
    """Page one and sections as far as they are reception's, without the patient's words on what hurts."""
    first, *rest = text.strip().split("\n\n")
    lines = [line for line in first.splitlines() if line.startswith(_LINES)]
    lines = [_QUOTE.sub("", line) if line.startswith("Red flags") else line for line in lines]
    kept = ["\n".join(lines)]
    for block in rest:
        title, *items = block.splitlines()
        if title in _SECTIONS:
            items = [_QUOTE.sub("", i) if title in ("Red flags raised", "Needling precautions") else i for i in items]
            kept.append("\n".join([title, *(i for i in items if not i.startswith("- treatment so far"))]))
    return "\n\n".join(kept) + "\n"


def _masked(part: Any, hidden: list[str]) -> Any:
    if isinstance(part, str):
        for words in hidden:
            part = part.replace(words, MASK) if words else part
        return part
    if isinstance(part, dict):
        return {key: _masked(value, hidden) for key, value in part.items()}
    if isinstance(part, list):
        return [_masked(value, hidden) for value in part]
    return part
