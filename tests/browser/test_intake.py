"""Whole intakes in the browser: by clicks, by typing, by keyboard alone, and along the accessibility tree."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from tests.browser.patient import Patient
from tests.conftest import Stack


def handoff_of(stack: Stack, reference: str) -> dict[str, object]:
    """The handoff that staff see for a reference."""
    with httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {stack.staff_key}"}) as staff:
        found = staff.get("/api/v1/handoffs", params={"q": reference}).json()["items"]
        assert len(found) == 1
        handoff: dict[str, object] = staff.get(f"/api/v1/handoffs/{found[0]['id']}").json()
        return handoff


def test_a_whole_intake_by_clicks_reaches_staff(patient: Patient, stack: Stack) -> None:
    patient.finish()
    closing = patient.page.locator("#answer")
    expect(closing).to_contain_text("Your answers are with the clinic.")
    reference = closing.locator("p").first.inner_text().split()[-1]
    handoff = handoff_of(stack, reference)
    assert handoff["reason"] == "completed" and handoff["partial"] is False
    answers = handoff["answers"]
    assert isinstance(answers, dict)
    assert answers["pain.site"]["value"] == ["shoulder"]
    assert answers["pain.severity_now"]["value"] == {"low": 4, "high": 4}


def test_a_whole_intake_by_typing_alone(patient: Patient) -> None:
    patient.finish(patient.type_answer)


def test_a_whole_intake_by_keyboard_alone(patient: Patient) -> None:
    """No mouse: Tab to a control, Space or Enter to use it, typing where words are wanted."""
    page = patient.page

    def tab_to(selector: str) -> None:
        for key in ("Tab", "Shift+Tab"):
            for _ in range(60):
                if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                    return
                page.keyboard.press(key)
        raise AssertionError(f"{selector} cannot be reached with the Tab key")

    def answer(question: str) -> None:
        wanted = str(patient.answers.get(question, "none"))
        if question == "pain.site":
            tab_to(f'#answer input[value="{wanted}"]')
            page.keyboard.press("Space")
            tab_to('#answer .sides input')
            page.keyboard.press("Space")
            tab_to("#answer button[type=submit]")
            page.keyboard.press("Enter")
        elif question == "pain.duration":
            tab_to("#answer input[type=text]")
            page.keyboard.type(wanted.split()[0])
            page.keyboard.press("Enter")
        elif question == "pain.severity_now":
            tab_to("#answer input[type=range]")
            page.keyboard.press("ArrowRight")
            tab_to("#answer .slider button")
            page.keyboard.press("Enter")
        elif page.locator(f'#answer input[type=checkbox][value="{wanted}"]').count():
            tab_to(f'#answer input[value="{wanted}"]')
            page.keyboard.press("Space")
            tab_to("#answer button[type=submit]")
            page.keyboard.press("Enter")
        elif page.locator(f'#answer [data-value="{wanted}"]').count():
            tab_to(f'#answer [data-value="{wanted}"]')
            page.keyboard.press("Enter")
        else:
            tab_to("#say")
            page.keyboard.type(wanted)
            page.keyboard.press("Enter")
        patient.settle()

    patient.finish(answer)


def test_after_a_choice_the_focus_rests_just_before_the_next_question(patient: Patient) -> None:
    page = patient.page
    patient.click_answer("consent")
    expect(page.locator("#answer")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#answer').contains(document.activeElement)")


def test_typed_words_leave_the_focus_in_the_message_box(patient: Patient) -> None:
    patient.say("yes")
    expect(patient.box).to_be_focused()
    expect(patient.box).to_have_value("")


def test_progress_only_grows_and_adds_up(patient: Patient) -> None:
    bar = patient.page.locator("progress")
    before = 0
    for _ in patient.walk(until="confirm.more"):
        answered, whole = int(bar.get_attribute("value") or 0), int(bar.get_attribute("max") or 0)
        assert answered >= before and whole >= answered
        before = answered


def test_the_message_box_tells_the_browser_what_it_is_for(patient: Patient) -> None:
    patient.walk_to("contact.phone")
    expect(patient.box).to_have_attribute("autocomplete", "tel")
    expect(patient.box).to_have_attribute("inputmode", "tel")


def test_a_question_of_ones_own_needs_no_consent_and_the_open_question_comes_back(patient: Patient) -> None:
    patient.say("What does a visit cost?")
    patient.asked_for("consent")
    assert patient.question == "consent"
    expect(patient.page.locator('#answer [data-value="yes"]')).to_be_visible()


def test_the_notice_says_who_reads_and_what_an_insurer_may_ask(page: Page, stack: Stack) -> None:
    patient = Patient(page).open(stack.url)
    page.get_by_text("More about your privacy").click()
    notice = page.locator("#answer details")
    for words in ("Only staff", "insurer", "stop at any time", "Nobody watches live", "Ask the clinic"):
        expect(notice).to_contain_text(words)
    assert patient.question == "consent"
