"""A person at the chat page: reads the open question and answers it by clicks, by typing or by keyboard."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

# What this person says: choices and list items by value, words for what is asked in words. A site is (region, side).
ANSWERS: dict[str, str | tuple[str, ...]] = {
    "consent": "yes",
    "for_whom": "self",
    "age_band": "19_49",
    "narrative": "It hurts most days and I would like some help.",
    "contact.name": "Robin Vale",
    "contact.phone": "250 555 0133",
    "contact.email": "robin@example.ca",
    "contact.preferred": "phone",
    "pain.site": "shoulder",
    "pain.side": "left",
    "pain.duration": "6 weeks",
    "pain.severity_now": "4",
    "pain.severity_worst": "7",
    "onset.event": "overuse",
    "onset.delay": "within_day",
    "indicator.stabbing": "not_reported",
    "indicator.mild_stimuli": "not_reported",
    "indicator.summation": "reported",
    "indicator.no_ongoing_damage": "unknown",
    "myofascial.pressed": "no",
    "booking.new_patient": "new",
    "booking.payer": "private",
    "booking.location": "victoria",
    "booking.times": "mon_am",
    "confirm.more": "no",
    "confirm.read_back": "yes",
    "function.activity": "reaching up, 4",
    "aggravating": "reaching up",
    "easing": "a warm shower",
    "previous_treatment": "nothing yet",
    "goal": "to paint again",
}
NONE = "none"
# The same in typed words, where the value itself is not what a person would type.
TYPED = {
    "consent": "yes",
    "for_whom": "it's for me",
    "age_band": "I am 41",
    "contact.preferred": "by phone",
    "pain.site": "my left shoulder",
    "pain.side": "the left one",
    "onset.event": "overuse, I painted a ceiling",
    "onset.delay": "the same day",
    "indicator.stabbing": "no",
    "indicator.mild_stimuli": "no",
    "indicator.summation": "yes, it builds up",
    "indicator.no_ongoing_damage": "I don't know",
    "myofascial.pressed": "no",
    "booking.new_patient": "I'm new",
    "booking.payer": "I pay myself",
    "booking.location": "Victoria",
    "booking.times": "Monday morning",
    "confirm.more": "no",
    "confirm.read_back": "yes",
}
MOST_TURNS = 60


@dataclass
class Patient:
    """One page and what this person answers; `seen` are the questions met, in order."""

    page: Page
    answers: dict[str, str | tuple[str, ...]] = field(default_factory=lambda: dict(ANSWERS))
    seen: list[str] = field(default_factory=list)

    # ---- reading the screen --------------------------------------------------------------------------------------

    def open(self, address: str) -> Patient:
        """Go to the chat and wait for the first question."""
        self.page.goto(address)
        self.page.locator('[data-kind="question"]').first.wait_for()
        return self

    @property
    def question(self) -> str | None:
        """The id of the question asked last."""
        asked = self.page.locator('#log [data-kind="question"]')
        return asked.last.get_attribute("data-question") if asked.count() else None

    @property
    def state(self) -> str | None:
        """The conversation's state as the page knows it."""
        return self.page.locator("body").get_attribute("data-state")

    @property
    def box(self) -> Locator:
        """The message box."""
        return self.page.get_by_label("Your message")

    def messages(self) -> list[str]:
        """The texts shown, oldest first."""
        return self.page.locator("#log .msg .text").all_inner_texts()

    def settle(self) -> None:
        """Wait until the answer under way has been replied to."""
        expect(self.page.locator("#log .sending, #log .waiting")).to_have_count(0)
        expect(self.page.locator("#typing")).to_be_hidden()

    def asked_for(self, question: str) -> None:
        """Wait until `question` is the open one."""
        expect(self.page.locator('#log [data-kind="question"]').last).to_have_attribute("data-question", question)

    # ---- answering -----------------------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """Type and send."""
        self.box.fill(words)
        self.box.press("Enter")
        self.settle()

    def click_answer(self, question: str) -> None:
        """Answer with what the page offers for it; words where it offers nothing."""
        field_ = self.page.locator("#answer .field")
        answer = self.answers.get(question, NONE)
        if self.seen.count(question) > 1 and field_.locator(".quiet").count():
            answer = field_.locator(".quiet").last.get_attribute("data-value") or NONE  # not understood: go on without
        values = (answer,) if isinstance(answer, str) else answer
        if question == "pain.site":
            for region in values:
                field_.locator(f'.regions input[value="{region}"]').check()
            field_.locator('.sides input[value="left"]').first.check()
            field_.get_by_role("button", name="Continue").click()
        elif question == "pain.duration":
            number, unit = str(answer).split()
            field_.get_by_label("How many?").fill(number)
            field_.get_by_label("Days, weeks, months or years?").select_option(unit.removesuffix("s"))
            field_.get_by_role("button", name="Continue").click()
        elif field_.locator("input[type=checkbox]").count():
            for value in values:
                field_.locator(f'input[type=checkbox][value="{value}"]').check()
            field_.get_by_role("button", name="Continue").click()
        elif field_.locator(f'[data-value="{answer}"]').count():
            field_.locator(f'[data-value="{answer}"]').first.click()
        else:
            self.box.fill(str(answer))
            self.box.press("Enter")
        self.settle()

    def type_answer(self, question: str) -> None:
        """Answer in words whatever the page offers."""
        answer = TYPED.get(question) or self.answers.get(question) or "none of these"
        self.say(answer if isinstance(answer, str) else ", ".join(answer))

    def walk(self, answer: Callable[[str], None] | None = None, until: str | None = None) -> Iterator[str]:
        """Go through the intake; yields each question before it is answered. Ends at `until` or when the chat ends."""
        for _ in range(MOST_TURNS):
            question = self.question
            if question is None or question == until or self.state not in ("active", "escalated"):
                return
            self.seen.append(question)
            yield question
            (answer or self.click_answer)(question)
        raise AssertionError(f"the intake did not end; the last questions were {self.seen[-6:]}")

    def walk_to(self, question: str) -> Patient:
        """Come to `question` the short way: the same answers through the API, and the page follows by its long poll.

        What the clicks themselves do is the matter of the tests that go through a whole intake.
        """
        chat = self.page.evaluate("JSON.parse(sessionStorage.getItem('ims-chat'))")
        origin = self.page.evaluate("location.origin")
        headers = {"Authorization": f"Bearer {chat['token']}"}
        address = f"{origin}/api/v1/conversations/{chat['id']}"
        with httpx.Client(headers=headers, timeout=60) as api:
            now: dict[str, Any] = api.get(address).raise_for_status().json()
            for _ in range(MOST_TURNS):
                open_question = now["conversation"]["question"]
                if open_question == question:
                    break
                asked = [message for message in now["messages"] if message["question"] == open_question][-1]
                body = {"client_message_id": uuid.uuid4().hex, **self.body_for(open_question, asked["choices"])}
                now = api.post(f"{address}/messages", json=body).raise_for_status().json()
        self.asked_for(question)
        return self

    def body_for(self, question: str, choices: list[dict[str, str]]) -> dict[str, Any]:
        """This person's answer to `question` as the body of the API."""
        answer = self.answers.get(question, NONE)
        values = [answer] if isinstance(answer, str) else list(answer)
        if question == "pain.site":
            detail = [{"region": region, "side": "left", "spreads_to": []} for region in values]
            return {"value": {"regions": values, "detail": detail}}
        if question == "pain.duration":
            number, unit = values[0].split()
            return {"value": {"iso": f"P{number}{unit[0].upper()}", "words": values[0]}}
        if question == "booking.times":
            return {"value": {"parts": values, "words": "Monday morning"}}
        if set(values) <= {choice["value"] for choice in choices}:
            return {"choices": values}
        return {"text": values[0]}

    def finish(self, answer: Callable[[str], None] | None = None) -> Patient:
        """Answer everything to the end; the page then says that the clinic has the answers."""
        for _ in self.walk(answer):
            pass
        assert self.state == "handed_off", (self.state, self.messages()[-3:])
        return self
