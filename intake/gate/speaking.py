"""From what was decided to the messages that a patient sees: texts, choices, kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.interview import State
from clinic.protocol import protocol
from clinic.wording import Wording, in_words, wording
from intake.dialogue import Spoken
from intake.facts import clinic_facts, pronouns
from intake.settings import Settings

# Buttons that go with any list or choice, whatever is offered.
ALWAYS = ("none", "unsure", "unknown", "declined", "skipped", "question", "book")
# Questions that take several choices at once.
SEVERAL = ("list", "sites", "times")
# Fields of the read-back, in its order; the rest of the answers are shown to staff only.
READ_BACK_STAGES = (
    "narrative",
    "contact",
    "site",
    "safety_now",
    "safety",
    "pain",
    "onset",
    "indicators",
    "precautions",
    "booking",
    "more",
)


@dataclass(frozen=True)
class Draft:
    """A message before it is stored."""

    kind: str
    text: str
    question: str | None = None
    choices: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    multiple: bool = False


def question_draft(settings: Settings, state: State, text: str | None = None) -> Draft:
    """The message of the open question; its text from the wording file unless Rasa has said it."""
    if state.question is None:
        raise ValueError("no question is open")
    question = protocol().questions[state.question]
    words = wording()
    gaps = {**clinic_facts(settings), **pronouns(state.for_whom)}
    if text is None:
        text = words.say(f"utter_ask_{question.slot}", state.channel, state.style, **gaps)
    return Draft("question", text, question.id, choices(settings, state, words, gaps), question.kind in SEVERAL)


def choices(settings: Settings, state: State, words: Wording, gaps: Mapping[str, Any]) -> list[dict[str, str]]:
    """The choices of the open question: of a list only what is offered now, locations from the settings."""
    question = protocol().questions[str(state.question)]
    found = words.choices(question.slot, state.channel, **gaps)
    if question.id == "booking.location":
        places = [{"value": place.id, "label": place.name} for place in settings.clinic.locations]
        return places + [c for c in found if c["value"] in ("either", *ALWAYS)]
    if question.kind == "list":
        return [c for c in found if c["value"] in state.offered or c["value"] in ALWAYS]
    return found


def drafts(settings: Settings, state: State, spoken: Sequence[Spoken]) -> list[Draft]:
    """What Rasa said, as messages: the open question last, everything else as information before it."""
    asked = f"utter_ask_{protocol().questions[state.question].slot}" if state.question else None
    out, question = [], None
    for said in spoken:
        if said.response == asked:
            question = question_draft(settings, state, said.text)
        elif said.text.strip():
            out.append(Draft("info", said.text))
    if state.question == "confirm.read_back" and question is not None and state.style == "full":
        lines = read_back(state)
        # On the page every line has a button to change it; texts are changed in words.
        parts = [] if state.channel == "sms" else [{"value": id_, "label": line} for id_, line in lines]
        out.append(Draft("summary", "\n".join(line for _, line in lines), choices=parts))
    return out + ([question] if question else [])


def read_back(state: State) -> list[tuple[str, str]]:
    """All answers in the patient's labels and words, (question id, line): only what was told, never a conclusion."""
    words, lines = wording(), []
    for question in protocol().questions.values():
        answer = state.answers.get(question.id)
        if question.stage not in READ_BACK_STAGES or answer is None or answer.state == "not_asked" or question.derived:
            continue
        if (
            question.group is None
            and question.kind == "list"
            and question.id in ("sensation", "inflammation", "myofascial")
        ):
            continue
        if question.group is not None and answer.value != "reported":
            continue
        said = answer.quote if question.kind in ("text", "name") and answer.state == "answered" else None
        told = said or in_words(protocol(), words, question.id, answer.value, answer.state)
        lines.append((question.id, f"{label(question.id)}: {told}"))
    return lines


def answer_labels(settings: Settings, state: State, question_id: str, value: Any) -> str:
    """What the transcript shows of a structured answer: the labels that were on the screen, joined by "; "."""
    question = protocol().questions[question_id]
    shown = {c["value"]: c["label"] for c in question_draft(settings, state.but(question=question_id)).choices}
    everything = {
        c["value"]: c["label"] for c in wording().choices(question.slot, state.channel, **clinic_facts(settings))
    }
    labels = {**everything, **shown}
    if isinstance(value, Mapping):
        if value.get("regions") or value.get("value") or value.get("detail"):
            return "; ".join(_place(part, labels) for part in value.get("detail") or _codes(value))
        if "low" in value:
            return str(value["low"]) if value["low"] == value.get("high") else f"{value['low']} to {value.get('high')}"
        words = (
            value.get("words") or ", ".join(labels.get(p, p) for p in value.get("parts", ())) or value.get("iso") or ""
        )
        return f"{words} {value['score']}/10".strip() if value.get("score") is not None else str(words)
    entries = value if isinstance(value, list) else [value]
    parts = []
    for entry in entries:
        code = str(entry.get("id") if isinstance(entry, Mapping) else entry)
        detail = entry.get("detail") if isinstance(entry, Mapping) else None
        parts.append(labels.get(code, code) + (f" ({detail})" if detail else ""))
    return "; ".join(parts)


def _codes(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"region": code} for code in value.get("regions") or value.get("value") or ()]


def _place(part: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    spread = part.get("spreads_to") or ()
    travels = ", ".join(labels.get(code, code) for code in ([spread] if isinstance(spread, str) else spread))
    where = labels.get(str(part["region"]), str(part["region"]))
    return " ".join(
        filter(
            None, (where, f"({part['side']})" if part.get("side") else "", f"travels to {travels}" if travels else "")
        )
    )


def label(question_id: str) -> str:
    """What a question is called when its answer is told."""
    return wording().say(f"utter_label_{protocol().questions[question_id].slot}")
