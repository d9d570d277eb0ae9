"""What happens after a red flag: the words at once, two questions only, and how the intake goes on. Never needs Rasa."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from clinic import messages as words
from clinic.interview import Inbound, State, Turn, open_interview
from clinic.interview.asking import next_question, offered
from clinic.interview.taking import Taker
from clinic.protocol import protocol
from clinic.reading import Context, read, screen
from clinic.red_flags import EMERGENCIES, SELF_HARM, Raised, decide, from_mentions
from clinic.values import BadValue, check
from clinic.wording import wording
from intake import hours
from intake.facts import clinic_facts, pronouns, spoken_phone
from intake.gate import triage
from intake.gate.speaking import Draft, question_draft
from intake.gate.standing import Standing
from intake.gate.writing import Written
from intake.settings import Settings

OLD = ("old_unchanged", "not_meant")


def facts(settings: Settings, now: datetime) -> dict[str, str | None]:
    """What the gate's own words are filled with; `opening` only while the clinic is closed."""
    deadline = hours.end_of_next_working_day(now, settings.hours)
    return {
        "clinic_name": settings.clinic.name,
        "clinic_phone": spoken_phone(settings.clinic.phone),
        "local_care": settings.clinic.local_care,
        "call_by": hours.deadline_words(deadline, now, settings.hours).removeprefix("by ") if deadline else None,
    }


def emergency_text(settings: Settings, ids: tuple[str, ...], quote: str | None, for_whom: str, now: datetime) -> str:
    """The emergency words, then what is true about staff at this hour."""
    closed = not hours.is_open(now, settings.hours)
    return words.emergency(
        ids, quote=quote, for_whom=for_whom,
        opening=hours.opening_words(now, settings.hours) if closed else None, alerted=not closed, **facts(settings, now),
    )  # fmt: skip


def first_screen(settings: Settings, state: State) -> tuple[State, list[Draft]]:
    """The first messages without Rasa: the welcome and the question of consent."""
    turn = open_interview(protocol(), state)
    gaps = {**clinic_facts(settings), **pronouns("self")}
    welcome = Draft("info", wording().say("utter_welcome", state.channel, **gaps))
    return turn.state, [welcome, question_draft(settings, turn.state)]


def escalate(settings: Settings, here: Standing, seen: triage.Triage, local: Turn | None) -> Written:
    """A T1 or T2 in an active intake: words, staff, one question. What else the message said is taken as well."""
    now = here.now
    state = local.state if local is not None else here.state
    said = [Draft("emergency", emergency_text(settings, seen.decision.words, seen.decision.quote, state.for_whom, now))]
    question = "safety.self" if seen.decision.ask_self else "confirm.emergency"
    asked = state.but(question=question, style="full")
    said.append(question_draft(settings, asked))
    parked = None if local is None or local.state.question is None else local.state
    return Written(
        parked or here.state, local.changed if local else {}, tuple(said), triage=seen, place="escalated",
        question=question, alert=True,
    )  # fmt: skip


def doctor_words(settings: Settings, here: Standing, seen: triage.Triage) -> list[Draft]:
    """The T3 words, once, before the next question; nothing for T4."""
    new = any(flag.id in seen.new for flag in seen.flags if flag.tier == "T3")
    if not new or "T3" not in seen.decision.words:
        return []
    now = here.now
    text = [words.say(name, for_whom=here.state.for_whom, **facts(settings, now)) for name in seen.decision.words]
    return [Draft("info", " ".join(text))]


def words_only(settings: Settings, here: Standing, seen: triage.Triage) -> Written:
    """In an ended intake, or while staff are in charge: no bot reply but the emergency words."""
    late = here.conversation.state in ("handed_off", "expired")
    if not seen.emergency:
        return Written(here.state, triage=seen, late=late)
    now = here.now
    text = emergency_text(settings, seen.decision.words, seen.decision.quote, here.state.for_whom, now)
    return Written(here.state, said=(Draft("emergency", text),), triage=seen, alert=True, late=late)


def unstored(settings: Settings, text: str, now: datetime) -> list[dict[str, Any]]:
    """The emergency message for a text that is not stored (a withdrawn intake); empty when there is none."""
    decision = decide(from_mentions(screen(text), text, ""))
    if not decision.escalate:
        return []
    body = emergency_text(settings, decision.words, decision.quote, "self", now)
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [
        {"id": "emergency", "from": "bot", "at": at, "kind": "emergency", "text": body, "question": None, "choices": [], "multiple": False}
    ]  # fmt: skip


def escalated(settings: Settings, here: Standing, inbound: Inbound, found: tuple[Raised, ...]) -> Written:
    """A message while escalated: screened again, else the answer to the one open question, else kept for staff."""
    seen = triage.triage(here.flags, found)
    question = here.conversation.question
    answer = _answer(question, here, inbound)
    if seen.emergency and answer is None:
        return escalate(settings, here, seen, None)
    if question in ("confirm.emergency", None) and answer in OLD:
        return _goes_on(settings, here, seen, answer)
    if question == "confirm.emergency" and answer == "now":
        return _stays(settings, here, seen, confirmed="now")
    if question == "safety.self" and answer is not None:
        return _after_self(settings, here, seen, answer)
    if question == "confirm.resume" and answer is not None:
        return _chosen(settings, here, seen, answer)
    if question == "contact.phone":
        return _phone(settings, here, inbound, seen)
    text = words.say("emergency.still", for_whom=here.state.for_whom)
    said = [Draft("info", text)]
    if question is not None:
        said.append(question_draft(settings, here.state.but(question=question, style="short")))
    return Written(here.state, said=tuple(said), triage=seen, question=question)


def _answer(question: str | None, here: Standing, inbound: Inbound) -> str | None:
    """The code that a message gives to the open question, None when it is not one."""
    if inbound.given is not None:
        value = inbound.given["value"]
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        return value if isinstance(value, str) and inbound.given["question"] == question else None
    asked = question or "confirm.emergency"
    if asked == "contact.phone":
        return None
    reading = read(inbound.text, Context(question=asked, for_whom=here.state.for_whom))  # type: ignore[arg-type]
    if reading.state in ("unknown", "declined") and asked == "safety.self":
        return "unsure"
    if reading.state == "answered" and isinstance(reading.value, str):
        return reading.value
    return None


def _raised(here: Standing) -> list[str]:
    return [flag.id for flag in here.flags if flag.tier in EMERGENCIES]


def _goes_on(settings: Settings, here: Standing, seen: triage.Triage, answer: str) -> Written:
    """Old and unchanged, or not meant: the flag stays on record, a person calls, the intake goes on."""
    who = here.state.for_whom
    said = [Draft("info", words.say("emergency.settled", for_whom=who, **facts(settings, here.now)))]
    state = reopened(here.state)
    if state.question is not None:
        said.append(question_draft(settings, state))
    confirmed = dict.fromkeys(_raised(here), answer)
    return Written(state, said=tuple(said), triage=seen, place="active", confirmed=confirmed)


def reopened(state: State) -> State:
    """The interview's state when it goes on: its open question, or the next one that is needed."""
    question = state.question or next_question(protocol(), state)
    if question is None:
        return state
    return state.but(question=question, style="short", offered=offered(protocol(), state, question))


def _stays(
    settings: Settings, here: Standing, seen: triage.Triage, confirmed: str | None = None, say: str = "emergency.stay"
) -> Written:
    """It is happening now: the advice again, and once the optional number to check on the person."""
    who = here.state.for_whom
    said = [Draft("info", words.say(say, for_whom=who))]
    known = here.state.value("contact.phone") or here.state.channel == "sms"
    question = None if known else "contact.phone"
    if question is not None:
        said.append(_phone_question(settings, here))
    notes = dict.fromkeys(_raised(here), confirmed) if confirmed else {}
    return Written(here.state, said=tuple(said), triage=seen, question=question, confirmed=notes)


def _phone_question(settings: Settings, here: Standing) -> Draft:
    draft = question_draft(settings, here.state.but(question="contact.phone"))
    return replace(draft, text=words.say("emergency.phone", for_whom=here.state.for_whom))


def _phone(settings: Settings, here: Standing, inbound: Inbound, seen: triage.Triage) -> Written:
    """The optional phone number after an emergency: taken when it is one, never asked twice."""
    question = protocol().questions["contact.phone"]
    said_value: Any = inbound.given["value"] if inbound.given is not None else None
    if inbound.given is None:
        reading = read(inbound.text, Context(question="contact.phone"))
        said_value = reading.value if reading.state == "answered" else "skipped"
    try:
        checked = check(protocol(), question, said_value)
    except BadValue:
        checked = check(protocol(), question, "skipped")
    taker = Taker(protocol(), here.state, inbound)
    taker.put("contact.phone", checked.value, checked.state, via="text" if inbound.given is None else "value")
    text = words.say("emergency.still", for_whom=here.state.for_whom)
    return Written(here.state.but(answers=taker.answers), taker.changed, (Draft("info", text),), triage=seen)


def _after_self(settings: Settings, here: Standing, seen: triage.Triage, answer: str) -> Written:
    """Safe: the person chooses to go on or stop. Not safe or unsure: 9-1-1, and staff see it as T1."""
    who = here.state.for_whom
    if answer == "safe":
        choice = Draft("info", words.say("emergency.RF21_choice", for_whom=who, **facts(settings, here.now)))
        asked = question_draft(settings, here.state.but(question="confirm.resume", style="full"))
        return Written(here.state, said=(choice, asked), triage=seen, question="confirm.resume")
    text = emergency_text(settings, ("emergency.T1", "emergency.RF21"), None, who, here.now)
    written = _stays(settings, here, seen)
    retier = {SELF_HARM: "T1"} if answer == "not_safe" else {}
    return replace(written, said=(Draft("emergency", text), *written.said[1:]), alert=True, retier=retier)


def _chosen(settings: Settings, here: Standing, seen: triage.Triage, answer: str) -> Written:
    """After the words of RF21 the person chooses to go on or to stop here."""
    if answer != "yes":
        text = words.say("emergency.still", for_whom=here.state.for_whom)
        return Written(here.state, said=(Draft("info", text),), triage=seen)
    state = reopened(here.state)
    said = [question_draft(settings, state)] if state.question else []
    return Written(
        state, said=tuple(said), triage=seen, place="active", confirmed=dict.fromkeys(_raised(here), "goes_on")
    )
