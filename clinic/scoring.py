"""Answers -> profile: every finding with its evidence, the count of indicators, the precautions.

Pure. Unknown is a value and never counts as no; there is no cut-off, because none has been published for
these five indicators (CLINICAL.md rule 2). Every state but ``unknown`` and ``not_asked`` carries the words
it came from, where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic import contract_ids as ids
from clinic.answers import FINDING_STATES, Answer, Answers, values_of
from clinic.needling import HOLD, PrecautionResult, precautions
from clinic.protocol import protocol

# onset.delay -> state of indicator.delayed_onset and the words staff see. The class is kept, not only a yes
# (S5, SEED).
DELAYS: Mapping[str, tuple[str, str]] = {
    "immediate": ("not_reported", "pain at once with the event"),
    "within_day": ("not_reported", "pain the same day or night"),
    "days_1_3": ("not_reported", "1–3 days, usual after whiplash"),
    "days_4_14": ("reported", "4–14 days after the event"),
    "later": ("reported", "more than 14 days after the event"),
    "no_event": ("not_reported", "not applicable: no event"),
}


@dataclass(frozen=True)
class Evidence:
    """Where a state comes from.

    The patient's literal words in message ``message_id``, and the rule that read them.
    """

    quote: str
    message_id: str
    rule: str

    def as_dict(self) -> dict[str, str]:
        """The contract's shape."""
        return {"quote": self.quote, "message_id": self.message_id, "rule": self.rule}


@dataclass(frozen=True)
class FindingResult:
    """One finding.

    Its state, its evidence, and a note for staff where the state alone would say too little.
    """

    id: str
    state: str
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape."""
        return {"id": self.id, "state": self.state, "evidence": [one.as_dict() for one in self.evidence]}


@dataclass(frozen=True)
class Score:
    """``answered`` = reported + not reported.

    What is unknown, declined or not asked is the rest of ``of``.
    """

    reported: int
    answered: int
    of: int

    def as_dict(self) -> dict[str, int]:
        """The contract's shape."""
        return {"reported": self.reported, "answered": self.answered, "of": self.of}


@dataclass(frozen=True)
class Profile:
    """What the answers amount to. Four lists side by side, never added up."""

    indicators: tuple[FindingResult, ...]
    myofascial: tuple[FindingResult, ...]
    sensations: tuple[FindingResult, ...]
    inflammation: tuple[FindingResult, ...]
    precautions: tuple[PrecautionResult, ...]
    score: Score

    @property
    def findings(self) -> tuple[FindingResult, ...]:
        """All findings, in the order of the contract."""
        return self.indicators + self.myofascial + self.sensations + self.inflammation

    @property
    def hold(self) -> bool:
        """Whether a precaution says: no needling slot before an assessment or a call."""
        return any(one.action == HOLD for one in self.precautions)


def profile(answers: Answers) -> Profile:
    """The profile of a set of answers. The order of the answers does not matter."""
    indicators = _results(answers, ids.INDICATORS)
    return Profile(
        indicators=indicators,
        myofascial=_results(answers, ids.MYOFASCIAL),
        sensations=_results(answers, ids.SENSATIONS),
        inflammation=_results(answers, ids.INFLAMMATION),
        precautions=precautions(answers, finding_state(answers, "indicator.mild_stimuli")),
        score=score(indicators),
    )


def score(indicators: Sequence[FindingResult]) -> Score:
    """How many were reported and how many answered, of how many."""
    reported = sum(one.state == "reported" for one in indicators)
    denied = sum(one.state == "not_reported" for one in indicators)
    return Score(reported, reported + denied, len(indicators))


def evidence_of(answer: Answer | None, rule: str) -> tuple[Evidence, ...]:
    """The evidence in an answer; empty where nobody wrote it (set by staff, derived)."""
    if answer is None or not answer.quote or not answer.message_id:
        return ()
    return (Evidence(answer.quote, answer.message_id, answer.rule or rule),)


def finding_state(answers: Answers, finding: str) -> str:
    """The state of one finding: reported, not_reported, unknown, declined or not_asked."""
    if finding == "indicator.delayed_onset":
        return _delayed_onset(answers).state
    return _told(answers, finding)[0]


def _results(answers: Answers, findings: Sequence[str]) -> tuple[FindingResult, ...]:
    return tuple(
        _delayed_onset(answers) if finding == "indicator.delayed_onset" else _result(answers, finding)
        for finding in findings
    )


def _result(answers: Answers, finding: str) -> FindingResult:
    state, answer = _told(answers, finding)
    note = "never pressed or needled, or not known" if _pressing_not_known(answers, finding, answer) else None
    evidence = () if state in ("unknown", "not_asked") else evidence_of(answer, f"answer.{finding}")
    return FindingResult(finding, state, evidence, note)


def _told(answers: Answers, finding: str) -> tuple[str, Answer | None]:
    """The state of a finding that is asked, and the answer that says it: its own, else its group's."""
    answer = answers.get(finding)
    group = finding.partition(".")[0]
    if (answer is None or answer.state == "not_asked") and group in ids.GROUPS:
        listed = answers.get(group)
        if listed is None or listed.state == "not_asked":
            return "not_asked", None
        state = (
            "declined" if listed.state in ("declined", "skipped") else listed.items.get(finding, "unknown")
        )
        answer = listed
    elif answer is None:
        return "not_asked", None
    else:
        state = _own_state(answer)
    if state == "not_reported" and _pressing_not_known(answers, finding, answer):
        return "unknown", answer
    return state, answer


def _own_state(answer: Answer) -> str:
    if answer.state in ("declined", "skipped"):
        return "declined"
    if answer.state == "answered" and answer.value in FINDING_STATES:
        return str(answer.value)
    return answer.state if answer.state in ("unknown", "not_asked") else "unknown"


def _pressing_not_known(answers: Answers, finding: str, answer: Answer | None) -> bool:
    """A tick left out at relief, twitch or startle means nothing unless somebody pressed the spot."""
    if not protocol().findings[finding].needs_pressed or answer is None or answer.via in ("words", "staff"):
        return False
    pressed = answers.get("myofascial.pressed")
    return pressed is None or values_of(pressed) != ("yes",)


def _delayed_onset(answers: Answers) -> FindingResult:
    """``indicator.delayed_onset`` from ``onset.delay``, else from ``onset.event`` (CONTRACT section 1)."""
    finding = "indicator.delayed_onset"
    event, delay = answers.get("onset.event"), answers.get("onset.delay")
    told = delay if delay is not None and delay.state != "not_asked" else event
    if told is None or told.state == "not_asked":
        return FindingResult(finding, "not_asked")
    if told.state in ("declined", "skipped"):
        return FindingResult(finding, "declined", evidence_of(told, "derived.onset_delay"))
    if told is event:
        if values_of(event) == ("gradual",):
            state, note = DELAYS["no_event"]
            return FindingResult(finding, state, evidence_of(event, "derived.onset_event"), note)
        known = event.state == "answered" and values_of(event) != ("unknown",)
        return FindingResult(finding, "not_asked" if known else "unknown")
    value = values_of(delay)
    if told.state != "answered" or not value or value[0] not in DELAYS:
        return FindingResult(finding, "unknown")
    state, note = DELAYS[value[0]]
    evidence = evidence_of(delay, "derived.onset_delay") or evidence_of(event, "derived.onset_event")
    return FindingResult(finding, state, evidence, note)
