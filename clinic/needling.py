"""Needling precautions: what was told, what follows from site, age and findings, and the action.

HOLD: no needling slot before an assessment or a call. FLAG_HIGH, FLAG: book, the physiotherapist decides.
Sources stand in ``protocol.yml``; most are from PMC3924615 table 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.answers import Answer, Answers, values_of
from clinic.protocol import Protocol, painful_regions, protocol

HOLD = "HOLD"

_AGO = re.compile(
    r"\b(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|last|this)"
    r"\s+(day|week|month|year)s?\b",
    re.IGNORECASE,
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {"a": 1, "an": 1, "last": 1, "this": 0, **{word: count for count, word in enumerate(_NUMBERS, 1)}}
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_LIMBS = {
    "arm": re.compile(r"\b(arm|hand|wrist|elbow|shoulder|forearm|armpit)s?\b", re.IGNORECASE),
    "leg": re.compile(r"\b(leg|foot|ankle|knee|thigh|calf|groin|hip)s?\b", re.IGNORECASE),
}
_SIDES = {"left": re.compile(r"\bleft\b", re.IGNORECASE), "right": re.compile(r"\bright\b", re.IGNORECASE)}


@dataclass(frozen=True)
class PrecautionResult:
    """A precaution that stands.

    Its action for this patient, the follow-up's detail, and its evidence (contract dicts).
    """

    id: str
    action: str
    detail: str | None
    evidence: tuple[Mapping[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "id": self.id,
            "action": self.action,
            "detail": self.detail,
            "evidence": [dict(one) for one in self.evidence],
        }


def precautions(answers: Answers, mild_stimuli: str) -> tuple[PrecautionResult, ...]:
    """All precautions that stand, in the order of the protocol.

    ``mild_stimuli``: the state of that indicator (PC20).
    """
    rules = protocol()
    ticked, details = told(answers), _details(answers)
    derived = _derived(answers, mild_stimuli)
    found = []
    for one in rules.precautions.values():
        if one.id not in ticked and one.id not in derived:
            continue
        evidence = list(_told_evidence(answers.get("precaution"), one.id)) if one.id in ticked else []
        evidence += [part for part in derived.get(one.id, ()) if part not in evidence]
        detail = details.get(one.id)
        found.append(
            PrecautionResult(one.id, _action(rules, one.id, detail, answers), detail, tuple(evidence))
        )
    return tuple(found)


def told(answers: Answers) -> frozenset[str]:
    """The ids of the precautions that the patient ticked or told."""
    answer = answers.get("precaution")
    if answer is None:
        return frozenset()
    listed = {item for item, state in answer.items.items() if state == "reported"}
    denied = {item for item, state in answer.items.items() if state != "reported"}
    return frozenset((listed | set(values_of(answer))) - denied) & frozenset(protocol().precautions)


def _details(answers: Answers) -> Mapping[str, str]:
    """Precaution id -> what the follow-up said.

    From the list's own entries, else the one follow-up in words.
    """
    found: dict[str, str] = {}
    for name in ("precaution", "precaution.detail"):
        answer = answers.get(name)
        if answer is None:
            continue
        entries = list(answer.detail) + (answer.value if isinstance(answer.value, list) else [])
        for entry in entries:
            if isinstance(entry, Mapping) and entry.get("id") and entry.get("detail"):
                found[str(entry["id"])] = str(entry["detail"])
    words = answers.get("precaution.detail")
    if words is not None and words.state == "answered" and isinstance(words.value, str):
        # One follow-up for all that were ticked: the words stand with each that asks for a detail and has
        # none.
        for item in told(answers):
            if protocol().precautions[item].detail and item not in found:
                found[item] = words.value
    return found


def _derived(answers: Answers, mild_stimuli: str) -> dict[str, tuple[Mapping[str, str], ...]]:
    """Precautions that follow from site (PC18), age (PC19) and light touch (PC20), with evidence."""
    regions = protocol().regions
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    if any(regions[code].chest_area for code in painful_regions(answers)):
        found["PC18_chest_area"] = _evidence(answers.get("pain.site"), "derived.site")
    if values_of(answers.get("age_band")) in (("under_12",), ("12_18",)):
        found["PC19_age"] = _evidence(answers.get("age_band"), "derived.age")
    if mild_stimuli == "reported":
        found["PC20_allodynia"] = _evidence(answers.get("indicator.mild_stimuli"), "derived.finding")
    return found


def _told_evidence(answer: Answer | None, precaution: str) -> tuple[Mapping[str, str], ...]:
    """The words with which a precaution was first told: a list is answered in parts, each with words of its own."""
    if answer is None:
        return ()
    for earlier in answer.previous:
        value = earlier.get("value")
        listed = [part.get("id") if isinstance(part, Mapping) else part for part in value] if isinstance(value, list) else []
        told_then = precaution in listed or (earlier.get("items") or {}).get(precaution) == "reported"
        if told_then and earlier.get("quote") and earlier.get("message_id"):
            quote, message = str(earlier["quote"]), str(earlier["message_id"])
            return ({"quote": quote, "message_id": message, "rule": str(earlier.get("rule") or "answer.precaution")},)
    return _evidence(answer, "answer.precaution")


def _evidence(answer: Answer | None, rule: str) -> tuple[Mapping[str, str], ...]:
    if answer is None or not answer.quote or not answer.message_id:
        return ()
    return ({"quote": answer.quote, "message_id": answer.message_id, "rule": answer.rule or rule},)


def _action(rules: Protocol, precaution: str, detail: str | None, answers: Answers) -> str:
    """The protocol's action, changed where it depends on the limb (PC03) or the date (PC14).

    Not known: the more careful.
    """
    action = rules.precautions[precaution].action
    if precaution == "PC03_lymphoedema" and detail and _another_limb(rules, detail, answers):
        return "FLAG"
    weeks = rules.precautions[precaution].hold_within_weeks
    if weeks and detail and _within_weeks(detail, weeks):
        return HOLD
    return action


def _another_limb(rules: Protocol, detail: str, answers: Answers) -> bool:
    """True only when the limb named is certainly not one that hurts."""
    named = {limb for limb, word in _LIMBS.items() if word.search(detail)}
    sides = {side for side, word in _SIDES.items() if word.search(detail)}
    sites = painful_regions(answers)
    if not named or not sites or "widespread" in sites:
        return False
    if not named & {_limb(rules, code) for code in sites}:
        return True
    if len(sides) != 1:
        return False
    hurting = set(values_of(answers.get("pain.side")))
    site = answers.get("pain.site")
    for part in site.detail if site is not None else ():
        hurting.add(str(part.get("side")))
    return hurting == ({"left", "right"} - sides)


def _limb(rules: Protocol, code: str) -> str | None:
    """The limb whose lymph drains there.

    An armpit also drains chest and upper back, so these count as the arm's.
    """
    region = rules.regions[code]
    return (
        region.limb
        or ("arm" if region.chest_area else None)
        or ("leg" if code in ("pelvis", "lower_back", "abdomen") else None)
    )


def _within_weeks(detail: str, weeks: int) -> bool:
    """Whether the words name a time within so many weeks ("3 weeks ago", "last month").

    Dates are left to the reader.
    """
    for number, unit in _AGO.findall(detail):
        count = int(number) if number.isdigit() else _WORDS[number.lower()]
        if count * _DAYS[unit.lower()] <= weeks * 7:
            return True
    return False
