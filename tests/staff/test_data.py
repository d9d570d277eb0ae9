"""The page of personal data: an admin exports, holds and erases one person's intake, and nothing is left behind."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect
from sqlalchemy import text

from intake.handoff.outbox import enqueue
from intake.handoff.settings import DeliverySettings
from intake.records import Handoff
from intake.records.models import Base
from tests.handoff.conftest import SECRET
from tests.staff.clinic import Clinic

WORDS = "Zephyrine says a hot wire runs from elbow to little finger"
WEBHOOK = {"kind": "webhook", "name": "records", "url": "https://records.example/hook", "secret": SECRET}


def post(admin: httpx.Client, path: str, **form: str) -> httpx.Response:
    return admin.post(f"/staff/data{path}", data={"csrf": admin.headers["x-csrf-token"], **form})


def whole(clinic: Clinic) -> Handoff:
    """An intake with one of everything that can hold its words: messages, answers, handoff, note, delivery, link."""
    handoff = clinic.intake(said=(WORDS,))
    with clinic.records.begin() as tx:
        tx.handoffs.add_note(handoff.id, "su_1", WORDS)
        (sent,) = enqueue(tx, DeliverySettings.model_validate({"destinations": [WEBHOOK]}), "handoff.created", handoff.id)
        tx.deliveries.sent(sent.id)
        tx.links.issue_code("sms", handoff.conversation_id, address="+12505550142")
    return handoff


def left(clinic: Clinic, handoff: Handoff) -> dict[str, int]:
    """Rows of any table that still name the conversation or its handoff, the audit and the receipts aside."""
    found = {}
    with clinic.records.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in ("audit", "receipts"):
                continue
            for column in [c.name for c in table.columns if c.name in ("conversation_id", "handoff_id", "owner", "id")]:
                query = text(f"SELECT count(*) FROM {table.name} WHERE {column} IN (:a, :b)")
                if n := connection.scalar(query, {"a": handoff.conversation_id, "b": handoff.id}):
                    found[f"{table.name}.{column}"] = n
    return found


def test_an_admin_finds_by_reference_and_exports_everything(clinic: Clinic) -> None:
    handoff = whole(clinic)
    with clinic.log_in(clinic.people["admin"]) as admin:
        page = post(admin, "/find", text=handoff.reference.lower())
        assert page.status_code == 200 and handoff.conversation_id in page.text and "records" in page.text
        assert WORDS not in page.text and "Rowan" not in page.text, "the page acts on the data, it does not show them"
        answer = post(admin, f"/{handoff.conversation_id}/export")
    assert answer.headers["content-type"] == "application/zip" and answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"intake.json", "answers.pdf", "handoff.pdf"}
        held = json.loads(archive.read("intake.json"))
    assert held["messages"][0]["text"] == WORDS and held["notes"][0]["text"] == WORDS and held["deliveries"][0]["to"] == "webhook:records"
    (entry,) = clinic.audit("conversation.export", handoff.conversation_id)
    assert entry.actor.id == clinic.people["admin"].id


def test_what_is_not_there_is_not_found(clinic: Clinic) -> None:
    with clinic.log_in(clinic.people["admin"]) as admin:
        assert post(admin, "/find", text="IMS-NONE").status_code == 404
        assert post(admin, "/cv_nothing/export").status_code == 404
        assert post(admin, "/cv_nothing/hold", on="yes").status_code == 404


def test_erasing_needs_the_reference_again_and_leaves_nothing_but_the_receipt(clinic: Clinic) -> None:
    handoff, other = whole(clinic), whole(clinic)
    with clinic.log_in(clinic.people["admin"]) as admin:
        for wrong in ("", "yes", other.reference):
            assert post(admin, f"/{handoff.conversation_id}/erase", sure=wrong).status_code == 422
        assert clinic.handoff(handoff.id).reference == handoff.reference
        done = post(admin, f"/{handoff.conversation_id}/erase", sure=handoff.reference)
    assert done.status_code == 200 and "Everything was erased." in done.text
    assert "Sent before to webhook:records" in done.text and "1 note" in done.text
    assert set(left(clinic, handoff)) <= {"conversations.id"}, "its bare number, so that its owner is told that it is gone"
    data = clinic.settings.data_dir
    for file in [*data.rglob("*"), *clinic.settings.keys_path.parent.rglob("*")]:
        if file.is_file():
            assert WORDS.encode() not in Path(file).read_bytes()
    with clinic.records.read() as tx:
        receipt = tx.erasure.receipt_of(handoff.conversation_id)
        assert receipt is not None and receipt["erased"]["message"] >= 1 and receipt["erased"]["delivery"] == 1
    (entry,) = clinic.audit("conversation.erase", handoff.conversation_id)
    assert (entry.actor.id, entry.detail["cause"]) == (clinic.people["admin"].id, "request")
    assert clinic.handoff(other.id).name == "Rowan Example", "nobody else's"


def test_under_a_legal_hold_nothing_is_erased_until_it_is_lifted(clinic: Clinic) -> None:
    handoff = whole(clinic)
    with clinic.log_in(clinic.people["admin"]) as admin:
        assert "legal hold stands" in post(admin, f"/{handoff.conversation_id}/hold", on="yes").text.lower()
        held = post(admin, f"/{handoff.conversation_id}/erase", sure=handoff.reference)
        assert held.status_code == 409 and clinic.handoff(handoff.id).legal_hold
        post(admin, f"/{handoff.conversation_id}/hold", on="no")
        assert post(admin, f"/{handoff.conversation_id}/erase", sure=handoff.reference).status_code == 200
    assert [e.action for e in reversed(clinic.audit("legal_hold.", handoff.conversation_id))] == ["legal_hold.set", "legal_hold.lift"]


def test_retention_runs_from_the_page_and_is_audited(clinic: Clinic) -> None:
    handoff = whole(clinic)
    clinic.clock.ahead -= clinic.records.terms.no_contact
    try:
        with clinic.records.begin() as tx:
            silent, _ = tx.conversations.create("web")
    finally:
        clinic.clock.ahead += clinic.records.terms.no_contact
    with clinic.log_in(clinic.people["admin"]) as admin:
        assert "no contact" in admin.get("/staff/data").text
        said = post(admin, "/retention").text
    with clinic.records.read() as tx:
        assert tx.conversations.find(silent.id) is None
    assert "Erased:" in said and clinic.handoff(handoff.id).reference
    assert clinic.audit("retention.run")[0].actor.id == clinic.people["admin"].id


def test_reception_marks_what_stands_in_the_chart(clinic: Clinic) -> None:
    handoff = clinic.intake()
    with clinic.records.begin() as tx:
        tx.handoffs.change(handoff.id, status="booked")
    with clinic.log_in(clinic.people["admin"]) as admin:
        assert handoff.reference in admin.get("/staff/data").text
        with clinic.log_in(clinic.people["reception"]) as desk:
            assert post(desk, f"/copied/{handoff.id}").status_code == 303
        assert handoff.reference not in admin.get("/staff/data").text
    assert clinic.handoff(handoff.id).copied_at is not None
    assert len(clinic.audit("handoff.copied", handoff.id)) == 1


def test_the_page_in_a_browser(clinic: Clinic, visit: Callable[..., Page]) -> None:
    handoff = whole(clinic)
    page = visit(clinic, clinic.people["admin"])
    page.goto("/staff/data")
    page.get_by_label("Reference or id").fill(handoff.reference)
    page.get_by_role("button", name="Look it up").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export all of it").click()
    assert download.value.suggested_filename == f"{handoff.conversation_id}.zip"
    page.get_by_label(f"Type {handoff.reference}").fill(handoff.reference)
    page.get_by_role("button", name="Erase", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Everything was erased.")
    expect(page.locator("pre")).to_contain_text("Erased:")
