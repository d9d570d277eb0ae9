"""Plain words: what patients read is short, easy, kind, and fits into a text message."""

from __future__ import annotations

import re

import pytest
import textstat

from clinic.protocol import protocol
from intake.channels.sms import gsm
from tests.bot.domain_file import OTHER, SELF, Variation, domain, variations

MOST_WORDS = 15
GRADE = 6.0
# A grade of a line of a few words means nothing; they are held to the length of their words instead.
LEAST_WORDS_FOR_A_GRADE = 12
# Words that a patient must meet, or that the clinic's own text uses; they are read as one easy word.
CLINICAL = re.compile(
    r"physiotherap\w+|intramuscular|stimulation|acupuncture|examin\w+|needl\w+|appointment|insurance|insurer|emergency|"
    r"myofascial|neuropathy|nociception|inflammation|fibromyalgia|arthritis|tendonitis|torticollis|ischial|bursitis|spondylosis|"
    r"scoliosis|piriformis|achilles|carpal|lymphoedema|haemophilia|pharmacist|meridians?|interpreter|privacy|consent|direct(?:ly)?|"
    r"british columbia|epilepsy|diabetes|stimulator|varicose|radiation|board|compensation|"
    r"victoria|langford|parkway|performance|centre|worksafebc|icbc|"
    r"computer|program|applicable|medical|physical|activity|reference|receipt|numbers?|operation|surgery|everybody|anybody|"
    r"injury|disease|treatments?|\b[\w-]+@[\w.]+|https?://\S+|\d[\d-]*"
)
RESERVED = (
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
    "ARRET", "START", "YES", "UNSTOP", "HELP", "AIDE", "INFO",
)  # fmt: skip
FOREIGN = re.compile(r"_(fr|es|pa|zh)$")
ENGLISH = [v for v in variations() if not FOREIGN.search(v.response)]
QUESTIONS = list(variations("utter_ask_"))
QUESTION_OF = {f"utter_ask_{question.slot}": question.id for question in protocol().questions.values()}
SEGMENTS_OF_A_QUESTION = 2
SEGMENTS_OF_A_PART = 3
ITEMS_OF_A_PART = 5
LISTS = ("utter_ask_safety_now", "utter_ask_safety_spine", "utter_ask_safety_general", "utter_ask_precaution")


def name(variation: Variation) -> str:
    """A variation as the name of a test case."""
    return f"{variation.response}-{variation.channel}-{variation.style}"


def sentences(text: str) -> list[str]:
    """The sentences and list entries of a text; a colon or semicolon starts a new breath."""
    plain = re.sub(r"https?://\S+|\b[\w.]+@[\w.]+", "it", text).replace("Dr.", "Dr")
    return [part for part in re.split(r"[.?!;:\n]+(?:\s|$)|\n", plain) if part.strip()]


def test_no_sentence_is_longer_than_fifteen_words() -> None:
    assert not {
        sentence
        for v in ENGLISH
        for sentence in sentences(v.text)
        if len(sentence.split()) > MOST_WORDS and not is_a_list(sentence)
    }


def is_a_list(sentence: str) -> bool:
    """Names in a row, such as the conditions of the clinic's list."""
    return sentence.count(",") >= 4


def test_reading_grade_is_six_or_lower() -> None:
    texts = {CLINICAL.sub("word", v.text.lower()) for v in ENGLISH}
    assert not {t for t in texts if len(t.split()) >= LEAST_WORDS_FOR_A_GRADE and textstat.flesch_kincaid_grade(t) > GRADE}


def test_labels_of_choices_are_easy_words() -> None:
    words = {w for v in QUESTIONS for _, label in v.buttons for w in re.findall(r"[a-z]+", CLINICAL.sub("word", label.lower()))}
    assert not {word for word in words if textstat.syllable_count(word) > 3}


def test_a_message_asks_one_question() -> None:
    """What stands in quotation marks is an example."""
    for v in QUESTIONS:
        marks = re.sub(r'"[^"]*"', "", v.text).count("?")
        assert marks <= (2 if v.response in TWO_PARTS else 1), name(v)


# The relation and presence of the person who writes, and safety asked with its reason, belong into one question.
TWO_PARTS = {"utter_ask_for_whom_detail"}
# Who writes is asked to tell or to choose, whoever the patient is.
SPEAK_TO_THE_WRITER = {
    "utter_ask_for_whom_detail", "utter_ask_precaution_detail", "utter_ask_confirm_more", "utter_ask_confirm_withdraw",
}  # fmt: skip


def test_questions_are_right_about_you_and_about_them() -> None:
    """Plural "they" takes the verbs of "you", so only the gaps change. SPEAK_TO_THE_WRITER do what they say."""
    for v in variations("utter_ask_", OTHER):
        shown = [v.text, *(label for _, label in v.buttons)]
        for text in shown:
            wrong = r"(?i)\b(they|their) (has|is|was|does)\b|\b(makes?|fits?|suits?|reach|by|wakes|is it|for|to|with) they\b"
            assert not re.search(wrong, text), text
    for response, found in domain()["responses"].items():
        for text in (
            [one["text"] for one in found]
            if response.startswith("utter_ask_") and response not in SPEAK_TO_THE_WRITER
            else []
        ):
            assert not re.search(r"(?i)(?<!\{)\byou(r|rself)?\b", re.sub(r'"[^"]*"', "", text)), text


def test_the_scale_is_said_with_the_same_words_every_time() -> None:
    anchors = "0 means no pain. 10 means the worst pain you can imagine."
    for v in QUESTIONS:
        if v.response.startswith("utter_ask_pain_severity") and v.style != "short":
            assert anchors in v.text
            about_them = next(o for o in variations(v.response, OTHER) if o[:3] == v[:3])
            assert anchors.replace("you", "they") in about_them.text


def test_safety_lists_are_introduced_without_alarm() -> None:
    for response in LISTS[:3]:
        first = next(v for v in QUESTIONS if v.response == response and v.style is None and v.channel is None)
        assert "Most people tick none." in first.text


def test_each_cauda_equina_item_says_that_it_is_new_or_changed() -> None:
    for v in QUESTIONS:
        for value, label in v.buttons:
            assert not value.startswith("RF06") or label.startswith("New or changed")


def test_english_is_plain_ascii_so_that_no_text_message_grows() -> None:
    for v in ENGLISH:
        assert v.text.isascii() and all(label.isascii() for _, label in v.buttons), name(v)


@pytest.mark.parametrize("person", [SELF, OTHER], ids=["self", "other"])
@pytest.mark.parametrize("response", sorted({v.response for v in QUESTIONS}))
def test_a_question_fits_into_two_segments_with_its_choices(response: str, person: dict[str, str]) -> None:
    for v in (v for v in variations(response, person) if v.response == response):
        if v.channel != "sms" and any(other.channel == "sms" for other in QUESTIONS if other.response == response):
            continue
        lines = [f"{number} {label}" for number, (_, label) in enumerate(v.buttons, start=1)]
        if protocol().questions[QUESTION_OF[response]].kind == "list":
            # Sent in parts of at most five items, fewer where they are long: the worst part that must be possible.
            allowed = SEGMENTS_OF_A_PART if response in LISTS else SEGMENTS_OF_A_QUESTION
            shown = 2 if response in LISTS else ITEMS_OF_A_PART
            longest = sorted(lines[: len(protocol().questions[QUESTION_OF[response]].items)], key=len, reverse=True)[:shown]
            assert gsm.segments("\n".join([v.text, *longest, "0 None of these", "9 Not sure"])) <= allowed
        else:
            assert gsm.segments("\n".join([v.text, *lines])) <= SEGMENTS_OF_A_QUESTION, "\n".join([v.text, *lines])


def test_no_text_asks_for_a_word_that_a_carrier_acts_on() -> None:
    for v in variations("utter_ask_"):
        if v.channel == "sms" or not any(o.channel == "sms" for o in QUESTIONS if o.response == v.response):
            words = [v.text, *(label for _, label in v.buttons)]
            for line in words:
                assert line.split()[0].strip(",.").upper() not in RESERVED, f"{name(v)}: {line}"
                assert not re.search(
                    rf"(?i)\b(say|send|reply|text|type|answer|write)\W+(with\W+)?({'|'.join(RESERVED)})\b", line
                ), line


def test_the_patient_meets_no_score_and_no_verdict() -> None:
    for v in ENGLISH:
        if v.response != "utter_faq_results":
            assert not re.search(r"(?i)\b(your score|you have (neuropath|myofasc)|diagnosed|red flag)\b", v.text), name(v)


def test_claims_of_the_clinics_text_that_are_not_facts_are_not_repeated() -> None:
    for v in ENGLISH:
        assert not re.search(r"(?i)physiologically the same|only responds to|invisible to|toxicity|mask the pain", v.text)


def test_the_first_screen_says_what_this_is_and_what_it_is_not() -> None:
    for v in variations("utter_welcome"):
        assert "9-1-1" in v.text and "computer program" in v.text and re.search("Nobody watches this", v.text)
    consent = next(v for v in QUESTIONS if v.response == "utter_ask_consent" and v.style is None and v.channel is None)
    assert len(sentences(consent.text)) == 5
    assert [value for value, _ in consent.buttons] == ["yes", "no", "question", "book"]


def test_the_notice_names_purpose_readers_place_term_insurer_and_whom_to_ask() -> None:
    notices = list(variations("utter_consent_more"))
    assert {notice.channel for notice in notices} == {None, "sms"}
    for part in (
        "What and why",
        "Who reads it",
        "Where it is kept",
        "How long",
        "insurer",
        "at any time",
        "Nobody watches",
        "Questions about privacy",
    ):
        assert all(part in notice.text for notice in notices)
