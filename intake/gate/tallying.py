"""What a turn adds to the staff's numbers: counts by week and channel, with no patient in them (`intake.records.tallies`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from clinic.red_flags import EMERGENCIES
from intake.gate.standing import Standing, view
from intake.records import Conversation, Transaction

if TYPE_CHECKING:
    from intake.gate.writing import Written

HALF = 0.5
# Upper bounds of the classes in which the time to finish is counted, in minutes; more is "over".
MINUTES = (3, 5, 10, 15, 30, 60)


def count_turn(tx: Transaction, here: Standing, written: Written) -> dict[str, Any]:
    """Count what this turn brought; returns what of the conversation's memory must be kept for it (half way counts once)."""
    channel, asked, seen = here.conversation.channel, here.state.question, written.triage
    if written.state.unreadable > here.state.unreadable and asked:
        tx.tallies.count("unreadable", channel, detail=asked)
    if seen is not None and seen.emergency:
        tier = min(flag.tier for flag in seen.flags if flag.id in seen.new and flag.tier in EMERGENCIES)
        tx.tallies.count("escalated", channel, detail=tier)
    if here.conversation.memory.get("half") or written.state.value("consent") != "yes":
        return {}
    progress = view(here.conversation, written.state)["progress"]
    if progress["answered"] < HALF * (progress["answered"] + progress["remaining"]):
        return {}
    tx.tallies.count("half", channel)
    return {"half": True}


def count_finished(tx: Transaction, conversation: Conversation) -> None:
    """The intake is complete: it, and how long it took."""
    tx.tallies.count("finished", conversation.channel)
    tx.tallies.count("minutes", conversation.channel, detail=minutes_class(tx.now(), conversation.created_at))


def minutes_class(now: datetime, began: datetime) -> str:
    """The class of a length of time: the smallest upper bound that holds it, or "over"."""
    taken = now - began
    return next((str(bound) for bound in MINUTES if taken <= timedelta(minutes=bound)), "over")


def count_dropped(tx: Transaction, conversation: Conversation, question: str | None) -> None:
    """The intake ran out of time at this question."""
    tx.tallies.count("dropped_at", conversation.channel, detail=question or "")
