"""Browsers that are not today's Chromium: storage blocked, younger functions missing, a host page full of errors."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.patient import Patient
from tests.conftest import Stack

# What a browser throws where the site's storage is blocked, as for a frame of another site.
BLOCKED = """
for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {get() { throw new DOMException('blocked', 'SecurityError') }});
window.BroadcastChannel = function () { throw new DOMException('blocked', 'SecurityError') };
"""
# What Firefox, Safari or a page without TLS may lack.
LACKING = """
delete AbortSignal.any; delete AbortSignal.timeout; delete window.visualViewport; delete window.BroadcastChannel;
Object.defineProperty(Crypto.prototype, 'randomUUID', {value: undefined});
Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined});
const supports = CSS.supports; CSS.supports = (name, value) => name !== 'field-sizing' && supports.call(CSS, name, value);
"""


def test_with_storage_blocked_the_chat_works_as_long_as_its_page_is_open(
    profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    context = profile()
    context.add_init_script(BLOCKED)
    patient = Patient(context.new_page()).open(stack.url)
    for _ in patient.walk(until="narrative"):
        pass
    patient.say("It hurts most days and I would like some help.")
    patient.asked_for("contact.name")
    page = patient.page
    page.get_by_role("button", name="Stop and delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop and delete").click()
    expect(page.get_by_role("heading", name="Your chat was stopped and deleted.")).to_be_focused()


def test_a_browser_without_younger_functions_goes_through_the_chat(
    profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    context = profile()
    context.add_init_script(LACKING)
    patient = Patient(context.new_page()).open(stack.url)
    for _ in patient.walk(until="safety.now"):
        pass
    low = patient.box.evaluate("box => box.clientHeight")
    patient.box.fill("one\ntwo\nthree")
    assert patient.box.evaluate("box => box.clientHeight") > low
    assert patient.box.evaluate("box => box.scrollHeight <= box.clientHeight"), "the box did not grow with its words"
