"""One turn's outcome, written in one transaction: answers, flags, consent, replies, handoff, outbox, state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clinic import messages as words
from clinic.answers import Answer
from clinic.interview import State, Turn
from clinic.interview.open_questions import topics_of
from clinic.interview.state import answer_from_dict
from clinic.wording import wording
from intake.facts import spoken_phone
from intake.gate import handing, tallying
from intake.gate.inbound import Outcome
from intake.gate.speaking import Draft
from intake.gate.standing import Standing, flags_on_record, remember, view
from intake.gate.triage import Triage, rows
from intake.handoff import afterwards
from intake.records import Message, Records, Transaction
from intake.records.answers import with_appended
from intake.settings import Settings

# Facts of a turn that give a handoff its reason, the strongest first.
REASONS = (("complaint", "complaint"), ("person_requested", "person_requested"), ("unreadable", "unreadable"))


@dataclass(frozen=True)
class Written:
    """What a turn decided, ready to be written.

    `state` is the interview's; `place` the conversation's new state (None: as it was); `question` the question that is open
    for the patient when it is not the interview's (while escalated). `confirmed`: answers to confirm.emergency by flag.
    `late`: the conversation is over, the message is refused after its words were given.
    """

    state: State
    changed: Mapping[str, Answer] = field(default_factory=dict)
    said: Sequence[Draft] = ()
    notices: Sequence[str] = ()
    triage: Triage | None = None
    move: str | None = None
    place: str | None = None
    question: str | None = None
    confirmed: Mapping[str, str] = field(default_factory=dict)
    retier: Mapping[str, str] = field(default_factory=dict)
    alert: bool = False
    failed: bool = False
    refused: bool = False
    withdrawn: bool = False
    completed: bool = False
    late: bool = False


def refuse(state: State, said: Sequence[Draft]) -> Written:
    """No consent: only the fact is kept."""
    return Written(state, said=tuple(said), refused=True, place="expired")


def finish(settings: Settings, turn: Turn, said: Sequence[Draft], seen: Triage) -> Written:
    """The intake is complete: it becomes a handoff. Its closing words need the reference and are added when it is written."""
    return Written(turn.state, turn.changed, said, turn.notices, seen, turn.move, place="handed_off", completed=True)


def write(records: Records, settings: Settings, here: Standing, message: Message, written: Written) -> Outcome:
    """Write it; returns what the patient is answered."""
    conversation_id = here.conversation.id
    with records.begin() as tx:
        _flags(tx, conversation_id, written, tx.now())
        kept = _answers(tx, here, written)
        changes: dict[str, Any] = {
            "question": written.question or (written.state.question if written.place != "handed_off" else None)
        }
        if here.conversation.state == "escalated" and written.place is None and written.question is None:
            changes["question"] = None
        if here.conversation.state in ("taken_over", "handed_off", "expired"):
            changes["question"] = here.conversation.question
        place = written.place
        if place is not None and place != here.conversation.state:
            changes["state"] = place
        if place == "escalated":
            changes["escalated_at"] = here.conversation.escalated_at or tx.now()
        if "contact.phone" in written.changed or "contact.email" in written.changed:
            changes["has_contact"] = any(written.state.value(qid) for qid in ("contact.phone", "contact.email"))
        if written.state.value("for_whom"):
            changes["for_whom"] = written.state.for_whom
        memory = _memory(here, written) | tallying.count_turn(tx, here, written)
        stored = [_say(tx, conversation_id, draft, message.id) for draft in written.said]
        conversation = tx.conversations.change(
            conversation_id, expected_turn=here.conversation.turn, memory=memory, **changes
        )
        told = _told(tx, here, written, kept, memory)
        handed = handing.put(tx, settings, conversation, memory, written.alert, completed=written.completed, told=told)
        if written.completed and handed is not None:
            stored += [
                _say(tx, conversation_id, d, message.id)
                for d in closing(settings, written.state, handed.document or {}, tx.now())
            ]
            tallying.count_finished(tx, conversation)
        if written.late:
            afterwards.tell_staff(tx, settings, conversation, message.text or "")
        tx.messages.settle(message.id, "late" if written.late else "failed" if written.failed else "answered")
        if "not_kept" in written.notices and conversation.consent != "yes":
            tx.messages.erase_text([message.id])
        if written.refused:
            tx.erasure.refuse_consent(conversation_id)
        outcome = Outcome(view(conversation, written.state), [m.as_dict() for m in stored])
    if written.withdrawn:
        receipt = close_withdrawn(records, conversation_id)
        done = {**outcome.messages[0]} if outcome.messages else None
        text = wording().say("utter_withdrawn", here.conversation.channel, receipt=receipt["receipt"]["id"])
        message_out = {**(done or _bare(text)), "text": text}
        return Outcome({**outcome.conversation, "state": "withdrawn", "question": None}, [message_out])
    return outcome


def write_words(records: Records, settings: Settings, here: Standing, message: Message, written: Written) -> Outcome:
    """When the whole turn cannot be written: the emergency words or the safe text, the flags, and the message for staff."""
    said = [draft for draft in written.said if draft.kind == "emergency"]
    said = said or [Draft("info", words.say("safe_text", for_whom=here.state.for_whom, **_clinic(settings)))]
    with records.begin() as tx:
        _flags(tx, here.conversation.id, written, tx.now())
        changes: dict[str, Any] = {}
        if written.place == "escalated":
            changes = {"state": "escalated", "question": written.question}
        conversation = tx.conversations.change(here.conversation.id, expected_turn=here.conversation.turn, **changes)
        stored = [_say(tx, conversation.id, draft, message.id) for draft in said]
        tx.messages.settle(message.id, "failed")
        return Outcome(view(conversation, here.state), [m.as_dict() for m in stored])


def _bare(text: str) -> dict[str, Any]:
    return {
        "id": "",
        "from": "bot",
        "at": "",
        "kind": "info",
        "text": text,
        "question": None,
        "choices": [],
        "multiple": False,
    }


def close_withdrawn(records: Records, conversation_id: str) -> dict[str, Any]:
    """Withdraw and erase; returns {"receipt": …} of the contract, the same again for a repeated call."""
    with records.begin() as tx:
        return {"receipt": tx.erasure.withdraw(conversation_id)}


def _flags(tx: Transaction, conversation_id: str, written: Written, now: datetime) -> None:
    if written.triage is not None:
        shown = bool(written.triage.decision.words)
        for row in rows(written.triage):
            tx.red_flags.record(conversation_id, shown_at=now if shown else None, **row)
    for flag, tier in written.retier.items():
        tx.red_flags.record(conversation_id, flag, tier=tier, shown_at=now)


def _told(
    tx: Transaction, here: Standing, written: Written, kept: Mapping[str, Mapping[str, Any]], memory: Mapping[str, Any]
) -> handing.Told:
    """What the records hold after this turn: what was read before it, and what it has appended."""
    changed = with_appended(here.stored, kept)
    answers = {**here.state.answers, **{qid: answer_from_dict(body) for qid, body in changed.items()}}
    flags = here.flags
    if written.retier or written.confirmed or (written.triage is not None and written.triage.new):
        flags = flags_on_record(tx, here.conversation.id, memory)
    return handing.Told(answers, flags, same_contact=not any(qid.startswith("contact.") for qid in kept))


def _answers(tx: Transaction, here: Standing, written: Written) -> Mapping[str, Mapping[str, Any]]:
    """Append the turn's answers; returns them as they are stored."""
    consent = written.changed.get("consent")
    if consent is not None and consent.value == "yes":
        tx.consents.record(
            here.conversation.id, "yes", notice_version=words.messages().version, channel=here.conversation.channel,
            by=consent.by or "patient",
        )  # fmt: skip
        tx.tallies.count("consented", here.conversation.channel)
    elif written.refused:
        tx.consents.record(
            here.conversation.id, "no", notice_version=words.messages().version, channel=here.conversation.channel
        )
    if written.refused or (here.conversation.consent != "yes" and (consent is None or consent.value != "yes")):
        return {}  # before consent no answer is kept as one; the text itself waits, sealed
    rows_ = {}
    for question_id, answer in written.changed.items():
        body = answer.as_dict() | {
            "items": dict(answer.items),
            "rule": answer.rule,
            "detail": [dict(d) for d in answer.detail],
        }
        rows_[question_id] = body
    if rows_:
        tx.answers.append(here.conversation.id, rows_, after=here.answer_rows)
    return rows_


def _memory(here: Standing, written: Written) -> dict[str, Any]:
    before = dict(here.conversation.memory)
    before.pop("interview", None)
    confirmed = {**(before.get("confirmed") or {}), **written.confirmed}
    if written.triage is not None:
        confirmed = {
            flag: said
            for flag, said in confirmed.items()
            if flag not in written.triage.new or flag in written.confirmed
        }
    whole = set(before.get("whole_list") or ())
    if written.triage is not None:
        whole |= {flag.id for flag in written.triage.flags if flag.whole_list}
    reason = before.get("reason")
    for notice, name in REASONS:
        if notice in written.notices and reason != "complaint":
            reason = name
            break
    if written.failed and reason is None:
        reason = "unreadable"
    asked = list(dict.fromkeys([*(before.get("asked") or ()), *topics_of(list(written.notices))]))
    told = {"confirmed": confirmed, "whole_list": sorted(whole), "reason": reason, "asked": asked}
    return remember(written.state, **{**before, **told})


def closing(settings: Settings, state: State, document: Mapping[str, Any], now: datetime) -> list[Draft]:
    """The words after the intake: thanks and reference, the booking offer, what to watch for."""
    offer = handing.offer(settings, document, now)
    net = words.safety_net(state.answers, for_whom=state.for_whom)
    thanks = wording().say("utter_submitted", state.channel, reference=document["reference"], **_clinic(settings))
    return [Draft("info", thanks), *([Draft("info", offer.text)] if offer.text else []), *(Draft("info", text) for text in net)]


def _say(tx: Transaction, conversation_id: str, draft: Draft, reply_to: str | None) -> Message:
    return tx.messages.say(
        conversation_id, kind=draft.kind, text=draft.text, question=draft.question, choices=draft.choices,
        multiple=draft.multiple, reply_to=reply_to,
    )  # fmt: skip


def _clinic(settings: Settings) -> dict[str, str]:
    return {"clinic_name": settings.clinic.name, "clinic_phone": spoken_phone(settings.clinic.phone)}
