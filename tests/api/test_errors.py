"""Errors and limits of the API: problem details everywhere, Retry-After, sizes. The dialogue engine is down here: no matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from intake.app import create_app
from intake.records import Actor
from intake.settings import Limits, Settings
from tests.records.test_at_rest import contents
from tests.standins.server import free_port

API = "/api/v1/conversations"
EMERGENCY = "crushing chest pain right now and I am sweating"


@pytest.fixture(scope="module")
def web(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The app on its own, with few conversations and messages a minute allowed."""
    nobody = f"http://127.0.0.1:{free_port()}"
    limits = Limits(messages_per_minute=12, conversations_per_minute=8, dialogue_seconds=1)
    folder = tmp_path_factory.mktemp("errors")
    settings = Settings(data_dir=folder / "data", database_url=module_database, rasa_url=nobody, actions_url=nobody, limits=limits)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        with client.app.state.services.records.begin() as tx:  # type: ignore[attr-defined]
            client.headers["X-Test-Key"] = tx.api_keys.add("tests", "admin")[1]
        yield client


@pytest.fixture(scope="module")
def patient(web: TestClient) -> dict[str, str]:
    """One conversation: its path and the header with its token."""
    started = web.post(API, json={"channel": "web"})
    assert started.status_code == 201 and started.json()["token"].startswith("imc_")
    return {"path": f"{API}/{started.json()['conversation']['id']}", "auth": f"Bearer {started.json()['token']}"}


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of an RFC 9457 answer."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status and body["title"] and body["detail"] and body["type"]
    return body


CALLS = {
    "no such page": ("GET", "/nowhere", None, 404), "no such call": ("GET", "/api/v1/nowhere", None, 404),
    "another method": ("PUT", API, {}, 405), "no token": ("GET", f"{API}/cv_x", None, 401),
    "no token to send": ("POST", f"{API}/cv_x/messages", {"client_message_id": "1", "text": "a"}, 401),
    "an unknown channel": ("POST", API, {"channel": "fax"}, 422), "an unknown field": ("POST", API, {"channel": "web", "x": 1}, 422),
    "no key": ("GET", "/api/v1/handoffs", None, 401), "no key to search": ("POST", "/api/v1/handoffs/search", {"text": "a"}, 401),
    "no key to take over": ("POST", f"{API}/cv_x/takeover", None, 401),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_every_refusal_is_a_problem(web: TestClient, name: str) -> None:
    method, path, body, status = CALLS[name]
    is_problem(web.request(method, path, json=body), status)


def test_a_body_that_is_not_json_is_400(web: TestClient, patient: dict[str, str]) -> None:
    sent = web.post(f"{patient['path']}/messages", content=b"{no", headers={"Authorization": patient["auth"], "Content-Type": "application/json"})
    is_problem(sent, 400)


def test_two_thousand_characters_fit_and_one_more_does_not(web: TestClient, patient: dict[str, str]) -> None:
    headers = {"Authorization": patient["auth"]}
    for length, status in ((2000, 200), (2001, 422)):
        sent = web.post(f"{patient['path']}/messages", json={"client_message_id": f"l{length}", "text": "x" * length}, headers=headers)
        assert sent.status_code == status


def test_the_safe_text_answers_while_the_dialogue_engine_is_down(web: TestClient, patient: dict[str, str]) -> None:
    sent = web.post(f"{patient['path']}/messages", json={"client_message_id": "safe", "text": "hello"}, headers={"Authorization": patient["auth"]})
    assert sent.status_code == 200 and "9-1-1" in sent.json()["messages"][0]["text"]
    assert sent.json()["conversation"]["question"] == "consent"


def test_messages_after_one_and_an_unknown_one(web: TestClient, patient: dict[str, str]) -> None:
    headers = {"Authorization": patient["auth"]}
    everything = web.get(patient["path"], headers=headers).json()["messages"]
    assert {m["from"] for m in everything} == {"bot", "patient"}
    later = web.get(patient["path"], params={"after": everything[1]["id"]}, headers=headers).json()["messages"]
    assert later == everything[2:]
    is_problem(web.get(patient["path"], params={"after": "msg_nobody"}, headers=headers), 422)
    is_problem(web.get(patient["path"], params={"wait": 26}, headers=headers), 422)


def test_not_ready_names_what_is_missing(web: TestClient) -> None:
    body = is_problem(web.get("/readyz"), 503)
    assert body["dialogue"] is False and body["database"] is True and "dialogue" in body["detail"]
    assert web.get("/healthz").json() == {"status": "up"}


def test_an_emergency_to_a_withdrawn_intake_is_410_with_the_words(web: TestClient) -> None:
    started = web.post(API, json={}).json()
    path, headers = f"{API}/{started['conversation']['id']}", {"Authorization": f"Bearer {started['token']}"}
    before = web.post(f"{path}/messages", json={"client_message_id": "a", "text": "hello"}, headers=headers)
    assert before.status_code == 200
    receipt = web.delete(path, headers=headers).json()["receipt"]
    assert set(receipt) == {"id", "conversation_id", "at", "erased", "kept", "sent_elsewhere"}
    body = is_problem(web.post(f"{path}/messages", json={"client_message_id": "b", "text": EMERGENCY}, headers=headers), 410)
    assert body["messages"][0]["kind"] == "emergency" and "9-1-1" in body["messages"][0]["text"]
    is_problem(web.post(f"{path}/messages", json={"client_message_id": "a", "text": "hello"}, headers=headers), 410)
    is_problem(web.get(path, headers=headers), 410)


def test_an_emergency_before_consent_is_a_handoff_of_flag_quote_and_time_only(web: TestClient) -> None:
    started = web.post(API, json={}).json()
    path, headers = f"{API}/{started['conversation']['id']}", {"Authorization": f"Bearer {started['token']}"}
    sent = web.post(f"{path}/messages", json={"client_message_id": "a", "text": f"My knee is sore. {EMERGENCY}"}, headers=headers).json()
    assert [m["kind"] for m in sent["messages"]] == ["emergency", "question"]
    assert sent["conversation"]["state"] == "escalated" and sent["conversation"]["question"] == "confirm.emergency"
    staff = {"Authorization": f"Bearer {web.headers['X-Test-Key']}"}
    listed = web.get("/api/v1/handoffs", params={"q": sent["conversation"]["reference"]}, headers=staff).json()["items"]
    document = web.get(f"/api/v1/handoffs/{listed[0]['id']}", headers=staff).json()
    assert document["urgency"] == "T1" and document["reason"] == "emergency" and document["red_flags"][0]["evidence"]
    told = {name for name, answer in document["answers"].items() if answer["state"] == "answered"}
    assert told <= {"for_whom", "contact.phone", "contact.email"} and "knee" not in document["summary"]


def test_an_exception_becomes_a_problem_and_its_words_reach_no_log(
    web: TestClient, patient: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def throws(*_: Any, **__: Any) -> None:
        raise ValueError("the quokka bites")

    monkeypatch.setattr(web.app.state.services.gate, "view", throws)  # type: ignore[attr-defined]
    with caplog.at_level("DEBUG"):
        answer = web.get(patient["path"], headers={"Authorization": patient["auth"]})
    assert "quokka" not in is_problem(answer, 500)["detail"]
    assert "ValueError" in caplog.text and "quokka" not in caplog.text


def test_staff_changes_of_what_is_not_there_are_problems(web: TestClient) -> None:
    staff = {"Authorization": f"Bearer {web.headers['X-Test-Key']}"}
    is_problem(web.get("/api/v1/handoffs/ho_nobody", headers=staff), 404)
    is_problem(web.patch("/api/v1/handoffs/ho_nobody", json={"version": 1, "status": "closed"}, headers=staff), 404)
    is_problem(web.get("/api/v1/handoffs", params={"status": "sleeping"}, headers=staff), 422)
    is_problem(web.get("/api/v1/handoffs", params={"cursor": "ho_nobody"}, headers=staff), 422)
    for verb in ("takeover", "handback", "release"):
        is_problem(web.post(f"{API}/cv_nobody/{verb}", headers=staff), 404)
    is_problem(web.get("/api/v1/handoffs", headers={"Authorization": "Bearer imk_wrong"}), 401)
    with web.app.state.services.records.read() as tx:  # type: ignore[attr-defined]
        actors = {entry.actor for entry in tx.audit.list()}
    assert any(isinstance(actor, Actor | str) for actor in actors), "reads are audited"


def test_a_stale_version_is_409(web: TestClient) -> None:
    staff = {"Authorization": f"Bearer {web.headers['X-Test-Key']}"}
    one = web.get("/api/v1/handoffs", headers=staff).json()["items"][0]
    document = web.get(f"/api/v1/handoffs/{one['id']}", headers=staff).json()
    changed = web.patch(f"/api/v1/handoffs/{one['id']}", json={"version": document["version"], "status": "in_review"}, headers=staff)
    assert changed.status_code == 200
    is_problem(web.patch(f"/api/v1/handoffs/{one['id']}", json={"version": document["version"], "status": "closed"}, headers=staff), 409)


def test_too_many_messages_and_conversations_get_429_with_retry_after(web: TestClient, patient: dict[str, str]) -> None:
    headers = {"Authorization": patient["auth"]}
    answers = [web.post(f"{patient['path']}/messages", json={"client_message_id": "same", "text": "hi"}, headers=headers) for _ in range(14)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) >= 1
    is_problem(answers[-1], 429)
    opened = [web.post(API, json={}) for _ in range(9)]
    is_problem(opened[-1], 429)
    assert int(opened[-1].headers["Retry-After"]) >= 1


def test_a_large_body_is_413_also_without_its_length(web: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * 8_000

    is_problem(web.post(API, content=b" " * 40_000, headers={"Content-Type": "application/json"}), 413)
    is_problem(web.post(API, content=chunks(), headers={"Content-Type": "application/json"}), 413)


def test_the_files_of_the_installation_hold_none_of_it(web: TestClient) -> None:
    services = web.app.state.services  # type: ignore[attr-defined]
    beside = [file.read_bytes() for file in services.settings.data_dir.rglob("*") if file.is_file()]
    seen = b"".join([contents(services.records, Path(services.records.url.database).parent), *beside]).lower()
    assert b"cv_" in seen, "the search looks where the records are"
    assert b"crushing chest pain" not in seen
