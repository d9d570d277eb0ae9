"""The patient's side after the end, over real HTTP: what they write still reaches staff, and they are told the truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clinic import messages as words
from intake.gate.writing import closing
from tests.staff.clinic import Clinic, running_clinic

LINKS = [{"service": "assessment", "location": "victoria", "url": "https://parkway.example/book"}]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder: Path = tmp_path_factory.mktemp("endings")
    with running_clinic(folder, booking={"links": LINKS}) as running:
        yield running


def patient_of(desk: Clinic, conversation_id: str) -> httpx.Client:
    with desk.records.begin() as tx:
        token = tx.conversations.new_token(conversation_id)
    return httpx.Client(base_url=f"{desk.url}/api/v1/conversations/{conversation_id}", timeout=60, headers={"Authorization": f"Bearer {token}"})


def notes(desk: Clinic, handoff_id: str) -> list[str]:
    with desk.records.read() as tx:
        return [note.text for note in tx.handoffs.notes(handoff_id)]


def test_a_cancellation_after_the_end_reaches_staff_and_the_patient_is_told_so(desk: Clinic) -> None:
    handoff = desk.intake()
    with desk.records.begin() as tx:
        tx.handoffs.change(handoff.id, status="booked")
    with patient_of(desk, handoff.conversation_id) as patient:
        body = {"client_message_id": "c1", "text": "I cannot come on Tuesday, please cancel it"}
        for _ in range(2):
            late = patient.post("/messages", json=body)
            assert late.status_code == 409
            assert "Your message is kept for the clinic too." in late.json()["detail"] and "250-555-0142" in late.json()["detail"]
    assert notes(desk, handoff.id) == ["The patient wrote after the intake: “I cannot come on Tuesday, please cancel it”"], "once, however often it is sent"
    assert desk.handoff(handoff.id).status == "in_review"
    with desk.log_in(desk.member("reception")) as reception:
        assert "please cancel it" in reception.get(f"/staff/handoffs/{handoff.id}").text


def test_an_emergency_after_the_end_is_answered_and_its_words_are_for_physiotherapists(desk: Clinic) -> None:
    handoff = desk.intake()
    with patient_of(desk, handoff.conversation_id) as patient:
        late = patient.post("/messages", json={"client_message_id": "e1", "text": "I have crushing chest pain right now and I am sweating"})
    assert late.status_code == 409 and "9-1-1" in late.json()["messages"][0]["text"]
    assert desk.handoff(handoff.id).urgency == "T1"
    assert notes(desk, handoff.id) == ["The patient wrote after the intake. A physiotherapist must read it in the conversation."]


def test_the_last_words_hold_the_reference_and_the_right_way_to_book(desk: Clinic) -> None:
    handoff = desk.intake()
    with desk.records.read() as tx:
        from intake.gate.standing import standing

        state = standing(tx, tx.conversations.get(handoff.conversation_id), desk.settings).state
    said = [draft.text for draft in closing(desk.settings, state, handoff.document or {}, desk.records.clock())]
    assert handoff.reference in said[0] and "https://parkway.example/book" in said[1]
    held = dict(handoff.document or {}) | {"precautions": [{"id": "PC06_bleeding", "action": "HOLD", "detail": None, "evidence": []}]}
    offered = [draft.text for draft in closing(desk.settings, state, held, desk.records.clock())][1]
    assert "https://" not in offered and "will call you by" in offered and handoff.reference in offered
    assert set(said[2:]) == set(words.safety_net(state.answers, for_whom="self")), "what to watch for"
