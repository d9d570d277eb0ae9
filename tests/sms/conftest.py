"""A clinic's SMS channel with its real gate and records, a phone, and the stand-in carrier between them.

Only the dialogue engine is replaced: its turns are decided here by the same pure code that the action server runs, so
that no Rasa is needed. `tests/sms/test_stack.py` runs the same conversations through the whole stack.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from clinic.interview import Inbound, State, open_interview, take_turn
from clinic.protocol import protocol
from clinic.reading import Context, read
from clinic.wording import wording
from intake.channels.sms.channel import SmsChannel
from intake.channels.sms.conversing import urgent
from intake.channels.sms.router import build_router
from intake.channels.sms.settings import SmsSettings
from intake.channels.sms.standin import Answer, TwilioStandIn
from intake.channels.sms.twilio import TwilioConnector
from intake.dialogue import DialogueDown, Reply, Spoken
from intake.gate.gate import Gate
from intake.records.keyring import Keyring
from intake.records.store import Records
from intake.settings import Settings

PUBLIC = "https://intake.clinic.example"
PATIENT = "+12505550123"
CLINIC = "+12505550142"


class LocalDialogue:
    """The dialogue engine's turns without Rasa. `delay` makes it slow, `down` breaks it."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.down = False

    async def turn(self, state: State, inbound: Inbound | None, slots: Mapping[str, Any]) -> Reply:
        """One turn, decided as the action server decides it."""
        await asyncio.sleep(self.delay)
        if self.down:
            raise DialogueDown("down")
        if inbound is None:
            turn = open_interview(protocol(), state)
        elif inbound.given is not None:
            turn = take_turn(protocol(), state, inbound, None)
        else:
            context = Context(
                question=state.question,
                for_whom=state.for_whom,  # type: ignore[arg-type]
                offered=state.offered,
                answers={qid: a.value for qid, a in state.answers.items() if a.state == "answered"},
                previous_question=state.path[-1] if state.path else None,
            )
            turn = take_turn(protocol(), state, inbound, read(inbound.text, context))
        said = [
            Spoken(wording().say(s.response, state.channel, **{**slots, **s.params}), s.response)
            for s in turn.says
        ]
        asked = turn.state.question
        if asked is not None:
            name = f"utter_ask_{protocol().questions[asked].slot}"
            said.append(Spoken(wording().say(name, state.channel, turn.state.style, **slots), name))
        return Reply(turn, said, {})


@dataclass
class Clock:
    """The time that the records go by."""

    now: datetime = field(
        default_factory=lambda: datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    )  # 10:00 in Victoria

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)


@dataclass
class Line:
    """One phone, the carrier and the clinic's server."""

    carrier: TwilioStandIn
    channel: SmsChannel
    records: Records
    dialogue: LocalDialogue
    clock: Clock
    settings: Settings
    number: str = PATIENT

    async def says(self, body: str, **more: Any) -> list[str]:
        """The patient texts; the texts that come back in the answer."""
        return list((await self.post(body, **more)).texts)

    async def post(self, body: str, **more: Any) -> Answer:
        """The patient texts; the whole answer."""
        return await self.carrier.text(more.pop("sender", self.number), body, **more)

    async def work(self) -> None:
        """Run what is due now: jobs, then the outbox, then the status callbacks."""
        await self.channel.jobs.run_once()
        await self.channel.outbox.run_once()

    def conversation(self, number: str | None = None) -> Any:
        """The newest conversation of the phone."""
        with self.records.read() as tx:
            return tx.conversations.latest_by_address("sms", number or self.number)

    def inbox(self) -> list[str]:
        """Every text that the phone has got."""
        return self.carrier.inbox(self.number)


@pytest.fixture(scope="session", autouse=True)
def _rules_are_loaded() -> None:
    """The reading's rules are loaded once at the start of the app; here before the first text, which must not be late."""
    urgent("hello")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_settings(
    tmp_path: Path, *, allow_unsigned: bool = True, public_url: str = PUBLIC, trusted_proxies: Sequence[str] = (), **sms: Any
) -> Settings:
    """Settings of a clinic with SMS on; `sms` changes what concerns it."""
    fields = {
        "account_sid": "AC" + "0" * 32,
        "auth_token": SecretStr("a-token"),
        "number": CLINIC,
        "api_url": "http://carrier.test",
        "reply_seconds": 9.0,  # a busy machine must not turn an answer into a promise
    }
    return Settings(
        data_dir=tmp_path, public_url=public_url, allow_unsigned=allow_unsigned, trusted_proxies=list(trusted_proxies),
        sms=SmsSettings(**(fields | sms)),
    )


LineMaker = Callable[..., Line]


@pytest_asyncio.fixture
async def make_line(tmp_path: Path, clock: Clock) -> AsyncIterator[LineMaker]:
    """Makes a line; keyword arguments are SMS settings, `opt_outs` how the carrier handles its own words."""
    made: list[Line] = []

    def make(opt_outs: Any = "off", **sms: Any) -> Line:
        settings = make_settings(tmp_path, **sms)
        records = Records(
            f"sqlite:///{tmp_path}/records.db", Keyring.open(tmp_path / "keys.json"), clock=clock
        )
        records.migrate()
        dialogue = LocalDialogue()
        gate = Gate(settings, records, dialogue)  # type: ignore[arg-type]
        app = FastAPI()
        web = httpx.ASGITransport(app=app)
        carrier = TwilioStandIn(
            f"{PUBLIC}/sms/twilio",
            account_sid=settings.sms.account_sid,
            auth_token="a-token",
            number=CLINIC,
            opt_outs=opt_outs,
            client=lambda: httpx.AsyncClient(transport=web),
        )
        rest = httpx.AsyncClient(transport=httpx.ASGITransport(app=carrier.app))
        channel = SmsChannel(settings, records, gate, TwilioConnector(settings.sms, rest))
        app.include_router(build_router(channel, settings))
        made.append(Line(carrier, channel, records, dialogue, clock, settings))
        return made[-1]

    yield make
    for line in made:
        with suppress(asyncio.CancelledError):
            await line.channel.stop()
        line.records.close()


@pytest.fixture
def line(make_line: LineMaker) -> Line:
    """A line with the usual settings."""
    return make_line()
