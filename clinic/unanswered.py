"""What was asked and denied, and what has no answer: both matter as much as what was reported."""

from __future__ import annotations

from collections.abc import Mapping

from clinic import contract_ids as ids
from clinic.answers import Answer
from clinic.case import Case
from clinic.protocol import Question, protocol
from clinic.staff_words import item_words, name_of

# Not clinical, or said elsewhere on page one.
_LEFT_OUT = (
    "consent",
    "for_whom",
    "for_whom.detail",
    "safety.self",
    "narrative",
    "contact.preferred",
    "booking.claim",
)


def denied(case: Case) -> tuple[str, ...]:
    """Short names of red flags, precautions and findings that were asked and denied, red flags first.

    A whole safety list that was denied is one entry ("all 7 urgent signs").
    """
    raised = {flag.id for flag in case.flags}
    found: list[str] = []
    for question in ids.SAFETY_LISTS:
        items = (case.answers.get(question) or Answer()).items
        no = [item for item, state in items.items() if state == "not_reported"]
        flags = list(dict.fromkeys(item.partition("@")[0] for item in no if item.partition("@")[0] not in raised))
        if len(flags) > 3 and len(no) == len(items):
            found.append(f"all {len(flags)} {name_of(question)}")
        else:
            found += [item_words(flag) for flag in flags]
    found += [name_of(one.id) for one in case.profile.findings if one.state == "not_reported"]
    precautions = case.answers.get("precaution") or Answer()
    no = [item for item, state in precautions.items.items() if state == "not_reported"]
    if no:
        whole = len(no) == len(precautions.items)
        found += [f"all {len(no)} needling precautions"] if whole else [item_words(item) for item in no]
    elif precautions.value in ("none", ["none"]):
        found.append("all needling precautions")
    return tuple(dict.fromkeys(found))


def not_answered(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Short names of what has no answer, by why: ``unknown``, ``declined``, ``not_asked``."""
    found: dict[str, list[str]] = {"unknown": [], "declined": [], "not_asked": []}
    groups = {name: _group_state(case, name) for name in ids.GROUPS}
    for question in protocol().questions.values():
        # A whole group in one state is named once, by its own name.
        name = question.group if question.group and groups[question.group] else question.id
        state = _state(case, question)
        if state in found and name_of(name) not in found[state]:
            found[state].append(name_of(name))
    found["unknown"] += _unsure_precautions(case)
    return {state: tuple(names) for state, names in found.items()}


def _state(case: Case, question: Question) -> str:
    """Why a question has no answer; "answered" for what has one, does not apply, or is not shown here."""
    if question.id in _LEFT_OUT or question.kind == "confirm" or question.id in ids.GROUPS:
        return "answered"
    if question.id in ids.FINDINGS:
        if question.derived and not case.answers.get("onset.event"):
            return "answered"  # the event it follows from is named already
        return next(one.state for one in case.profile.findings if one.id == question.id)
    if question.id in ids.SAFETY_LISTS:
        screened = case.screen[question.id.partition(".")[2]]
        return "unknown" if screened == "partial" else screened
    if not question.applies(case.answers) or (_follows(question) and not _called_for(case, question)):
        return "answered"
    state = (case.answers.get(question.id) or Answer()).state
    return "declined" if state == "skipped" else state


def _follows(question: Question) -> bool:
    """Whether a question is a follow-up of another answer; while that one is open, only that one is missing."""
    condition = question.ask_when
    return condition is not None and bool(condition.for_whom or set(condition.answers) - {"age_band"})


def _called_for(case: Case, question: Question) -> bool:
    return question.ask_when is not None and question.ask_when.holds(case.answers) is True


def _group_state(case: Case, group: str) -> str | None:
    """The one state that a whole group shares, where it is unknown, declined or not asked."""
    states = {one.state for one in case.profile.findings if one.id.startswith(f"{group}.")}
    state = states.pop() if len(states) == 1 else None
    return state if state in ("unknown", "declined", "not_asked") else None


def _unsure_precautions(case: Case) -> list[str]:
    answer = case.answers.get("precaution") or Answer()
    return [item_words(item) for item, state in answer.items.items() if state == "unknown"]
