"""Red flags of one message, found without Rasa: in its words, and in what was ticked in a safety list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clinic.answers import Answer
from clinic.interview import Inbound, State, Turn, take_turn
from clinic.interview.asking import MOST_ASKS, times_asked
from clinic.protocol import protocol
from clinic.reading import Context, Reading, read, screen
from clinic.red_flags import EMERGENCIES, Decision, Raised, after_list, decide, from_mentions, merge

SAFETY_LISTS = ("safety.now", "safety.spine", "safety.general")
# Structured answers whose words are the patient's own and are screened like any text.
OWN_WORDS = ("text", "name", "function", "duration", "times")


@dataclass(frozen=True)
class Triage:
    """`flags` are all flags of the conversation with this message's, `new` the ids that this message raised."""

    flags: tuple[Raised, ...]
    new: tuple[str, ...]
    decision: Decision

    @property
    def emergency(self) -> bool:
        """Whether this very message raises a T1 or T2."""
        return any(flag.id in self.new and flag.emergency for flag in self.flags)


def own_words(inbound: Inbound) -> str:
    """What of a message the patient wrote: the labels of our own buttons are not screened."""
    given = inbound.given
    if given is None:
        return inbound.text
    if protocol().questions[given["question"]].kind not in OWN_WORDS:
        return ""
    value = given["value"]
    if isinstance(value, Mapping):
        return str(value.get("words") or "")
    return value if isinstance(value, str) else ""


def reading_of(state: State, inbound: Inbound) -> Reading:
    """The text read in the context of the open question, without Rasa's intent."""
    context = Context(
        question=state.question,
        for_whom=state.for_whom,  # type: ignore[arg-type]
        offered=state.offered,
        answers={qid: a.value for qid, a in state.answers.items() if a.state == "answered"},
        previous_question=state.path[-1] if state.path else None,
    )
    return read(inbound.text, context)


def of_words(text: str, state: State, message_id: str) -> tuple[Raised, ...]:
    """Flags that the words themselves raise."""
    return from_mentions(screen(text, state.for_whom), text, message_id) if text else ()


def locally(state: State, inbound: Inbound) -> Turn:
    """The turn decided here, without the dialogue engine: what an emergency needs, and what a tick in a list means."""
    return take_turn(protocol(), state, inbound, None if inbound.given is not None else reading_of(state, inbound))


def answered_lists(state: State, turn: Turn) -> Mapping[str, Answer]:
    """The answers that a turn gave, with a safety list that was answered as before.

    Unsure a second time changes no answer, but it is the answer that counts as yes; an aside leaves the list as it was.
    """
    asked = state.question
    moved_on = (turn.state.question, turn.state.offered) != (asked, state.offered)
    if asked in SAFETY_LISTS and moved_on and asked in turn.state.answers:
        return {asked: turn.state.answers[asked], **turn.changed}
    return turn.changed


def of_lists(state: State, changed: Mapping[str, Answer]) -> tuple[Raised, ...]:
    """Flags ticked, named or left unsure in the safety lists among changed answers.

    An unsure item counts once it has been put twice (CLINICAL.md rule 4); text messages put a list in parts, so this is
    counted item by item.
    """
    found: list[Raised] = []
    for name in SAFETY_LISTS:
        answer = changed.get(name)
        if answer is None:
            continue
        items = {
            item: told
            for item, told in answer.items.items()
            if told != "unknown" or times_asked(state, name, item) >= MOST_ASKS
        }
        found += after_list(replace(answer, items=items), MOST_ASKS).raised
    return merge(found)


def triage(known: tuple[Raised, ...], found: tuple[Raised, ...]) -> Triage:
    """The conversation's flags with those of this message. A flag that is raised anew as an emergency is shown anew."""
    before = {flag.id: flag for flag in known}
    new = []
    for flag in found:
        was = before.get(flag.id)
        if was is None or flag.tier < was.tier or (flag.tier in EMERGENCIES and _says_more(was, flag)):
            new.append(flag.id)
    merged = merge((*known, *found))
    flags = tuple(
        replace(flag, shown_at=None, confirmed=None) if flag.id in new and flag.tier in EMERGENCIES else flag
        for flag in merged
    )
    return Triage(flags, tuple(new), decide(flags))


def _says_more(was: Raised, now: Raised) -> bool:
    """Whether a flag on record is raised by other words than before; a list's tick that is already on record is not."""
    known = {(e["quote"], e["message_id"]) for e in was.evidence}
    return any((e["quote"], e["message_id"]) not in known for e in now.evidence)


def rows(triaged: Triage) -> list[dict[str, Any]]:
    """The new flags as they are written to the records."""
    return [
        {"flag": flag.id, "tier": flag.tier, "state": flag.state, "evidence": [dict(e) for e in flag.evidence]}
        for flag in triaged.flags
        if flag.id in triaged.new
    ]
