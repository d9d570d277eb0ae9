"""The pages in a real browser, phone and desktop: nothing overflows, axe finds nothing, keys and live updates work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.red_flags import SELF_HARM
from clinic.summary import MOST_LINES, MOST_WORDS
from intake.hours import clock_words
from tests.handoff.examples import answer
from tests.staff.clinic import EMERGENCY, Clinic, flag
from tests.staff.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
Visit = Callable[..., Page]


def problems(page: Page) -> list[str]:
    """What axe finds, by rule."""
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]


@SIZES
def test_no_page_overflows_and_axe_finds_nothing(clinic: Clinic, visit: Visit, size: dict[str, int]) -> None:
    calm = clinic.intake()
    urgent = clinic.intake(flags=(EMERGENCY,), alert=True, completed=False, state="escalated")
    page = visit(clinic, clinic.people["admin"], size)
    paths = ["/staff", f"/staff/handoffs/{calm.id}", f"/staff/handoffs/{urgent.id}", "/staff/numbers", "/staff/people", "/staff/deliveries"]
    for path in [*paths, "/staff/setup", "/staff/audit", "/staff/account", "/staff/password", "/staff/handoffs/ho_none"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert problems(page) == [], path
    outside = visit(clinic, None, size)
    for path in ("/staff/login", "/staff/forgot", "/staff/join#isl_x"):
        outside.goto(path)
        assert outside.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert problems(outside) == [], path


def test_dark_pages_pass_too(clinic: Clinic, visit: Visit) -> None:
    urgent = clinic.intake(flags=(EMERGENCY, flag("RF11_cancer", "T3", "crushing chest pain")), alert=True, completed=False, state="escalated")
    page = visit(clinic, clinic.people["admin"])
    page.emulate_media(color_scheme="dark")
    for path in ("/staff", f"/staff/handoffs/{urgent.id}", "/staff/numbers"):
        page.goto(path)
        assert problems(page) == [], path


def test_the_handoff_page_has_the_order_of_an_assessment_and_fits_its_limits(clinic: Clinic, visit: Visit) -> None:
    handoff = clinic.intake(flags=(flag("RF11_cancer", "T3", "worse when I lift my arm"),))
    page = visit(clinic, clinic.people["physiotherapist"])
    page.goto(f"/staff/handoffs/{handoff.id}")
    titles = [title.split(":")[0] for title in page.locator("main h2").all_inner_texts()]
    order = [titles.index(one) for one in ("Do this", "In short", "In their own words", "What was asked", "Details", "The conversation")]
    assert order == sorted(order)
    names = page.locator(".one dt").all_inner_texts()
    wanted = ["Who", "Where", "How long", "Onset", "Worse, better", "Activity, goal", "Needling", "Asked and denied", "Not asked or unknown"]
    assert [name for name in names if name in wanted] == wanted
    assert len(names) + 2 <= MOST_LINES
    assert len(page.locator(".one .lines").inner_text().split()) <= MOST_WORDS
    assert page.locator(".chart svg").get_attribute("aria-label") == "Body chart: shoulder, upper arm, neck"
    assert "3 of 5 reported, 1 not reported, 1 unknown" in page.inner_text("main")
    assert "Not examined. Not a diagnosis." in page.inner_text(".one .header") and "not signed by a clinician" in page.inner_text(".details")


def test_a_tap_on_a_quote_shows_its_message(clinic: Clinic, visit: Visit) -> None:
    handoff = clinic.intake(flags=(EMERGENCY,), said=("It began in August.", "I have crushing chest pain now"), completed=False, state="escalated")
    page = visit(clinic, clinic.people["physiotherapist"], PHONE)
    page.goto(f"/staff/handoffs/{handoff.id}")
    page.locator(".flags a.quote").click()
    expect(page.locator(".said .shown")).to_contain_text("I have crushing chest pain now")
    expect(page.locator(".said .shown")).to_be_in_viewport()


def test_the_inbox_shows_a_new_emergency_by_itself_in_list_and_title(clinic: Clinic, visit: Visit) -> None:
    page = visit(clinic, clinic.people["reception"])
    page.goto("/staff")
    page.wait_for_timeout(2500)
    clinic.intake({"contact.name": answer("Live Arrival")}, flags=(EMERGENCY,), alert=True)
    expect(page.locator(".row").first).to_contain_text("Live Arrival", timeout=30_000)
    expect(page.locator("#news")).to_contain_text("urgent")
    assert page.title().startswith("(")


def test_single_keys_walk_the_list_and_can_be_turned_off(clinic: Clinic, visit: Visit) -> None:
    first = clinic.intake(flags=(EMERGENCY,), alert=True)
    page = visit(clinic, clinic.people["reception"])
    page.goto("/staff")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.id") == page.locator(".row > a").first.get_attribute("id")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("j?")
    assert page.input_value("#text") == "j?", "letters are letters in a field"
    page.goto(f"/staff/handoffs/{first.id}")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".taken")).to_contain_text("takes care of it")
    page.wait_for_load_state("load")  # the page came anew; its script listens from here on
    page.keyboard.press("?")
    page.get_by_label("Single keys work on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.wait_for_timeout(300)
    assert page.url.endswith(first.id)


def test_an_open_page_says_that_somebody_else_has_changed_it(clinic: Clinic, visit: Visit) -> None:
    handoff = clinic.intake()
    page = visit(clinic, clinic.people["reception"])
    page.goto(f"/staff/handoffs/{handoff.id}")
    expect(page.locator("#changed")).to_be_hidden()
    with clinic.records.begin() as tx:
        tx.handoffs.change(handoff.id, status="contacted")
    expect(page.locator("#changed")).to_be_visible(timeout=30_000)


def test_search_by_post_leaves_no_name_in_the_address(clinic: Clinic, visit: Visit) -> None:
    clinic.intake({"contact.name": answer("Searchable Person")})
    page = visit(clinic, clinic.people["reception"])
    page.goto("/staff")
    page.get_by_role("searchbox").fill("searchable person")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".row")).to_contain_text(["Searchable Person"])
    assert page.url == f"{clinic.url}/staff/search"


def test_reception_sees_no_word_of_self_harm_even_while_talking(clinic: Clinic, visit: Visit) -> None:
    cry = "I do not want to live any more"
    handoff = clinic.intake(flags=(flag(SELF_HARM, "T2", cry),), said=("my back hurts", cry), completed=False, state="escalated", alert=True)
    page = visit(clinic, clinic.people["reception"])
    page.goto(f"/staff/handoffs/{handoff.id}")
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#reply-card")).to_contain_text("is in charge")
    assert cry not in page.content() and "Self-harm: physiotherapist calls now" in page.inner_text("main")


def test_a_time_is_booked_moved_and_cancelled_in_the_browser_and_the_text_for_jane_is_copied(clinic: Clinic, visit: Visit) -> None:
    one = clinic.intake()
    page = visit(clinic, clinic.people["reception"], PHONE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=clinic.url)
    page.goto(f"/staff/handoffs/{one.id}")
    for fold, time, button in (
        ("Book a time", "10:30", "Book and tell the patient"), ("Move it to another time", "14:00", "Move it and tell the patient"),
    ):  # fmt: skip
        page.get_by_text(fold, exact=True).click()
        page.get_by_label("Day").fill(f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}")
        page.get_by_label("Time").fill(time)
        page.get_by_role("button", name=button).click()
        expect(page.locator(".agreed")).to_contain_text(clock_words(datetime.fromisoformat(f"2026-01-01T{time}")))
    expect(page.locator("#do")).to_contain_text("Booked: ")
    assert problems(page) == []
    page.get_by_text("Cancel this time", exact=True).click()
    page.get_by_role("button", name="Cancel it and tell the patient").click()
    expect(page.locator(".state")).to_contain_text("Contacted")
    expect(page.locator(".said .staff").last).to_contain_text("is cancelled")
    page.wait_for_load_state()
    page.get_by_role("link", name="Copy for Jane").click()
    expect(page.locator("#copied")).to_contain_text("Copied")
    assert f"INTAKE {one.reference}" in page.evaluate("navigator.clipboard.readText()")
