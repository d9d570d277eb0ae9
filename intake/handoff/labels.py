"""Names for staff of questions, codes and answers, as documents for other systems need them.

The words are those of `clinic.staff_words` and of the labels in `clinic/protocol.yml`; this only takes them for the
plain dicts of the handoff document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clinic.answers import Answer
from clinic.protocol import protocol
from clinic.staff_words import CODES, in_words, name_of, site

ANSWER_STATES: Mapping[str, str] = {
    "unknown": "does not know",
    "declined": "rather not say",
    "skipped": "skipped",
    "not_asked": "not asked",
}
HIDDEN = "(for the physiotherapist)"


def question_label(question: str) -> str:
    """The staff label of a question id, with a capital; a finding's full label comes from the protocol."""
    finding = protocol().findings.get(question)
    name = finding.label if finding else name_of(question)
    return name[:1].upper() + name[1:]


def code_label(code: str) -> str:
    """The label of a red flag, precaution, finding or region code (with or without "@T1"); unknown codes as they are."""
    known = protocol()
    bare = code.partition("@")[0]
    for table in (known.red_flags, known.precautions, known.findings, known.regions):
        if bare in table:
            return str(table[bare].label)
    return code.replace("_", " ")


def value_label(question: str, code: str) -> str:
    """The words of one closed value of a question."""
    return CODES.get(question, {}).get(code, code.replace("_", " "))


def as_answer(body: Mapping[str, Any]) -> Answer:
    """An answer of the handoff document as the value that `clinic` works with."""
    return Answer(
        value=body.get("value"),
        state=str(body.get("state") or "not_asked"),
        quote=body.get("quote"),
        message_id=body.get("message_id"),
        at=body.get("at"),
        channel=body.get("channel"),
        via=body.get("via"),
        by=body.get("by"),
        previous=tuple(body.get("previous") or ()),
        items=dict(body.get("items") or {}),
        detail=tuple(body.get("detail") or ()),
    )


def site_words(body: Mapping[str, Any]) -> str:
    """An answer to `pain.site` in words, the main site first, with side and spread."""
    return site(as_answer(body))


def answer_words(question: str, body: Mapping[str, Any] | None) -> str:
    """An answer in words for staff, also when there is no value: "does not know", "rather not say", "not asked"."""
    if not body:
        return ANSWER_STATES["not_asked"]
    if body.get("state") != "answered":
        return ANSWER_STATES.get(str(body.get("state")), str(body.get("state")))
    if question == "precaution":
        return _precautions(body.get("value"))
    if body.get("value") is None:
        return HIDDEN  # the document was cut for a reader who may not see it: no value must never read as "none"
    if question in protocol().findings:
        return str(body.get("value")).replace("_", " ")
    return in_words(question, as_answer(body)) or "none"


def _precautions(value: Any) -> str:
    """The list of precautions, each with what the follow-up told: "Blood thinner (apixaban)"."""
    words = []
    for item in value or ():
        told = item if isinstance(item, Mapping) else {"id": item}
        detail = f" ({told['detail']})" if told.get("detail") else ""
        words.append(f"{code_label(str(told.get('id')))}{detail}")
    return ", ".join(words) or "none"
