"""Put the parts together: text in, `Reading` out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clinic.protocol import protocol
from clinic.reading import conditions, contact, moves, sites
from clinic.reading.analysis import Text, analyse
from clinic.reading.answering import LISTS, TEXTS, Answer, answer, band
from clinic.reading.corrections import corrections, reopened
from clinic.reading.facts import Facts, gather, quotes
from clinic.reading.flags import flags
from clinic.reading.model import Context, Mention, Reading
from clinic.reading.polar import polar

NOTHING_OPEN = Context()
FINDING_LISTS = ("sensation", "inflammation", "myofascial")
_YES_OR_NO = frozenset("yes yeah yep yup no nope nah".split())
# A move of these beside an answer does not make the text less of an answer.
_BESIDE = ("faq", "why", "how_long", "bot_challenge", "capabilities", "human", "thanks", "greet")
_FROM_INTENT_ONLY = (
    "faq",
    "out_of_scope",
    "human",
    "complaint",
    "withdraw",
    "why",
    "how_long",
    "bot_challenge",
    "capabilities",
    "repeat",
    "restart",
    "back",
    "greet",
    "thanks",
    "goodbye",
    "insult",
    "other_language",
    "stop",
    "correct",
    "skip",
)

# Questions that take any text: a short move in its place is none of their answers.
FREE = (*TEXTS, "contact.name", "function.activity")


def read(text: str, context: Context = NOTHING_OPEN, intent: tuple[str, float] | None = None) -> Reading:
    """Read one text in the context of the dialogue; `intent` is the classifier's (name, confidence), None without it."""
    parts = analyse(text, context.for_whom)
    facts = gather(parts, context.question, context.for_whom)
    asked = context.question is not None and context.question not in TEXTS
    said, _ = polar(parts, asked=asked)
    corrects = corrections(parts, facts, context) if context.answers else {}
    given = answer(parts, facts, context, said) if context.question else Answer(None)
    move, topic = moves.move(parts, context.question)
    given, move, topic = _weigh(parts, facts, context, given, move, topic, intent)
    if move == "restart" and text.lstrip().startswith("/"):
        move = None  # a command of some other program: nobody loses their answers by "/restart"
    if corrects:
        move = move if move in _BESIDE else "correct"
        if context.question and context.question not in corrects and not _fits_beside(context.question, given, parts, facts):
            given = Answer(None)
    again = reopened(parts, context) if context.answers and not corrects else None
    if again:
        given, move, topic = Answer(None), "correct", None
    return replace(_reading(parts, facts, context, said, corrects, given, move, topic), reopens=again)


def _weigh(
    parts: Text, facts: Facts, context: Context, given: Answer, move: str | None, topic: str | None, intent: tuple[str, float] | None
) -> tuple[Answer, str | None, str | None]:
    """Is a text that could be both an answer and a move the one, the other or both?"""
    question = context.question
    size = sum(1 for w in parts.words if w[0].isalnum())
    if move in ("other_language",):
        return Answer(None), move, topic
    move = moves.unless_surely_another(move, intent, told=bool(facts.places.sites or facts.findings))
    if move == "stop" and question in FREE and not moves.nothing_else(parts, "stop"):
        move = None
    if move == "stop" and question == "confirm.more":  # "that's enough" is the answer to "3 more minutes?"
        return (given if given.state == "answered" else Answer("answered", "no", parts.original.strip())), None, None
    if move == "withdraw" and question == "confirm.withdraw":
        return (given if given.state == "answered" else Answer("answered", "yes", parts.original.strip())), None, None
    if move and question in FREE and given.state == "answered":
        return (given, None, None) if size > 8 and move not in ("withdraw", "human", "back", "why") else (Answer(None), move, topic)
    if move and given.state == "answered" and move not in _BESIDE and size <= 6 and question not in LISTS:
        if move in ("stop", "withdraw", "restart", "back", "repeat"):
            given = Answer(None)
        elif move in ("correct",):
            move = None
    if move is None and not facts.flags.present:
        guessed, guessed_topic = moves.from_intent(intent)
        if question in FREE and not moves.asks(parts):
            guessed = None  # "massage" answers what was tried; only a question is one of the patient's own
        free = question in FREE
        if guessed in _FROM_INTENT_ONLY and (
            given.state is None or (guessed == "faq" and "?" in parts.original) or (free and guessed == "faq" and size <= 14)
        ):
            if guessed == "faq" or not _told(facts, intent):
                move, topic = guessed, conditions.topic(parts.original, guessed_topic)
                if free and guessed == "faq":
                    given = Answer(None)
    if move is None and given.state == "skipped":
        move = "skip"
    return given, move, topic


def _told(facts: Facts, intent: tuple[str, float] | None) -> bool:
    """Does the text tell of the complaint, so that a mere guess of a move must give way?

    A place, a time or a number alone does not hold against a classifier that hardly doubts ("can you whiten my teeth").
    """
    sure = intent is not None and intent[1] >= moves.SURE
    return bool(facts.findings or (not sure and (facts.places.sites or facts.duration or facts.severity)))


def _fits_beside(question: str, given: Answer, parts: Text, facts: Facts) -> bool:
    """Does a correcting text answer the open question too ("no, and it was two months, not two weeks")?"""
    if given.state != "answered" or question in TEXTS or question in ("contact.name", "function.activity", "consent", "confirm.read_back"):
        return False
    if not isinstance(given.value, str):
        return True
    first = parts.words[1:3]
    stands_apart = parts.words[0] in _YES_OR_NO and (first[:1] in ([","], ["."], ["and"], ["but"], ["also"])) and first[1:] not in (["sorry"], ["wait"], ["i"], ["it"])
    return question in facts.findings or stands_apart


def _reading(
    parts: Text, facts: Facts, context: Context, said: str | None, corrects: dict[str, Any], given: Answer, move: str | None, topic: str | None
) -> Reading:
    words = quotes(parts, facts)
    if context.question and given.quote and given.quote in parts.original:
        words.setdefault(context.question, given.quote)
        words.setdefault("answer", given.quote)
    state = given.state or ("unreadable" if context.question else None)
    duration = facts.duration
    findings = dict(facts.findings)
    if context.question and context.question in protocol().findings and given.value in ("reported", "not_reported", "unknown"):
        findings[context.question] = str(given.value)
    if context.question in FINDING_LISTS:
        findings |= {code: state for code, state in given.items.items() if code in protocol().findings}
    return Reading(
        state=state,  # type: ignore[arg-type]
        value=given.value,
        polar=said,  # type: ignore[arg-type]
        move=move,
        topic=topic,
        findings=findings,
        site=sites.codes(facts.places),
        site_detail=sites.detail(facts.places),
        side=_answered(context, "pain.side", given) or facts.places.side,
        severity={"low": facts.severity.low, "high": facts.severity.high} if facts.severity else None,
        duration={"iso": duration.iso, "words": parts.quote((duration.start, duration.end))} if duration else None,
        duration_days=(duration.low, duration.high) if duration else None,
        onset_event=_answered(context, "onset.event", given) or facts.onset.event,
        onset_delay=_answered(context, "onset.delay", given) or facts.onset.delay,
        red_flags=tuple({"id": m.code, "tier": m.tier or "T4"} for m in facts.flags.present),
        denied_red_flags=facts.flags.denied,
        unsure_red_flags=tuple(m.code for m in facts.flags.unsure),
        precautions=tuple(m.code for m in facts.precautions),
        precaution_details=tuple({"id": m.code, "detail": m.value} for m in facts.precautions),
        denied_precautions=facts.denied_precautions,
        age_band=band(parts.age[0]) if parts.age else None,
        for_whom="other" if "for_other" in parts.hits else None,
        contact=_contact(parts, words),
        corrects=corrects,
        quotes=words,
        mentions=facts.mentions,
        list_items=given.items,
        closes_list=given.closes,
    )


def _answered(context: Context, question: str, given: Answer) -> str | None:
    """The value that the text gives to `question`, if that is the open one."""
    return given.value if context.question == question and given.state == "answered" and isinstance(given.value, str) else None


def _contact(parts: Text, words: dict[str, str]) -> dict[str, str]:
    """Name, phone and e-mail that the text volunteers."""
    out: dict[str, str] = {}
    for key, found in (
        ("phone", contact.phone(parts.original)),
        ("email", contact.email(parts.original) if "@" in parts.original else None),
        ("name", contact.said_name(parts.original)),
    ):
        if found:
            out[key] = found[0]
            if found[1] in parts.original:
                words[f"contact.{key}"] = found[1]
    return out


def screen(text: str, for_whom: str = "self") -> list[Mention]:
    """The red flags that the text says are present, most urgent first; denied, old and other people's are left out."""
    return list(flags(analyse(text, for_whom), for_whom).present)


__all__ = ["read", "screen"]
