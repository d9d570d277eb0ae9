"""What staff do on a handoff, over HTTP against real records."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clinic.protocol import protocol
from clinic.red_flags import SELF_HARM
from intake.gate import handing
from intake.staff import inbox
from tests.handoff.examples import answer
from tests.staff.clinic import EMERGENCY, Clinic, flag


@pytest.fixture
def desk(clinic: Clinic) -> httpx.Client:
    return clinic.log_in(clinic.people["reception"])


def act(client: httpx.Client, handoff: Any, action: str, value: str = "", **more: Any) -> httpx.Response:
    """Press a button of the handoff page."""
    form = {"csrf": client.headers["x-csrf-token"], "action": action, "value": value, "version": handoff.version, **more}
    return client.post(f"/staff/handoffs/{handoff.id}", data=form)


def test_a_handoff_goes_from_new_to_booked_or_closed_with_a_reason(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    for status in ("in_review", "contacted", "booked"):
        assert act(desk, clinic.handoff(handoff.id), "status", status).status_code == 303
        assert clinic.handoff(handoff.id).status == status
    assert act(desk, clinic.handoff(handoff.id), "close", "").status_code == 422
    assert act(desk, clinic.handoff(handoff.id), "status", "closed").status_code == 422, "closing needs a reason"
    assert act(desk, clinic.handoff(handoff.id), "close", "not_wanted").status_code == 303
    now = clinic.handoff(handoff.id)
    assert (now.status, now.close_reason) == ("closed", "not_wanted")
    assert [e.detail for e in clinic.audit("handoff.close", handoff.id)] == [{"reason": "not_wanted"}]


def test_who_takes_an_emergency_stands_there_by_name(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake(flags=(EMERGENCY,), alert=True)
    assert "Nobody takes care of it yet" in desk.get("/staff").text
    act(desk, handoff, "acknowledge")
    now = clinic.handoff(handoff.id)
    assert now.acknowledged_by == clinic.people["reception"].id and now.status == "in_review"
    assert "Sam Reception takes care of it" in desk.get(f"/staff/handoffs/{handoff.id}").text


def test_the_second_of_two_sees_what_the_first_changed_and_loses_nothing(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    other = clinic.log_in(clinic.member("physiotherapist", "Ana Field"))
    seen = datetime.now(UTC).isoformat()
    assert act(other, handoff, "status", "contacted").status_code == 303
    late = act(desk, handoff, "close", "not_reached", seen=seen)
    assert late.status_code == 409
    assert "Ana Field set it to another status" in late.text and "your own change was not made" in late.text
    assert clinic.handoff(handoff.id).status == "contacted"


def test_a_patient_who_writes_on_is_not_in_the_way_of_staff(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake(flags=(EMERGENCY,), alert=True, completed=False, state="escalated")
    seen = datetime.now(UTC).isoformat()
    with clinic.records.begin() as tx:
        conversation = tx.conversations.get(handoff.conversation_id)
        handing.put(tx, clinic.settings, conversation, conversation.memory, False, completed=False)
    assert act(desk, handoff, "acknowledge", seen=seen).status_code == 303
    assert clinic.handoff(handoff.id).acknowledged_by == clinic.people["reception"].id


def test_staff_correct_a_contact_and_the_first_answer_stays_on_record(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    form = {"contact.name": "Rowan Corrected", "contact.phone": "250 555 0199", "contact.email": "", "contact.preferred": "sms"}
    assert act(desk, handoff, "contact", **form).status_code == 303
    now = clinic.handoff(handoff.id)
    answers = (now.document or {})["answers"]
    assert answers["contact.phone"]["value"] == "+12505550199"
    assert answers["contact.phone"]["by"] == "staff" and answers["contact.phone"]["quote"] is None
    assert [p["value"] for p in answers["contact.phone"]["previous"]] == ["+12505550111"]
    assert answers["contact.email"]["state"] == "declined", "an empty field changes nothing"
    assert now.name == "Rowan Corrected" and now.reason == "completed" and not now.partial
    found = desk.post("/staff/search", data={"csrf": desk.headers["x-csrf-token"], "text": "250-555-0199"}).text
    assert "Rowan Corrected" in found
    assert "corrected" not in str([e.detail for e in clinic.audit("handoff.contact", handoff.id)]).lower()


def test_a_wrong_number_is_refused_with_a_sentence(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    refused = act(desk, handoff, "contact", **{"contact.phone": "12"})
    assert refused.status_code == 422 and "Phone: this does not look right" in refused.text
    assert clinic.handoff(handoff.id).version == handoff.version


def test_a_time_is_booked_and_the_patient_told(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    day = (datetime.now(UTC) + timedelta(days=6)).strftime("%Y-%m-%d")
    form = {"day": day, "time": "10:30", "service": "assessment", "location": "victoria"}
    assert act(desk, handoff, "book", **form).status_code == 303
    assert clinic.handoff(handoff.id).status == "booked"
    with clinic.records.read() as tx:
        told = [m.text for m in tx.messages.list(handoff.conversation_id) if m.sender == "staff"]
    assert len(told) == 1 and "Your appointment with" in (told[0] or "") and "at 10:30 am" in (told[0] or "")
    past = act(desk, clinic.handoff(handoff.id), "book", **(form | {"day": "2020-01-01"}))
    assert past.status_code == 422 and "in the past" in past.text


def test_an_agreed_time_is_moved_and_called_off_and_the_patient_told_each_time(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    day = (datetime.now(UTC) + timedelta(days=6)).strftime("%Y-%m-%d")
    form = {"day": day, "time": "10:30", "service": "assessment", "location": "victoria"}
    act(desk, handoff, "book", **form)
    page = desk.get(f"/staff/handoffs/{handoff.id}").text
    assert "Agreed: " in page and "10:30 am" in page and "Move it to another time" in page
    act(desk, clinic.handoff(handoff.id), "book", **(form | {"time": "14:00"}))
    assert act(desk, clinic.handoff(handoff.id), "call_off").status_code == 303
    one = clinic.handoff(handoff.id)
    assert one.status == "contacted" and one.appointment is not None and one.appointment["cancelled"]
    with clinic.records.read() as tx:
        told = [m.text or "" for m in tx.messages.list(handoff.conversation_id) if m.sender == "staff"]
    assert ["10:30 am" in told[0], "2 pm" in told[1], "2 pm" in told[2] and "is cancelled" in told[2]] == [True] * 3
    link = told[2].rpartition("/appointments/")[2]
    file = httpx.get(f"{clinic.url}/appointments/{link}.ics").text
    assert "METHOD:CANCEL" in file and "STATUS:CANCELLED" in file and "SEQUENCE:2" in file
    again = act(desk, one, "call_off")
    assert again.status_code == 422 and "no agreed time" in again.text
    assert [entry.action for entry in clinic.audit("appointment.", handoff.id)] == ["appointment.cancelled"] + ["appointment.agreed"] * 2


def test_staff_see_what_the_patient_was_promised_and_by_when(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    (promise,) = clinic.audit("booking.offered", handoff.id)
    assert promise.detail == {"kind": "call"}
    hours = clinic.settings.booking.call_within_hours
    assert handoff.due_at is not None and abs((handoff.due_at - handoff.created_at).total_seconds() - hours * 3600) < 60
    page = desk.get(f"/staff/handoffs/{handoff.id}").text
    assert "Was told" in page and "that you call" in page and ("due today" in page or "due tomorrow" in page)


def test_the_list_says_what_an_emergency_is_about_and_whom_to_call(clinic: Clinic, desk: httpx.Client) -> None:
    hurt = clinic.intake({"contact.phone": answer("+12505550188")}, flags=(EMERGENCY,), completed=False, state="escalated")
    lost = clinic.intake({"contact.phone": answer("+12505550189")}, flags=(flag(SELF_HARM, "T2", "no way out"),), completed=False, state="escalated")
    row = row_of(desk.get("/staff").text, hurt.id)
    assert "250-555-0188" in row and protocol().red_flags[EMERGENCY.id].short in row
    assert "250-555-0189" not in row_of(desk.get("/staff").text, lost.id), "reception does not call alone"
    physio = clinic.log_in(clinic.people["physiotherapist"])
    assert "250-555-0189" in row_of(physio.get("/staff").text, lost.id)


def test_the_csv_holds_what_the_list_shows(clinic: Clinic, desk: httpx.Client) -> None:
    clinic.intake({"booking.location": answer("langford")}, channel="sms")
    clinic.intake({"booking.location": answer("victoria")}, channel="sms")
    clinic.intake({"booking.location": answer("langford")}, flags=(EMERGENCY,))
    for asked in ("", "?location=langford&channel=sms", "?tier=none&status=all", "?partial=no&tier=T1", "?partial=all&assignee=me"):
        page = desk.get(f"/staff{asked}").text
        shown = set(re.findall(r'class="ref">(IMS-\w+)', page))
        export = html.unescape(re.findall(r'href="(/api/v1/handoffs.csv[^"]*)"', page)[0])
        lines = set(re.findall(r"IMS-\w+", desk.get(export).text))
        assert shown == lines if "Next 50" not in page else shown <= lines, asked


def row_of(page: str, handoff_id: str) -> str:
    """One row of the list, as HTML."""
    return page.partition(f'id="row-{handoff_id}"')[2].partition("</li>")[0]


def test_notes_are_for_staff_and_named(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake()
    act(desk, handoff, "note", "Called, line was busy <b>")
    page = desk.get(f"/staff/handoffs/{handoff.id}").text
    assert "Called, line was busy &lt;b&gt;" in page and "Sam Reception" in page
    assert act(desk, handoff, "note", "   ").status_code == 422


def test_taking_over_silences_the_assistant_and_only_a_physiotherapist_releases(clinic: Clinic, desk: httpx.Client) -> None:
    handoff = clinic.intake(flags=(EMERGENCY,), completed=False, state="escalated", alert=True)

    def state() -> str:
        with clinic.records.read() as tx:
            return tx.conversations.get(handoff.conversation_id).state

    act(desk, handoff, "takeover")
    assert state() == "taken_over"
    again = act(desk, handoff, "takeover")
    assert again.status_code == 409 and "taken this conversation over already" in again.text
    act(desk, handoff, "handback")
    assert state() == "escalated"
    assert act(desk, handoff, "release").status_code == 403
    physio = clinic.log_in(clinic.people["physiotherapist"])
    assert act(physio, handoff, "release").status_code == 303 and state() == "active"


def test_the_list_is_filtered_and_partials_without_contact_stay_out(clinic: Clinic, desk: httpx.Client) -> None:
    none = {name: answer(state="declined") for name in ("contact.phone", "contact.email")}
    lost = clinic.intake({**none, "contact.name": answer("Lost Lamb")})
    kept = clinic.intake({"contact.name": answer("Langley Kept"), "booking.location": answer("langford")})
    with clinic.records.begin() as tx:
        tx.handoffs.change(kept.id, assignee=clinic.people["reception"].id)
        assert not tx.handoffs.get(lost.id).has_contact
    main = desk.get("/staff?location=langford&assignee=me&channel=web&partial=no&tier=none").text
    assert "Langley Kept" in main and "Lost Lamb" not in desk.get("/staff").text
    assert "Lost Lamb" in desk.get("/staff?partial=all&status=all").text
    assert "Langley Kept" not in desk.get("/staff?location=victoria").text
    assert "Nothing here" in desk.get("/staff?assignee=me&tier=T4").text


def test_the_tenth_page_is_reached_by_the_link_on_the_first(clinic: Clinic, desk: httpx.Client) -> None:
    for _ in range(3):
        clinic.intake()
    before, inbox.PAGE = inbox.PAGE, 2
    try:
        seen: list[str] = []
        address = "/staff?status=all&partial=all"
        while address:
            page = desk.get(address).text
            seen += re.findall(r'id="row-(ho_\w+)"', page)
            found = re.search(r'href="(/staff\?[^"]*cursor=[^"]+)"', page)
            address = found.group(1).replace("&amp;", "&") if found else ""
        assert len(seen) == len(set(seen)) and len(seen) >= 3
    finally:
        inbox.PAGE = before


def test_the_stream_tells_of_a_new_emergency_without_a_word_of_the_patient(clinic: Clinic, desk: httpx.Client) -> None:
    found: list[dict[str, Any]] = []
    with desk.stream("GET", "/staff/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if len(found) == 1:
                    clinic.intake({"contact.name": answer("Secret Name")}, flags=(EMERGENCY,), alert=True)
                else:
                    break
    assert found[1]["urgent"] == found[0]["urgent"] + 1 and found[1]["mark"] != found[0]["mark"]
    assert "Secret" not in str(found) and "chest" not in str(found)
