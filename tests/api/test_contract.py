"""Sentences of the API's contract that no other test states: ends and withdrawals, the read-back, quotes, the staff list, reads audited."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import jsonschema
import pytest

from intake.settings import ROOT
from tests.conftest import Stack
from tests.records.databases import postgres_database
from tests.talking import Patient

pytestmark = pytest.mark.stack
SCHEMA = json.loads((ROOT / "clinic" / "handoff.schema.json").read_text(encoding="utf-8"))
EMERGENCY = "I have crushing chest pain right now and I am sweating"


def staff(stack: Stack) -> httpx.Client:
    return httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {stack.staff_key}"}, timeout=40, trust_env=False)


def checked(document: dict[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The handoff, once it fits the schema and each quote stands in the message that it names."""
    jsonschema.validate(document, SCHEMA)
    texts = {m["id"]: m["text"] for m in messages if m["from"] == "patient"}
    said = [*document["indicators"], *document["myofascial"], *document["red_flags"], *document["precautions"], *document["sensations"]]
    quotes = [evidence for one in said for evidence in one["evidence"]] + [a for a in document["answers"].values() if a["quote"]]
    assert quotes
    for one in quotes:
        assert one["quote"] in texts[one["message_id"]], one
    return document


def test_a_whole_a_partial_and_an_emergency_handoff_fit_the_schema_and_quote_literally(stack: Stack) -> None:
    whole, partial, urgent = (Patient(stack.url) for _ in range(3))
    whole.walk_to("narrative")
    whole.say("My left shoulder has burned for 8 months, even my shirt hurts it. I take apixaban.")
    whole.finish()
    assert checked(whole.handoff(stack.staff_key), whole.all_messages())["reason"] == "completed"
    partial.walk_to("pain.duration")
    partial.say("can I talk to a person please")
    document = checked(partial.handoff(stack.staff_key), partial.all_messages())
    assert (document["reason"], document["partial"], partial.state) == ("person_requested", True, "active")
    urgent.walk_to("narrative")
    urgent.say(EMERGENCY)
    document = checked(urgent.handoff(stack.staff_key), urgent.all_messages())
    assert (document["reason"], document["urgency"], urgent.state) == ("emergency", "T1", "escalated")


def test_the_read_back_is_a_summary_and_then_its_question(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.walk_to("confirm.read_back")
    assert [(m["kind"], m["question"]) for m in patient.messages][-2:] == [("summary", None), ("question", "confirm.read_back")]


def test_the_text_of_choices_is_their_labels_joined_by_a_semicolon(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.walk_to("precaution")
    asked = next(m for m in reversed(patient.messages) if m["kind"] == "question")
    picked = [c for c in asked["choices"] if c["value"].startswith("PC")][:2]
    patient.choose(*(c["value"] for c in picked))
    told = [m["text"] for m in patient.all_messages() if m["from"] == "patient"][-1]
    assert told == "; ".join(c["label"] for c in picked)


def test_not_meant_brings_the_intake_back_and_offers_no_booking_link(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.walk_to("narrative")
    patient.say(EMERGENCY)
    assert patient.question == "confirm.emergency"
    patient.choose("not_meant")
    assert patient.state == "active"
    patient.finish()
    document = patient.handoff(stack.staff_key)
    assert [flag["id"] for flag in document["red_flags"]] == ["RF01_cardiac"] and document["urgency"] in ("T1", "T2", "T3")
    assert not any("http" in m["text"] for m in patient.all_messages() if m["from"] == "bot"), "nobody books themselves after a flag"


def test_taken_over_goes_back_to_what_it_was(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.walk_to("narrative")
    patient.say(EMERGENCY)
    with staff(stack) as client:
        for verb, state in (("takeover", "taken_over"), ("handback", "escalated"), ("release", "active")):
            assert client.post(f"/api/v1/conversations/{patient.conversation['id']}/{verb}").status_code == 200
            assert patient.http.get(patient.path).json()["conversation"]["state"] == state


def test_a_withdrawn_intake_is_gone_for_patient_and_staff(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.walk_to("pain.site")
    receipt = patient.http.delete(patient.path).json()["receipt"]
    assert set(receipt) == {"id", "conversation_id", "at", "erased", "kept", "sent_elsewhere"} and receipt["erased"]
    assert patient.post(text="hello again").status_code == 410
    with staff(stack) as client:
        assert client.get("/api/v1/handoffs", params={"q": patient.conversation["reference"]}).json()["items"] == []


def test_what_staff_have_acted_on_is_kept_and_said_so(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.finish()
    with staff(stack) as client:
        found = client.get("/api/v1/handoffs", params={"q": patient.conversation["reference"]}).json()["items"][0]
        assert set(found) == {"id", "reference", "conversation_id", "urgency", "status", "reason", "partial", "name", "created_at"}
        done = client.patch(f"/api/v1/handoffs/{found['id']}", json={"status": "contacted", "note": "Left word.", "version": patient.handoff(stack.staff_key)["version"]})
        assert done.status_code == 200 and done.json()["status"] == "contacted"
    receipt = patient.http.delete(patient.path).json()["receipt"]
    assert receipt["kept"] and all(kept["reason"] and kept["until"] for kept in receipt["kept"])


def test_staff_find_a_person_by_a_whole_word_of_the_name_or_the_number_and_never_in_a_url(stack: Stack) -> None:
    patient = Patient(stack.url)
    patient.walk_to("contact.name")
    patient.send(value="Zebedee Quillfeather")
    patient.walk_to("contact.phone")
    patient.send(value="+12505550177")
    patient.finish()
    with staff(stack) as client:
        for text, found in (("quillfeather", True), ("quill", False), ("250 555 0177", True), ("555", False)):
            items = client.post("/api/v1/handoffs/search", json={"text": text}).json()["items"]
            assert any(i["reference"] == patient.conversation["reference"] for i in items) is found, text
        assert client.get("/api/v1/handoffs", params={"q": "quillfeather"}).json()["items"] == []


def test_the_list_comes_most_urgent_first_page_by_page(stack: Stack) -> None:
    urgent = Patient(stack.url)
    urgent.walk_to("narrative")
    urgent.say(EMERGENCY)
    Patient(stack.url).finish()
    with staff(stack) as client:
        seen: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = client.get("/api/v1/handoffs", params={"status": "new", **({"cursor": cursor} if cursor else {})}).json()
            seen += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    order = ["T1", "T2", "T3", "T4", None]
    ranks = [order.index(item["urgency"]) for item in seen]
    assert ranks == sorted(ranks) and len({item["id"] for item in seen}) == len(seen)
    assert urgent.conversation["reference"] in [item["reference"] for item in seen if item["urgency"] == "T1"]


def test_a_whole_intake_on_postgresql(second_app: Callable[[str], Stack], server: Any) -> None:
    with postgres_database(server) as url:
        address = url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        own = second_app(f'database_url = "{address}"')
        own.staff_key = own.intake("apikey", "add", "tests", "--role", "admin").stdout.split("\t")[0]
        patient = Patient(own.url)
        patient.walk_to("narrative")
        patient.say("my right knee is sore for three weeks and it tingles")
        patient.finish()
        document = checked(patient.handoff(own.staff_key), patient.all_messages())
        assert (document["reason"], patient.state) == ("completed", "handed_off")
        own.stop()
