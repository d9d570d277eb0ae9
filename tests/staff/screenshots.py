"""`make screenshots`, the staff part: pictures for docs/staff.md into docs/screenshots, from the running app with invented intakes."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import ROOT
from tests.handoff.examples import answer
from tests.staff.clinic import Clinic, flag, running_clinic
from tests.staff.conftest import CHROMIUM

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {1280: 860, 360: 740}
CALM = ("Alma Fenn", "Benno Karr", "Cora Tsang", "Dmitri Vance", "Edie Marlow")


def fill(clinic: Clinic) -> str:
    """A morning at the clinic; returns the emergency's id."""
    for number, name in enumerate(CALM):
        clinic.clock.ahead = timedelta(minutes=-150 + 20 * number)
        made = clinic.intake({"contact.name": answer(name), "booking.location": answer(("victoria", "langford")[number % 2])})
        if number < 3:
            with clinic.records.begin() as tx:
                role, status = (("reception", "contacted"), ("physiotherapist", "in_review"), ("reception", "in_review"))[number]
                tx.handoffs.change(made.id, status=status, assignee=clinic.people[role].id)
    clinic.clock.ahead = timedelta(minutes=-35)
    clinic.intake({"contact.name": answer("Kit Moor")}, (flag("RF17_inflammatory", "T4", "stiff for an hour each morning"),))
    clinic.intake({"contact.name": answer("June Alder")}, (flag("RF11_cancer", "T3", "lost ten kilos without trying"),))
    clinic.clock.ahead = timedelta(minutes=-3)
    said = ("My lower back has hurt since I lifted a stroller.", "since this morning I am numb between my legs")
    words = flag("RF06_cauda_equina", "T2", "numb between my legs")
    made = clinic.intake({"contact.name": answer("Lena Hobbs")}, (words,), completed=False, state="escalated", said=said, alert=True)
    clinic.clock.ahead = timedelta(0)
    return made.id


def main() -> None:
    """Start the app, fill it, take the pictures."""
    with tempfile.TemporaryDirectory() as folder, running_clinic(Path(folder)) as clinic, sync_playwright() as playwright:
        for role, name in (("reception", "Robin Poe"), ("physiotherapist", "Ana Field")):
            clinic.people[role] = clinic.member(role, name)
        emergency = fill(clinic)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, height in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
            with clinic.log_in(clinic.people["physiotherapist"]) as client:
                context.add_cookies([{"name": "ims_staff", "value": client.cookies["ims_staff"], "url": clinic.url}])
            page = context.new_page()
            page.set_default_timeout(60_000)
            for scene, path in (("inbox", "/staff"), ("emergency", f"/staff/handoffs/{emergency}")):
                page.goto(clinic.url + path)
                target = FOLDER / f"staff-{width}-{scene}.png"
                page.screenshot(path=target)
                print(target.relative_to(ROOT))
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
