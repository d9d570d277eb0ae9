"""One turn: what the patient said goes into the answers, and the next question is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clinic.interview import moves
from clinic.interview.asking import next_question, offered, times_asked
from clinic.interview.state import Inbound, Say, State, Turn
from clinic.interview.taking import Taker
from clinic.protocol import Protocol, Question
from clinic.reading import Context, Reading, read
from clinic.values import Checked, check

# After so many unreadable turns in a row a person is offered; one more, and an optional question counts as unknown.
UNREADABLE_BEFORE_PERSON = 3
# A text from before consent counts as the own words when it says something and is more than a greeting.
LEAST_WORDS_OF_A_STORY = 5
# "yes, that is fine with me, please go on": longer texts are read as a story and the question comes back.
MOST_WORDS_OF_CONSENT = 12


def open_interview(protocol: Protocol, state: State) -> Turn:
    """The first turn of a conversation, or of one that is resumed: nothing was said yet, ask what is open."""
    return _ask(
        protocol, state, Taker(protocol, state, Inbound("", "")), [Say("utter_welcome")] if not state.path else []
    )


def take_turn(protocol: Protocol, state: State, inbound: Inbound, reading: Reading | None) -> Turn:
    """What follows from one message. `reading` is the text read in the context of the open question (None if `given`)."""
    taker = Taker(protocol, state, inbound)
    if inbound.given is not None:
        return _given(protocol, state, inbound, taker)
    if reading is None:
        raise ValueError("a text needs its reading")
    if state.question is None:
        return _ask(protocol, state, taker, _volunteered(protocol, taker, reading, None))
    question = protocol.questions[state.question]
    if question.id == "consent":
        return _consent(protocol, state, inbound, taker, reading)
    if question.stage == "aside":
        return _aside(protocol, state, taker, question, reading)
    return _text(protocol, state, inbound, taker, question, reading)


# --- structured answers ----------------------------------------------------------------------------------------------


def _given(protocol: Protocol, state: State, inbound: Inbound, taker: Taker) -> Turn:
    given = inbound.given or {}
    question = protocol.questions[given["question"]]
    value = given["value"]
    if question.id == "consent" and value in ("question", "book", ["question"], ["book"]):
        return moves.first_screen(state, value if isinstance(value, str) else value[0])
    shown = state.offered if question.id == state.question else ()
    known = state.answers.get(question.id)
    if question.id != state.question and known is not None and known.items:
        shown = tuple(known.items)  # a correction of a list is a correction of all that was shown
    checked = check(protocol, question, value, shown, state.locations)
    if question.id == "consent":
        return _consented(protocol, state, inbound, taker, checked)
    if question.stage == "aside":
        return _aside_answered(protocol, state, taker, question, str(checked.value))
    taker.given(question, checked.state, checked.value, checked.items, checked.detail, str(given.get("via", "choices")))
    says = corrections(taker)
    if question.id != state.question and state.question is not None:
        return _ask(protocol, state, taker, says)
    if question.id == "confirm.read_back" and checked.value == "no":
        return _stay(state, taker, [*says, Say("utter_read_back_change")], style="short")
    return _ask(protocol, state, taker, says, answered=question.id)


def _consent(protocol: Protocol, state: State, inbound: Inbound, taker: Taker, reading: Reading) -> Turn:
    if reading.state == "answered" and reading.value in ("yes", "no") and not reading.move and _only_consent(inbound, reading):
        return _consented(protocol, state, inbound, taker, Checked("answered", reading.value))
    refused = reading.state in ("declined", "skipped") or (reading.polar == "no" and not reading.mentions)
    if refused and not reading.move:
        return _consented(protocol, state, inbound, taker, Checked("answered", "no"))
    if reading.move:
        asked = moves.aside(protocol, state, reading)
        if asked is not None:
            return replace(asked, notices=(*asked.notices, "not_kept") if reading.move == "faq" else asked.notices)
    count = state.unreadable + 1
    if count >= UNREADABLE_BEFORE_PERSON:
        return _stay(
            state, taker, [Say("utter_three_unreadable"), Say("utter_person_open")], style="short", unreadable=count
        )
    if reading.site or reading.findings or reading.duration or reading.mentions:
        return _stay(state, taker, [Say("utter_thanks_for_telling")], style="short", unreadable=count)
    return _stay(state, taker, [], style="again", unreadable=count)


def _only_consent(inbound: Inbound, reading: Reading) -> bool:
    """Consent is never taken from a story: a yes must stand alone, without anything told about the body."""
    told = bool(reading.mentions or reading.site or reading.findings or reading.red_flags)
    return reading.value == "no" or (not told and len(inbound.text.split()) <= MOST_WORDS_OF_CONSENT)


def _consented(protocol: Protocol, state: State, inbound: Inbound, taker: Taker, checked: Checked) -> Turn:
    taker.put("consent", checked.value, checked.state, via="choices" if inbound.given else "text")
    if checked.value != "yes":
        return Turn(
            state.but(answers=taker.answers, question=None, offered=()),
            taker.changed,
            (Say("utter_no_consent"),),
            "no_consent",
        )
    for earlier in state.kept:
        told = Taker(
            protocol,
            state.but(answers=taker.answers),
            replace(inbound, message_id=earlier["message_id"], text=earlier["text"], given=None),
        )
        reading = read(earlier["text"], Context(for_whom=state.for_whom))  # type: ignore[arg-type]
        said = told.prefill(reading, None)
        if said and len(earlier["text"].split()) >= LEAST_WORDS_OF_A_STORY:
            told.put("narrative", earlier["text"], via="text")
        taker.answers.update(told.changed)
        taker.changed.update(told.changed)
    return _ask(protocol, state, taker, [], answered="consent")


# --- confirmations that interrupt -------------------------------------------------------------------------------------


def _aside(protocol: Protocol, state: State, taker: Taker, question: Question, reading: Reading) -> Turn:
    answer = reading.value if reading.state == "answered" else reading.polar
    if isinstance(answer, str) and answer in (question.values or ()):
        return _aside_answered(protocol, state, taker, question, answer)
    count = state.unreadable + 1
    if count >= UNREADABLE_BEFORE_PERSON:  # nothing is erased or stopped on an answer that was not understood
        back = state.but(question=state.parked, parked=None, style="short", unreadable=0)
        return _reopen(protocol, back, (Say("utter_three_unreadable"), Say("utter_person_open")))
    return _stay(state, taker, [], style="again", unreadable=count)


def _aside_answered(protocol: Protocol, state: State, taker: Taker, question: Question, value: str) -> Turn:
    parked = state.parked
    back = state.but(question=parked, parked=None, style="short", unreadable=0)
    if question.id == "confirm.withdraw":
        if value == "yes":
            return Turn(state.but(question=None, parked=None), {}, (), "withdrawn")
        return _reopen(protocol, back, (Say("utter_withdraw_kept"),))
    if question.id == "confirm.person":
        notices = ("person_requested",) if value == "yes" else ()
        return replace(
            _reopen(protocol, back, (Say("utter_partial_person_requested"),) if notices else ()), notices=notices
        )
    if question.id == "confirm.resume" and value == "no":
        return Turn(back.but(question=None), {}, (Say("utter_stopped"),), None, ("stop",))
    return _reopen(protocol, back, ())


def _reopen(protocol: Protocol, state: State, says: tuple[Say, ...]) -> Turn:
    if state.question is None:
        asked = next_question(protocol, state)
        state = state.but(question=asked)
    shown = offered(protocol, state, state.question) if state.question else ()
    return Turn(state.but(offered=shown), {}, says)


# --- free text --------------------------------------------------------------------------------------------------------


def _text(
    protocol: Protocol, state: State, inbound: Inbound, taker: Taker, question: Question, reading: Reading
) -> Turn:
    if reading.corrects:
        return _correction(protocol, state, taker, question, reading)
    if reading.reopens in state.answers:
        return moves.reopen(protocol, state, str(reading.reopens))
    takes_any_text = question.kind in ("text", "name") and reading.state == "answered"
    move = reading.move
    if move == "skip" or (reading.state == "skipped" and not move):
        return _skip(protocol, state, taker, question)
    if move and not (takes_any_text and move in moves.MAYBE_CONTENT) and reading.state != "answered":
        turn = moves.aside(protocol, state, reading)
        if turn is not None:
            said = _volunteered(protocol, taker, reading, question.id)
            if question.id == "narrative" and move == "faq" and taker.changed:
                taker.put("narrative", inbound.text, via="text")  # a question with a story in it is the story too
                return _ask(protocol, state, taker, [*said, *turn.says], answered="narrative")
            return replace(
                turn, changed=taker.changed, state=turn.state.but(answers=taker.answers), says=(*said, *turn.says)
            )
    if taker.open_question(question, reading):
        says = _volunteered(protocol, taker, reading, question.id) + corrections(taker)
        if move in moves.ANSWERED_BESIDE:
            beside = moves.aside(protocol, state, reading)
            says = [*says, *(beside.says if beside else ())]
        notices = ("send_link",) if question.id == "confirm.more" and reading.value == "later" else ()
        if question.id == "confirm.read_back" and taker.answers["confirm.read_back"].value == "no":
            return _stay(state, taker, [*says, Say("utter_read_back_change")], style="short")
        return replace(_ask(protocol, state, taker, says, answered=question.id), notices=notices)
    volunteered = _volunteered(protocol, taker, reading, question.id)
    if taker.changed:  # it told something else: thank for it, and the open question comes back
        return _stay(state, taker, [*volunteered, Say("utter_noted")], style="short")
    return _unreadable(protocol, state, taker, question)


def _volunteered(protocol: Protocol, taker: Taker, reading: Reading, open_question: str | None) -> list[Say]:
    taker.prefill(reading, open_question)
    taker.denied_flags(reading)
    return []


def _skip(protocol: Protocol, state: State, taker: Taker, question: Question) -> Turn:
    if not question.optional:
        return _stay(state, taker, [Say("utter_cannot_skip")], style="short")
    taker.given(question, "skipped", None, {}, (), "text") if question.kind == "list" else taker.put(
        question.id, "declined" if question.kind == "finding" else None, "skipped", via="text"
    )
    return _ask(protocol, state, taker, [Say("utter_noted_skip")], answered=question.id)


def _correction(protocol: Protocol, state: State, taker: Taker, question: Question, reading: Reading) -> Turn:
    taker.correct(reading.corrects)
    answered = None
    if question.id not in reading.corrects and reading.state == "answered" and taker.open_question(question, reading):
        answered = question.id
    says = corrections(taker) or [Say("utter_nothing_to_correct")]
    if question.id in reading.corrects:
        return _ask(protocol, state, taker, says, answered=question.id)
    if answered:
        return _ask(protocol, state, taker, says, answered=answered)
    return _stay(state, taker, says, style="short")


def corrections(taker: Taker) -> list[Say]:
    """What the patient is told of changed answers: labels are filled in by the action, which has the wording."""
    says = []
    for question_id, was, now in taker.corrected:
        safety = question_id.startswith("safety.")
        says.append(
            Say(
                "utter_corrected_red_flag" if safety else "utter_corrected",
                {
                    "question": question_id,
                    "was_value": was.value,
                    "was_state": was.state,
                    "now_value": now.value,
                    "now_state": now.state,
                },
            )
        )
    return says


def _unreadable(protocol: Protocol, state: State, taker: Taker, question: Question) -> Turn:
    count = state.unreadable + 1
    if count > UNREADABLE_BEFORE_PERSON and question.optional:
        if question.kind == "list":
            taker.list_answer(question, dict.fromkeys(state.offered or question.items, "unknown"), "words")
        else:
            taker.put(question.id, "unknown" if question.kind == "finding" else None, "unknown", via="text")
        return replace(
            _ask(protocol, state, taker, [Say("utter_noted_unknown")], answered=question.id), notices=("unreadable",)
        )
    if count >= UNREADABLE_BEFORE_PERSON:
        turn = _stay(
            state, taker, [Say("utter_three_unreadable"), Say("utter_person_open")], style="short", unreadable=count
        )
        return replace(turn, notices=("unreadable",))
    says = [Say("utter_reasked")] if count == 1 else [Say("utter_unreadable_offer_skip")]
    return _stay(state, taker, says, style="again" if count == 1 else "short", unreadable=count)


# --- asking -----------------------------------------------------------------------------------------------------------


def _stay(state: State, taker: Taker, says: list[Say], *, style: str, unreadable: int = 0) -> Turn:
    """The open question comes back once, in another style."""
    return Turn(state.but(answers=taker.answers, style=style, unreadable=unreadable), taker.changed, tuple(says))


def _ask(protocol: Protocol, state: State, taker: Taker, says: list[Say], answered: str | None = None) -> Turn:
    """The next question, or the end of the interview."""
    path = (*(p for p in state.path if p != answered), answered) if answered else state.path
    state = state.but(answers=taker.answers, path=path, unreadable=0)
    asked = next_question(protocol, state)
    if asked is None:
        done = state.but(question=None, offered=(), parked=None)
        return Turn(done, taker.changed, tuple(says), "completed")
    if answered is None and asked == state.question:
        return Turn(state.but(style="short", offered=offered(protocol, state, asked)), taker.changed, tuple(says))
    again = state.asked.get(asked, 0)
    shown = offered(protocol, state, asked)
    in_parts = asked.startswith("safety.") or protocol.questions[asked].kind == "list" and state.channel == "sms"
    if again and in_parts:
        unsure = asked.startswith("safety.") and (
            any(taker.answers[asked].items.get(item) == "unknown" for item in shown)
            if asked in taker.answers
            else False
        )
        says = [*says, Say("utter_checks_again" if unsure else "utter_list_rest")]
    state = state.but(
        question=asked,
        style="short" if again and in_parts else "full",
        offered=shown,
        asked=_counted(protocol, state, asked, shown),
        questions_asked=state.questions_asked + 1,
    )
    return Turn(state, taker.changed, tuple(says))


def _counted(protocol: Protocol, state: State, asked: str, shown: tuple[str, ...]) -> dict[str, int]:
    counts = {**state.asked, asked: state.asked.get(asked, 0) + 1}
    if protocol.questions[asked].kind == "list":
        counts |= {f"{asked}#{item}": times_asked(state, asked, item) + 1 for item in shown}
    return counts


def stated(turn: Turn) -> dict[str, Any]:
    """The values that a turn wrote, for a log of ids and for tests: id -> value."""
    return {question_id: answer.value for question_id, answer in turn.changed.items()}
