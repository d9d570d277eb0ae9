"""Compares a played conversation with its persona's `expect`; each function yields sentences that say what differs.

Keys of `expect`:

- `state` (the conversation's), `reason`, `urgency`, `partial`, `safety_screen` (the handoff's, as far as given);
- `findings` {id: state}; `score` {reported, answered}; `site` (main region), `sites` (all must be named), `side`, `duration`
  (ISO 8601, compared in days), `severity` {low, high} or a number, `onset` {event, delay};
- `answers` {id: value}, `states` {id: answer state}, `corrected` (ids whose earlier answer must be kept in `previous`);
- `red_flags` (ids that must be there), `only_red_flags` (true: no other T1/T2/T3), `precautions` (ids that must be there),
  `must_not` (red flag or precaution ids, or finding ids as reported, that must not be there);
- `emergency` (true: the emergency words were shown, false: never), `ever` (states passed through);
- `max_questions`, `max_before_more`, `not_asked` (question ids); `said`, `not_said` (words of the bot);
- `no_handoff` (true), `receipt` (true: a withdrawal receipt), `after_end` (statuses of the texts sent after the end; a list).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.conversations.player import URGENT, Played

DAYS = {"Y": 365.0, "M": 30.4, "W": 7.0, "D": 1.0}


def differences(played: Played) -> list[str]:
    """Everything in which the result differs from the persona's `expect`; empty when it is as expected."""
    expect = played.persona.get("expect", {})
    found = [*_course(played, expect), *_answers_come_back(played)]
    if expect.get("no_handoff"):
        if played.handoff is not None:
            found.append("there is a handoff and should be none")
        return found
    wanted_of_handoff = set(expect) - COURSE_KEYS
    if played.handoff is None:
        return [*found, *(["no handoff"] if wanted_of_handoff else [])]
    return [*found, *_handoff(played.handoff, expect), *_always(played)]


COURSE_KEYS = {
    "state", "emergency", "ever", "max_questions", "max_before_more", "not_asked", "said", "not_said", "no_handoff",
    "after_end", "receipt",
}  # fmt: skip


def _course(played: Played, expect: Mapping[str, Any]) -> Iterator[str]:
    state = played.conversation["state"]
    if "state" in expect and state != expect["state"]:
        yield f"state {state}, expected {expect['state']}"
    for passed in expect.get("ever", []):
        if passed not in played.states:
            yield f"never {passed}: {sorted(set(played.states))}"
    emergencies = [m for m in played.messages if m["kind"] == "emergency"]
    if "emergency" in expect and bool(emergencies) != expect["emergency"]:
        yield "the emergency words were " + ("not shown" if expect["emergency"] else f"shown: {emergencies[0]['text']}")
    put = played.questions
    before = put[: put.index("confirm.more")] if "confirm.more" in put else put
    if len(put) > expect.get("max_questions", 999):
        yield f"{len(put)} questions, at most {expect['max_questions']}: {put}"
    if len(before) > expect.get("max_before_more", 999):
        yield f"{len(before)} questions before confirm.more, at most {expect['max_before_more']}: {before}"
    for question in expect.get("not_asked", []):
        if question in put:
            yield f"{question} was asked, though it was known"
    text = played.bot_text.casefold()
    for words in expect.get("said", []):
        if words.casefold() not in text:
            yield f"never said: {words}"
    for words in expect.get("not_said", []):
        if words.casefold() in text:
            yield f"said: {words}"
    if expect.get("receipt") and not (played.receipt or {}).get("id"):
        yield "no withdrawal receipt"
    for number, wanted in enumerate(expect.get("after_end", [])):
        status, body = played.after_end[number]
        if status != wanted["status"]:
            yield f"text {number + 1} after the end: status {status}, expected {wanted['status']}"
        urgent = "emergency" in [message["kind"] for message in body.get("messages", [])]
        if "emergency" in wanted and urgent != wanted["emergency"]:
            yield f"text {number + 1} after the end: emergency words {'shown' if urgent else 'not shown'}"


def _answers_come_back(played: Played) -> Iterator[str]:
    for question, afterwards in played.asides:
        if question != afterwards:
            yield f"after the aside at {question} the open question was {afterwards}"


def _handoff(handoff: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    answers = handoff["answers"]

    def value(question: str) -> Any:
        return (answers.get(question) or {}).get("value")

    for key in ("reason", "urgency", "partial"):
        if key in expect and handoff[key] != expect[key]:
            yield f"{key} {handoff[key]}, expected {expect[key]}"
    for key, wanted in expect.get("safety_screen", {}).items():
        if handoff["safety_screen"][key] != wanted:
            yield f"safety_screen.{key} {handoff['safety_screen'][key]}, expected {wanted}"
    states = finding_states(handoff)
    for finding, wanted in expect.get("findings", {}).items():
        if states.get(finding) != wanted:
            yield f"{finding} {states.get(finding)}, expected {wanted}"
    for key, wanted in expect.get("score", {}).items():
        if handoff["score"][key] != wanted:
            yield f"score.{key} {handoff['score'][key]}, expected {wanted}"
    sites = value("pain.site") or []
    if "site" in expect and (not sites or sites[0] != expect["site"]):
        yield f"main site {sites}, expected {expect['site']}"
    if not set(expect.get("sites", [])) <= set(sites):
        yield f"sites {sites}, expected {expect['sites']}"
    if "side" in expect and value("pain.side") != expect["side"]:
        yield f"side {value('pain.side')}, expected {expect['side']}"
    if "duration" in expect:
        iso = (value("pain.duration") or {}).get("iso")
        if iso is None or abs(days(iso) - days(expect["duration"])) > 0.15 * days(expect["duration"]) + 0.5:
            yield f"duration {iso}, expected about {expect['duration']}"
    if "severity" in expect:
        wanted = expect["severity"]
        wanted = wanted if isinstance(wanted, Mapping) else {"low": wanted, "high": wanted}
        if value("pain.severity_now") != wanted:
            yield f"severity {value('pain.severity_now')}, expected {wanted}"
    for key, wanted in expect.get("onset", {}).items():
        if value(f"onset.{key}") != wanted:
            yield f"onset.{key} {value(f'onset.{key}')}, expected {wanted}"
    for question, wanted in expect.get("answers", {}).items():
        if value(question) != wanted:
            yield f"{question} {value(question)!r}, expected {wanted!r}"
    for question, wanted in expect.get("states", {}).items():
        state = (answers.get(question) or {"state": "not_asked"})["state"]
        if state != wanted:
            yield f"{question} is {state}, expected {wanted}"
    for question in expect.get("corrected", []):
        if not (answers.get(question) or {}).get("previous"):
            yield f"{question}: the earlier answer is not kept"
    yield from _flags(handoff, expect, states)


def _flags(handoff: Mapping[str, Any], expect: Mapping[str, Any], states: Mapping[str, str]) -> Iterator[str]:
    flags = {flag["id"]: flag["tier"] for flag in handoff["red_flags"]}
    precautions = {precaution["id"] for precaution in handoff["precautions"]}
    for wanted in expect.get("red_flags", []):
        name, _, tier = wanted.partition("@")
        if name not in flags or (tier and flags[name] != tier):
            yield f"red flags {flags}, expected {wanted}"
    named = {wanted.partition("@")[0] for wanted in expect.get("red_flags", [])}
    if expect.get("only_red_flags"):
        others = {name: tier for name, tier in flags.items() if name not in named and tier != "T4"}
        if others:
            yield f"red flags {others}, which nobody reported"
    for wanted in expect.get("precautions", []):
        if wanted not in precautions:
            yield f"precautions {sorted(precautions)}, expected {wanted}"
    for unwanted in expect.get("must_not", []):
        if unwanted in flags or unwanted in precautions or states.get(unwanted) == "reported":
            yield f"{unwanted} stands in the handoff, and nobody reported it"


def _always(played: Played) -> Iterator[str]:
    """What holds for every handoff: quotes are the patient's own words, the score counts what it says."""
    handoff = played.handoff or {}
    said = [m["text"] for m in played.messages if m["from"] == "patient"]
    for question, answer in handoff["answers"].items():
        quote = answer.get("quote")
        if quote and not any(quote in text for text in said) and answer.get("via") not in ("choices", "value", "list"):
            yield f"the quote of {question} is nowhere in the patient's texts"
    states = [indicator["state"] for indicator in handoff["indicators"]]
    score = handoff["score"]
    if score["reported"] != states.count("reported") or score["of"] != 5 or len(states) != 5:
        yield f"score {score} does not count the indicators {states}"
    if score["answered"] != states.count("reported") + states.count("not_reported"):
        yield f"score {score} counts an unknown as answered: {states}"
    urgent = [flag for flag in handoff["red_flags"] if flag["tier"] in URGENT]
    if urgent and handoff["urgency"] is None:
        yield f"red flags {urgent} and no urgency"


def finding_states(handoff: Mapping[str, Any]) -> dict[str, str]:
    """Finding id -> state, from the four lists of a handoff."""
    lists = ("indicators", "myofascial", "sensations", "inflammation")
    return {entry["id"]: entry["state"] for name in lists for entry in handoff[name]}


def days(iso: str) -> float:
    """The length of an ISO 8601 duration in days (P3W -> 21); hours and minutes count as part of a day."""
    date, _, hours = iso.removeprefix("P").partition("T")
    total = sum(float(number) * DAYS[unit] for number, unit in re.findall(r"([\d.]+)([YMWD])", date))
    return total + sum(float(number) / (24 if unit == "H" else 1440) for number, unit in re.findall(r"([\d.]+)([HM])", hours))


def was_escalated(played: Played) -> bool:
    """Whether the patient was shown an emergency or staff got one (for the harmless intakes)."""
    urgency = (played.handoff or {}).get("urgency")
    shown = any(message["kind"] == "emergency" for message in played.messages)
    return shown or "escalated" in played.states or urgency in URGENT
