"""What the patient reported, as Observations: findings, pain scores, and the counts of the indicators.

A finding is a coded answer, reported or not reported; an unknown has no value but a reason, so no receiver can count
it as a no. The counts are given together for the same reason; there is no total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clinic.staff_words import STATES
from intake.handoff.fhir.terms import (
    FINDING_SYSTEM,
    LOINC,
    QUESTION_SYSTEM,
    REGION_SYSTEM,
    Resource,
    absent,
    coding,
    concept,
    quote_notes,
    reference,
    without_empty,
)
from intake.handoff.labels import code_label, question_label, site_words

# LOINC 72514-3: Pain severity - 0-10 verbal numeric rating [Score] - Reported.
_PAIN_SEVERITY = coding(LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
_SURVEY = concept("Survey", coding("http://terminology.hl7.org/CodeSystem/observation-category", "survey", "Survey"))
_GROUPS = ("indicators", "myofascial", "sensations", "inflammation")
_COUNTED = ("reported", "not_reported", "unknown", "declined", "not_asked")


def observations(handoff: Mapping[str, Any], author: Resource) -> Iterator[tuple[str, Resource]]:
    """Named Observations of a handoff, in the order of the document. `author` is a Reference to who answered."""
    for question in ("pain.severity_now", "pain.severity_worst"):
        answer = handoff["answers"].get(question)
        if answer and answer["state"] != "not_asked":
            yield question, _severity(handoff, question, answer, author)
    for group in _GROUPS:
        for finding in handoff[group]:
            if finding["state"] != "not_asked":
                yield finding["id"], _finding(handoff, finding, author)
    yield "indicator-counts", _counts(handoff, author)


def _base(handoff: Mapping[str, Any], question: str, author: Resource) -> Resource:
    answer = handoff["answers"].get(question) or {}
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [_SURVEY],
        "subject": reference(handoff["id"], "patient"),
        "effectiveDateTime": answer.get("at") or handoff["updated_at"],
        "issued": handoff["updated_at"],
        "performer": [author],
        "derivedFrom": [reference(handoff["id"], "response")],
    }


def _severity(handoff: Mapping[str, Any], question: str, answer: Mapping[str, Any], author: Resource) -> Resource:
    base = _base(handoff, question, author) | {
        "code": concept(question_label(question), _PAIN_SEVERITY, coding(QUESTION_SYSTEM, question)),
        "bodySite": _body_site(handoff),
        "note": quote_notes([answer]),
    }
    if answer["state"] != "answered":
        return without_empty(base | {"dataAbsentReason": absent(answer["state"])})
    low, high = (_score(answer["value"][end]) for end in ("low", "high"))
    value = {"valueQuantity": low} if low == high else {"valueRange": {"low": low, "high": high}}
    return without_empty(base | value)


def _score(value: float) -> Resource:
    return {"value": value, "unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}


def _body_site(handoff: Mapping[str, Any]) -> Resource | None:
    """The main site first; the words carry side and spread."""
    answer = handoff["answers"].get("pain.site") or {}
    if answer.get("state") != "answered" or not answer.get("value"):
        return None
    codes = [coding(REGION_SYSTEM, code, code_label(code)) for code in answer["value"]]
    return concept(site_words(answer), *codes)


def _finding(handoff: Mapping[str, Any], finding: Mapping[str, Any], author: Resource) -> Resource:
    state = finding["state"]
    base = _base(handoff, finding["id"], author) | {
        "code": concept(question_label(finding["id"]), coding(QUESTION_SYSTEM, finding["id"])),
        "note": quote_notes(finding["evidence"]),
    }
    if state in ("reported", "not_reported"):
        words = STATES[state]
        return without_empty(base | {"valueCodeableConcept": concept(words, coding(FINDING_SYSTEM, state, words))})
    return without_empty(base | {"dataAbsentReason": absent(state)})


def _counts(handoff: Mapping[str, Any], author: Resource) -> Resource:
    states = [finding["state"] for finding in handoff["indicators"]]
    components = [
        {
            "code": concept(f"Indicators {STATES[state]}", coding(FINDING_SYSTEM, state)),
            "valueInteger": states.count(state),
        }
        for state in _COUNTED
    ]
    return _base(handoff, "indicator", author) | {
        "code": concept("Indicators by answer, of five (self-reported, not a score)"),
        "component": components,
    }
