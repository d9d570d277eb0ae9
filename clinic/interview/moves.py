"""What a patient may say instead of an answer, and what the bot does then; the open question stays open."""

from __future__ import annotations

from clinic.interview.asking import offered, remaining
from clinic.interview.state import Say, State, Turn
from clinic.protocol import Protocol
from clinic.reading import Reading

# In a question that takes any words these may well be part of the story ("I can't stop", "it comes back").
MAYBE_CONTENT = (
    "out_of_scope",
    "insult",
    "complaint",
    "greet",
    "thanks",
    "goodbye",
    "correct",
    "capabilities",
    "how_long",
    "faq",
    "stop",
    "back",
    "repeat",
)
# These are answered beside an answer that the same text gives ("6, and what does it cost?").
ANSWERED_BESIDE = ("faq", "how_long", "why", "bot_challenge", "capabilities", "human")
LANGUAGES = {"fr": "_fr", "es": "_es", "pa": "_pa", "zh": "_zh"}
MINUTES_A_QUESTION = 0.2


def first_screen(state: State, choice: str) -> Turn:
    """The two other buttons of the first screen: a question, or only booking."""
    says = (Say("utter_move_capabilities"),) if choice == "question" else (Say("utter_book_or_call"),)
    return Turn(state.but(style="short"), {}, says, None, (), (), "capabilities" if choice == "question" else "human")


def aside(protocol: Protocol, state: State, reading: Reading) -> Turn | None:
    """The turn of a move, or None when it is none that interrupts."""
    move = reading.move
    stay = state.but(style="short", unreadable=0)
    if move == "faq":
        topic = reading.topic
        says = (Say(f"utter_faq_{topic}", {"topic": topic}),) if topic else (Say("utter_default"),)
        return Turn(stay, {}, says, None, () if topic else ("unanswered_topic",), (), move)
    if move == "human":
        if state.value("consent") != "yes":
            return Turn(stay, {}, (Say("utter_book_or_call"),), None, (), (), move)
        return Turn(
            stay,
            {},
            (Say("utter_partial_person_requested"), Say("utter_person_open")),
            None,
            ("person_requested",),
            (),
            move,
        )
    if move == "withdraw":
        return Turn(
            state.but(question="confirm.withdraw", parked=_park(state), style="full", offered=("yes", "no")),
            {}, (Say("utter_move_withdraw"),), None, (), (), move,
        )  # fmt: skip
    if move == "stop":
        return Turn(stay, {}, (Say("utter_stopped"),), None, ("stop",), (), move)
    if move == "restart":
        return _restart(protocol, state)
    if move == "back":
        return _back(protocol, state)
    if move == "why" and state.question:
        return Turn(stay, {}, (Say(f"utter_why_{state.question.replace('.', '_')}"),), None, (), (), move)
    if move == "how_long":
        minutes = max(1, round(remaining(protocol, state) * MINUTES_A_QUESTION))
        return Turn(stay, {}, (Say("utter_move_how_long", {"minutes_left": minutes}),), None, (), (), move)
    if move == "repeat":
        # "What?" right after the full question means that its words were not clear; later, that it is to be shown again.
        unclear = state.style == "full" and state.question is not None
        said, style = ("utter_move_explain", "again") if unclear else ("utter_move_repeat", "full")
        return Turn(state.but(style=style, unreadable=0), {}, (Say(said),), None, (), (), move)
    if move == "complaint":
        return Turn(stay, {}, (Say("utter_move_complaint"),), None, ("complaint",), (), move)
    if move == "other_language":
        ending = LANGUAGES.get(reading.topic or "", "")
        return Turn(stay, {}, (Say(f"utter_move_other_language{ending}"),), None, ("other_language",), (), move)
    if move == "correct":
        return Turn(stay, {}, (Say("utter_correct_what"),), None, (), (), move)
    if move in ("greet", "thanks", "goodbye", "bot_challenge", "capabilities", "insult", "out_of_scope"):
        return Turn(stay, {}, (Say(f"utter_move_{move}"),), None, (), (), move)
    return None


def _park(state: State) -> str | None:
    return state.parked if state.question and state.question.startswith("confirm.withdraw") else state.question


def _back(protocol: Protocol, state: State) -> Turn:
    earlier = [p for p in state.path if p not in ("consent", state.question)]
    if not earlier:
        return Turn(state.but(style="short"), {}, (Say("utter_nothing_to_go_back"),), None, (), (), "back")
    previous = earlier[-1]
    opened = state.but(
        question=previous, path=tuple(p for p in state.path if p != previous), style="full", unreadable=0
    )
    return Turn(
        opened.but(offered=reshown(protocol, opened, previous)), {}, (Say("utter_went_back"),), None, (), (), "back"
    )


def reopen(protocol: Protocol, state: State, question_id: str) -> Turn:
    """An answered question asked anew because the patient wants to change it; the open one comes back after it."""
    opened = state.but(
        question=question_id, path=tuple(p for p in state.path if p != question_id), style="full", unreadable=0
    )
    shown = opened.but(offered=reshown(protocol, opened, question_id))
    return Turn(shown, {}, (Say("utter_move_correct"),), None, (), (), "correct")


def reshown(protocol: Protocol, state: State, question_id: str) -> tuple[str, ...]:
    """What a question shows when it is asked again on purpose: a list with all that was shown, not only what is open."""
    answer = state.answers.get(question_id)
    if protocol.questions[question_id].kind == "list" and answer is not None and answer.items:
        return tuple(answer.items)
    return offered(protocol, state, question_id)


def _restart(protocol: Protocol, state: State) -> Turn:
    """Begin again: all answers but consent, contact and what was said about safety are asked anew, kept as earlier ones."""
    from clinic.answers import Answer

    changed = {}
    for question_id, answer in state.answers.items():
        kept = question_id == "consent" or question_id.startswith(("safety.", "contact.", "confirm."))
        if not kept and answer.state != "not_asked":
            earlier = {key: value for key, value in answer.as_dict().items() if key != "previous"}
            changed[question_id] = Answer(previous=(*answer.previous, earlier))
    fresh = state.but(
        answers={**state.answers, **changed},
        asked={},
        path=("consent",) if "consent" in state.path else (),
        unreadable=0,
    )
    from clinic.interview.asking import next_question

    asked = next_question(protocol, fresh)
    fresh = fresh.but(question=asked, style="full", offered=offered(protocol, fresh, asked) if asked else ())
    return Turn(fresh, changed, (Say("utter_restarted"),), None, ("restart",), (), "restart")
