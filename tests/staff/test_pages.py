"""The staff pages as staff use them, in a real browser: log in twice over, the urgent one first, take over, reply, audit."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.talking import Patient

pytestmark = [pytest.mark.stack, pytest.mark.browser]
PASSWORD = "four plain words here"


def staff_member(stack: Any, role: str) -> tuple[str, str]:
    """A member of staff with a one-time password: (address, password)."""
    email = f"{role}-{secrets.token_hex(4)}@clinic.example"
    made = stack.intake("staff", "add", email, f"Sam {role}", "--role", role)
    found = re.search(r"shown only now: (\S+)", made.stdout)
    assert found, made.stderr
    return email, found.group(1)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def log_in(page: Page, stack: Any, role: str) -> None:
    """Through all steps of a first log-in."""
    email, once = staff_member(stack, role)
    page.goto(f"{stack.url}/staff")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", once)
    page.click("text=Log in >> nth=-1")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.click("button:has-text('Save')")
    secret = page.inner_text("code").replace(" ", "")
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    page.click("button:has-text('Confirm')")
    page.wait_for_selector("h1:has-text('Inbox')")


def test_a_physiotherapist_finds_the_urgent_one_takes_over_replies_and_an_admin_sees_it_in_the_audit(page: Page, stack: Any) -> None:
    calm = Patient(stack.url)
    calm.finish()
    patient = Patient(stack.url)
    patient.walk_to("narrative")
    patient.say("I have crushing chest pain right now and I am sweating")
    assert patient.state == "escalated"
    log_in(page, stack, "admin")
    first = page.locator(".list li").first
    assert "T1" in first.inner_text() and "acknowledged" in first.inner_text()
    assert axe_problems(page) == []
    page.goto(f"{stack.url}/staff/handoffs/{handoff_of(stack, patient)}")
    text = page.inner_text("main")
    headings = [heading.split(":")[0] for heading in page.locator("main h2").all_inner_texts()]
    assert headings == ["Do this", "Work on it", "Five indicators", "Details", "The conversation"]
    assert "crushing chest pain right now" in text
    assert "Self-reported. Not examined. Not a diagnosis." in text
    assert axe_problems(page) == []
    if os.environ.get("PICTURES"):
        page.screenshot(path=f"{os.environ['PICTURES']}/staff-handoff-1280.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 780})
        page.screenshot(path=f"{os.environ['PICTURES']}/staff-handoff-360.png")
        page.set_viewport_size({"width": 1280, "height": 900})
    page.click("button:has-text('I take care of it')")
    page.click("button:has-text('Take over')")
    page.fill("textarea[name=value] >> nth=0", "Please call 9-1-1. We are on the phone to you now.")
    page.click("button:has-text('Send')")
    assert "the bot is silent" in page.inner_text("main")
    assert [m["text"] for m in patient.all_messages() if m["from"] == "staff"] == ["Please call 9-1-1. We are on the phone to you now."]
    page.click("button:has-text('Mark contacted')")
    page.goto(f"{stack.url}/staff/audit")
    audit = page.inner_text("main")
    for action in ("handoff.read", "handoff.acknowledge", "conversation.takeover", "conversation.reply", "handoff.status"):
        assert action in audit
    assert "crushing" not in audit
    assert axe_problems(page) == []


def axe_problems(page: Page) -> list[str]:
    """What axe finds, by rule."""
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]


def handoff_of(stack: Any, patient: Patient) -> str:
    """The id of a patient's handoff."""
    return str(patient.handoff(stack.staff_key)["id"])


def test_nobody_gets_in_without_the_second_factor(stack: Any) -> None:
    email, once = staff_member(stack, "reception")
    with httpx.Client(base_url=stack.url) as http:
        assert http.post("/staff/login", data={"email": email, "password": once}).status_code == 303
        for address in ("/staff", "/staff/audit", "/staff/handoffs/ho_x"):
            led = http.get(address)
            assert led.status_code == 303 and led.headers["location"] == "/staff/password"
        assert http.get("/api/v1/handoffs").status_code == 401
        assert http.post("/staff/password", data={"csrf": "guess", "password": PASSWORD, "again": PASSWORD}).status_code == 403
    assert httpx.post(f"{stack.url}/staff/login", data={"email": email, "password": "wrong"}).status_code == 401


def test_reception_reads_neither_the_transcript_nor_words_of_self_harm(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.walk_to("narrative")
    patient.say("the pain is so bad that I want to end my life")
    handoff = handoff_of(stack, patient)
    key = stack.intake("apikey", "add", "front desk", "--role", "reception").stdout.split("\t")[0]
    desk = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{stack.url}/api/v1/handoffs/{handoff}/messages", headers=desk).status_code == 403
    seen = httpx.get(f"{stack.url}/api/v1/handoffs/{handoff}", headers=desk)
    assert seen.status_code == 200 and "RF21_self_harm" in seen.text
    assert "end my life" not in seen.text
