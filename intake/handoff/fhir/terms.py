"""The code systems of the FHIR export and small builders of R4 datatypes.

Standard codes are used only where their meaning is exactly ours; everything else is coded in the protocol's own
systems under `BASE`, so that no other program reads a diagnosis into it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

Resource = dict[str, Any]

# An address nobody else owns (RFC 2606). It names our systems and canonicals; nothing is fetched from it.
BASE = "https://ims-intake.example/fhir"
QUESTIONNAIRE_URL = f"{BASE}/Questionnaire/ims-intake"
QUESTION_SYSTEM = f"{BASE}/CodeSystem/question"
ANSWER_SYSTEM = f"{BASE}/CodeSystem/answer"
FINDING_SYSTEM = f"{BASE}/CodeSystem/finding"
RED_FLAG_SYSTEM = f"{BASE}/CodeSystem/red-flag"
PRECAUTION_SYSTEM = f"{BASE}/CodeSystem/precaution"
URGENCY_SYSTEM = f"{BASE}/CodeSystem/urgency"
REGION_SYSTEM = f"{BASE}/CodeSystem/region"
TASK_SYSTEM = f"{BASE}/CodeSystem/task"
REFERENCE_SYSTEM = f"{BASE}/NamingSystem/reference"
HANDOFF_SYSTEM = f"{BASE}/NamingSystem/handoff"
WORDS_EXTENSION = f"{BASE}/StructureDefinition/patient-words"

LOINC = "http://loinc.org"
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

# FHIR's reasons for the states of the contract; "skipped" is a way of declining.
ABSENT = {
    "unknown": "asked-unknown",
    "declined": "asked-declined",
    "skipped": "asked-declined",
    "not_asked": "not-asked",
}


def full_url(handoff_id: str, name: str) -> str:
    """A urn:uuid that is the same in every export of the handoff, so that a receiver can recognise the resource."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{HANDOFF_SYSTEM}/{handoff_id}/{name}')}"


def reference(handoff_id: str, name: str) -> Resource:
    """A reference to another entry of the same bundle."""
    return {"reference": full_url(handoff_id, name)}


def coding(system: str, code: str, display: str | None = None) -> Resource:
    """One Coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def concept(text: str, *codings: Resource) -> Resource:
    """A CodeableConcept: the words, and the codes if there are any."""
    return ({"coding": list(codings)} if codings else {}) | {"text": text}


def absent(state: str) -> Resource:
    """The dataAbsentReason of an Observation."""
    code = ABSENT[state]
    return concept(code.replace("-", " "), coding(ABSENT_SYSTEM, code))


def absent_extension(state: str) -> Resource:
    """An element that has no value but says why."""
    return {"extension": [{"url": ABSENT_EXTENSION, "valueCode": ABSENT[state]}]}


def quote_notes(evidence: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """The patient's own words, with message and rule, as annotations."""
    notes = []
    for item in evidence:
        quote = item.get("quote")
        if quote:
            source = ", ".join(f"{name} {item[key]}" for name, key in (("message", "message_id"), ("rule", "rule")) if item.get(key))
            notes.append({"text": f"“{quote}”{f' ({source})' if source else ''}"})
    return notes


def narrative(text: str) -> Resource:
    """A Narrative of plain text."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = "<br/>".join(escaped.splitlines())
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{lines}</p></div>'}


def without_empty(resource: Mapping[str, Any]) -> Resource:
    """The resource without None, empty text, empty lists and empty objects: R4 allows none of them."""
    return {key: value for key, value in resource.items() if value not in (None, "", [], {})}
