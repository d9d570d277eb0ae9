"""Requests made from the API's own description: none breaks the service, every answer is one that the description names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks

from intake.app import create_app
from intake.settings import Limits, Settings
from tests.standins.server import free_port

load_all_checks()
API = "/api/v1/conversations"
PATIENCE = 120  # seconds; a busy machine takes long to make the description
# Routes of people with a browser are driven by the browser tests.
PATIENTS_AND_STAFF = r"^/(api/v1|healthz|readyz)"
CHECKS = (
    schemathesis.checks.not_a_server_error, schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance, schemathesis.checks.response_schema_conformance,
)  # fmt: skip


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The app with one conversation, one handoff and generous limits; the dialogue engine is down: the safe text answers."""
    nobody = f"http://127.0.0.1:{free_port()}"
    folder = tmp_path_factory.mktemp("schema")
    limits = Limits(messages_per_minute=10**6, conversations_per_minute=10**6, dialogue_seconds=1)
    chosen = Settings(data_dir=folder / "data", rasa_url=nobody, actions_url=nobody, limits=limits)
    with TestClient(create_app(chosen)) as client:
        yield client


@pytest.fixture(scope="module")
def known(web: TestClient) -> dict[str, str]:
    """Ids and secrets that exist, so that requests get past the door."""
    started = web.post(API, json={}).json()
    conversation, token = started["conversation"]["id"], started["token"]
    sent = {"client_message_id": "a", "text": "crushing chest pain right now and I am sweating"}
    assert web.post(f"{API}/{conversation}/messages", json=sent, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    with web.app.state.services.records.begin() as tx:  # type: ignore[attr-defined]
        key = tx.api_keys.add("schema", "admin")[1]
    staff = {"Authorization": f"Bearer {key}"}
    handoff = web.get("/api/v1/handoffs", headers=staff).json()["items"][0]["id"]
    return {"conversation_id": conversation, "token": token, "key": key, "handoff_id": handoff}


@pytest.fixture
def api(web: TestClient) -> schemathesis.BaseSchema:
    """The description, as the service gives it out."""
    return schemathesis.openapi.from_asgi("/api/openapi.json", web.app, timeout=PATIENCE).include(path_regex=PATIENTS_AND_STAFF)


schema = schemathesis.pytest.from_fixture("api")
PATIENT_SIDE = ("/messages", "/{conversation_id}", "/links")


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_request_breaks_it_and_every_answer_is_described(case: schemathesis.Case, known: dict[str, str]) -> None:
    for name in ("conversation_id", "handoff_id"):
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = known[name]
    if case.query and "wait" in case.query:
        case.query["wait"] = 0  # a long poll takes its time by design
    by_patient = case.path.startswith(API) and case.path.endswith(PATIENT_SIDE) and case.method != "DELETE"
    headers = {"Authorization": f"Bearer {known['token' if by_patient else 'key']}"}
    case.call_and_validate(headers=headers, checks=CHECKS, timeout=PATIENCE)
