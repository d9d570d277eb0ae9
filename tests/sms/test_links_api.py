"""Links and codes over the public API: nothing is shown or linked before it is confirmed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from intake.api import conversations, problems
from intake.channels.sms.links_router import build_links_router
from intake.services import Services
from tests.sms.conftest import PATIENT, Line

pytestmark = pytest.mark.asyncio


@dataclass
class Api:
    """The API over the same records as the line."""

    http: httpx.AsyncClient
    line: Line

    async def begin(self) -> tuple[str, str]:
        """A web conversation that has agreed: id and token."""
        started = (await self.http.post("/api/v1/conversations", json={"channel": "web"})).json()
        name, token = started["conversation"]["id"], started["token"]
        await self.send(name, token, {"choices": ["yes"]})
        return name, token

    async def send(self, name: str, token: str, body: dict[str, Any]) -> Any:
        """One message."""
        self.line.clock.forward(seconds=1)
        message = {"client_message_id": f"m{self.line.clock.now.timestamp()}", **body}
        return await self.http.post(f"/api/v1/conversations/{name}/messages", json=message, headers=bearer(token))

    async def link(self, name: str, token: str, body: dict[str, Any]) -> httpx.Response:
        """Ask for a link or a code, or confirm one."""
        return await self.http.post(f"/api/v1/conversations/{name}/links", json=body, headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    """The header."""
    return {"Authorization": f"Bearer {token}"}


@pytest_asyncio.fixture
async def api(line: Line) -> AsyncIterator[Api]:
    app = FastAPI()
    problems.install(app)
    gate: Any = line.channel._conversing._gate
    rates: Any = type("Rates", (), {"messages": _Free(), "conversations": _Free()})
    app.state.services = Services(line.settings, line.records, line.dialogue, gate, rates)  # type: ignore[arg-type]
    app.include_router(conversations.router)
    app.include_router(build_links_router(line.channel.wake))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://intake.test") as http:
        yield Api(http, line)


class _Free:
    def take(self, key: str) -> None:
        """No limit."""


async def with_phone(api: Api) -> tuple[str, str]:
    """A web conversation in which a phone number was given."""
    name, token = await api.begin()
    with api.line.records.begin() as tx:
        answer = {"value": PATIENT, "state": "answered", "quote": None, "message_id": None, "at": None, "channel": "web",
                  "via": "value", "by": "patient", "rule": None, "previous": [], "items": {}, "detail": []}  # fmt: skip
        tx.answers.append(name, {"contact.phone": answer})
    return name, token


async def test_a_link_opens_the_intake_on_another_device_once(api: Api) -> None:
    name, token = await with_phone(api)
    made = await api.link(name, token, {"channel": "web"})
    assert made.status_code == 201
    secret = made.json()["url"].split("#link=")[1]
    opened = await api.http.post("/api/v1/resume", json={"token": secret, "phone_last4": PATIENT[-4:]})
    assert opened.status_code == 200
    body = opened.json()
    assert body["conversation"]["id"] == name and body["messages"]
    assert (await api.http.get(f"/api/v1/conversations/{name}", headers=bearer(body["token"]))).status_code == 200
    again = await api.http.post("/api/v1/resume", json={"token": secret, "phone_last4": PATIENT[-4:]})
    assert again.status_code == 410


async def test_wrong_digits_show_nothing_and_end_the_link_after_five_tries(api: Api) -> None:
    name, token = await with_phone(api)
    secret = (await api.link(name, token, {"channel": "web"})).json()["url"].split("#link=")[1]
    for _ in range(5):
        wrong = await api.http.post("/api/v1/resume", json={"token": secret, "phone_last4": "9999"})
        assert wrong.status_code == 403 and "messages" not in wrong.json()
    right = await api.http.post("/api/v1/resume", json={"token": secret, "phone_last4": PATIENT[-4:]})
    assert right.status_code == 410


async def test_without_a_phone_number_a_link_shows_nothing_that_was_answered(api: Api) -> None:
    name, token = await api.begin()
    assert (await api.link(name, token, {"channel": "web"})).status_code == 409


async def test_a_link_needs_the_conversations_own_token(api: Api) -> None:
    name, _ = await with_phone(api)
    assert (await api.link(name, "imc_other", {"channel": "web"})).status_code == 401


async def test_the_web_chat_goes_on_by_sms_after_the_code_and_back_by_link(api: Api) -> None:
    name, token = await api.begin()
    sent = await api.link(name, token, {"channel": "sms", "phone": "250 555 0123"})
    assert sent.status_code == 201 and sent.json()["last_four"] == "0123"
    await api.line.work()
    code = api.line.inbox()[-1].split("code is ")[1].split(".")[0]
    assert (await api.link(name, token, {"channel": "sms", "code": "WRONG222"})).status_code == 403
    assert (await api.link(name, token, {"channel": "sms", "code": code})).status_code == 201
    await api.line.work()
    assert "1. For me" in api.line.inbox()[-1]
    assert "How old" in (await api.line.says("1"))[-1]
    (text,) = await api.line.says("send me a link")
    secret = text.split("#link=")[1].strip()
    opened = await api.http.post("/api/v1/resume", json={"token": secret, "phone_last4": "0123"})
    assert opened.json()["conversation"]["question"] == "age_band"
    went = await api.send(name, opened.json()["token"], {"choices": ["19_49"]})
    assert went.status_code == 200
    texts = await api.line.says("what?")
    assert "0. None of these" in texts[-1] and "\n6." not in texts[-1], "the same intake, in parts of five"
    again = await api.send(name, opened.json()["token"], {"text": "what?"})
    assert again.status_code == 200
    shown = (await api.line.says("1"))[-1]
    assert "1. Chest pain" in shown, "a number of a list that this phone did not show is no answer"
    assert (api.line.conversation().state, api.line.conversation().question) == ("active", "safety.now")
    assert api.line.conversation().id == name


@pytest.mark.parametrize(
    "body",
    [{"channel": "sms"}, {"channel": "sms", "phone": "1", "code": "2"}, {"channel": "fax"}, {"channel": "web", "code": "x"}],
)
async def test_a_request_that_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    name, token = await api.begin()
    assert (await api.link(name, token, body)).status_code == 422
