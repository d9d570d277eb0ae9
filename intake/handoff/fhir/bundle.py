"""The handoff as one FHIR R4 document Bundle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clinic.protocol import Protocol, protocol
from intake.handoff.fhir.concerns import flags, not_fully_screened, service_request, task
from intake.handoff.fhir.observations import observations
from intake.handoff.fhir.people import (
    answered_by_other,
    author_of,
    consent,
    device,
    patient,
    provenance,
    related_person,
)
from intake.handoff.fhir.questionnaire import questionnaire, questionnaire_response
from intake.handoff.fhir.terms import (
    HANDOFF_SYSTEM,
    LOINC,
    Resource,
    coding,
    concept,
    full_url,
    narrative,
    reference,
    without_empty,
)

NOT_A_DIAGNOSIS = "Self-reported. Not examined. Not a diagnosis."


def handoff_bundle(handoff: Mapping[str, Any], *, due: datetime | None = None, rules: Protocol | None = None) -> Resource:
    """Build the R4 Bundle (type document) of a handoff of the contract, as JSON-ready dicts.

    `due` is when staff should have acted. The same handoff always gives the same ids, so a receiver can update what
    it already holds. Every resource is checked by fhir.resources (R4B, which R4 shares for these resources); a
    handoff that is not the contract's raises pydantic.ValidationError or KeyError.
    """
    known = rules or protocol()
    author = author_of(handoff)
    named: dict[str, Resource] = {"patient": patient(handoff)}
    if answered_by_other(handoff):
        named["related-person"] = related_person(handoff)
    named["device"] = device(handoff)
    named["consent"] = consent(handoff)
    named["questionnaire"] = questionnaire(known)
    named["response"] = questionnaire_response(handoff, known, author)
    seen = dict(observations(handoff, author))
    raised = dict(flags(handoff))
    named |= seen | raised
    named["request"] = service_request(handoff, list(seen))
    named["task"] = task(handoff, due)
    named["provenance"] = provenance(handoff, ["composition", "response", *seen, *raised])
    first = {"composition": _composition(handoff, list(seen), list(raised))}
    handoff_id = handoff["id"]
    entries = [
        {"fullUrl": full_url(handoff_id, name), "resource": _with_id(handoff_id, name, resource)} for name, resource in (first | named).items()
    ]
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": HANDOFF_SYSTEM, "value": f"{handoff_id}/{handoff['version']}"},
        "type": "document",
        "timestamp": handoff["updated_at"],
        "entry": entries,
    }
    return _checked(bundle)


def _with_id(handoff_id: str, name: str, resource: Resource) -> Resource:
    return {
        "resourceType": resource["resourceType"],
        "id": full_url(handoff_id, name).removeprefix("urn:uuid:"),
    } | resource


def _composition(handoff: Mapping[str, Any], observation_names: list[str], flag_names: list[str]) -> Resource:
    handoff_id = handoff["id"]
    heading = NOT_A_DIAGNOSIS
    if not_fully_screened(handoff):
        heading += "\nRED FLAGS NOT FULLY SCREENED"

    def section(title: str, names: list[str], text: str | None = None) -> Resource:
        return without_empty(
            {
                "title": title,
                "text": narrative(text) if text else None,
                "entry": [reference(handoff_id, name) for name in names],
                "emptyReason": None if names or text else concept("Nothing was reported"),
            }
        )

    return {
        "resourceType": "Composition",
        "status": "preliminary" if handoff["partial"] else "final",
        # LOINC 51855-5: Patient Note, what a patient wrote about themselves.
        "type": concept("Patient Note", coding(LOINC, "51855-5", "Patient Note")),
        "subject": reference(handoff_id, "patient"),
        "date": handoff["updated_at"],
        "author": [author_of(handoff), reference(handoff_id, "device")],
        "title": f"Intake {handoff['reference']}",
        "text": narrative(heading),
        "section": [
            section("Summary", ["response"], f"{heading}\n{handoff['summary']}"),
            section("Red flags and precautions", flag_names),
            section("Reported findings", observation_names),
            section("Asked for and next step", ["request", "task", "consent", "questionnaire"]),
        ],
    }


def _checked(bundle: Resource) -> Resource:
    """The bundle, once fhir.resources has read all of it. Imported here: the models take half a second to load."""
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate(bundle)
    return bundle
