"""Who told it, who recorded it, and on what consent: Patient, RelatedPerson, Device, Consent, Provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from intake.handoff.fhir.terms import (
    BASE,
    LOINC,
    REFERENCE_SYSTEM,
    Resource,
    coding,
    concept,
    reference,
    without_empty,
)


def value_of(handoff: Mapping[str, Any], question: str) -> Any:
    """The value of an answered question, else None."""
    answer = handoff["answers"].get(question) or {}
    return answer.get("value") if answer.get("state") == "answered" else None


def answered_by_other(handoff: Mapping[str, Any]) -> bool:
    """Whether somebody else answers for the patient."""
    return bool(value_of(handoff, "for_whom") == "other")


def author_of(handoff: Mapping[str, Any]) -> Resource:
    """A reference to whoever answered."""
    return reference(handoff["id"], "related-person" if answered_by_other(handoff) else "patient")


def patient(handoff: Mapping[str, Any]) -> Resource:
    """Name and contact as told. The birth date was not asked (only the age group, in the answers)."""
    name = value_of(handoff, "contact.name")
    return without_empty(
        {
            "resourceType": "Patient",
            "identifier": [{"system": REFERENCE_SYSTEM, "value": handoff["reference"]}],
            "name": [{"text": name}] if name else [],
            "telecom": [] if answered_by_other(handoff) else _telecom(handoff),
        }
    )


def _telecom(handoff: Mapping[str, Any]) -> list[Resource]:
    phone, email = value_of(handoff, "contact.phone"), value_of(handoff, "contact.email")
    preferred = value_of(handoff, "contact.preferred")
    ways = []
    if phone:
        ways.append(
            {
                "system": "sms" if preferred == "sms" else "phone",
                "value": phone,
                "rank": 2 if preferred == "email" else 1,
            }
        )
    if email:
        ways.append({"system": "email", "value": email, "rank": 1 if preferred == "email" or not phone else 2})
    return ways


def related_person(handoff: Mapping[str, Any]) -> Resource:
    """Who answers for the patient; the contact given is theirs."""
    relation = value_of(handoff, "for_whom.detail")
    return without_empty(
        {
            "resourceType": "RelatedPerson",
            "patient": reference(handoff["id"], "patient"),
            "relationship": [concept(str(relation))] if relation else [],
            "telecom": _telecom(handoff),
        }
    )


def device(handoff: Mapping[str, Any]) -> Resource:
    """The program that recorded and summarised the answers."""
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "IMS Intake", "type": "user-friendly-name"}],
        "type": concept("Intake assistant"),
        "version": [
            {"type": concept("protocol"), "value": handoff["protocol_version"]},
            {"type": concept("rules"), "value": handoff["rules_version"]},
        ],
    }


def consent(handoff: Mapping[str, Any]) -> Resource:
    """The consent to collect and share with the clinic; without an answer it is only proposed."""
    answer = handoff["answers"].get("consent") or {}
    given = value_of(handoff, "consent")
    status = {"yes": "active", "no": "rejected"}.get(given, "proposed")
    return without_empty(
        {
            "resourceType": "Consent",
            "status": status,
            "scope": concept(
                "Privacy Consent",
                coding("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent"),
            ),
            "category": [concept("Patient Consent", coding(LOINC, "59284-0", "Patient Consent"))],
            "patient": reference(handoff["id"], "patient"),
            "dateTime": answer.get("at") if given else None,
            "performer": [author_of(handoff)],
            "policy": [{"uri": f"{BASE}/Consent/notice"}],
            "provision": {"type": "permit" if given == "yes" else "deny"},
        }
    )


def provenance(handoff: Mapping[str, Any], targets: Iterable[str]) -> Resource:
    """Who said it and what wrote it down. `targets` are names of entries of the bundle."""
    role = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
    handoff_id = handoff["id"]
    informant = {
        "type": concept("Informant", coding(role, "informant", "Informant")),
        "who": author_of(handoff),
    }
    if answered_by_other(handoff):
        informant["onBehalfOf"] = reference(handoff_id, "patient")
    assembler = {
        "type": concept("Assembler", coding(role, "assembler", "Assembler")),
        "who": reference(handoff_id, "device"),
    }
    return {
        "resourceType": "Provenance",
        "target": [reference(handoff_id, name) for name in targets],
        "recorded": handoff["updated_at"],
        "policy": [f"{BASE}/rules/{handoff['rules_version']}"],
        "agent": [informant, assembler],
    }
