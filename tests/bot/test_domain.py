"""domain.yml, the protocol and the contract name the same questions, values and topics."""

from __future__ import annotations

import re

import pytest
import yaml

from clinic.protocol import protocol
from clinic.reading.model import MOVES
from tests.bot.domain_file import FACTS, GAP, GIVEN_WITH_THE_RESPONSE, ROOT, domain, variations

QUESTIONS = {question.slot: question for question in protocol().questions.values()}
# Also the findings of a group: they come up alone when one is corrected.
ASKED = {slot: question for slot, question in QUESTIONS.items() if not question.derived}
# Buttons of the first screen that are no answer to the question of consent.
FIRST_SCREEN = {"question", "book"}
STANDARD = {"unknown", "declined", "skipped"}


def test_every_question_of_the_protocol_is_a_slot_that_nothing_fills_by_itself() -> None:
    for slot in QUESTIONS:
        assert domain()["slots"][slot] == {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}


def test_every_asked_question_stands_in_the_form_and_has_its_wordings_its_reason_and_its_name() -> None:
    assert set(domain()["forms"]["intake_form"]["required_slots"]) == set(ASKED)
    for slot in ASKED:
        for response in (f"utter_ask_{slot}", f"utter_why_{slot}", f"utter_label_{slot}"):
            assert response in domain()["responses"], response


def test_every_question_is_worded_for_the_first_time_after_an_unreadable_answer_and_after_an_aside() -> None:
    for slot in ASKED:
        styles = {v.style for v in variations(f"utter_ask_{slot}") if v.response == f"utter_ask_{slot}" and v.channel is None}
        assert styles == {None, "again", "short"}, slot


def test_a_question_with_words_of_its_own_for_sms_has_all_three_of_them() -> None:
    """Rasa prefers a plain variation of the channel to a conditional one without channel."""
    for slot in ASKED:
        styles = [v.style for v in variations("utter_ask_") if v.response == f"utter_ask_{slot}" and v.channel == "sms"]
        assert not styles or sorted(map(str, styles)) == ["None", "again", "short"], slot


@pytest.mark.parametrize("slot", ASKED)
def test_buttons_offer_just_what_the_protocol_takes(slot: str) -> None:
    question = ASKED[slot]
    for found in (v for v in variations("utter_ask_") if v.response == f"utter_ask_{slot}"):
        offered = [value for value, _ in found.buttons]
        assert len(offered) == len(set(offered)), "a value is offered twice"
        labels = [label for _, label in found.buttons]
        assert len(labels) == len(set(labels)), "two choices look the same"
        if question.kind == "list":
            assert set(question.items) <= set(offered), set(question.items) - set(offered)
            assert set(offered) - set(question.items) <= STANDARD | {"none", "unsure"}
        elif question.kind == "finding":
            assert set(offered) == {"reported", "not_reported", "unknown", "declined"}
        elif question.values and not (found.channel == "sms" and not offered):
            extra = set(offered) - set(map(str, question.values))
            assert set(map(str, question.values)) <= set(offered), set(map(str, question.values)) - set(offered)
            assert extra <= STANDARD | (FIRST_SCREEN if question.id == "consent" else set())


def test_only_asked_questions_have_a_wording() -> None:
    worded = {name.removeprefix("utter_ask_") for name in domain()["responses"] if name.startswith("utter_ask_")}
    assert worded == set(ASKED)


def test_every_move_of_the_contract_has_an_answer_and_is_an_intent() -> None:
    for move in set(MOVES) - {"faq"}:
        assert f"utter_move_{move}" in domain()["responses"], move
        assert {"restart": "start_over", "back": "go_back"}.get(move, move) in domain()["intents"], move
    for language in ("fr", "es", "pa", "zh"):
        assert f"utter_move_other_language_{language}" in domain()["responses"]


def test_at_least_thirty_topics_have_an_intent_and_an_answer() -> None:
    topics = {name.removeprefix("faq_") for name in domain()["intents"] if name.startswith("faq_")}
    answered = {name.removeprefix("utter_faq_") for name in domain()["responses"] if name.startswith("utter_faq_")}
    assert topics == {topic for topic in answered if not topic.startswith("condition.")}
    assert len(topics) >= 30
    assert len([topic for topic in answered if topic.startswith("condition.")]) == 21


def test_each_intent_has_examples_but_for_the_two_commands_of_the_gate() -> None:
    examples = {
        b["intent"]: b["examples"] for b in yaml.safe_load((ROOT / "bot/data/nlu.yml").read_text(encoding="utf-8"))["nlu"]
    }
    assert set(domain()["intents"]) - set(examples) == {"begin", "answer"}
    assert all(len(lines.splitlines()) >= 9 for lines in examples.values())


def test_every_gap_of_a_response_is_filled_by_a_slot_or_given_with_it() -> None:
    for name, found in domain()["responses"].items():
        for variation in found:
            for gap in GAP.findall(variation["text"]):
                assert gap in domain()["slots"] or gap in GIVEN_WITH_THE_RESPONSE, f"{name}: {gap}"


def test_a_fact_that_may_be_unset_has_words_for_that() -> None:
    """Rasa would print None for an empty slot."""
    always = set(FACTS) - {"booking_url", "hours_text", "locations_text"} | {"you", "them", "your", "You", "Your"}
    for name, found in domain()["responses"].items():
        gaps = {gap for variation in found for gap in GAP.findall(variation["text"])} & set(domain()["slots"]) - always
        unset = {c["name"] for v in found for c in v.get("condition") or [] if c["value"] is None}
        assert gaps == unset, name


def test_no_response_speaks_a_value_that_the_protocol_does_not_know() -> None:
    text = (ROOT / "domain.yml").read_text(encoding="utf-8")
    known = {flag for question in ASKED.values() for flag in question.items}
    for found in set(re.findall(r"payload: \"?((?:RF|PC)\d\d\w*(?:@T\d)?)", text)):
        assert found in known, found
