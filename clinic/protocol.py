"""The clinical protocol as values: questions, findings, red flags, precautions, regions and their sources.

``load`` reads and checks ``protocol.yml`` loudly: an unknown key, id, tier, action, region or source raises
``ProtocolError`` whose message names the place (``red_flags[3] RF04_neck_artery: …``). Nothing else in the
product holds a clinical number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from clinic.answers import Answers, values_of
from clinic.contract_ids import GROUPS

PROTOCOL_FILE = Path(__file__).with_name("protocol.yml")

KINDS = (
    "consent", "choice", "text", "list", "finding", "sites", "severity", "duration", "times", "function",
    "name", "phone", "email", "confirm",
)  # fmt: skip
STAGES = (
    "consent", "who", "safety_now", "narrative", "contact", "site", "safety", "pain", "onset", "indicators",
    "precautions", "booking", "more_offer", "more", "read_back", "aside",
)  # fmt: skip


# The C loader reads the file ten times faster than the Python one; both are the safe one.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ProtocolError(ValueError):
    """The protocol file says something that the product does not understand; the message names the place."""


@dataclass(frozen=True)
class Condition:
    """When something is asked. All keys that are set must hold; of each, one value is enough.

    ``holds`` is three-valued: None means that it cannot be told yet, and for safety that means: ask.
    """

    regions: frozenset[str] = frozenset()
    ages: frozenset[str] = frozenset()
    answers: Mapping[str, frozenset[str]] = MappingProxyType({})
    findings: frozenset[str] = frozenset()
    for_whom: frozenset[str] = frozenset()
    channel: frozenset[str] = frozenset()

    def holds(self, answers: Answers, channel: str | None = None) -> bool | None:
        """True, False, or None when an answer it depends on is not there (not asked, not known, declined)."""
        verdicts: list[bool | None] = []
        if self.regions:
            sites = painful_regions(answers)
            verdicts.append(bool(sites & self.regions) if sites else None)
        for question, wanted in (("age_band", self.ages), ("for_whom", self.for_whom)):
            if wanted:
                told = values_of(answers.get(question))
                verdicts.append(bool(wanted.intersection(told)) if told and told != ("unknown",) else None)
        for question, wanted in self.answers.items():
            verdicts.append(_answer_matches(answers, question, wanted))
        for finding in self.findings:
            answer = answers.get(finding)
            state = answer.value if answer is not None else None
            verdicts.append({"reported": True, "not_reported": False}.get(str(state)))
        if self.channel:
            verdicts.append(channel in self.channel if channel else None)
        if False in verdicts:
            return False
        return None if None in verdicts else True


def _answer_matches(answers: Answers, question: str, wanted: frozenset[str]) -> bool | None:
    """Whether an earlier answer has one of the wanted values; None only while it was not asked.

    Unlike a region or an age, an earlier question that was declined settles its follow-up: it is not asked.
    """
    answer = answers.get(question)
    if answer is None or answer.state == "not_asked":
        return None
    if answer.state == "answered":
        return "given" in wanted or bool(wanted.intersection(values_of(answer)))
    return "not_given" in wanted or bool(wanted.intersection(values_of(answer)))


def painful_regions(answers: Answers) -> frozenset[str]:
    """All region codes that hurt.

    The sites, those of their detail, and those the pain spreads to. Empty when not known.
    """
    answer = answers.get("pain.site")
    if answer is None or answer.state != "answered":
        return frozenset()
    codes = set(values_of(answer))
    for part in answer.detail:
        spread = part.get("spreads_to") or ()
        codes.update(spread.split() if isinstance(spread, str) else spread)
        if part.get("region"):
            codes.add(str(part["region"]))
    return frozenset(code for code in codes if code in protocol().regions)


@dataclass(frozen=True)
class Source:
    """Where a rule comes from: a title and where to find it."""

    id: str
    title: str
    ref: str


@dataclass(frozen=True)
class Region:
    """A part of the body.

    ``limb`` is arm, leg or None; ``net`` says which safety-net words end the intake.
    """

    id: str
    label: str
    net: str
    spine: bool = False
    limb: str | None = None
    chest_area: bool = False
    side: bool = True


@dataclass(frozen=True)
class Question:
    """One question id of the contract. ``items`` are a list question's item values, in the order shown."""

    id: str
    kind: str
    stage: str
    source: str
    values: tuple[str, ...] | None = None
    optional: bool = True
    ask_when: Condition | None = None
    items: tuple[str, ...] = ()
    group: str | None = None
    derived: bool = False

    @property
    def slot(self) -> str:
        """The name of its slot in Rasa's domain."""
        return self.id.replace(".", "_")

    @property
    def asked(self) -> bool:
        """False for what is never asked by itself: derived, or asked inside a group."""
        return not self.derived and self.group is None

    @property
    def in_handoff(self) -> bool:
        """True for what stands in the handoff's ``answers``: every id but groups and confirmations."""
        return self.id not in GROUPS and self.kind != "confirm"

    def applies(self, answers: Answers, channel: str | None = None) -> bool:
        """Whether it may be asked now: its condition holds or cannot be told."""
        return self.asked and (self.ask_when is None or self.ask_when.holds(answers, channel) is not False)


@dataclass(frozen=True)
class PainKind:
    """Which kind of pain a finding is a sign of.

    In the clinic's (Gunn) model, and as the literature calls it.
    """

    clinic_model: str
    also: str


@dataclass(frozen=True)
class Finding:
    """What makes a finding reported, not reported or unknown."""

    id: str
    label: str
    short: str
    plain: str
    reported: str
    not_reported: str
    unknown: str
    source: str
    needs_pressed: bool = False
    kind: PainKind | None = None

    @property
    def group(self) -> str:
        """indicator, myofascial, sensation or inflammation."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class FlagChoice:
    """A red flag as it can be ticked: ``value`` is the flag's id, or ``id@tier`` where the tier depends."""

    value: str
    tier: str
    list: str
    ask_when: Condition | None = None


@dataclass(frozen=True)
class RedFlag:
    """A red flag, the tiers it may have, and the one it has when nothing more is known."""

    id: str
    label: str
    short: str
    plain: str
    tiers: tuple[str, ...]
    tier: str
    source: str
    choices: tuple[FlagChoice, ...] = ()
    raises_when_over: bool = False

    @property
    def list(self) -> str:
        """The safety question that asks for it first.

        ``safety.self`` for the one read from free text only.
        """
        return self.choices[0].list if self.choices else "safety.self"

    @property
    def ask_when(self) -> Condition | None:
        """The condition of its first choice."""
        return self.choices[0].ask_when if self.choices else None


@dataclass(frozen=True)
class Precaution:
    """A needling precaution.

    ``derived`` (age, finding): never asked; ``also_derived`` (site): asked, and follows from it too.
    """

    id: str
    label: str
    short: str
    plain: str
    action: str
    source: str
    ask_when: Condition | None = None
    detail: str | None = None
    scope: str | None = None
    derived: str | None = None
    also_derived: str | None = None
    hold_within_weeks: int | None = None

    @property
    def asked(self) -> bool:
        """False for what is only derived."""
        return self.derived is None


@dataclass(frozen=True)
class Budget:
    """At most so many questions; what is asked later, and what is left out first, when it would be more."""

    before_more: int
    in_all: int
    postpone: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Protocol:
    """The whole protocol. The mappings keep the order of the file, which is the order of asking."""

    id: str
    version: str
    rules_version: str
    reviewed_by: Mapping[str, str] | None
    budget: Budget
    sources: Mapping[str, Source]
    regions: Mapping[str, Region]
    questions: Mapping[str, Question]
    findings: Mapping[str, Finding]
    red_flags: Mapping[str, RedFlag]
    precautions: Mapping[str, Precaution]

    @property
    def signed(self) -> bool:
        """Whether a registered physiotherapist signed this very version."""
        return self.reviewed_by is not None and self.reviewed_by["version"] == self.version

    @cached_property
    def flag_choices(self) -> Mapping[str, tuple[RedFlag, FlagChoice]]:
        """Every value that a safety list may carry -> its flag and choice."""
        return {choice.value: (flag, choice) for flag in self.red_flags.values() for choice in flag.choices}

    @cached_property
    def _conditions(self) -> Mapping[str, Condition | None]:
        """When each item of a list may be asked."""
        choices = {value: choice.ask_when for value, (_, choice) in self.flag_choices.items()}
        return {**choices, **{one.id: one.ask_when for one in self.precautions.values()}}

    def flag_of(self, value: str) -> tuple[RedFlag, str]:
        """The red flag and tier that a value (``RF03_stroke``, ``RF09_trauma@T1``) stands for.

        KeyError when unknown.
        """
        flag_id, _, tier = value.partition("@")
        flag = self.red_flags[flag_id]
        if tier and tier not in flag.tiers:
            raise KeyError(value)
        return flag, tier or flag.tier

    def items(self, question: str, answers: Answers, channel: str | None = None) -> tuple[str, ...]:
        """The items of a list question that can apply to this patient, in order.

        Unknown means that it is asked.
        """
        kept = []
        for item in self.questions[question].items:
            condition = self._conditions.get(item)
            if condition is None or condition.holds(answers, channel) is not False:
                kept.append(item)
        return tuple(kept)


def load(path: Path | None = None) -> Protocol:
    """Read and check a protocol file; ProtocolError names the place of the first thing that is wrong."""
    from clinic.protocol_file import build

    file = path or PROTOCOL_FILE
    try:
        raw: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)
    except yaml.YAMLError as error:
        raise ProtocolError(f"{file.name}: not readable as YAML: {error}") from error
    return build(raw, file.name)


@lru_cache(maxsize=1)
def protocol() -> Protocol:
    """The installed protocol, read once."""
    return load()
