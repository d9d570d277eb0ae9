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
_FEW = 3  # so many are named on page one, more are counted
_WHOLE = {
    name_of("sensation"): len(ids.SENSATIONS),
    name_of("inflammation"): len(ids.INFLAMMATION),
    name_of("myofascial"): len(ids.MYOFASCIAL),
}


def denied(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Short names of what was asked and denied, by where it was asked; red flags first.

    Keys are the staff names of the lists and groups ("urgent signs", …, "indicators", …, "needling precautions").
    """
    raised = {flag.id for flag in case.flags}
    found: dict[str, tuple[str, ...]] = {}
    for question in ids.SAFETY_LISTS:
        flags = [item.partition("@")[0] for item in _not_ticked(case, question)]
        found[name_of(question)] = tuple(dict.fromkeys(item_words(flag) for flag in flags if flag not in raised))
    for name, results in (
        ("indicators", case.profile.indicators),
        (name_of("sensation"), case.profile.sensations),
        (name_of("inflammation"), case.profile.inflammation),
        (name_of("myofascial"), case.profile.myofascial),
    ):
        found[name] = tuple(name_of(one.id) for one in results if one.state == "not_reported")
    found[name_of("precaution")] = tuple(item_words(item) for item in _not_ticked(case, "precaution"))
    return {name: names for name, names in found.items() if names}


def denied_in_short(case: Case) -> tuple[str, ...]:
    """The same for page one: long lists by their number, as they stand in full below."""
    words: list[str] = []
    for name, names in denied(case).items():
        if name == name_of("precaution") or (name == name_of("safety.now") and len(names) > _FEW):
            words.append(f"{len(names)} {name}")
        elif name in _WHOLE and len(names) == _WHOLE[name]:
            words.append(f"all {name}")
        else:
            words += names
    return tuple(words)


def _not_ticked(case: Case, question: str) -> list[str]:
    answer = case.answers.get(question) or Answer()
    return [item for item, state in answer.items.items() if state == "not_reported"]


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
        state = next(one.state for one in case.profile.findings if one.id == question.id)
        asked_by = protocol().questions[question.group] if question.group else question
        never = state == "not_asked" and not asked_by.derived and not asked_by.applies(case.answers)
        return "answered" if never else state
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
