"""Alerts of emergencies: who, when, again, until somebody acknowledges by name; ids only, once with several workers."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake.gate import handing, person
from intake.hours import OpeningHours
from intake.notices import alerts, waiting
from intake.notices.rounds import next_round
from intake.notices.settings import AlertSettings
from intake.notices.worker import NoticeWorker
from intake.records import Keyring, Records
from intake.settings import Settings
from tests.handoff.conftest import Clock
from tests.handoff.examples import answer
from tests.staff.clinic import ACTOR, ALWAYS_OPEN, Clinic, flag
from tests.standins.mail_server import Mailbox, mail_server

MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # 9 am in Victoria, which stays at UTC-7; the clinic opens at 8
HOURS = OpeningHours()
ALERTS = AlertSettings(emails=["desk@x.ca"], second_phones=["+12505550101"], on_call_phones=["+12505550102"])


def levels(raised: datetime, now: datetime, settings: AlertSettings = ALERTS) -> list[str]:
    return [one.level for one in next_round(raised, now, HOURS, settings).contacts]


def test_in_opening_hours_the_second_contact_is_told_after_ten_minutes() -> None:
    assert levels(MONDAY, MONDAY) == ["first"]
    assert levels(MONDAY, MONDAY + timedelta(minutes=9)) == ["first"]
    assert levels(MONDAY, MONDAY + timedelta(minutes=10)) == ["first", "second"]
    assert next_round(MONDAY, MONDAY, HOURS, ALERTS).again == MONDAY + timedelta(minutes=5)


def test_while_closed_only_the_on_call_contact_is_told_and_the_rest_at_the_opening() -> None:
    night = MONDAY + timedelta(hours=12)
    assert levels(night, night) == ["on_call"]
    nobody = AlertSettings(emails=["desk@x.ca"])
    found = next_round(night, night, HOURS, nobody)
    assert found.contacts == () and found.again == MONDAY + timedelta(hours=23), "8 am of the next day"
    late = MONDAY + timedelta(hours=8, minutes=58)  # two minutes before closing
    assert levels(late, late) == ["first"]
    assert levels(late, late + timedelta(minutes=5)) == ["on_call"], "the clinic has closed since"
    morning = MONDAY + timedelta(hours=23)
    assert levels(late, morning) == ["first"] and levels(late, morning + timedelta(minutes=8)) == ["first", "second"], "open minutes count"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, box: Mailbox) -> Iterator[Clinic]:
    """Records and settings without a running app: what workers need."""
    chosen = Settings(
        data_dir=tmp_path / "data", smtp_url=box.url, mail_from="intake@clinic.example", public_url="https://intake.example", hours=ALWAYS_OPEN,
        alerts={"emails": ["desk@x.ca"], "second_emails": ["second@x.ca"], "phones": ["+12505550103"]},
    )  # fmt: skip
    clock = Clock()
    records = Records(chosen.records_url, Keyring.open(tmp_path / "keys" / "master.key"), clock=clock)
    records.migrate()

    class Parts:
        pass

    parts: Any = Parts()
    parts.records = records
    yield Clinic("", parts, clock, chosen)  # type: ignore[arg-type]
    records.close()


def urgent(place: Clinic, tier: str = "T2") -> Any:
    return place.intake(flags=(flag("RF06_cauda_equina", tier, "numb between my legs"),), alert=True, completed=False, state="escalated")


def work(place: Clinic, rounds: int = 1) -> None:
    worker = NoticeWorker(place.records, place.settings)
    for _ in range(rounds):
        while worker.run_once():
            pass


def test_an_emergency_is_mailed_again_and_again_until_it_is_acknowledged(place: Clinic, box: Mailbox) -> None:
    handoff = urgent(place)
    work(place)
    assert box.recipients == [["desk@x.ca"]]
    work(place)
    assert len(box.messages) == 1, "not before its time"
    place.clock.ahead += timedelta(minutes=6)
    work(place)
    place.clock.ahead += timedelta(minutes=6)
    work(place)
    assert box.recipients == [["desk@x.ca"], ["desk@x.ca"], ["desk@x.ca"], ["second@x.ca"]]
    with place.records.begin() as tx:
        tx.handoffs.change(handoff.id, acknowledged_by="su_1", acknowledged_at=tx.now())
        alerts.end(tx, handoff.id)
    place.clock.ahead += timedelta(hours=1)
    work(place)
    assert len(box.messages) == 4


def test_what_leaves_holds_ids_and_nothing_of_the_patient(place: Clinic, box: Mailbox) -> None:
    handoff = urgent(place)
    work(place)
    (mail,) = box.messages
    text = f"{mail['Subject']} {mail.get_content()}"
    assert handoff.reference in text and f"https://intake.example/staff/handoffs/{handoff.id}" in text and "T2" in text
    with place.records.read() as tx:
        (sms,) = tx.deliveries.list(kinds=("sms",))
        entries = tx.audit.list(action="alert.sent")
    body = str((sms.payload or {})["body"])
    assert handoff.reference in body and (sms.payload or {})["to"] == "+12505550103"
    for words in ("Rowan", "numb", "legs", "cauda", "0111", "shoulder"):
        assert words not in text + body + str([e.detail for e in entries])


def test_two_workers_send_each_round_once(place: Clinic, box: Mailbox) -> None:
    for _ in range(4):
        urgent(place)
    threads = [threading.Thread(target=work, args=(place, 3)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(box.messages) == 4
    assert len({mail["Message-ID"] for mail in box.messages}) == 4


def test_a_round_survives_a_worker_that_dies_in_it(place: Clinic, box: Mailbox) -> None:
    urgent(place)
    with place.records.begin() as tx:
        assert len(tx.jobs.claim("dead worker", kinds=(alerts.ALERT,))) == 1
    work(place)
    assert box.messages == [], "the lease still holds"
    place.clock.ahead += timedelta(minutes=2)
    work(place)
    assert len(box.messages) == 1


def test_a_mail_server_that_is_away_loses_no_alert(place: Clinic, box: Mailbox) -> None:
    box.answers.extend(["451 later", "451 later"])
    urgent(place)
    for _ in range(3):
        work(place)
        place.clock.ahead += timedelta(seconds=40)
    assert len(box.messages) == 1


def test_a_new_emergency_after_the_acknowledgement_alerts_again(place: Clinic, box: Mailbox) -> None:
    handoff = urgent(place)
    with place.records.begin() as tx:
        tx.handoffs.change(handoff.id, acknowledged_by="su_1", acknowledged_at=tx.now())
        alerts.end(tx, handoff.id)
    with place.records.begin() as tx:
        conversation = tx.conversations.get(handoff.conversation_id)
        handing.put(tx, place.settings, conversation, conversation.memory, True, completed=False)
    assert place.handoff(handoff.id).acknowledged_at is None
    work(place)
    assert len(box.messages) == 1


def test_a_calm_intake_alerts_nobody(place: Clinic, box: Mailbox) -> None:
    place.intake()
    work(place)
    assert box.messages == []


def test_a_web_visitor_who_has_gone_gets_a_mail_with_a_link_and_one_who_fetched_gets_none(place: Clinic, box: Mailbox) -> None:
    there, gone = (place.intake({"contact.email": answer("gone@example.ca"), "contact.preferred": answer("email")}) for _ in range(2))
    for one in (there, gone):
        person.reply(place.records, place.settings, one.conversation_id, ACTOR, "We have a time for you on Monday.")
    with place.records.begin() as tx:
        waiting.fetched(tx, there.conversation_id)
    work(place)
    assert box.messages == []
    place.clock.ahead += timedelta(minutes=3)
    work(place)
    (mail,) = box.messages
    assert mail["To"] == "gone@example.ca"
    assert re.search(r"You have a message from Parkway.*: https://intake.example/#link=iml_\S+", mail.get_content())
    assert "Monday" not in mail.get_content(), "what was written stays inside"
    with place.records.read() as tx:
        assert [e.detail["way"] for e in tx.audit.list(action="visitor.told")] == ["mail"]


def test_a_patient_whom_staff_leave_alone_for_fifteen_minutes_gets_the_assistant_back(place: Clinic) -> None:
    one = place.intake(completed=False, state="active")
    cv = one.conversation_id

    def minutes(n: int) -> str:
        place.clock.ahead += timedelta(minutes=n)
        person.keep_time(place.records, place.settings)
        with place.records.read() as tx:
            return tx.conversations.get(cv).state

    person.take_over(place.records, place.settings, cv, ACTOR)
    person.reply(place.records, place.settings, cv, ACTOR, "How can I help?")
    assert minutes(14) == "taken_over"
    with place.records.begin() as tx:
        tx.messages.receive(cv, client_message_id="late", text="I had to find my glasses", channel="web")
    assert minutes(14) == "taken_over", "the patient wrote 14 minutes ago"
    assert minutes(2) == "active"
    with place.records.read() as tx:
        last = [m.text or "" for m in tx.messages.list(cv) if m.sender == "bot"][-2:]
    assert any("Nobody from the clinic has answered" in text for text in last)
    person.take_over(place.records, place.settings, cv, ACTOR)
    assert minutes(14) == "taken_over"
    assert minutes(2) == "active", "somebody who took over and never wrote"
