"""Dead letters, tests of destinations and the text for Jane over HTTP; and the zip for a person."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import anyio
import pytest
from fastapi import FastAPI, Header
from fastapi.testclient import TestClient

from intake.handoff.delivery_router import Outbox as Parts
from intake.handoff.delivery_router import build_router
from intake.handoff.destinations.jane import CHECK_JANE
from intake.handoff.person_export import person_zip
from intake.hours import OpeningHours
from intake.records.audit import Actor
from tests.standins.server import serving
from tests.standins.webhook_receiver import WebhookReceiver

from .conftest import SECRET, Outbox
from .examples import handoff, on_hold, raised


@dataclass
class Who:
    actor: Actor
    role: str


def reader(role: Annotated[str, Header()] = "reception") -> Who:
    return Who(Actor("staff", f"us_{role}"), role)


@pytest.fixture
def receiver(outbox: Outbox) -> Iterator[WebhookReceiver]:
    with serving(WebhookReceiver(SECRET)) as stand_in:
        assert isinstance(stand_in, WebhookReceiver)
        outbox.configure({"kind": "webhook", "url": stand_in.url, "secret": SECRET}, {"kind": "jane"})
        yield stand_in


@pytest.fixture
def client(outbox: Outbox, receiver: WebhookReceiver) -> TestClient:
    async def in_thread(work: Any) -> Any:
        return await anyio.to_thread.run_sync(work)

    app = FastAPI()
    app.include_router(build_router(Parts(outbox.records, outbox.settings, outbox.context, in_thread), reader))
    return TestClient(app)


def test_a_dead_letter_is_seen_without_personal_data_and_sent_again(client: TestClient, outbox: Outbox, receiver: WebhookReceiver) -> None:
    receiver.faults.append("410")
    handoff_id = outbox.add_handoff()
    outbox.enqueue("handoff.created", handoff_id)
    outbox.work()
    (dead,) = client.get("/api/v1/deliveries?state=dead").json()["items"]
    assert (dead["handoff_id"], dead["event"], dead["error"]) == (handoff_id, "handoff.created", "http_410")
    assert "Rowan" not in json.dumps(dead)
    assert client.post(f"/api/v1/deliveries/{dead['id']}/resend").json()["state"] == "pending"
    outbox.work()
    assert len(receiver.effects) == 1
    again = client.post(f"/api/v1/deliveries/{dead['id']}/resend")
    assert again.status_code == 409, "what has arrived is not sent again"
    assert client.post("/api/v1/deliveries/dl_nothing/resend").status_code == 404
    with outbox.records.read() as tx:
        assert tx.audit.list(action="delivery.resend")[0].actor.id == "us_reception"


def test_the_deliveries_of_one_handoff_are_found(client: TestClient, outbox: Outbox) -> None:
    first, second = outbox.add_handoff(), outbox.add_handoff()
    for handoff_id in (first, second):
        outbox.enqueue("handoff.created", handoff_id)
    (found,) = client.get(f"/api/v1/deliveries?handoff={first}").json()["items"]
    assert found["handoff_id"] == first and found["state"] == "pending"


def test_only_admins_test_destinations_and_a_failure_is_named(client: TestClient, receiver: WebhookReceiver) -> None:
    address = "/api/v1/destinations/webhook/test"
    assert client.post(address).status_code == 403
    assert client.post(address, headers={"role": "admin"}).json()["ok"] is True
    receiver.faults.append("500")
    assert client.post(address, headers={"role": "admin"}).json() == {"ok": False, "error": "http_500"}
    assert client.post("/api/v1/destinations/nobody/test", headers={"role": "admin"}).status_code == 404


def test_the_text_for_jane_is_audited_and_warns_on_hold(client: TestClient, outbox: Outbox) -> None:
    handoff_id = outbox.add_handoff(on_hold())
    assert CHECK_JANE not in client.get(f"/api/v1/handoffs/{handoff_id}/jane").text
    outbox.enqueue("booking.offered", handoff_id, {"links": []})
    text = client.get(f"/api/v1/handoffs/{handoff_id}/jane").text
    assert text.startswith(CHECK_JANE) and "HOLD: Severe bleeding disorder" in text
    with outbox.records.read() as tx:
        assert len(tx.audit.list(action="handoff.copy")) == 2


def test_words_about_self_harm_are_not_in_the_text_for_jane(client: TestClient, outbox: Outbox) -> None:
    words = "I do not want to wake up any more"
    handoff_id = outbox.add_handoff(handoff(flags=[raised("RF21_self_harm", "T2", words)]))
    text = client.get(f"/api/v1/handoffs/{handoff_id}/jane").text
    assert "RED FLAG T2" in text and words not in text


def test_the_zip_for_a_person_holds_the_data_and_both_documents(outbox: Outbox) -> None:
    handoff_id = outbox.add_handoff()
    with outbox.records.begin() as tx:
        conversation_id = tx.handoffs.get(handoff_id).conversation_id
        content = person_zip(tx, conversation_id, OpeningHours(), "Parkway", {})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert set(archive.namelist()) == {"intake.json", "answers.pdf", "handoff.pdf"}
        assert all(archive.read(name).startswith(b"%PDF") for name in ("answers.pdf", "handoff.pdf"))
        assert "Rowan Example" in archive.read("intake.json").decode()


def test_a_person_without_a_handoff_gets_the_data_alone(outbox: Outbox) -> None:
    with outbox.records.begin() as tx:
        conversation, _ = tx.conversations.create("web")
        content = person_zip(tx, conversation.id, OpeningHours(), "Parkway", {})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["intake.json"]
