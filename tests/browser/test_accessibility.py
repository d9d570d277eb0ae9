"""WCAG 2.2 AA as far as a machine can tell: axe at every step, and an intake finished along the accessibility tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.patient import ANSWERS, Patient
from tests.conftest import Stack

AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
MARKED = ("consent", "safety.now", "pain.site", "pain.severity_now", "confirm.read_back")
EVERYWHERE = {"confirm.more": "now"}


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it is now: rule and element."""
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(
    "look",
    [{"viewport": PHONE, "color_scheme": "light", "has_touch": True}, {"viewport": DESKTOP, "color_scheme": "dark"}],
    ids=["phone light", "desktop dark"],
)
def test_axe_finds_nothing_at_any_step_of_a_whole_intake(
    profile: Callable[..., BrowserContext], stack: Stack, look: dict[str, Any]
) -> None:
    patient = Patient(profile(**look).new_page(), answers=ANSWERS | EVERYWHERE).open(stack.url)
    found = {}
    for question in patient.walk():
        if wrong := faults(patient.page):
            found[question] = wrong
    assert patient.state == "handed_off"
    assert (found, faults(patient.page)) == ({}, [])


@pytest.mark.parametrize(
    "look",
    [
        {"viewport": PHONE, "color_scheme": "dark"},
        {"viewport": DESKTOP, "color_scheme": "light"},
        {"viewport": DESKTOP, "forced_colors": "active"},
        {"viewport": {"width": 640, "height": 450}, "color_scheme": "light"},
        {"viewport": {"width": 320, "height": 256}, "color_scheme": "light"},
    ],
    ids=["phone dark", "desktop light", "high contrast", "200 % zoom", "400 % zoom"],
)
def test_axe_finds_nothing_at_the_marked_steps_in_the_other_looks(
    profile: Callable[..., BrowserContext], stack: Stack, look: dict[str, Any]
) -> None:
    patient = Patient(profile(**look).new_page()).open(stack.url)
    page = patient.page
    for question in MARKED:
        patient.walk_to(question)
        assert (question, faults(page)) == (question, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{question} scrolls sideways"


def test_axe_finds_nothing_in_an_emergency_an_editor_or_a_dialog(profile: Callable[..., BrowserContext], stack: Stack) -> None:
    for scheme in ("light", "dark"):
        patient = Patient(profile(viewport=PHONE, color_scheme=scheme).new_page()).open(stack.url)
        page = patient.page
        patient.walk_to("safety.now")
        page.locator("#log").get_by_role("button", name=re.compile("^Change")).last.click()
        assert faults(page) == []
        page.keyboard.press("Escape")
        for name in ("Menu", "Stop and delete"):
            page.get_by_role("button", name=name).click()
            expect(page.get_by_role("dialog")).to_be_visible()
            assert faults(page) == []
            page.keyboard.press("Escape")
            expect(page.get_by_role("button", name=name)).to_be_focused()
        patient.say("I have crushing chest pain right now")
        assert faults(page) == []


FIXED = r"Menu|Change|Talk to|Why do|Stop and|Send|Continue"


class Tree:
    """The browser's accessibility tree: what a screen reader is told, and the way it acts. No picture, no selector."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.page = page

    def nodes(self, role: str, name: str = "") -> list[dict[str, Any]]:
        """Nodes of a role whose name matches the regular expression, in reading order."""
        tree = self.session.send("Accessibility.getFullAXTree")["nodes"]
        return [
            node
            for node in tree
            if not node.get("ignored")
            and node.get("role", {}).get("value") == role
            and re.search(name, str(node.get("name", {}).get("value", "")))
        ]

    def focus(self, node: dict[str, Any]) -> None:
        self.session.send("DOM.focus", {"backendNodeId": node["backendDOMNodeId"]})

    def press(self, node: dict[str, Any], key: str = "Enter") -> None:
        self.focus(node)
        self.page.keyboard.press(key)


def test_a_whole_intake_along_the_accessibility_tree(patient: Patient) -> None:
    """Everything is found by role and name, as a screen reader user finds it, and the intake ends."""
    tree = Tree(patient.page)
    in_words = ("narrative", "contact.name", "contact.phone", "contact.email", "precaution.detail")
    names = {
        "consent": "Start", "for_whom": "(?i)^(for )?(me|myself)\\b", "age_band": "19",
        "contact.preferred": "[Pp]hone|[Cc]all", "pain.side": "[Ll]eft",
        "booking.location": "Victoria", "confirm.more": "[Nn]o",
    }  # fmt: skip

    def answer(question: str) -> None:
        group = tree.nodes("group")
        wanted = names.get(question, "$^" if question in in_words and patient.seen.count(question) < 2 else "")
        if question == "pain.site":
            tree.press(tree.nodes("checkbox", "^Shoulder$")[0], "Space")
            tree.press(tree.nodes("radio", "^Left$")[0], "Space")
            tree.press(tree.nodes("button", "^Continue$")[0])
        elif question == "pain.duration":
            tree.focus(tree.nodes("textbox", "^How many")[0])
            patient.page.keyboard.type("6")
            tree.press(tree.nodes("button", "^Continue$")[0])
        elif tree.nodes("slider"):
            tree.press(tree.nodes("button", "^4$")[0])
        elif tree.nodes("checkbox", "(?i)^none|^any time"):
            tree.press(tree.nodes("checkbox", "(?i)^none|^any time")[0], "Space")
            tree.press(tree.nodes("button", "^Continue$")[0])
        elif choices := [node for node in tree.nodes("button", wanted) if not re.match(FIXED, node["name"]["value"])]:
            assert group, "the choices stand in no group"
            tree.press(choices[-1 if patient.seen.count(question) > 1 else 0])
        else:
            tree.focus(tree.nodes("textbox", "^Your message$")[0])
            patient.page.keyboard.type(str(patient.answers.get(question, "nothing")))
            patient.page.keyboard.press("Enter")
        patient.settle()

    assert tree.nodes("log", "Conversation")
    patient.finish(answer)


def test_new_messages_are_announced_politely_and_the_history_is_not(patient: Patient) -> None:
    page = patient.page
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    patient.walk_to("age_band")
    page.add_init_script(
        """new MutationObserver(() => { const log = document.querySelector('#log');
           if (log?.childElementCount) (window.liveness ??= []).push(log.getAttribute('aria-live')); })
           .observe(document, {subtree: true, childList: true})"""
    )
    page.reload()
    patient.asked_for("age_band")
    assert page.evaluate("window.liveness")[0] == "off"
    expect(log).to_have_attribute("aria-live", "polite")


def test_progress_is_no_live_region(patient: Patient) -> None:
    patient.walk_to("for_whom")
    progress = patient.page.locator("#progress")
    expect(progress).to_be_visible()
    assert progress.evaluate("e => !e.closest('[aria-live], [role=status], [role=log], [role=alert]')")


def test_lists_have_a_group_with_the_question_as_its_legend(patient: Patient) -> None:
    patient.walk_to("safety.now")
    question = patient.page.locator('#log [data-question="safety.now"] .text').last.inner_text()
    expect(patient.page.locator("#answer fieldset legend").first).to_contain_text(question.splitlines()[0])


def test_the_region_list_is_read_before_the_picture_and_the_numbers_before_the_slider(patient: Patient) -> None:
    page = patient.page
    patient.walk_to("pain.site")
    assert page.evaluate(
        "document.querySelector('.regions').compareDocumentPosition(document.querySelector('.pictures')) & 4"
    ), "the picture comes before the list"
    expect(page.locator(".pictures")).to_have_attribute("aria-hidden", "true")
    patient.walk_to("pain.severity_now")
    assert page.evaluate(
        "document.querySelector('.numbers').compareDocumentPosition(document.querySelector('[type=range]')) & 4"
    )
    expect(page.locator("[type=range]")).to_have_attribute("aria-valuetext", "5 of 10")


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 256}], ids=["phone", "400 % zoom"])
def test_a_whole_intake_needs_no_sideways_scrolling_and_every_control_is_at_least_forty_four_pixels(
    profile: Callable[..., BrowserContext], stack: Stack, size: dict[str, int]
) -> None:
    patient = Patient(profile(viewport=size).new_page()).open(stack.url)
    page = patient.page
    for question in patient.walk():
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{question} scrolls sideways"
        if size is PHONE:
            assert page.evaluate("scrollY") == 0, f"{question}: the bars have moved out of the screen"
        small = page.evaluate(
            """[...document.querySelectorAll('button, .button, select, textarea, label:has(input),'
                 + 'input:not([type=checkbox], [type=radio])')]
               .filter((e) => e.offsetParent).map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
               .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
        )
        assert small == [], (question, small)


def test_every_area_of_the_picture_can_be_tapped_in_its_middle(patient: Patient) -> None:
    patient.walk_to("pain.site")
    covered = patient.page.evaluate(
        """() => [...document.querySelectorAll('.figure [data-region]')].filter((shape) => {
             shape.scrollIntoView({block: 'center'});
             const {x, y, width, height} = shape.getBoundingClientRect();
             return document.elementFromPoint(x + width / 2, y + height / 2) !== shape;
           }).map((shape) => [shape.dataset.region, shape.dataset.side, shape.getAttribute('d')])"""
    )
    assert covered == []


def test_the_picture_and_the_list_give_the_same_answer(patient: Patient) -> None:
    page = patient.page
    patient.walk_to("pain.site")
    page.locator('.figure path[data-region="knee"][data-side="right"]').first.click()
    expect(page.locator('.regions input[value="knee"]')).to_be_checked()
    expect(page.locator('.sides input[value="right"]')).to_be_checked()
    page.locator('.figure path[data-region="knee"][data-side="left"]').first.click()
    expect(page.locator('.sides input[value="both"]')).to_be_checked()
    page.get_by_label("Pain travels from Knee to").select_option("lower_leg")
    page.locator('.regions input[value="ankle"]').check()
    page.get_by_role("button", name="Ankle is the worst one").click()
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if request.method == "POST" else None)
    page.get_by_role("button", name="Continue").click()
    patient.settle()
    value = sent[0]["value"]
    assert value["regions"] == ["ankle", "knee"]
    assert value["detail"][1] == {"region": "knee", "side": "both", "spreads_to": ["lower_leg"]}
