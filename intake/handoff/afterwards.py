"""What a patient writes after the intake is over: a change, a cancellation, a question. It reaches staff as a note.

The conversation stays over; the handoff goes back to whoever works on it, with a new due time.
"""

from __future__ import annotations

from clinic.reading import read, screen
from clinic.red_flags import EMERGENCIES
from intake.handoff.outbox import enqueue
from intake.hours import end_of_working_day
from intake.records import Actor, Conversation, Transaction
from intake.settings import Settings

PATIENT = Actor("patient")
NOTE = "The patient wrote after the intake: “{words}”"
NOTE_WITHOUT_WORDS = "The patient wrote after the intake. A physiotherapist must read it in the conversation."
# A "thank you" needs nobody.
_COURTESIES = ("thanks", "goodbye", "greet")


def tell_staff(tx: Transaction, settings: Settings, conversation: Conversation, text: str) -> bool:
    """Bring a text that came after the end to staff; False if there is nobody to tell or nothing to do.

    With a red flag in it only physiotherapists read the words (in the conversation); the note says where.
    Without consent nothing is kept, without a handoff there is no place for it.
    """
    handoff = tx.handoffs.of_conversation(conversation.id)
    if conversation.consent != "yes" or handoff is None or handoff.locked_reason or not text.strip():
        return False
    flagged = bool(screen(text))
    if not flagged and read(text).move in _COURTESIES:
        return False
    note = NOTE_WITHOUT_WORDS if flagged else NOTE.format(words=" ".join(text.split()))
    tx.handoffs.add_note(handoff.id, "patient", note)
    if handoff.status != "new":
        # Booked, contacted or closed: somebody must look at it again. Urgency and due time stay where they are urgent.
        urgent = handoff.urgency in EMERGENCIES
        due = handoff.due_at if urgent else end_of_working_day(tx.now(), settings.hours)
        tx.handoffs.change(handoff.id, status="in_review", due_at=due)
    tx.audit.record("handoff.patient_wrote", PATIENT, "handoff", handoff.id)
    enqueue(tx, settings.delivery, "handoff.updated", handoff.id)
    return True
