"""Plays one invented person against the running service, over the same HTTP API as the chat page."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

PEOPLE = Path(__file__).with_name("people.yml")
MOST_MESSAGES = 90
ENDED = ("handed_off", "expired", "withdrawn")
# What a person answers where the file says nothing; every other question: does not know.
PLAIN: Mapping[str, Any] = {
    "consent": {"choices": ["yes"]}, "for_whom": {"choices": ["self"]}, "age_band": {"choices": ["19_49"]},
    "safety.now": {"choices": ["none"]}, "safety.spine": {"choices": ["none"]}, "safety.general": {"choices": ["none"]},
    "contact.preferred": {"choices": ["phone"]}, "pain.side": {"choices": ["middle"]}, "pain.severity_now": {"value": "5"},
    "pain.severity_worst": {"value": "7"}, "pain.duration": "2 months", "onset.event": {"choices": ["gradual"]},
    "sensation": {"choices": ["none"]}, "inflammation": {"choices": ["none"]}, "myofascial": {"choices": ["myofascial.dull_ache"]},
    "myofascial.pressed": {"choices": ["no"]}, "indicator.stabbing": {"choices": ["not_reported"]},
    "indicator.mild_stimuli": {"choices": ["not_reported"]}, "precaution": {"choices": ["none"]},
    "booking.new_patient": {"choices": ["new"]}, "booking.payer": {"choices": ["private"]}, "confirm.more": {"choices": ["no"]},
    "confirm.read_back": {"choices": ["yes"]}, "confirm.resume": {"choices": ["yes"]}, "confirm.person": {"choices": ["no"]},
    "confirm.withdraw": {"choices": ["yes"]}, "safety.self": {"choices": ["safe"]},
}  # fmt: skip
TIMES = itertools.cycle(
    (
        {"parts": ["mon_am", "wed_am"], "words": "Monday or Wednesday mornings"}, {"parts": ["tue_pm"], "words": "Tuesday afternoon"},
        {"parts": ["any"], "words": "any time"}, {"parts": ["thu_am", "fri_am"], "words": "Thursday or Friday morning"},
    )
)  # fmt: skip
PLACES = itertools.cycle(("victoria", "langford", "either"))


def people() -> list[dict[str, Any]]:
    """Everybody in the file, each with a telephone number of their own."""
    found: list[dict[str, Any]] = yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))
    for number, person in enumerate(found):
        person.setdefault("phone", f"250 555 01{number:02d}")
    return found


def play(http: httpx.Client, person: Mapping[str, Any]) -> dict[str, Any]:
    """From the first screen to the end, or to where the person goes away. Returns the conversation; raises RuntimeError."""
    channel = person.get("channel", "web")
    opened = _checked(http.post("/api/v1/conversations", json={"channel": channel})).json()
    here, address = opened["conversation"], f"/api/v1/conversations/{opened['conversation']['id']}"
    shown: list[dict[str, Any]] = opened["messages"]
    bearer = {"Authorization": f"Bearer {opened['token']}"}
    asked_person = False
    for _ in range(MOST_MESSAGES):
        question = here["question"]
        if here["state"] in ENDED or question is None or question == person.get("stop_at"):
            break
        if question == "contact.name" and person.get("ask_person") and not asked_person:
            asked_person, step = True, {"text": "can I talk to a person please"}
        else:
            step = _step(person, question, shown)
        body = {"client_message_id": str(uuid.uuid4()), **step}
        answered = http.post(f"{address}/messages", json=body, headers=bearer)
        if answered.status_code == 422 and "text" not in step:
            answered = http.post(f"{address}/messages", json={"client_message_id": str(uuid.uuid4()), "text": "not sure"}, headers=bearer)
        reply = _checked(answered).json()
        here, shown = reply["conversation"], reply["messages"]
    else:
        raise RuntimeError(f"{person['name']} never came to an end (at {here['question']})")
    if person.get("withdraw"):
        _checked(http.delete(address, headers=bearer))
    return dict(here)


def _step(person: Mapping[str, Any], question: str, shown: list[dict[str, Any]]) -> dict[str, Any]:
    answers = person.get("answers") or {}
    if question in answers:
        given = answers[question]
    elif question == "narrative":
        given = person["say"]
    elif question == "contact.name":
        given = {"value": person["name"]}
    elif question == "contact.phone":
        given = {"value": person["phone"]}
    elif question == "contact.email":
        given = {"value": f"{person['name'].split()[0].lower()}@example.ca"}
    elif question == "booking.times":
        given = {"value": next(TIMES)}
    elif question == "booking.location":
        given = {"choices": [next(PLACES)]}
    elif question == "confirm.emergency":
        given = {"choices": [person.get("emergency", "old_unchanged")]}
    else:
        given = PLAIN.get(question, {"choices": ["unknown"]})
    step: dict[str, Any] = {"text": given} if isinstance(given, str) else dict(given)
    if "choices" in step:
        step["choices"] = _offered(step["choices"], question, shown)
    return step


def _offered(choices: list[str], question: str, shown: list[dict[str, Any]]) -> list[str]:
    """The ticks as far as the list shows them (it is adaptive), with or without a tier behind the id; else none of them."""
    asked = next((m for m in reversed(shown) if m["question"] == question and m["kind"] == "question"), None)
    if asked is None or not asked["choices"]:
        return choices
    values = [choice["value"] for choice in asked["choices"]]
    fitting = [value for choice in choices for value in values if value == choice or value.partition("@")[0] == choice]
    return fitting or [next((v for v in ("none", "unknown") if v in values), values[0])]


def _checked(response: httpx.Response) -> httpx.Response:
    if response.status_code >= 300:
        raise RuntimeError(f"the service answered {response.status_code}: {response.text[:300]}")
    return response
