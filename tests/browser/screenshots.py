"""`make screenshots`: pictures of the chat page at three widths into docs/screenshots, from the real service."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM
from tests.browser.patient import Patient
from tests.conftest import ROOT, launch

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {360: 740, 768: 1024, 1280: 800}
LOOKS = {360: "light", 768: "light", 1280: "dark"}


def start(patient: Patient) -> None:
    """The first screen."""


def checks(patient: Patient) -> None:
    """A list of safety checks."""
    patient.walk_to("safety.now")


def body(patient: Patient) -> None:
    """Where it hurts: list, picture, areas."""
    patient.walk_to("pain.site")
    patient.page.locator('.regions input[value="shoulder"]').check()
    patient.page.locator('.sides input[value="left"]').first.check()
    patient.page.locator('.figure path[data-region="neck"][data-side="middle"]').first.click()
    patient.page.locator(".pictures").scroll_into_view_if_needed()


def scale(patient: Patient) -> None:
    """0 to 10."""
    patient.walk_to("pain.severity_now")


def read_back(patient: Patient) -> None:
    """All answers as a list to correct."""
    patient.walk_to("confirm.read_back")
    patient.page.locator(".summary").scroll_into_view_if_needed()


def change(patient: Patient) -> None:
    """An earlier answer being changed where it stands."""
    patient.walk_to("safety.now")
    patient.page.locator("#log").get_by_role("button", name=re.compile("^Change")).last.click()


def emergency(patient: Patient) -> None:
    """The emergency words."""
    patient.say("I have crushing chest pain right now")


SCENES: tuple[Callable[[Patient], None], ...] = (start, checks, body, scale, read_back, change, emergency)


def take(page: Page, scene: Callable[[Patient], None], url: str, width: int) -> Path:
    """One picture; returns its path."""
    scene(Patient(page).open(url))
    page.wait_for_timeout(300)
    path = FOLDER / f"chat-{width}-{scene.__name__.replace('_', '-')}.png"
    page.screenshot(path=path)
    return path


def main(url: str | None = None) -> None:
    """Start the service (or use the one at `url`) and take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        stack = None if url else launch(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for width, height in SIZES.items():
                for scene in SCENES:
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=LOOKS[width], reduced_motion="reduce"
                    )  # type: ignore[arg-type]
                    print(take(context.new_page(), scene, url or stack.url, width).relative_to(ROOT))  # type: ignore[union-attr]
                    context.close()
            browser.close()
        finally:
            if stack:
                stack.stop()


if __name__ == "__main__":
    main()
