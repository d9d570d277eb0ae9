"""What phones send by themselves raises nothing and answers nothing; what patients write is never lost."""

import pytest

from intake.channels.sms.echoes import Ours, read

LIST = Ours(
    "Are any of these new or changed?\n1 Numbness between your legs\n2 Trouble passing urine\n3 Weak legs\n0 None of these\n"
    "Text the numbers, like 1 3.",
    (
        "Numbness between your legs",
        "Trouble passing urine",
        "Weak legs",
        "None of these",
    ),
)
EMERGENCY = Ours(
    'Call 9-1-1 now. You wrote: "my chest is crushing and I feel so sick". This can be serious. '
    "Do not drive yourself. This chat cannot send help."
)
OPEN = Ours("Do you have new numbness between the legs?")


@pytest.mark.parametrize(
    "text",
    [
        f"Liked “{LIST.text}”",
        f'Liked "{LIST.text}"',
        f"Loved “{LIST.text[:48]}…”",
        f"Emphasized “{EMERGENCY.text}”",
        f"Questioned “{EMERGENCY.text}”",
        f"Laughed at “{LIST.text}”",
        f"Disliked “{LIST.text}”",
        f"Removed a heart from “{LIST.text}”",
        f"Removed an exclamation from “{EMERGENCY.text}”",
        f"Reacted 😂 to “{LIST.text}”",
        f"Reacted with 👍 to “{LIST.text}”",
        f"Removed 👍 from “{LIST.text}”",
        f"Removed a 😮 reaction from “{LIST.text}”",
        f"👍 to “{LIST.text}”",
        f"\u200a\u200b👍\u200b to “\u200a{LIST.text}\u200a”",
        f"❤️ to “{EMERGENCY.text}”",
        f"A aimé « {LIST.text} »",
        f"A adoré « {EMERGENCY.text} »",
        f"N’a pas aimé « {LIST.text} »",
        f"A ri de « {LIST.text[:60]}… »",
        f"A mis en évidence « {EMERGENCY.text} »",
        f"A souligné « {EMERGENCY.text} »",
        f"A posé une question sur « {LIST.text} »",
        f"S’est interrogé(e) sur « {LIST.text} »",
        f"A réagi avec 😢 à « {LIST.text} »",
        f"A retiré un cœur de « {LIST.text} »",
        f"A retiré 😂 de « {LIST.text} »",
        f"👍 à « {LIST.text} »",
        "Liked an image",
        "Loved a message",
        "A aimé une image",
    ],
)
def test_a_reaction_to_our_message_leaves_nothing_to_screen(text: str) -> None:
    reading = read(text, [EMERGENCY, LIST])
    assert reading.kind == "reaction"
    assert reading.own_words == ""


def test_a_reaction_to_the_patients_own_earlier_text_is_not_screened_again() -> None:
    reading = read(
        "Emphasized “I fell off a ladder on to my neck”",
        [LIST],
        ["I fell off a ladder on to my neck"],
    )
    assert (reading.kind, reading.own_words) == ("reaction", "")


def test_a_quotation_that_is_not_ours_is_still_screened() -> None:
    reading = read("Liked “I have crushing chest pain”", [LIST])
    assert reading.kind == "reaction"
    assert "crushing chest pain" in reading.own_words


def test_words_written_after_a_reaction_are_the_patients() -> None:
    reading = read(f"Liked “{OPEN.text}” and yes, since Monday I cannot feel it", [OPEN])
    assert "cannot feel it" in reading.own_words


@pytest.mark.parametrize(
    "text",
    [
        "Liked it a lot",
        "Numbness between your legs",
        "1 Numbness between your legs",
        "Numbness between your legs and trouble passing urine",
        "I do have new numbness between the legs",
        "my chest is crushing and I feel so sick",
        "loved the last physio but my arm drops",
        "I removed a splinter from my foot",
        "a aimé",
        "😂",
    ],
)
def test_what_a_patient_writes_is_kept_word_for_word(text: str) -> None:
    reading = read(text, [EMERGENCY, LIST, OPEN])
    assert (reading.kind, reading.own_words) == ("text", text)


def test_our_question_sent_back_with_an_answer_leaves_the_answer() -> None:
    assert read("Do you have new numbness between the legs? no", [OPEN]).own_words == "no"
    assert read(f"> {OPEN.text}\nnot at all", [OPEN]).own_words == "not at all"
    assert read(f"“{OPEN.text}” what do you mean", [OPEN]).own_words == "what do you mean"


@pytest.mark.parametrize(
    "text",
    ["Numbness between your legs?", "what do you mean by Numbness between your legs", "1. Numbness between your legs?? what is that",
     "Numbness between your legs? i dont understand"],
)  # fmt: skip
def test_a_line_of_ours_that_is_only_asked_about_is_taken_out(text: str) -> None:
    assert "numb" not in read(text, [LIST]).own_words.lower()


@pytest.mark.parametrize("text", ["Numbness between your legs? yes", "yes Numbness between your legs, since today?"])
def test_a_line_of_ours_with_an_answer_beside_it_stays(text: str) -> None:
    assert read(text, [LIST]).own_words == text


def test_our_whole_list_sent_back_is_taken_out() -> None:
    assert read(LIST.text + "\n\n2", [LIST]).own_words == "2"
    assert read(EMERGENCY.text, [EMERGENCY]).own_words == ""


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get where I'm going.",
        "I’m driving with Focus turned on. I’ll see your message when I get where I’m going.",
        (
            'I\'m not receiving notifications. If this is urgent, reply "urgent" to send a notification through with '
            "your original message."
        ),
        "I'm driving right now, I'll get back to you later.",
        "I'm driving. Can't talk now.",
        "Auto-reply: I'm driving right now and will text you later",
        "Je conduis. Je vous répondrai plus tard.",
        "Je suis au volant.",
        "Réponse automatique : je conduis, je vous rappellerai plus tard",
        (
            "Je conduis avec l’option « Ne pas déranger en voiture » activée. "
            "Je verrai votre message quand j’arriverai à destination."
        ),
    ],
)
def test_a_reply_that_the_phone_sends_while_driving_is_not_an_answer(text: str) -> None:
    assert read(text, [OPEN]).kind == "auto_reply"


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving to emergency, my chest is tight",
        "driving makes it worse",
        "I'm driving right now and my face went numb, call me",
        "je conduis et j'ai mal à la poitrine",
        "it hurts when I'm driving",
    ],
)
def test_a_patient_who_writes_about_driving_is_read(text: str) -> None:
    assert read(text, [OPEN]).kind == "text"
