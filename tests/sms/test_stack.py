"""The same conversations through the whole stack: Rasa, action server, app, and the stand-in carrier over HTTP."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from intake.channels.sms.gsm import is_gsm, segments
from intake.channels.sms.standin import Answer, Served, TwilioStandIn

pytestmark = pytest.mark.stack

PUBLIC = "https://intake.clinic.example"
NUMBER = "+12505550142"
ACCOUNT = "AC" + "0" * 32
SAID = {
    "1. OK, begin": "1", "Who is this for": "1", "How old are you": "3", "in your own words": "My left knee hurts after a run",
    "your name": "Sam Miller", "phone number": "1", "Which is best": "2", "Where does it hurt": "left knee", "Which side": "1",
    "How long have you": "3 weeks", "0 to 10": "6", "Which days and times": "monday mornings", "3 more minutes": "3", "Is this right": "1",
}  # fmt: skip


class Texting:
    """One phone against the running stack."""

    def __init__(self, carrier: TwilioStandIn, stack: Any, number: str) -> None:
        self.carrier, self.stack, self.number = carrier, stack, number

    def says(self, body: str, **more: Any) -> list[str]:
        """Text, and get the texts of the answer, also when it comes after a promise (a busy machine)."""
        texts = list(self.post(body, **more).texts)
        if not any("takes a little longer" in text for text in texts):
            return texts
        count, until = len(self.carrier.inbox(self.number)), time.monotonic() + 60
        quiet_since, seen = time.monotonic(), count
        while time.monotonic() < until and (seen == count or time.monotonic() - quiet_since < 3):  # they leave one by one
            time.sleep(0.1)
            if (now := len(self.carrier.inbox(self.number))) != seen:
                quiet_since, seen = time.monotonic(), now
        return self.carrier.inbox(self.number)[count:]

    def post(self, body: str, **more: Any) -> Answer:
        """Text, and get the whole answer."""
        return asyncio.run(self.carrier.text(self.number, body, **more))

    def arrives(self, words: str, seconds: float = 20.0) -> str:
        """Wait until a text with these words is on the phone."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [text for text in self.carrier.inbox(self.number) if words in text]
            if found:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"no text with {words!r} came: {self.carrier.inbox(self.number)[-3:]}")

    def handoffs(self) -> list[dict[str, Any]]:
        """What staff see in the inbox."""
        headers = {"Authorization": f"Bearer {self.stack.staff_key}"}
        listed = httpx.get(f"{self.stack.url}/api/v1/handoffs", headers=headers, timeout=20)
        return list(listed.json()["items"])


@pytest.fixture(scope="module")
def line(launch_stack: Callable[..., Any]) -> Iterator[Callable[[], Texting]]:
    carrier = TwilioStandIn("", account_sid=ACCOUNT, auth_token="stack-token", number=NUMBER, opt_outs="off")
    with Served(carrier) as api:
        stack = launch_stack(
            IMS_PUBLIC_URL=PUBLIC, IMS_ALLOW_UNSIGNED="true", IMS_SMS__ACCOUNT_SID=ACCOUNT, IMS_SMS__AUTH_TOKEN="stack-token",
            IMS_SMS__NUMBER=NUMBER, IMS_SMS__API_URL=api, IMS_SMS__REPLY_SECONDS="7", IMS_SMS__JOBS_EVERY_SECONDS="0.3",
            IMS_SMS__NUDGE_AFTER_HOURS="0.001", IMS_SMS__QUIET_FROM="00:00", IMS_SMS__QUIET_UNTIL="00:00",
        )  # fmt: skip
        carrier.webhook, carrier.signed_as = f"{stack.url}/sms/twilio", f"{PUBLIC}/sms/twilio"
        phones = iter(range(200, 300))
        yield lambda: Texting(carrier, stack, f"+12505550{next(phones)}")


def answer_to(texts: list[str]) -> str:
    """A plain answer to whatever was asked last."""
    asked = texts[-1]
    if "0. None" in asked:
        return "0"
    return next((body for words, body in SAID.items() if words in asked), "1")


def test_a_whole_intake_becomes_a_handoff(line: Callable[[], Texting]) -> None:
    phone = line()
    texts = phone.says("Hello")
    for _ in range(60):
        assert texts, "a patient never meets silence"
        assert all(is_gsm(text) and segments(text) <= 3 for text in texts), texts
        if any("IMS-" in text for text in texts):
            break
        texts = phone.says(answer_to(texts))
    assert any("IMS-" in text for text in texts), texts
    reasons = [item["reason"] for item in phone.handoffs()]
    assert "completed" in reasons, (reasons, texts)


def test_an_emergency_gets_the_words_and_reaches_staff(line: Callable[[], Texting]) -> None:
    phone = line()
    texts = phone.says("I have crushing chest pain and my left arm is numb")
    assert texts[0].startswith("Call 9-1-1 now.")
    assert any(item["urgency"] == "T1" for item in phone.handoffs())


def test_a_question_about_the_clinic_is_answered_in_the_first_text(line: Callable[[], Texting]) -> None:
    texts = line().says("where are you located?")
    assert any("Victoria" in text for text in texts)
    assert "May I ask" in texts[-1]


def test_an_opt_out_is_confirmed_once_and_holds(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hi")
    assert "no more texts" in phone.says("STOP")[0]
    assert phone.says("hello?") == []
    assert "on again" in phone.says("START")[0]


def test_numbers_words_and_keys_are_in_no_log_of_any_part(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hello, my zebrawords hurt")
    phone.says("I have crushing chest pain and zebrawords")
    phone.post("zebrawords", signature="forged")
    phone.carrier.faults.append("500")  # the text is looked for by its number before it is sent again
    phone.carrier.undeliverable.add(phone.number)
    asyncio.run(phone.carrier.report_statuses())
    secrets = (phone.number, phone.number[1:], phone.number[2:], "zebrawords", "crushing", "stack-token", phone.stack.staff_key)
    logs = list(phone.stack.log_dir.glob("*.log"))
    assert {"app.log", "rasa.log", "actions.log"} <= {log.name for log in logs}
    for log in logs:
        written = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in written], log.name


def test_a_forged_text_is_refused(line: Callable[[], Texting]) -> None:
    phone = line()
    assert phone.post("hi", signature="forged").status == 403
    assert phone.post("hi", signature="").status == 403


def test_a_duplicate_gets_the_same_answer(line: Callable[[], Texting]) -> None:
    phone = line()
    first, again = phone.post("hi", sid="SMdup"), phone.post("hi", sid="SMdup")
    assert first.texts and first.texts == again.texts


def test_a_burst_is_answered_in_order(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hi")

    async def burst() -> list[Answer]:
        tasks = []
        for body in ("1", "1", "3"):
            tasks.append(asyncio.create_task(phone.carrier.text(phone.number, body)))
            await asyncio.sleep(0.02)
        return list(await asyncio.gather(*tasks))

    answers = asyncio.run(burst())
    assert "For me" in answers[0].texts[-1] and "How old" in answers[1].texts[-1]
    assert "of these now" in answers[2].texts[-1]


def test_a_picture_is_acknowledged(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hi")
    answer = phone.post("", media=[("https://api.twilio.com/media/ME1", "image/jpeg")])
    assert answer.status == 200 and "cannot look at pictures" in answer.texts[0]


def test_a_late_dialogue_is_promised_and_answered_by_the_rest_api(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hi")
    group = os.getpgid(phone.stack.running["rasa"].pid)
    os.killpg(group, signal.SIGSTOP)
    try:
        answer = phone.post("1")
    finally:
        os.killpg(group, signal.SIGCONT)
    assert answer.seconds < 10 and "takes a little longer" in answer.texts[0]
    assert "1. For me" in phone.arrives("Who is this for")


def test_one_reminder_comes_after_a_silence(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hi")
    phone.says("1")
    phone.arrives("not finished")
    time.sleep(6)
    assert sum("not finished" in text for text in phone.carrier.inbox(phone.number)) == 1


def test_an_intake_moves_to_the_browser_and_back(line: Callable[[], Texting]) -> None:
    phone = line()
    phone.says("hi")
    phone.says("1")
    (text,) = phone.says("send me this as a link")
    secret = text.split("#link=")[1].strip()
    with httpx.Client(base_url=phone.stack.url, timeout=20) as http:
        wrong = http.post("/api/v1/resume", json={"token": secret, "phone_last4": "0000"})
        assert wrong.status_code == 403 and "messages" not in wrong.json()
        opened = http.post("/api/v1/resume", json={"token": secret, "phone_last4": phone.number[-4:]}).json()
        assert opened["conversation"]["question"] == "for_whom"
        name, headers = opened["conversation"]["id"], {"Authorization": f"Bearer {opened['token']}"}
        body = {"client_message_id": "w1", "choices": ["self"]}
        went = http.post(f"/api/v1/conversations/{name}/messages", json=body, headers=headers)
        assert went.json()["conversation"]["question"] == "age_band"
    assert "How old" in phone.says("3")[-1], "a number of a list that this phone never showed is no answer: it is shown now"
    assert "of these now" in phone.says("3")[-1]
