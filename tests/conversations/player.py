"""Plays a persona against the running product over HTTP, and says in what the result differs from what it expects.

A persona is one YAML mapping (`<name>.yml`; short harmless ones stand together in `harmless.yml`):

- `name`, `about`; `channel` (web, sms, terminal; default web);
- `start`: steps sent before anything is answered (texts of somebody who does not read the first screen);
- `opening`: the answer to `narrative`; `answers`: question id -> step, or a list of steps for repeated asks (the last
  one is repeated). A step is a plain text, `{text}`, `{choices: […]}`, `{value: …}` or `{delete: true}` (withdrawal), and
  with `question: <id>` it corrects an earlier answer. In a list question, ticked items that are not shown are left out
  (the list is adaptive), and `none` is sent when nothing is left. Questions without an answer here get that of
  `defaults.yml`, and otherwise "unknown": so a persona survives another order and other conditions.
- `asides`: question id -> steps sent first when that question is open, which must come back afterwards;
- `crash_at`: question ids (or {id: dialogue | actions | app}). At a plain id the client loses the reply: it sends the same
  message a second time under its id. With a part, that part of the running stack is killed and started again;
- `after_end`: texts sent when the conversation has ended;
- `expect`: what must come out, see `differences`.

The player answers whatever `conversation["question"]` is open, until the conversation has ended or nothing is asked.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

HERE = Path(__file__).parent
DEFAULTS: Mapping[str, Any] = yaml.safe_load((HERE / "defaults.yml").read_text(encoding="utf-8"))
ENDED = ("handed_off", "withdrawn", "expired")
#: A conversation that has not come to an end after so many messages goes round in a loop, and so does one in which the
#: same question stays open for so many answers.
MOST_MESSAGES = 120
MOST_ANSWERS = 7
TIMEOUT_S = 30.0
URGENT = ("T1", "T2")

PERSONA_KEYS = {
    "name", "about", "channel", "start", "opening", "answers", "asides", "crash_at", "after_end", "expect",
}  # fmt: skip
EXPECT_KEYS = {
    "state", "reason", "urgency", "partial", "findings", "score", "site", "sites", "side", "duration", "severity", "onset",
    "answers", "states", "red_flags", "only_red_flags", "precautions", "must_not", "safety_screen", "emergency", "ever",
    "max_questions", "max_before_more", "not_asked", "said", "not_said", "corrected", "no_handoff", "after_end", "receipt",
}  # fmt: skip


class PlayError(Exception):
    """The conversation could not be played on: an HTTP error, a loop, or a question that nothing answers."""


@dataclass
class Played:
    """What happened: every exchange, the end state, the handoff as staff get it (None if there is none)."""

    persona: Mapping[str, Any]
    conversation: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    #: Question ids in the order in which they were open, one entry a message of the patient.
    path: list[str] = field(default_factory=list)
    #: (question, question open after the aside)
    asides: list[tuple[str, str | None]] = field(default_factory=list)
    #: (status of a message sent after the end, its body)
    after_end: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    receipt: dict[str, Any] | None = None
    handoff: dict[str, Any] | None = None

    @property
    def questions(self) -> list[str]:
        """The ids of the questions that the bot put, in order, a question that came back after an aside counted once."""
        put: list[str] = []
        for message in self.messages:
            if message["kind"] == "question" and message.get("question") and (not put or put[-1] != message["question"]):
                put.append(message["question"])
        return put

    @property
    def bot_text(self) -> str:
        """All that the bot said, for `said` and `not_said`."""
        return "\n".join(m["text"] for m in self.messages if m["from"] == "bot")

    def transcript(self) -> str:
        """The conversation as lines `bot: …` and `patient: …`, for a failure message (every persona is invented)."""
        return "\n".join(f"{m['from']:>8} [{m['kind']} {m.get('question') or ''}] {m['text']}" for m in self.messages)


@dataclass
class _Play:
    http: httpx.Client
    played: Played
    id: str = ""
    token: str = ""
    sent: int = 0
    used: Counter[str] = field(default_factory=Counter)

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One request; a 429 is waited out as it asks."""
        for _ in range(10):
            headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            response = self.http.request(method, path, headers=headers, **arguments)
            if response.status_code != 429:
                return response
            time.sleep(min(float(response.headers.get("Retry-After", "1")), 10.0))
        raise PlayError(f"{method} {path}: still too many requests")

    def open(self, channel: str) -> None:
        response = self.call("POST", "/api/v1/conversations", json={"channel": channel})
        if response.status_code != 201:
            raise PlayError(f"no conversation: {response.status_code} {response.text}")
        body = response.json()
        self.id, self.token = body["conversation"]["id"], body["token"]
        self.take(body)

    def take(self, body: Mapping[str, Any]) -> None:
        self.played.conversation = dict(body["conversation"])
        self.played.states.append(body["conversation"]["state"])
        known = {message["id"] for message in self.played.messages}
        self.played.messages += [m for m in body["messages"] if m["id"] not in known]

    @property
    def question(self) -> str | None:
        return self.played.conversation.get("question")

    def send(self, step: Mapping[str, Any], *, again: bool = False, expect_ok: bool = True) -> httpx.Response:
        """Send a step; `again` sends it twice under one id, as a client does that lost the reply."""
        self.sent += 1
        if self.sent > MOST_MESSAGES:
            raise PlayError(f"a loop: {MOST_MESSAGES} messages and still at {self.question}\n{self.played.transcript()}")
        body = {"client_message_id": str(uuid.uuid4()), **step}
        path = f"/api/v1/conversations/{self.id}/messages"
        response = self.call("POST", path, json=body)
        if again:
            second = self.call("POST", path, json=body)
            if second.json().get("messages") != response.json().get("messages"):
                raise PlayError(f"the same message twice got two different answers at {self.question}")
        if expect_ok:
            if response.status_code != 200:
                raise PlayError(
                    f"{response.status_code} {response.text} to {step} at {self.question}\n{self.played.transcript()}"
                )
            # The patient's own message is kept in the transcript even where the answer shows only the bot's.
            shown = step.get("text") or step.get("choices") or step.get("value") or ""
            mine = {"id": body["client_message_id"], "from": "patient", "kind": "answer", "text": str(shown)}
            self.played.messages.append({**mine, "question": self.question})
            self.take(response.json())
        return response

    def shown(self) -> tuple[list[str], bool]:
        """The choice values shown with the open question, and whether several may be ticked."""
        for message in reversed(self.played.messages):
            if message["kind"] == "question" and message.get("question") == self.question:
                return [choice["value"] for choice in message.get("choices") or []], bool(message.get("multiple"))
        return [], False

    def step(self, question: str) -> dict[str, Any]:
        """The persona's answer to a question, else the default, else unknown."""
        persona = self.played.persona
        answers = {**DEFAULTS, **persona.get("answers", {})}
        if "opening" in persona and "narrative" not in persona.get("answers", {}):
            answers["narrative"] = persona["opening"]
        given = answers.get(question, {"choices": ["unknown"]})
        if isinstance(given, list):
            given = given[min(self.used[question], len(given) - 1)]
        self.used[question] += 1
        step = as_step(given)
        if "choices" in step and "question" not in step:
            step["choices"] = self.fit(step["choices"])
        return step

    def fit(self, choices: Sequence[str]) -> list[str]:
        """Ticked items as far as they are shown; a tiered item also stands for its red flag (RF09_trauma@T2 for RF09_trauma)."""
        shown, multiple = self.shown()
        if not multiple or not shown:
            return list(choices)
        fitting = [c for c in choices if c in shown or c in ("none", "unsure", "unknown", "declined", "skipped")]
        fitting += [s for s in shown for c in choices if s not in choices and s.split("@")[0] == c]
        return fitting or ["none"]


def as_step(given: Any) -> dict[str, Any]:
    """A step as the body of a message: a plain text is `{"text": …}`."""
    if isinstance(given, str):
        return {"text": given}
    if isinstance(given, Mapping) and set(given) <= {"text", "choices", "value", "question", "delete"} and given:
        return dict(given)
    raise PlayError(f"not a step: {given!r} (a text, or text, choices, value or delete, and perhaps question)")


def load(path: Path) -> list[dict[str, Any]]:
    """The persona of a file, or the personas of one that holds a list; an unknown key is a ValueError."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    personas = data if isinstance(data, list) else [data]
    for persona in personas:
        unknown = set(persona) - PERSONA_KEYS | set(persona.get("expect", {})) - EXPECT_KEYS
        if unknown or "name" not in persona:
            raise ValueError(f"{path.name} {persona.get('name')}: unknown keys {sorted(unknown)} or no name")
    return personas


def play(
    base_url: str,
    persona: Mapping[str, Any],
    *,
    staff_key: str | None = None,
    restart: Callable[[str], None] | None = None,
) -> Played:
    """Play a persona against `base_url`; with `staff_key` (imk_…) the handoff is fetched as staff get it.

    `restart(part)` kills a part of the stack and returns when it is up again; needed only by personas that name a part in
    `crash_at`. Raises PlayError when the conversation cannot go on.
    """
    played = Played(persona)
    with httpx.Client(base_url=base_url, timeout=TIMEOUT_S) as http:
        run = _Play(http, played)
        run.open(persona.get("channel", "web"))
        for given in persona.get("start", []):
            run.send(as_step(given))
        _answer_all(run, restart)
        for text in persona.get("after_end", []):
            response = run.send({"text": text}, expect_ok=False)
            played.after_end.append((response.status_code, response.json()))
        if staff_key:
            played.handoff = handoff(http, staff_key, played.conversation)
    return played


def _answer_all(run: _Play, restart: Callable[[str], None] | None) -> None:
    persona = run.played.persona
    asides = {
        question: list(steps) if isinstance(steps, list) else [steps]
        for question, steps in persona.get("asides", {}).items()
    }
    crashes = persona.get("crash_at", {})
    crashes = dict.fromkeys(crashes, "reply") if isinstance(crashes, list) else dict(crashes)
    while run.question and run.played.conversation["state"] not in ENDED:
        question = run.question
        run.played.path.append(question)
        if run.played.path[-MOST_ANSWERS:] == [question] * MOST_ANSWERS:
            raise PlayError(f"a loop: {MOST_ANSWERS} answers and still at {question}\n{run.played.transcript()}")
        if asides.get(question):
            run.send(as_step(asides[question].pop(0)))
            run.played.asides.append((question, run.question))
            continue
        step = run.step(question)
        if step.get("delete"):
            response = run.call("DELETE", f"/api/v1/conversations/{run.id}")
            if response.status_code != 200:
                raise PlayError(f"withdrawal: {response.status_code} {response.text}")
            run.played.receipt = response.json()["receipt"]
            run.played.conversation |= {"state": "withdrawn", "question": None}
            return
        part = crashes.pop(question, None)
        if part not in (None, "reply"):
            if restart is None:
                raise PlayError(f"{persona['name']} needs a stack whose {part} can be restarted")
            restart(part)
        run.send(step, again=part == "reply")


def handoff(http: httpx.Client, staff_key: str, conversation: Mapping[str, Any]) -> dict[str, Any] | None:
    """The handoff of a conversation from the staff API, looked up by its reference; None if there is none."""
    headers = {"Authorization": f"Bearer {staff_key}"}
    found = http.get("/api/v1/handoffs", params={"q": conversation["reference"]}, headers=headers)
    found.raise_for_status()
    items = [item for item in found.json()["items"] if item["conversation_id"] == conversation["id"]]
    if not items:
        return None
    one = http.get(f"/api/v1/handoffs/{items[0]['id']}", headers=headers)
    one.raise_for_status()
    return dict(one.json())
