"""Every template that can go out as a text is read here: no reserved word is asked for, and every part fits."""

import re
from collections.abc import Iterator
from itertools import product

import pytest

from clinic.interview.asking import SMS_PART, text_part
from clinic.messages import messages, say
from clinic.protocol import protocol
from clinic.wording import wording
from intake.channels.sms.gsm import is_gsm, plain, segments
from intake.channels.sms.rendering import BotMessage, Choice, limit, menu, render
from intake.channels.sms.words import RESERVED, asks_for
from intake.facts import clinic_facts, pronouns
from intake.settings import Settings

SETTINGS = Settings(public_url="https://intake.parkwayphysiotherapy.example")
STYLES = ("full", "again", "short")
WAYS_OUT = {"none", "unsure", "unknown", "declined", "skipped"}
LONGEST_QUOTE = "my chest feels really tight and heavy since I came up the stairs and now my left arm is numb and I feel sick"


def questions() -> Iterator[tuple[str, str, BotMessage]]:
    """Every question as it is texted: id, style, and for lists every part that can be."""
    words = wording()
    for question, style, who in product(protocol().questions.values(), STYLES, ("self", "other")):
        gaps = {**clinic_facts(SETTINGS), **pronouns(who)}
        if f"utter_ask_{question.slot}" in words._responses:
            text = words.say(f"utter_ask_{question.slot}", "sms", style, **gaps)
            choices = tuple(Choice(c["value"], c["label"]) for c in words.choices(question.slot, "sms", **gaps))
            multiple = question.kind in ("list", "sites", "times")
            items = [c for c in choices if c.value not in WAYS_OUT]
            parts = [choices]
            if question.kind == "list":
                outs = tuple(c for c in choices if c.value in WAYS_OUT)
                by_value = {c.value: c for c in items}
                parts = []
                for start in range(len(items)):  # what can apply differs by person: any item may begin a part
                    part = text_part(question, [c.value for c in items[start:]])
                    parts.append((*(by_value[value] for value in part), *outs))
            for part in parts:
                message = {"id": "m", "kind": "question", "text": text, "question": question.id, "multiple": multiple,
                           "choices": [{"value": c.value, "label": c.label} for c in part]}  # fmt: skip
                yield question.id, style, BotMessage.of(message)


ALL = list(questions())


@pytest.mark.parametrize(("question", "style", "message"), ALL, ids=[f"{q}-{s}-{n}" for n, (q, s, _) in enumerate(ALL)])
def test_every_text_of_a_question_fits_its_segments(question: str, style: str, message: BotMessage) -> None:
    texts = render([message])
    assert len(texts) == 1, "a part is one text"
    assert sum(line.value not in WAYS_OUT for line in menu(message)) <= SMS_PART or not message.multiple
    for text in texts:
        assert is_gsm(text.body)
        assert segments(text.body) <= limit("question", question), f"{len(text.body)} characters:\n{text.body}"
    shown = "\n".join(text.body for text in texts)
    for line in menu(message):
        assert plain(line.label) in shown, "nothing is shortened to fit"


def test_no_question_asks_for_a_reserved_word() -> None:
    for question, style, message in ALL:
        for text in render([message]):
            assert not asks_for(text.body), (question, style, text.body)
        for line in menu(message):
            assert line.label.strip().upper() not in RESERVED, (question, line.label)


def test_no_other_text_to_a_patient_asks_for_a_reserved_word() -> None:
    gaps = {**clinic_facts(SETTINGS), **pronouns("self")}
    # The carrier's own words are told, and in the FAQ a patient may stop the needling, in the room.
    disclosed = re.compile(r"\b(?:STOP (?:ends|turns)|START turns)\b|You can ask to stop at any time")
    texts = [wording().say(name, "sms", **gaps) for name in wording()._responses]
    texts += [text for variants in messages().templates.values() for text in variants.values()]
    for text in texts:
        assert not asks_for(disclosed.sub("", text)), text


def test_every_other_text_of_the_dialogue_takes_three_segments_at_most_and_no_dear_alphabet() -> None:
    gaps = {**clinic_facts(SETTINGS), "reference": "IMS-7K2QX", "receipt": "R-7K2Q", "what": "Pain now", "was": "4", "now": "6",
            "minutes_left": "12"}  # fmt: skip
    for person in ("self", "other"):
        for name in wording()._responses:
            text = wording().say(name, "sms", **gaps, **pronouns(person))
            if name.startswith("utter_ask_") or not text:
                continue
            bodies = [shown.body for shown in render([BotMessage("m", "info", text)])]
            assert len(bodies) == 1 and segments(bodies[0]) <= 3, (name, bodies)
            assert is_gsm(bodies[0]) or name.startswith("utter_move_other_language_"), (name, bodies)


@pytest.mark.parametrize("message_id", [m for m in messages().templates if m.startswith("sms.")])
def test_every_text_of_the_channel_itself_takes_two_segments_at_most(message_id: str) -> None:
    secret = "iml_" + "x" * 43
    text = say(
        message_id, clinic_name=SETTINGS.clinic.name, clinic_phone="250-555-0142", code="ABCD2345", answered="12",
        remaining="18", link=f"{SETTINGS.public_url}/#link={secret}",
    )  # fmt: skip
    assert is_gsm(text) and segments(text) <= 2, text
    if message_id == "sms.first":
        text = say(message_id, clinic_name=SETTINGS.clinic.name, link=f"{SETTINGS.public_url}/")
        assert segments(f"{say('unsigned')} {text}") <= 2, "the notice of a demonstration fits in"


@pytest.mark.parametrize("for_whom", ["self", "other"])
@pytest.mark.parametrize("message_id", [m for m in messages().templates if m.startswith("emergency.T") or m == "emergency.RF21"])
def test_emergency_words_take_three_segments_at_most_and_say_them_whole(message_id: str, for_whom: str) -> None:
    words = say(message_id, for_whom=for_whom, quote=LONGEST_QUOTE, clinic_name=SETTINGS.clinic.name)
    texts = render([BotMessage("m", "emergency", words)])
    assert all(segments(text.body) <= 3 for text in texts)
    assert " ".join(" ".join(text.body for text in texts).split()) == " ".join(plain(words).split())


def test_words_in_another_language_reach_the_phone_whole() -> None:
    for code in ("pa", "zh", "fr", "es"):
        words = wording().say(f"utter_move_other_language_{code}", "sms", **clinic_facts(SETTINGS))
        texts = render([BotMessage("m", "info", words)])
        said = " ".join(text.body for text in texts)
        assert [c for c in said if c.isalnum()] == [c for c in words if c.isalnum()], code
        if code in ("pa", "zh"):
            assert said.split() == words.split(), "no sign of the script is lost"
        assert sum(segments(text.body) for text in texts) <= 3


def test_choices_of_findings_are_never_a_bare_yes_on_sms() -> None:
    words = {"Yes", "End", "Stop", "Help", "Start"}
    bare = [(question, line.label) for question, _, message in ALL for line in menu(message) if line.label in words]
    assert bare == []
