"""The documents over HTTP: who may have them, and that each read is in the audit."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Annotated, Any

import anyio
import pytest
from fastapi import FastAPI, Header
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from intake.handoff.router import Documents, build_router
from intake.hours import OpeningHours
from intake.records.audit import Actor
from intake.records.models import HandoffRow

from .conftest import Outbox
from .examples import emergency, handoff


@dataclass
class Who:
    actor: Actor
    role: str


def reader(role: Annotated[str, Header()] = "") -> Who:
    if not role:
        raise HTTPException(401, "Log in.")
    return Who(Actor("staff", f"us_{role}"), role)


@pytest.fixture
def client(outbox: Outbox) -> TestClient:
    async def in_thread(work: Any) -> Any:
        return await anyio.to_thread.run_sync(work)

    app = FastAPI()
    documents = Documents(outbox.records, OpeningHours(), "Parkway", in_thread)
    app.include_router(build_router(documents, reader))
    return TestClient(app)


def get(client: TestClient, path: str, role: str = "physiotherapist") -> Any:
    return client.get(f"/api/v1/{path}", headers={"role": role} if role else {})


def audited(outbox: Outbox) -> list[tuple[str, str | None]]:
    with outbox.records.read() as tx:
        return [(entry.action, entry.actor.id) for entry in tx.audit.list()]


def test_the_pdf_is_served_and_audited(client: TestClient, outbox: Outbox) -> None:
    handoff_id = outbox.add_handoff()
    found = get(client, f"handoffs/{handoff_id}.pdf")
    assert found.status_code == 200 and found.content.startswith(b"%PDF")
    assert found.headers["content-type"] == "application/pdf" and found.headers["cache-control"] == "no-store"
    assert audited(outbox) == [("handoff.pdf", "us_physiotherapist")]


def test_the_transcript_is_not_for_reception(client: TestClient, outbox: Outbox) -> None:
    handoff_id = outbox.add_handoff()
    assert get(client, f"handoffs/{handoff_id}.pdf?transcript=true", "reception").status_code == 403
    assert get(client, f"handoffs/{handoff_id}.pdf", "reception").status_code == 200
    assert get(client, f"handoffs/{handoff_id}.pdf?transcript=true").status_code == 200
    assert ("transcript.read", "us_physiotherapist") in audited(outbox)


def test_the_bundle_is_served_to_physiotherapists_and_programs(client: TestClient, outbox: Outbox) -> None:
    handoff_id = outbox.add_handoff(emergency())
    found = get(client, f"handoffs/{handoff_id}/fhir")
    assert found.headers["content-type"] == "application/fhir+json"
    assert found.json()["resourceType"] == "Bundle"
    assert get(client, f"handoffs/{handoff_id}/fhir", "reception").status_code == 403


def test_the_csv_applies_the_filter(client: TestClient, outbox: Outbox) -> None:
    outbox.add_handoff()
    urgent = outbox.add_handoff(emergency())
    every = list(csv.DictReader(io.StringIO(get(client, "handoffs.csv").text)))
    assert len(every) == 2 and every[0]["id"] == urgent, "most urgent first"
    only = list(csv.DictReader(io.StringIO(get(client, "handoffs.csv?tier=T2&status=new,in_review").text)))
    assert [row["id"] for row in only] == [urgent]
    assert get(client, "handoffs.csv?tier=T9").status_code == 422
    assert ("handoff.export", "us_physiotherapist") in audited(outbox)


def test_the_csv_takes_the_other_filters_of_the_inbox_too(client: TestClient, outbox: Outbox) -> None:
    first, second = outbox.add_handoff(), outbox.add_handoff(emergency())
    with outbox.records.begin() as tx:
        tx.handoffs.change(first, assignee="us_1", location="langford")

    def found(query: str) -> list[str]:
        return [row["id"] for row in csv.DictReader(io.StringIO(client.get(f"/api/v1/handoffs.csv?{query}", headers={"role": "admin"}).text))]

    assert found("assignee=us_1") == [first]
    assert found("location=langford") == [first]
    assert found("partial=false") == [first]
    assert found("partial=true") == [second] and set(found("channel=web")) == {first, second}
    assert found("channel=sms") == [] and client.get("/api/v1/handoffs.csv?partial=perhaps", headers={"role": "admin"}).status_code == 422


def test_an_export_of_several_pages_leaves_nobody_out(
    client: TestClient, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.handoff.router.PAGE", 3)
    wanted = {outbox.add_handoff() for _ in range(8)}
    rows = list(csv.DictReader(io.StringIO(get(client, "handoffs.csv").text)))
    assert {row["id"] for row in rows} == wanted and len(rows) == 8


@pytest.mark.parametrize("path", ["handoffs/{id}.pdf", "handoffs/{id}/fhir", "handoffs.csv"])
def test_nobody_reads_without_a_log_in(client: TestClient, outbox: Outbox, path: str) -> None:
    assert get(client, path.format(id=outbox.add_handoff()), role="").status_code == 401
    assert audited(outbox) == []


@pytest.mark.parametrize("path", ["handoffs/ho_nobody.pdf", "handoffs/ho_nobody/fhir"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert get(client, path).status_code == 404


def test_a_withdrawn_intake_is_for_admins_only(client: TestClient, outbox: Outbox) -> None:
    handoff_id = outbox.add_handoff(handoff())
    with outbox.records.begin() as tx:
        row = tx.scope.session.get(HandoffRow, handoff_id)
        assert row is not None
        row.locked_reason = "withdrawn"
    assert get(client, f"handoffs/{handoff_id}.pdf").status_code == 403
    assert get(client, f"handoffs/{handoff_id}.pdf", "admin").status_code == 200
    assert len(get(client, "handoffs.csv", "admin").text.splitlines()) == 1
