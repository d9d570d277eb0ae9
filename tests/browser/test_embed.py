"""The chat on a clinic's own page, from another origin and another site."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import CHROMIUM, DESKTOP
from tests.browser.patient import Patient
from tests.conftest import Stack

HOST_PAGE = """<!doctype html><html lang="en"><title>A clinic</title><h1>Our clinic</h1>
<script src="{chat}/embed.js" async></script>
<ims-intake-chat {attributes}></ims-intake-chat>"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A plain static site; says nothing, and forbids inline code as a careful clinic would."""

    policy = ""

    def end_headers(self) -> None:
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        return


def serve(folder: Path, policy: str = "") -> tuple[http.server.ThreadingHTTPServer, str]:
    """A static site on a port of its own; its address names another host than the chat's, so it is another site."""
    handler = partial(type("Handler", (QuietHandler,), {"policy": policy}), directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, second_app: Callable[[str], Stack]) -> Iterator[tuple[Path, str, str]]:
    """(folder of the clinic's site, its origin, the chat's origin); the chat allows that origin."""
    folder = tmp_path_factory.mktemp("site")
    server, origin = serve(folder)
    chat = second_app(f'allowed_origins = ["{origin}"]\n').url
    yield folder, origin, chat
    server.shutdown()


def host_page(site: tuple[Path, str, str], page: Page, attributes: str = "", name: str = "index.html") -> FrameLocator:
    folder, origin, chat = site
    (folder / name).write_text(HOST_PAGE.format(chat=chat, attributes=attributes), "utf-8")
    page.goto(f"{origin}/{name}")
    return page.frame_locator("iframe")


class Embedded(Patient):
    """A patient inside the iframe."""

    @classmethod
    def on(cls, page: Page, chat: str) -> Embedded:
        page.locator("ims-intake-chat iframe").wait_for()
        frame = page.locator("ims-intake-chat iframe").element_handle().content_frame()
        assert frame
        frame.wait_for_url(f"{chat}/**")
        patient = cls(frame)  # type: ignore[arg-type]
        patient.asked_for("consent")
        return patient


def test_a_plain_page_of_another_site_holds_the_chat_and_an_intake_starts(
    page: Page, site: tuple[Path, str, str]
) -> None:
    host_page(site, page)
    patient = Embedded.on(page, site[2])
    for _ in patient.walk(until="safety.now"):
        pass
    assert patient.state == "active"


def test_scripts_of_the_host_page_cannot_read_the_chat(page: Page, site: tuple[Path, str, str]) -> None:
    host_page(site, page)
    Embedded.on(page, site[2])
    frame = "document.querySelector('ims-intake-chat').shadowRoot.querySelector('iframe')"
    assert page.evaluate(f"{frame}.contentDocument") is None
    attempt = f"() => {{ try {{ return {frame}.contentWindow.document.body.innerText }} catch (error) {{ return error.name }} }}"
    assert page.evaluate(attempt) == "SecurityError"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_host_page_asks_nobody_but_itself_and_the_chat(page: Page, site: tuple[Path, str, str]) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    host_page(site, page)
    Embedded.on(page, site[2])
    assert asked == {site[1], site[2]}
    assert page.context.cookies() == []


def test_the_theme_reaches_the_chat_and_its_text_stays_readable(page: Page, site: tuple[Path, str, str]) -> None:
    frame = host_page(site, page, 'accent="#ffd400" scheme="dark" radius="4" font="Georgia, serif"')
    Embedded.on(page, site[2])
    root = frame.locator("html")
    expect(root).to_have_attribute("data-scheme", "dark")
    expect(frame.locator("#composer button")).to_have_css("background-color", "rgb(255, 212, 0)")
    expect(frame.locator("#composer button")).to_have_css("color", "rgb(0, 0, 0)")
    expect(frame.locator("body")).to_have_css("font-family", "Georgia, serif")
    page.evaluate("document.querySelector('ims-intake-chat').setAttribute('accent', '#123456')")
    expect(frame.locator("#composer button")).to_have_css("background-color", "rgb(18, 52, 86)")
    expect(frame.locator("#composer button")).to_have_css("color", "rgb(255, 255, 255)")


def test_a_theme_cannot_carry_styles_of_its_own(page: Page, site: tuple[Path, str, str]) -> None:
    frame = host_page(site, page, 'accent="red;background:url(//x)" font="x; } body { display: none" radius="999px"')
    Embedded.on(page, site[2])
    assert frame.locator("html").get_attribute("style") is None


def test_as_a_button_the_chat_loads_when_it_is_opened_and_esc_closes_it(page: Page, site: tuple[Path, str, str]) -> None:
    chat = site[2]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    host_page(site, page, 'mode="button" label="Ask us"')
    opener = page.get_by_role("button", name="Ask us")
    expect(opener).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Tab")
    expect(opener).to_be_focused()
    assert {url for url in asked if url.startswith(chat)} == {f"{chat}/embed.js"}
    page.keyboard.press("Enter")
    patient = Embedded.on(page, chat)
    assert patient.question == "consent"
    opener.focus()
    page.keyboard.press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(page.locator("ims-intake-chat iframe")).to_be_hidden()
    expect(opener).to_be_focused()


def test_errors_and_tricks_of_the_host_page_do_not_reach_the_chat(browser: Browser, site: tuple[Path, str, str]) -> None:
    folder, origin, chat = site
    (folder / "broken.js").write_text(
        "Object.prototype.extra = 1; Array.prototype.includes = () => { throw new Error('host') };"
        "window.JSON = null; setInterval(() => { throw new Error('again') }, 50); undefinedFunction()",
        "utf-8",
    )
    text = HOST_PAGE.format(chat=chat, attributes="").replace("<script", '<script src="broken.js"></script><script', 1)
    (folder / "broken.html").write_text(text, "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{origin}/broken.html")
    patient = Embedded.on(page, chat)
    for _ in patient.walk(until="age_band"):
        pass
    context.close()


def test_with_third_party_cookies_and_storage_blocked_the_embedded_chat_works(
    browser: Browser, site: tuple[Path, str, str], tmp_path: Path
) -> None:
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked), "utf-8")
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=["--no-sandbox"], viewport=DESKTOP
    )
    page = context.new_page()
    host_page(site, page)
    patient = Embedded.on(page, site[2])
    for _ in patient.walk(until="age_band"):
        pass
    context.close()


def test_the_embed_script_works_under_a_strict_policy_of_the_host(browser: Browser, site: tuple[Path, str, str]) -> None:
    folder, _, chat = site
    policy = f"default-src 'none'; script-src {chat}; frame-src {chat}; style-src 'none'"
    server, strict = serve(folder, policy)
    context = browser.new_context()  # of its own: here the browser is meant to say that the policy stopped something
    page = context.new_page()
    try:
        # The chat does not allow this origin, so the script runs and the frame stays empty.
        with page.expect_response(f"{chat}/") as refused:
            page.goto(f"{strict}/index.html")
        assert "frame-ancestors" in refused.value.headers["content-security-policy"]
        frame = page.locator("ims-intake-chat iframe").element_handle().content_frame()
        assert frame
        page.wait_for_function("customElements.get('ims-intake-chat') !== undefined")
        expect(frame.locator("#log")).to_have_count(0)
        assert not frame.url.startswith(chat), "an origin that is not allowed framed the chat"
    finally:
        context.close()
        server.shutdown()
