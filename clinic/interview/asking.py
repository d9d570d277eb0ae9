"""Which question comes next, and which of a list's items are still to be shown."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.answers import Answer
from clinic.interview.state import State
from clinic.protocol import Protocol, Question
from clinic.wording import wording

# Cut the screen's lists into parts that fit a text message (issue: SMS lists of at most five items).
SMS_PART = 5
# … and whose labels, with the question and the ways out (125 to 150 characters), take at most three segments of 153
# characters (safety and precautions) or two (the rest).
SMS_SAFETY_CHARACTERS, SMS_CHARACTERS = 330, 160
# A safety list is asked again once for what was left unsaid or unsure, then taken as it is (CLINICAL.md rule 4).
MOST_ASKS = 2
GROUPS = ("sensation", "inflammation", "myofascial")


def known_items(protocol: Protocol, state: State, question: Question) -> dict[str, str]:
    """Item -> state of a list question, from its answer, from single findings, and from flags already on record."""
    answer = state.answers.get(question.id)
    known = dict(answer.items) if answer is not None else {}
    if question.id in GROUPS:
        known |= {
            item: str(state.answers[item].value)
            for item in question.items
            if item in state.answers and state.answers[item].state != "not_asked"
        }
    by_flag = {item.split("@")[0]: value for item, value in known.items()}
    for item in question.items:
        flag = item.split("@")[0]
        if item not in known and flag in by_flag and (flag != item or by_flag[flag] == "reported"):
            known[item] = by_flag[flag]
        if flag in state.raised and known.get(item) not in ("reported", "not_reported"):
            known[item] = "reported"
    return known


def applicable_items(protocol: Protocol, state: State, question: Question) -> tuple[str, ...]:
    """The items of a list that can apply to this person; what is not known counts as "can apply"."""
    items = protocol.items(question.id, state.answers, state.channel)
    if question.id == "myofascial" and state.value("myofascial.pressed") != "yes":
        return tuple(item for item in items if not protocol.findings[item].needs_pressed)
    return items


def times_asked(state: State, question_id: str, item: str) -> int:
    """How often one item of a list has been shown."""
    return state.asked.get(f"{question_id}#{item}", 0)


def open_items(protocol: Protocol, state: State, question: Question) -> tuple[str, ...]:
    """The items to show now: those that can apply and are not known; in safety lists unsure and unsaid ones once more."""
    known = known_items(protocol, state, question)
    safety = question.id.startswith("safety.")
    items = []
    for item in applicable_items(protocol, state, question):
        asked = times_asked(state, question.id, item)
        unsaid = known.get(item) is None and asked < (MOST_ASKS if safety else 1)
        unsure = safety and known.get(item) == "unknown" and item not in state.raised and asked < MOST_ASKS
        if unsaid or unsure:
            items.append(item)
    return text_part(question, items) if state.channel == "sms" else tuple(items)


def text_part(question: Question, items: Sequence[str]) -> tuple[str, ...]:
    """The first of these items, as many as one text message shows; never less than one, and none is shortened."""
    safety = question.id.startswith("safety.") or question.id == "precaution"
    most = SMS_SAFETY_CHARACTERS if safety else SMS_CHARACTERS
    words, used = wording(), 0
    part: list[str] = []
    for item in items[:SMS_PART]:
        used += len(words.label(question.slot, item)) + len("\n1. ")
        if part and used > most:
            break
        part.append(item)
    return tuple(part)


def needed(protocol: Protocol, state: State, question: Question) -> bool:
    """Whether a question is still to be asked."""
    if question.stage == "aside" or not question.asked:
        return False
    if question.kind == "list":
        return list_needed(protocol, state, question)
    answer = state.answers.get(question.id)
    if question.id == "function.activity" and answer is not None and answer.state == "answered":
        return bool(answer.value and answer.value.get("score") is None) and state.asked.get(question.id, 0) < MOST_ASKS
    if answer is not None and answer.state != "not_asked":
        return question.id == "confirm.read_back" and answer.value != "yes"
    if question.id == "precaution.detail":
        return applies(state, question) and lacks_detail(protocol, state)
    if question.id == "booking.location" and len(state.locations) < 2:
        return False
    return applies(state, question)


def lacks_detail(protocol: Protocol, state: State) -> bool:
    """Whether a ticked precaution has a follow-up (which drug, limb, date) that the patient has not told yet."""
    ticked = state.value("precaution")
    return isinstance(ticked, list) and any(
        protocol.precautions[entry["id"]].detail and not entry.get("detail") for entry in ticked
    )


def applies(state: State, question: Question) -> bool:
    """Whether a question's condition holds. An age that was not told counts as an adult's; what else is not known, as no."""
    if question.ask_when is None:
        return True
    answers = state.answers
    if state.value("age_band") in (None, "unknown"):
        answers = {**answers, "age_band": Answer(value="19_49", state="answered")}
    return question.ask_when.holds(answers, state.channel) is True


def list_needed(protocol: Protocol, state: State, question: Question) -> bool:
    """A list is done when every item that can apply is known or was asked often enough, or when it was declined."""
    answer = state.answers.get(question.id)
    if answer is not None and answer.state in ("declined", "skipped"):
        return False
    if not applies(state, question):
        return False
    return bool(open_items(protocol, state, question))


def next_question(protocol: Protocol, state: State) -> str | None:
    """The id of the question to ask now, None when the interview is complete."""
    more = state.value("confirm.more")
    postponed: list[Question] = []
    for question in protocol.questions.values():
        if question.stage == "more" and more != "now":
            continue
        if not needed(protocol, state, question) or left_out(protocol, state, question):
            continue
        if question.stage == "more_offer":
            return question.id
        if question.id in protocol.budget.postpone and _over(protocol, state) and more is None:
            postponed.append(question)
            continue
        return question.id
    return postponed[0].id if postponed else None


def _over(protocol: Protocol, state: State) -> bool:
    return state.questions_asked >= protocol.budget.before_more


def left_out(protocol: Protocol, state: State, question: Question) -> bool:
    """Whether a question of the longer part gives way because the whole would grow over its budget."""
    if question.stage != "more" or question.id not in protocol.budget.leave_out:
        return False
    waiting = [
        q.id for q in protocol.questions.values() if q.stage in ("more", "read_back") and needed(protocol, state, q)
    ]
    over = state.questions_asked + len(waiting) - protocol.budget.in_all
    candidates = [qid for qid in protocol.budget.leave_out if qid in waiting]
    return over > 0 and question.id in candidates[:over]


def offered(protocol: Protocol, state: State, question_id: str) -> tuple[str, ...]:
    """What is shown with a question: the open items of a list, else the closed values of a choice."""
    question = protocol.questions[question_id]
    if question.kind == "list":
        return open_items(protocol, state, question)
    if question_id == "booking.location":
        return (*state.locations, "either")
    return tuple(question.values or ())


def answered_so_far(state: State) -> list[str]:
    """The ids that have been answered in any way, for the progress that the patient sees."""
    return [qid for qid, answer in state.answers.items() if isinstance(answer, Answer) and answer.state != "not_asked"]


def remaining(protocol: Protocol, state: State) -> int:
    """How many questions are likely still to come, at the present answers."""
    more = state.value("confirm.more")
    return sum(
        1
        for q in protocol.questions.values()
        if (q.stage != "more" or more == "now") and needed(protocol, state, q) and not left_out(protocol, state, q)
    )
