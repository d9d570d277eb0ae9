"""The clinic for tests of the staff side, one for all of them; a mail server; Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.staff.clinic import Clinic, Staff, running_clinic
from tests.standins.mail_server import Mailbox, mail_server

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server."""
    with mail_server() as box:
        yield box


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Clinic]:
    """The running app with three members of staff."""
    alerts = {"emails": ["desk@clinic.example"], "second_emails": ["second@clinic.example"], "on_call_emails": ["night@clinic.example"]}
    with running_clinic(
        tmp_path_factory.mktemp("clinic"), smtp_url=mailbox.url, mail_from="intake@clinic.example", alerts=alerts
    ) as running:
        for role in ("reception", "physiotherapist", "admin"):
            running.people[role] = running.member(role)
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window; ended with the folder, because Playwright's event loop would stop asynchronous tests elsewhere."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`visit(clinic, staff, size)`: a page of somebody who is logged in; script errors and blocked files fail the test."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def make(clinic: Clinic, staff: Staff | None, size: dict[str, int] = DESKTOP) -> Page:
        context = browser.new_context(viewport=size, reduced_motion="reduce", base_url=clinic.url)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        if staff is not None:
            with clinic.log_in(staff) as client:
                context.add_cookies([{"name": "ims_staff", "value": client.cookies["ims_staff"], "url": clinic.url}])
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()
    assert faults == []
