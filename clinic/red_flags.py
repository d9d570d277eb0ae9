"""What raised red flags ask for: tier, words, escalation, holding of needling, and how far the screen got.

Pure decisions on what the reader found in a text and on what was ticked in a safety list (CLINICAL.md rule
4). A flag that was denied raises nothing and stands in the answers; an unsure answer is asked about once
more and then counts as yes for its item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from clinic import contract_ids as ids
from clinic.answers import Answer, Answers, values_of
from clinic.protocol import protocol

EMERGENCIES = ("T1", "T2")
SELF_HARM = "RF21_self_harm"
OLD_OR_NOT_MEANT = ("old_unchanged", "not_meant")  # answers to confirm.emergency that let the intake go on


class Mention(Protocol):
    """What of a reading's mention is used here (``clinic.reading.Mention``)."""

    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def tier(self) -> str | None: ...


@dataclass(frozen=True)
class Raised:
    """A raised red flag. ``state`` is reported, or unknown for an unsure answer treated as yes.

    ``confirmed`` is what the person answered to confirm.emergency about it (now, old_unchanged, not_meant),
    ``goes_on`` for a person who chose to go on after the words of RF21, None before. ``whole_list``: a
    whole safety list was unsure twice.
    """

    id: str
    tier: str
    state: str = "reported"
    evidence: tuple[Mapping[str, str], ...] = ()
    shown_at: str | None = None
    confirmed: str | None = None
    whole_list: bool = False

    @property
    def emergency(self) -> bool:
        """T1 or T2, and not confirmed as old, not meant, or gone on from."""
        return self.tier in EMERGENCIES and self.confirmed not in (*OLD_OR_NOT_MEANT, "goes_on")

    @property
    def urgency(self) -> str:
        """The tier it gives the handoff: what was confirmed as old or not meant is at least T3."""
        return (
            max(self.tier, "T3")
            if self.confirmed in OLD_OR_NOT_MEANT and self.tier in EMERGENCIES
            else self.tier
        )

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "id": self.id,
            "tier": self.tier,
            "state": self.state,
            "evidence": [dict(one) for one in self.evidence],
            "shown_at": self.shown_at,
        }


@dataclass(frozen=True)
class ListOutcome:
    """What a safety list's answer raises, and which unsure items are put once more."""

    raised: tuple[Raised, ...] = ()
    ask_again: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What the raised flags ask for together.

    ``urgency`` is the handoff's; ``escalate``: state escalated, staff alerted, no booking link; ``words``:
    ids of ``messages.yml`` to show now for the flags not shown yet; ``quote``: the patient's words that go
    into them; ``ask_self``: put safety.self; ``hold``: no needling slot.
    """

    urgency: str | None = None
    escalate: bool = False
    words: tuple[str, ...] = ()
    quote: str | None = None
    ask_self: bool = False
    hold: bool = False


def from_mentions(mentions: Iterable[Mention], text: str, message_id: str) -> tuple[Raised, ...]:
    """The flags that a text raises, one each, most urgent first.

    Only mentions that are ``reported`` count.
    """
    found = []
    for one in mentions:
        if one.kind == "red_flag" and one.state == "reported" and one.code in protocol().red_flags:
            tier = one.tier or protocol().red_flags[one.code].tier
            evidence = {"quote": text[one.start : one.end], "message_id": message_id, "rule": one.rule}
            found.append(Raised(one.code, tier, evidence=(evidence,)))
    return merge(found)


def unsure_items(answer: Answer) -> tuple[str, ...]:
    """The items that the person was unsure about; what was not spoken of is not among a list's items."""
    return tuple(item for item, state in answer.items.items() if state == "unknown")


def after_list(answer: Answer, asked: int) -> ListOutcome:
    """What a safety list's answer means; ``asked`` is how often the list was put (1 = the first time).

    Ticked items are raised. Unsure T1/T2 items are put once more, one by one; unsure again counts as yes
    for that item only. A whole list unsure twice raises its T1/T2 items as T2: the nurse line first. Unsure
    T3/T4 items stay unknown.
    """
    rules = protocol()
    raised = [_ticked(item, answer) for item, state in answer.items.items() if state == "reported"]
    unsure = [item for item in unsure_items(answer) if rules.flag_of(item)[1] in EMERGENCIES]
    if not unsure or asked < 2:
        return ListOutcome(merge(raised), tuple(unsure))
    whole = all(state == "unknown" for state in answer.items.values())
    for item in unsure:
        flag = replace(_ticked(item, answer), state="unknown", whole_list=whole)
        raised.append(replace(flag, tier="T2") if whole else flag)
    return ListOutcome(merge(raised))


def _ticked(item: str, answer: Answer) -> Raised:
    flag, tier = protocol().flag_of(item)
    if not answer.quote or not answer.message_id:
        return Raised(flag.id, tier)
    evidence = {"quote": answer.quote, "message_id": answer.message_id, "rule": answer.rule or f"list.{item}"}
    return Raised(flag.id, tier, evidence=(evidence,))


def after_self(flag: Raised, answer: str | None) -> Raised:
    """RF21 after safety.self: ``not_safe`` is T1; safe, unsure, or no answer stay as they are."""
    return replace(flag, tier="T1") if answer == "not_safe" else flag


def merge(flags: Iterable[Raised]) -> tuple[Raised, ...]:
    """One entry a flag, most urgent first: most urgent tier, evidence added up, reported beats unknown.

    What was confirmed as old stays so only while nothing raises the flag anew.
    """
    found: dict[str, Raised] = {}
    for flag in flags:
        was = found.get(flag.id)
        if was is None:
            found[flag.id] = flag
            continue
        evidence = was.evidence + tuple(one for one in flag.evidence if one not in was.evidence)
        found[flag.id] = Raised(
            id=flag.id,
            tier=min(was.tier, flag.tier),
            state="reported" if "reported" in (was.state, flag.state) else "unknown",
            evidence=evidence,
            shown_at=was.shown_at or flag.shown_at,
            confirmed=was.confirmed if was.confirmed == flag.confirmed else None,
            whole_list=was.whole_list and flag.whole_list,
        )
    return tuple(sorted(found.values(), key=lambda flag: (flag.tier, flag.id)))


def urgency(flags: Iterable[Raised]) -> str | None:
    """The most urgent tier among raised flags; None without any."""
    return min((flag.urgency for flag in flags), default=None)


def decide(flags: Sequence[Raised]) -> Decision:
    """What all the flags of a conversation ask for now."""
    flags = merge(flags)
    new = [
        flag
        for flag in flags
        if flag.shown_at is None and flag.confirmed not in (*OLD_OR_NOT_MEANT, "goes_on")
    ]
    return Decision(
        urgency=urgency(flags),
        escalate=any(flag.emergency for flag in flags),
        words=words_for(new),
        quote=next((one["quote"] for flag in new for one in flag.evidence), None),
        ask_self=any(flag.id == SELF_HARM and flag.tier != "T1" for flag in new),
        hold=any(flag.urgency in ("T1", "T2", "T3") for flag in flags),
    )


def words_for(flags: Sequence[Raised]) -> tuple[str, ...]:
    """Ids of the words to show for flags, most urgent first.

    One of T1, T2 or T3, and RF21's own words beside them.
    """
    self_harm = [flag for flag in flags if flag.id == SELF_HARM and flag.tier in EMERGENCIES]
    others = [flag for flag in flags if flag.id != SELF_HARM]
    words: list[str] = []
    if any(flag.tier == "T1" for flag in flags):
        words.append("emergency.T1")
    elif any(flag.tier == "T2" for flag in others):
        unsure = all(flag.whole_list for flag in others if flag.tier == "T2")
        words.append("emergency.T2_unsure" if unsure else "emergency.T2")
    if self_harm:
        words.append("emergency.RF21")
    if not words and any(flag.tier == "T3" for flag in others):
        words += ["T3", "T3.call"]
    return tuple(words)


def safety_screen(answers: Answers) -> dict[str, str]:
    """{"now", "spine", "general"} -> complete, partial, declined or not_asked.

    Complete means that every item that can apply to this patient is known; a list without any such item is
    complete once the site is known.
    """
    return {name.partition(".")[2]: _screened(answers, name) for name in ids.SAFETY_LISTS}


def _screened(answers: Answers, name: str) -> str:
    answer = answers.get(name)
    items = protocol().items(name, answers)
    if answer is None or answer.state == "not_asked":
        return "complete" if not items else "not_asked"
    if answer.state in ("declined", "skipped"):
        return "declined"
    known = {
        item.partition("@")[0]
        for item, state in answer.items.items()
        if state in ("reported", "not_reported")
    }
    if not answer.items and answer.state == "answered" and values_of(answer) == ("none",):
        return "complete"
    return "complete" if all(item.partition("@")[0] in known for item in items) else "partial"


def fully_screened(screen: Mapping[str, str]) -> bool:
    """Whether nothing is left open.

    If not, staff read RED FLAGS NOT FULLY SCREENED and no self-booking is offered.
    """
    return all(state == "complete" for state in screen.values())


def may_self_book(top: str | None, screen: Mapping[str, str], hold: bool) -> bool:
    """Whether the patient may be given a booking link.

    No T1 to T3, all screened, nothing that holds needling.
    """
    return top in (None, "T4") and fully_screened(screen) and not hold
