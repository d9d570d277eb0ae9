"""FHIR R4 export of a handoff."""

from intake.handoff.fhir.bundle import handoff_bundle

__all__ = ["handoff_bundle"]
