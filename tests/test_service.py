"""The service as a whole: up, ready, one intake from the first screen to the handoff."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.stack

PLAIN = {
    "consent": ["yes"], "for_whom": ["self"], "age_band": ["19_49"], "pain.site": ["neck"], "pain.side": ["both"],
    "onset.event": ["injury"], "onset.delay": ["days_4_14"], "booking.new_patient": ["new"], "booking.payer": ["icbc"],
    "booking.location": ["victoria"], "booking.times": ["any"], "confirm.more": ["no"], "confirm.read_back": ["yes"],
}  # fmt: skip
VALUES = {
    "narrative": "Fine after the car accident. The stiff neck came a week later.", "contact.name": "Jo Example",
    "contact.phone": "+12505550123", "pain.duration": {"iso": "P3M", "words": "3 months"}, "pain.severity_now": "6",
}  # fmt: skip


def answer(question: str) -> dict[str, Any]:
    """A plain answer to any question of the short intake."""
    if question in PLAIN:
        return {"choices": PLAIN[question]}
    if question in VALUES:
        return {"value": VALUES[question]}
    if question.startswith(("safety.", "precaution")):
        return {"choices": ["none"]}
    return {"choices": ["reported" if question == "indicator.stabbing" else "unknown"]}


def test_an_intake_by_choices_becomes_a_scored_handoff(stack: Any) -> None:
    with httpx.Client(base_url=stack.url, timeout=30) as http:
        started = http.post("/api/v1/conversations", json={"channel": "web"}).json()
        http.headers["Authorization"] = f"Bearer {started['token']}"
        conversation = started["conversation"]
        asked = []
        while conversation["question"] is not None:
            asked.append(conversation["question"])
            body = {"client_message_id": f"m{len(asked)}", **answer(asked[-1])}
            response = http.post(f"/api/v1/conversations/{conversation['id']}/messages", json=body)
            assert response.status_code == 200, (asked[-1], response.text)
            conversation = response.json()["conversation"]
            assert len(asked) < 40
        assert conversation["state"] == "handed_off"
        staff = {"Authorization": f"Bearer {stack.staff_key}"}
        listed = httpx.get(
            f"{stack.url}/api/v1/handoffs", headers=staff, params={"q": conversation["reference"]}
        ).json()
        handoff = httpx.get(f"{stack.url}/api/v1/handoffs/{listed['items'][0]['id']}", headers=staff).json()
    states = {one["id"]: one["state"] for one in handoff["indicators"]}
    assert states["indicator.delayed_onset"] == "reported"
    assert states["indicator.stabbing"] == "reported"
    assert states["indicator.mild_stimuli"] == "unknown"
    assert handoff["score"] == {"reported": 2, "answered": 2, "of": 5}
    assert handoff["reason"] == "completed" and handoff["partial"] is False
    assert len(asked) <= 26


def test_health_and_readiness_answer(stack: Any) -> None:
    assert httpx.get(f"{stack.url}/healthz").json() == {"status": "up"}
    assert httpx.get(f"{stack.url}/readyz").json()["status"] == "ready"
