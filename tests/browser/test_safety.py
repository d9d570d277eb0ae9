"""Emergencies in the browser: impossible to miss, with numbers to tap, and never in the way of going on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.patient import Patient
from tests.conftest import Stack

CHEST_PAIN = "I have crushing chest pain right now and I am sweating"


def test_emergency_words_are_an_alert_with_the_focus_on_their_heading(patient: Patient) -> None:
    patient.say(CHEST_PAIN)
    alert = patient.page.get_by_role("alert").filter(has_text="Call 9-1-1 now")
    expect(alert).to_be_visible()
    expect(alert.get_by_role("heading", name="Get help now")).to_be_focused()
    expect(alert.get_by_role("heading")).to_be_in_viewport()
    expect(alert).to_contain_text('You wrote: "crushing chest')
    assert patient.state == "escalated"


def test_emergency_numbers_are_links_to_tap(patient: Patient) -> None:
    patient.say(CHEST_PAIN)
    call = patient.page.locator(".emergency").get_by_role("link", name="Call 9-1-1").last
    expect(call).to_have_attribute("href", "tel:911")
    box = call.bounding_box()
    assert box and box["height"] >= 44


def test_words_of_despair_show_nine_eight_eight_to_call_and_to_text(patient: Patient) -> None:
    patient.say("I want to end my life")
    page = patient.page
    expect(page.locator('a[href="tel:988"]').first).to_be_visible()


def test_after_an_emergency_the_chat_asks_once_whether_it_is_now(patient: Patient) -> None:
    patient.say(CHEST_PAIN)
    patient.asked_for("confirm.emergency")
    patient.page.locator('#answer [data-value="not_meant"]').click()
    patient.settle()
    assert patient.state == "active"
    assert patient.question == "consent"


def test_an_emergency_still_stands_as_an_alert_after_a_reload(patient: Patient) -> None:
    patient.say(CHEST_PAIN)
    patient.page.reload()
    expect(patient.page.get_by_role("alert").filter(has_text="Call 9-1-1 now")).to_be_visible()


def test_an_emergency_ticked_in_the_list_shows_the_same_words(patient: Patient) -> None:
    patient.walk_to("safety.now")
    box = patient.page.locator('#answer input[value^="RF01_cardiac"]').first
    box.check()
    patient.page.get_by_role("button", name="Send").click()
    expect(patient.page.get_by_role("alert").filter(has_text="Call 9-1-1 now")).to_be_visible()


def test_none_of_these_and_a_tick_exclude_each_other(patient: Patient) -> None:
    patient.walk_to("safety.now")
    boxes = patient.page.locator("#answer input[type=checkbox]")
    none = patient.page.locator('#answer input[value="none"]')
    boxes.first.check()
    none.check()
    expect(boxes.first).not_to_be_checked()
    boxes.first.check()
    expect(none).not_to_be_checked()


def test_sending_nothing_says_what_is_missing_and_ties_it_to_the_list(patient: Patient) -> None:
    patient.walk_to("safety.now")
    page = patient.page
    page.get_by_role("button", name="Send").click()
    error = page.locator("#answer .error")
    expect(error).to_contain_text("Tick one or more")
    group = page.locator("#answer fieldset").first
    assert group.get_attribute("aria-describedby") == error.get_attribute("id")
    assert patient.question == "safety.now"


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 256}], ids=["phone", "400 % zoom"])
def test_ways_out_stay_in_reach(profile: Callable[..., BrowserContext], stack: Stack, size: dict[str, int]) -> None:
    page: Page = profile(viewport=size).new_page()
    patient = Patient(page).open(stack.url)
    patient.walk_to("safety.now")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    for name in ("Talk to a person", "Why do you ask?", "Stop and delete"):
        button = page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44
    expect(page.get_by_role("link", name="Call").first).to_have_attribute("href", "tel:+12505550142")


def test_why_do_you_ask_gives_the_reason_and_the_question_stays_open(patient: Patient) -> None:
    patient.walk_to("age_band")
    patient.page.get_by_role("button", name="Why do you ask?").click()
    patient.settle()
    assert patient.question == "age_band"
    expect(patient.page.locator("#answer [data-value]").first).to_be_visible()
