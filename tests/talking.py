"""A patient for tests: talks to the API over HTTP and remembers where the conversation stands."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

_counter = itertools.count()
# A plain answer to any question, so that a test can walk up to the one that it is about.
CHOICES = {
    "consent": "yes", "for_whom": "self", "age_band": "19_49", "pain.site": "lower_back", "pain.side": "left", "onset.event": "gradual",
    "onset.delay": "immediate", "booking.new_patient": "new", "booking.payer": "private", "booking.location": "either",
    "booking.times": "any", "confirm.more": "no", "confirm.read_back": "yes", "myofascial.pressed": "no",
}  # fmt: skip
VALUES = {
    "narrative": "It aches when I sit for long.", "contact.name": "Jo Example", "contact.phone": "+12505550123",
    "contact.email": "jo@example.ca", "pain.duration": {"iso": "P2M", "words": "2 months"}, "pain.severity_now": "5",
    "pain.severity_worst": "7", "function.activity": {"words": "lifting", "score": 4}, "aggravating": "sitting", "easing": "walking",
    "previous_treatment": "nothing", "goal": "to hike again",
}  # fmt: skip


def plain(question: str) -> dict[str, Any]:
    """The body of a plain answer."""
    if question in CHOICES:
        return {"choices": [CHOICES[question]]}
    if question in VALUES:
        return {"value": VALUES[question]}
    if question.startswith(("safety.", "precaution")) or question in ("sensation", "inflammation", "myofascial"):
        return {"choices": ["none"]}
    return {"choices": ["unknown"]}


class Patient:
    """One conversation. `say`, `choose`, `give` send; the last answer stands in `messages` and `conversation`."""

    def __init__(self, url: str, channel: str = "web") -> None:
        self.http = httpx.Client(base_url=url, timeout=40, trust_env=False)
        body = self.http.post("/api/v1/conversations", json={"channel": channel}).json()
        self.token = body["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self._take(body)

    def _take(self, body: dict[str, Any]) -> None:
        self.conversation = body["conversation"]
        self.messages = body["messages"]

    @property
    def path(self) -> str:
        """The conversation's address."""
        return f"/api/v1/conversations/{self.conversation['id']}"

    @property
    def question(self) -> str | None:
        """The open question."""
        found = self.conversation["question"]
        return None if found is None else str(found)

    @property
    def state(self) -> str:
        """The conversation's state."""
        return str(self.conversation["state"])

    def post(self, **body: Any) -> httpx.Response:
        """Send one message as it is; nothing is remembered."""
        body.setdefault("client_message_id", f"m{next(_counter)}")
        return self.http.post(f"{self.path}/messages", json=body)

    def send(self, **body: Any) -> list[dict[str, Any]]:
        """Send one message that must be taken; returns the new messages."""
        response = self.post(**body)
        assert response.status_code == 200, (self.question, response.status_code, response.text)
        self._take(response.json())
        return list(self.messages)

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Send text."""
        return self.send(text=text, **more)

    def choose(self, *values: str, **more: Any) -> list[dict[str, Any]]:
        """Send choices."""
        return self.send(choices=list(values), **more)

    def walk_to(self, question: str) -> None:
        """Answer plainly until this question is open."""
        for _ in range(60):
            if self.question == question:
                return
            assert self.question is not None, f"the conversation ended before {question}"
            self.send(**plain(self.question))
        raise AssertionError(f"{question} was never asked")

    def finish(self) -> None:
        """Answer plainly to the end."""
        while self.question is not None and self.state == "active":
            self.send(**plain(self.question))

    def all_messages(self) -> list[dict[str, Any]]:
        """Everything said so far, both ways."""
        return list(self.http.get(self.path).json()["messages"])

    def handoff(self, staff_key: str) -> dict[str, Any]:
        """The handoff as staff read it."""
        staff = {"Authorization": f"Bearer {staff_key}"}
        found = self.http.get("/api/v1/handoffs", headers=staff, params={"q": self.conversation["reference"]}).json()["items"]
        assert len(found) == 1, found
        return dict(self.http.get(f"/api/v1/handoffs/{found[0]['id']}", headers=staff).json())
