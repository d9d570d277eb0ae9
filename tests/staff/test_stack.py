"""The staff side as staff use it, against the whole running service: a patient writes, Rasa answers, staff act in a browser."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.staff.conftest import DESKTOP, PHONE
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


def log_in(page: Page, stack: Any, role: str, onward: str = "/staff") -> None:
    """Through all steps of a first log-in, as a person does it."""
    email, once = staff_member(stack, role)
    page.goto(f"{stack.url}{onward}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(once)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Six digits").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def axe_problems(page: Page) -> list[str]:
    """What axe finds, by rule."""
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_staff_act_on_an_emergency_from_the_log_in_to_the_audit(browser: Browser, stack: Any, size: dict[str, int]) -> None:
    Patient(stack.url).finish()
    patient = Patient(stack.url)
    patient.walk_to("narrative")
    patient.say("I have crushing chest pain right now and I am sweating")
    assert patient.state == "escalated"
    context = browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, stack, "admin")
    assert page.title().startswith("(")
    handoff = patient.handoff(stack.staff_key)
    first = page.locator(".row").first
    expect(first).to_contain_text("T1")
    expect(first).to_contain_text("Nobody takes care of it yet")
    assert axe_problems(page) == []

    page.goto(f"{stack.url}/staff/handoffs/{handoff['id']}")
    assert page.locator("main h2").first.inner_text() == "Do this: Call now: told to call 9-1-1"
    assert "Self-reported. Not examined. Not a diagnosis." in page.inner_text("main")
    page.locator(".flags a.quote").first.click()
    expect(page.locator(".said .shown")).to_contain_text("crushing chest pain right now")
    assert axe_problems(page) == []

    page.get_by_role("button", name="I take care of it").click()
    expect(page.locator(".taken")).to_contain_text("Sam admin takes care of it")
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#reply-card")).to_contain_text("the assistant is silent")
    assert patient.say("are you there") == []
    page.get_by_label("Your words to the patient").fill("Please call 9-1-1. We are on the phone to you now.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".said .staff")).to_contain_text("We are on the phone")
    assert [m["text"] for m in patient.all_messages() if m["from"] == "staff"] == ["Please call 9-1-1. We are on the phone to you now."]

    # The patient's next words come by themselves, without a reload.
    patient.say("my wife is driving me to the hospital")
    expect(page.locator("#talk")).to_contain_text("my wife is driving me")
    page.get_by_role("button", name="Hand back").click()
    expect(page.locator("#reply-card")).to_contain_text("The assistant is answering")

    page.get_by_text("Correct it").click()
    page.get_by_label("Name", exact=True).fill("Jo Corrected")
    page.get_by_label("Phone", exact=True).fill("250 555 0177")
    page.get_by_role("button", name="Save the contact").click()
    expect(page.locator("h1")).to_contain_text("Jo Corrected")
    answers = patient.handoff(stack.staff_key)["answers"]
    assert answers["contact.phone"]["value"] == "+12505550177" and answers["contact.phone"]["by"] == "staff"

    page.get_by_text("Book a time").click()
    page.get_by_label("Day").fill(f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}")
    page.get_by_label("Time").fill("10:30")
    page.get_by_role("button", name="Book and tell the patient").click()
    expect(page.locator(".state")).to_contain_text("Booked")
    assert any("Your appointment with" in m["text"] for m in patient.all_messages() if m["from"] == "staff")

    with page.expect_download() as download:
        page.evaluate("""() => { const link = document.querySelector('a[href$=".pdf"]'); link.download = ''; link.click(); }""")
    assert download.value.path().read_bytes().startswith(b"%PDF")

    page.goto(f"{stack.url}/staff/audit")
    audit = page.inner_text("main")
    for action in (
        "handoff.read", "transcript.read", "handoff.acknowledge", "conversation.takeover", "conversation.reply", "conversation.handback",
        "handoff.contact", "appointment.agreed", "handoff.pdf",
    ):  # fmt: skip
        assert action in audit, action
    assert "crushing" not in audit and "Corrected" not in audit
    assert axe_problems(page) == []
    context.close()


def test_nobody_gets_in_without_the_second_factor(stack: Any) -> None:
    email, once = staff_member(stack, "reception")
    with httpx.Client(base_url=stack.url) as http:
        assert http.post("/staff/login", data={"email": email, "password": once}).status_code == 303
        for address in ("/staff", "/staff/audit", "/staff/handoffs/ho_x", "/staff/events"):
            led = http.get(address)
            assert led.status_code == 303 and led.headers["location"] == "/staff/password"
        assert http.get("/api/v1/handoffs").status_code == 401
        assert http.post("/staff/password", data={"csrf": "guess", "password": PASSWORD, "again": PASSWORD}).status_code == 403
    assert httpx.post(f"{stack.url}/staff/login", data={"email": email, "password": "wrong"}).status_code == 401


def test_reception_reads_neither_the_transcript_nor_words_of_self_harm(stack: Any) -> None:
    patient = Patient(stack.url)
    patient.walk_to("narrative")
    patient.say("the pain is so bad that I want to end my life")
    handoff = patient.handoff(stack.staff_key)["id"]
    key = stack.intake("apikey", "add", "front desk", "--role", "reception").stdout.split("\t")[0]
    desk = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{stack.url}/api/v1/handoffs/{handoff}/messages", headers=desk).status_code == 403
    seen = httpx.get(f"{stack.url}/api/v1/handoffs/{handoff}", headers=desk)
    assert seen.status_code == 200 and "RF21_self_harm" in seen.text
    assert "end my life" not in seen.text
