"""Messages of the intake as texts: short numbered lines, in the cheap alphabet, in parts that phones keep whole.

And back: "1 3", "0", "two", a label or free text as an answer to what was shown. Pure functions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.channels.sms.gsm import GSM_PART, plain, segments, septets

QUESTION_SEGMENTS, SAFETY_SEGMENTS = 2, 3
LONGEST_MENU = 12
"""A single choice of more values is asked in words (body regions, times of the week)."""

OWN_NUMBER = "@own_number"
"""The choice that a text adds to the question for a phone number: the number that the text came from."""

_ASIDE = ("unsure", "unknown", "declined", "skipped")
_SAFETY = ("safety.", "precaution", "confirm.emergency")


@dataclass(frozen=True)
class Choice:
    """One choice as the contract has it: the value that is stored and the words that are shown."""

    value: str
    label: str


@dataclass(frozen=True)
class BotMessage:
    """A message of the intake in the contract's shape (section 2), as far as it is shown."""

    id: str
    kind: str
    text: str
    question: str | None = None
    choices: tuple[Choice, ...] = ()
    multiple: bool = False

    @classmethod
    def of(cls, message: Any) -> "BotMessage":
        """From a mapping or an object with the contract's fields."""
        get = (
            message.get
            if isinstance(message, Mapping)
            else lambda name, default=None: getattr(message, name, default)
        )
        choices = []
        for choice in get("choices", ()) or ():
            of = choice.get if isinstance(choice, Mapping) else lambda name, c=choice: getattr(c, name)
            choices.append(Choice(str(of("value")), str(of("label"))))
        if get("kind") == "question" and get("question") == "contact.phone":
            choices = [Choice(OWN_NUMBER, "This phone")]
        return cls(
            str(get("id")), str(get("kind")), str(get("text") or ""), get("question"), tuple(choices),
            bool(get("multiple", False)),
        )  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a menu: the number to text, the value it stands for, the words shown."""

    number: int
    value: str
    label: str


@dataclass(frozen=True)
class Text:
    """One text to send: its words, the message it shows, and the labels that may come back as an answer."""

    body: str
    message_id: str
    kind: str
    labels: tuple[str, ...] = ()


def limit(kind: str, question: str | None) -> int:
    """How many segments a text of this kind may take: 3 for safety, precautions and emergencies, else 2."""
    if kind in {"emergency", "summary"} or (question or "").startswith(_SAFETY):
        return SAFETY_SEGMENTS
    return QUESTION_SEGMENTS


def _is_scale(choices: Sequence[Choice]) -> bool:
    return bool(choices) and all(c.value.isdigit() or c.value in _ASIDE for c in choices)


def has_menu(message: BotMessage) -> bool:
    """Whether the choices are shown as numbered lines. A scale of numbers and a choice among very many are
    asked in words instead, which yield the same codes."""
    if not message.choices or _is_scale(message.choices):
        return False
    return message.multiple or len(message.choices) <= LONGEST_MENU


def menu(message: BotMessage) -> tuple[Line, ...]:
    """The numbered lines of a message: items from 1 on, "none" of a list is 0, ways out come last."""
    if not has_menu(message):
        return ()
    items = [c for c in message.choices if c.value not in (*_ASIDE, "none")] if message.multiple else []
    if not message.multiple:
        return tuple(Line(i, c.value, c.label) for i, c in enumerate(message.choices, 1))
    lines = [Line(i, c.value, c.label) for i, c in enumerate(items, 1)]
    by_value = {c.value: c for c in message.choices}
    if "none" in by_value:
        lines.append(Line(0, "none", by_value["none"].label))
    number = len(items)
    for value in _ASIDE:
        if value in by_value:
            number += 1
            lines.append(Line(number, value, by_value[value].label))
    return tuple(lines)


def _hint(message: BotMessage, lines: Sequence[Line]) -> str:
    """How to answer, in a few words."""
    if message.question == "contact.phone":
        return "Text 1, or another number."
    if message.question == "age_band":
        return "Text the line number, or an age like 42."
    if not message.multiple:
        return "Text the number or your words."
    return "Text the numbers, like 1 3" + (", or 0." if any(line.number == 0 for line in lines) else ".")


def _body(message: BotMessage) -> str:
    """The text with its numbered lines ("2. 12 to 18": the point keeps number and label apart), and the hint where it costs
    no further segment; the phone number's hint is part of the question."""
    lines = menu(message)
    body = "\n".join([plain(message.text).strip(), *(f"{line.number}. {plain(line.label)}" for line in lines)])
    if not lines:
        return body
    hinted = f"{body}\n{_hint(message, lines)}"
    if message.question == "contact.phone" or segments(hinted) <= min(
        limit(message.kind, message.question), max(1, segments(body))
    ):
        return hinted
    return body


def break_up(text: str, most_segments: int = SAFETY_SEGMENTS) -> list[str]:
    """A long text in pieces of at most `most_segments`, cut at lines, then sentences, then words."""
    budget = most_segments * GSM_PART
    if segments(text) <= most_segments:
        return [text]
    pieces: list[str] = []
    current = ""
    for chunk in re.findall(r".*?(?:\n+|(?<=[.!?;])\s+|$)", text, re.DOTALL):
        words = [chunk] if septets(chunk) <= budget else re.findall(r"\S+\s*", chunk)
        for word in words:
            while septets(word) > budget:  # one endless word
                pieces.extend([current.strip()] if current.strip() else [])
                pieces.append(word[: budget // 2])
                word, current = word[budget // 2 :], ""
            if current and segments((current + word).strip()) > most_segments:
                pieces.append(current.strip())
                current = ""
            current += word
    if current.strip():
        pieces.append(current.strip())
    return pieces


def _by_lines(body: str, most_segments: int) -> list[str]:
    """A menu that is too long for one text, cut between its lines: nothing is shortened, the numbers run on."""
    pieces: list[str] = []
    for line in body.split("\n"):
        if pieces and segments(f"{pieces[-1]}\n{line}") <= most_segments:
            pieces[-1] = f"{pieces[-1]}\n{line}"
        else:
            pieces.append(line)
    return pieces


def render(messages: Sequence[BotMessage]) -> list[Text]:
    """The texts for one turn, in order. Short neighbours share a text, because carriers do not promise the order
    of several; an emergency always stands first and alone."""
    out: list[Text] = []
    urgent = [m for m in messages if m.kind == "emergency"]
    for message in [*urgent, *(m for m in messages if m.kind != "emergency")]:
        if message.kind == "answer":
            continue
        body = _body(message)
        if not body:
            continue
        labels = tuple(plain(line.label) for line in menu(message))
        last = out[-1] if out else None
        if last and last.kind != "emergency" and message.kind != "emergency":
            joined = f"{last.body}\n\n{body}"
            if segments(joined) <= limit(message.kind, message.question):
                out[-1] = Text(joined, message.id, message.kind, last.labels + labels)
                continue
        pieces = break_up(body) if not labels else _by_lines(body, limit(message.kind, message.question))
        out.extend(Text(piece, message.id, message.kind, labels) for piece in pieces)
    return out


_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
}  # fmt: skip
_SEPARATORS = (
    r"[\s,;.&+/()\[\]#:-]|\band\b|\bet\b|\bn(?:o|um(?:ber)?s?)\b|\boption\b|\bchoice\b|\bjust\b|\bonly\b"
)


@dataclass(frozen=True)
class Chosen:
    """An answer by number. `values` are the choices' values; `rest` holds further words of the patient, which
    must be read too; with words beside the number the answer goes on as text (`as_text`)."""

    values: tuple[str, ...]
    labels: tuple[str, ...]
    rest: str = ""

    @property
    def as_text(self) -> str:
        """The labels with the patient's further words, for a dialogue that reads words."""
        return "; ".join([*self.labels, *([self.rest] if self.rest else [])])


def _digits(text: str) -> str:
    """Keycap emoji and full-width digits as plain digits."""
    import unicodedata

    return unicodedata.normalize("NFKC", text).replace("⃣", " ").replace("️", "")


def choose(text: str, lines: Sequence[Line], multiple: bool) -> Chosen | None:
    """What the numbers in a text stand for in the menu that was shown, or None if it holds no such numbers.

    "1 3", "1,3", "1 and 3", "#2", "two", "0" are numbers; so is a number followed by words ("2 since monday"), and a label
    that was copied whole, with its number or without.
    Numbers that the menu does not have make it free text: "45" may be an age, "3 weeks" a time. A "0" beside other
    numbers, two numbers for a single choice and spans such as "1-3" are not guessed: they make None."""
    by_number = {line.number: line for line in lines}
    said = _digits(text).strip()
    if not said or not by_number:
        return None
    copied = _bare(said)
    for line in lines:
        if copied in (_bare(line.label), f"{line.number} {_bare(line.label)}"):
            return Chosen((line.value,), (line.label,))
    flat = re.sub(_SEPARATORS, " ", said.lower()).split()
    numbers: list[int] = []
    for word in flat:
        if word.isdigit() and len(word) <= 3:
            numbers.append(int(word))
        elif word in _NUMBER_WORDS:
            numbers.append(_NUMBER_WORDS[word])
        else:
            return _leading_number(said, by_number, multiple)
    if re.search(r"\d\s*-\s*\d", said) or not numbers:
        return None
    numbers = list(dict.fromkeys(numbers))
    if any(number not in by_number for number in numbers) or (len(numbers) > 1 and not multiple):
        return None
    chosen = [by_number[number] for number in numbers]
    values = [line.value for line in chosen]
    if "none" in values and len(values) > 1:
        return None
    return Chosen(tuple(values), tuple(line.label for line in chosen))


def _bare(words: str) -> str:
    """Words without their signs and capitals, to tell whether a label was copied."""
    return re.sub(r"\W+", " ", plain(words)).strip().lower()


_UNIT = re.compile(
    r"^(?:st|nd|rd|th|x|%|/|:|\d|\s*(?:to|out of|of|or|years?|yrs?|months?|weeks?|wks?|days?|hours?|hrs?|hr|h|min|minutes?|"
    r"am|pm|times|an?s|mois|semaines?|jours?|heures?|km|kg|lbs?|mg|ft|feet|inch|degrees?)\b)",
    re.IGNORECASE,
)


def _leading_number(said: str, by_number: Mapping[int, Line], multiple: bool) -> Chosen | None:
    """ "2) the left one" or "1, 3 and it tingles": leading numbers of the menu, then words."""
    found = re.match(
        r"\s*#?((?:\d{1,2}(?:\s*(?:,|&|\+|\band\b|\bet\b)\s*|\s+(?=\d)))*\d{1,2})([).:,;\s-]+)(\S.*)$",
        said,
        re.DOTALL,
    )
    if not found or _UNIT.match(found.group(3)):
        return None
    numbers = [int(n) for n in re.findall(r"\d{1,2}", found.group(1))]
    if any(number not in by_number for number in numbers) or (len(numbers) > 1 and not multiple):
        return None
    chosen = [by_number[number] for number in dict.fromkeys(numbers)]
    rest = found.group(3).strip()
    if "none" in {line.value for line in chosen}:
        return None
    return Chosen(tuple(line.value for line in chosen), tuple(line.label for line in chosen), rest)
