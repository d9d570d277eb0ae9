"""The same chat on another device, and words of staff that arrive by themselves."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import PHONE
from tests.browser.patient import Patient
from tests.conftest import Stack


@pytest.fixture
def link(patient: Patient) -> str:
    """A link made in the menu, once the patient has given a phone number that ends in 0133."""
    patient.walk_to("pain.site")
    page = patient.page
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_role("dialog").get_by_role("textbox", name="Go on with another device").input_value()


def test_a_link_opens_the_chat_on_a_second_profile_after_the_last_four_digits(
    patient: Patient, link: str, profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    assert link.startswith(f"{stack.url}/#link="), "the token must stand in the fragment"
    page = profile(viewport=PHONE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link)
    expect(page.get_by_role("heading", name="Go on with your chat")).to_be_visible()
    assert page.locator("#log .msg").count() == 0
    assert "#" not in page.evaluate("location.href"), "the token stays in the address bar"
    page.get_by_label("Last four digits").fill("9999")
    page.get_by_role("button", name="Open my chat").click()
    expect(page.locator("#answer .error")).to_contain_text("last four digits")
    assert page.locator("#log .msg").count() == 0
    page.get_by_label("Last four digits").fill("0133")
    page.get_by_role("button", name="Open my chat").click()
    second = Patient(page)
    second.asked_for("pain.site")
    assert second.messages() == patient.messages()
    assert not any(link.split("=")[1] in url for url in asked), "the token was sent in an address"


def test_a_link_works_once(patient: Patient, link: str, profile: Callable[..., BrowserContext]) -> None:
    for turn in (1, 2):
        page = profile().new_page()
        page.goto(link)
        page.get_by_label("Last four digits").fill("0133")
        page.get_by_role("button", name="Open my chat").click()
        if turn == 1:
            Patient(page).asked_for("pain.site")
        else:
            expect(page.locator("#answer .error")).to_contain_text("does not work any more")
    assert patient.question == "pain.site"


def test_a_new_chat_can_be_started_instead_of_following_a_link(
    link: str, profile: Callable[..., BrowserContext]
) -> None:
    page = profile().new_page()
    page.goto(link)
    page.get_by_role("button", name="No, start a new chat").click()
    Patient(page).asked_for("consent")


def test_words_of_staff_arrive_by_themselves_and_are_marked_as_a_persons(patient: Patient, stack: Stack) -> None:
    patient.walk_to("pain.site")
    patient.page.get_by_role("button", name="Talk to a person").click()
    patient.settle()
    conversation = patient.page.evaluate("JSON.parse(sessionStorage.getItem('ims-chat')).id")
    headers = {"Authorization": f"Bearer {stack.staff_key}"}
    with httpx.Client(base_url=f"{stack.url}/api/v1/conversations/{conversation}", headers=headers) as staff:
        staff.post("/takeover").raise_for_status()
        expect(patient.page.locator("#notice")).to_contain_text("A person from the clinic is in this chat now.")
        staff.post("/reply", json={"text": "Hello, this is Dana at the front desk."}).raise_for_status()
        said = patient.page.locator("#log .staff").filter(has_text="Dana")
        expect(said).to_be_visible(timeout=10_000)
        expect(said).to_contain_text("a person:")
        patient.say("Thank you, Dana")
        expect(patient.page.locator("#log .me").last).to_contain_text("Thank you, Dana")
        staff.post("/handback").raise_for_status()
    expect(patient.page.locator("#notice")).not_to_contain_text(
        "A person from the clinic is in this chat now."
    )
