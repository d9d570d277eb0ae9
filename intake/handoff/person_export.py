"""All that is held about one person, as a zip to hand over: the data, their answers and the handoff as PDF."""

from __future__ import annotations

from collections.abc import Mapping

from intake.handoff.patient_copy import write_patient_copy
from intake.handoff.pdf import write
from intake.hours import OpeningHours
from intake.records import Transaction


def person_zip(tx: Transaction, conversation_id: str, hours: OpeningHours, clinic_name: str, places: Mapping[str, str]) -> bytes:
    """The zip of one conversation: `intake.json`, and where there is a handoff `answers.pdf` and `handoff.pdf`.

    The handoff is the one that a physiotherapist reads, with the conversation as appendix: nothing that is held is
    left out. Raises NotFound. The caller audits the export.
    """
    handoff = tx.handoffs.of_conversation(conversation_id)
    if handoff is None or handoff.document is None:
        return tx.export.zip(conversation_id)
    messages = [message.as_dict() for message in tx.messages.list(conversation_id)]
    document = handoff.document
    files = {
        "answers.pdf": write_patient_copy(document, hours=hours, clinic_name=clinic_name, places=places),
        "handoff.pdf": write(document, role="physiotherapist", hours=hours, clinic_name=clinic_name, transcript=messages),
    }
    return tx.export.zip(conversation_id, files)
