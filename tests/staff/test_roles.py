"""Every staff route as every role: what opens, what does not; a new route without a line here fails."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi.routing import APIRoute

from clinic.red_flags import SELF_HARM
from intake.serving import of_staff
from intake.staff.routes import ROUTERS
from tests.handoff.examples import answer
from tests.staff.clinic import Clinic, flag

OPEN = {  # for anybody: the way in
    "GET /staff/login", "POST /staff/login", "GET /staff/second-factor", "GET /staff/code", "POST /staff/code", "POST /staff/logout",
    "GET /staff/password", "POST /staff/password", "GET /staff/forgot", "POST /staff/forgot", "GET /staff/join", "POST /staff/join",
    "GET /staff/static/{name}",
}  # fmt: skip
EVERYBODY = {"reception", "physiotherapist", "admin"}
CLINICAL = {"physiotherapist", "admin"}
ADMIN = {"admin"}
# Route -> the roles that it opens for. {handoff_id} is an ordinary handoff.
MATRIX = {
    "GET /staff": EVERYBODY,
    "POST /staff/search": EVERYBODY,
    "GET /staff/events": EVERYBODY,
    "GET /staff/account": EVERYBODY,
    "GET /staff/handoffs/{handoff_id}": EVERYBODY,
    "GET /staff/handoffs/{handoff_id}/times": EVERYBODY,
    "POST /staff/handoffs/{handoff_id}": EVERYBODY,
    "GET /staff/numbers": EVERYBODY,
    "GET /staff/people": ADMIN,
    "POST /staff/people": ADMIN,
    "POST /staff/people/{user_id}": ADMIN,
    "GET /staff/deliveries": ADMIN,
    "POST /staff/deliveries/{delivery_id}": ADMIN,
    "GET /staff/setup": ADMIN,
    "POST /staff/setup/test": ADMIN,
    "GET /staff/audit": ADMIN,
    "GET /staff/audit.csv": ADMIN,
    "GET /staff/data": ADMIN,
    "POST /staff/data/find": ADMIN,
    "POST /staff/data/retention": ADMIN,
    "POST /staff/data/{conversation_id}/export": ADMIN,
    "POST /staff/data/{conversation_id}/hold": ADMIN,
    "POST /staff/data/{conversation_id}/erase": ADMIN,
    "POST /staff/data/copied/{handoff_id}": EVERYBODY,
    "GET /api/v1/handoffs": EVERYBODY,
    "POST /api/v1/handoffs/search": EVERYBODY,
    "GET /api/v1/handoffs/{handoff_id}": EVERYBODY,
    "PATCH /api/v1/handoffs/{handoff_id}": EVERYBODY,
    "GET /api/v1/handoffs/{handoff_id}/messages": CLINICAL,
    "GET /api/v1/handoffs/{handoff_id}/fhir": CLINICAL,
    "GET /api/v1/handoffs/{handoff_id}.pdf": EVERYBODY,
    "GET /api/v1/handoffs/{handoff_id}.pdf?transcript=true": CLINICAL,
    "GET /api/v1/handoffs/{handoff_id}/jane": EVERYBODY,
    "GET /api/v1/handoffs.csv": EVERYBODY,
    "POST /api/v1/handoffs/{handoff_id}/appointment": EVERYBODY,
    "DELETE /api/v1/handoffs/{handoff_id}/appointment": EVERYBODY,
    "GET /api/v1/deliveries": EVERYBODY,
    "POST /api/v1/deliveries/{delivery_id}/resend": EVERYBODY,
    "POST /api/v1/destinations/{name}/test": ADMIN,
    "POST /api/v1/conversations/{conversation_id}/takeover": EVERYBODY,
    "POST /api/v1/conversations/{conversation_id}/handback": EVERYBODY,
    "POST /api/v1/conversations/{conversation_id}/reply": EVERYBODY,
    "POST /api/v1/conversations/{conversation_id}/release": CLINICAL,
}
BODIES: dict[str, dict[str, object]] = {
    "/search": {"text": "IMS-0000"}, "/reply": {"text": "hello"}, "PATCH": {"version": 0},
    "/appointment": {"starts_at": "2020-01-01T10:00:00Z", "service": "assessment", "location": "victoria", "version": 0},
}  # fmt: skip


def test_every_route_of_the_staff_side_stands_in_the_matrix(clinic: Clinic) -> None:
    paths = httpx.get(f"{clinic.url}/api/openapi.json", timeout=60).json()["paths"]
    api = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs if of_staff(re.sub(r"\{\w+\}", "x", path))}
    pages = {f"{verb} {route.path}" for router in ROUTERS for route in router.routes if isinstance(route, APIRoute) for verb in route.methods}
    assert (api | pages) - OPEN == {route.partition("?")[0] for route in MATRIX}


@pytest.mark.parametrize("route", MATRIX)
def test_a_route_opens_for_its_roles_only(clinic: Clinic, route: str) -> None:
    handoff = clinic.intake()
    verb, path = route.split(" ")
    path = re.sub(r"\{handoff_id\}", handoff.id, path)
    path = path.replace("{conversation_id}", handoff.conversation_id).replace("{name}", "nowhere")
    path = re.sub(r"\{\w+\}", "xx_none", path)
    nobody = _ask(httpx.Client(base_url=clinic.url, timeout=60), verb, path, "")
    assert nobody in (303, 401), "nobody gets in without a log-in"
    for role in sorted(EVERYBODY):
        client = clinic.log_in(clinic.people[role])
        status = _ask(client, verb, path, client.headers["x-csrf-token"])
        if role in MATRIX[route]:
            assert status not in (401, 403, 500), (role, status)
        else:
            assert status == 403, (role, status)


def _ask(client: httpx.Client, verb: str, path: str, csrf: str) -> int:
    if path == "/staff/events":
        with client.stream("GET", path) as opened:
            return opened.status_code
    if verb != "GET" and path.startswith("/staff"):
        return client.post(path, data={"csrf": csrf, "action": "none"}).status_code
    body = next((b for part, b in BODIES.items() if path.endswith(part) or part == verb), {})
    return client.request(verb, path, json=body if verb != "GET" else None).status_code


def test_reception_sees_its_work_and_neither_story_nor_transcript_nor_self_harm(clinic: Clinic) -> None:
    story, cry = "I fell off the ladder onto my hip", "I do not want to live any more"
    told = {"narrative": answer(story, quote=story), "contact.name": answer("Noor Lind")}
    handoff = clinic.intake(told, (flag(SELF_HARM, "T2", cry),), said=(story, cry))
    pages = {}
    for role in sorted(EVERYBODY):
        client = clinic.log_in(clinic.people[role])
        address = f"/api/v1/handoffs/{handoff.id}"
        pages[role] = client.get(f"/staff/handoffs/{handoff.id}").text + client.get(address).text + client.get(f"{address}/jane").text
    for part in ("Noor Lind", "Self-harm", "apixaban", "ICBC"):
        assert part in pages["reception"], part
    for part in (story, cry, "even my shirt hurts", "hanging up the washing", "deep dull ache"):
        assert part not in pages["reception"], part
        assert part in pages["physiotherapist"], part
        assert part in pages["admin"], part
    assert "button call" in pages["physiotherapist"] and "button call" not in pages["reception"], "reception is told not to call alone"


def test_what_a_patient_took_back_opens_for_admins_only(clinic: Clinic) -> None:
    handoff = clinic.intake()
    desk = clinic.log_in(clinic.people["reception"])
    desk.post(f"/staff/handoffs/{handoff.id}", data={"csrf": desk.headers["x-csrf-token"], "action": "take", "version": handoff.version})
    with clinic.records.begin() as tx:
        tx.erasure.withdraw(handoff.conversation_id)
    seen = {role: clinic.log_in(clinic.people[role]).get(f"/staff/handoffs/{handoff.id}") for role in EVERYBODY}
    assert {role: page.status_code for role, page in seen.items()} == {"reception": 403, "physiotherapist": 403, "admin": 200}
    assert "Do not use it" in seen["admin"].text


def test_nothing_edits_the_audit(clinic: Clinic) -> None:
    client = clinic.log_in(clinic.people["admin"])
    for verb in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/staff/audit", "/staff/audit.csv", "/staff/audit/1", "/api/v1/audit"):
            assert client.request(verb, path).status_code in (404, 405)
