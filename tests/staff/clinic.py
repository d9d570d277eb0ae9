"""A clinic for tests of the staff side: the real app on a real port with real records; intakes are written by the gate's own steps.

The dialogue engine is not needed here: what staff see and do begins with what stands in the records. Tests of the whole way,
with the engine, are in `test_stack.py`.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import uvicorn

from clinic.red_flags import Raised
from intake.app import create_app
from intake.gate import handing
from intake.records import Actor, Handoff, Records, password_hash
from intake.services import Services
from intake.settings import Settings
from tests.conftest import free_port
from tests.handoff.examples import TOLD

PASSWORD = "four plain words here"
_HASH = password_hash(PASSWORD)
ALWAYS_OPEN = {"weekly": {day: ["00:00-00:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}, "holidays": None}


UNHURRIED = {"log_ins_per_minute": 100_000, "password_mails_per_minute": 100_000}  # all tests come from one address


class Clock:
    """The time of the records; it can be put ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Staff:
    """A member of staff: id, address, secret of the second factor."""

    id: str
    email: str
    role: str
    totp: str

    def code(self, ahead: timedelta = timedelta(0)) -> str:
        """A code of the second factor."""
        return str(pyotp.TOTP(self.totp).at(datetime.now(UTC) + ahead))


@dataclass
class Clinic:
    """The running app, its records and its clock."""

    url: str
    parts: Services
    clock: Clock
    settings: Settings
    people: dict[str, Staff] = field(default_factory=dict)

    @property
    def records(self) -> Records:
        """The records that the app itself uses."""
        return self.parts.records

    def member(self, role: str, name: str | None = None) -> Staff:
        """Somebody with this role who has set everything up."""
        email = f"{role}-{secrets.token_hex(4)}@clinic.example"
        with self.records.begin() as tx:
            user = tx.staff_users.create(email, name or f"Sam {role.title()}", role, hashed=_HASH)
            secret = tx.staff_users.new_totp(user.id)
            code = pyotp.TOTP(secret).at(self.clock() - timedelta(seconds=30))
            assert tx.staff_users.use_totp(user.id, code)
        return Staff(user.id, email, role, secret)

    def log_in(self, staff: Staff) -> httpx.Client:
        """An HTTP client that is logged in; `client.headers["csrf"]` is the token of its forms."""
        client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        with self.records.begin() as tx:
            session, secret = tx.staff_users.open_session(staff.id, timedelta(hours=1), second_factor=True)
        client.cookies.set("ims_staff", secret)
        client.headers["x-csrf-token"] = session.csrf
        return client

    def intake(
        self, told: dict[str, Any] | None = None, flags: tuple[Raised, ...] = (), *, completed: bool = True, said: tuple[str, ...] = (),
        state: str = "", alert: bool = False, channel: str = "web",
    ) -> Handoff:  # fmt: skip
        """An intake as the gate writes it: messages, answers, flags, handoff, in one transaction."""
        given = TOLD | (told or {})
        with self.records.begin() as tx:
            conversation, _ = tx.conversations.create(channel)
            tx.conversations.change(conversation.id, consent="yes", state=state or ("handed_off" if completed else "active"))
            ids = []
            for text in said or ("My right shoulder has hurt since the crash in August, worse when I lift my arm.",):
                ids.append(tx.messages.receive(conversation.id, client_message_id=secrets.token_hex(6), text=text, channel="web").message.id)
                tx.messages.settle(ids[-1], "answered")
                tx.messages.say(conversation.id, kind="info", text="Thank you.", reply_to=ids[-1])
            tx.answers.append(conversation.id, {q: {**a, "message_id": ids[0] if a["quote"] else None} for q, a in given.items() if a["state"] != "not_asked"})
            for flag in flags:
                tx.red_flags.record(conversation.id, flag.id, tier=flag.tier, state=flag.state, evidence=[{**e, "message_id": ids[-1]} for e in flag.evidence])
            conversation = tx.conversations.get(conversation.id)
            made = handing.put(tx, self.settings, conversation, conversation.memory, alert, completed=completed)
            assert made is not None
            return tx.handoffs.get(made.id)

    def handoff(self, handoff_id: str) -> Handoff:
        """A handoff as it stands now."""
        with self.records.read() as tx:
            return tx.handoffs.get(handoff_id)

    def audit(self, action: str = "", subject: str | None = None) -> list[Any]:
        """Entries of the audit."""
        with self.records.read() as tx:
            return list(tx.audit.list(action=action or None, subject_id=subject, limit=500))


def flag(id: str, tier: str, quote: str) -> Raised:
    """A red flag with its words."""
    return Raised(id, tier, evidence=({"quote": quote, "message_id": "", "rule": "test"},))


EMERGENCY = flag("RF01_cardiac", "T1", "crushing chest pain")
ACTOR = Actor("staff", "su_test")


@contextmanager
def running_clinic(folder: Path, **settings: Any) -> Iterator[Clinic]:
    """The app on a free port, with settings of its own."""
    port = free_port()
    chosen = Settings(port=port, data_dir=folder / "data", **{"hours": ALWAYS_OPEN, "limits": UNHURRIED, **settings})
    app = create_app(chosen)
    parts: Services = app.state.services
    clock = Clock()
    parts.records.clock = clock
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the app did not start"
        time.sleep(0.05)
    clinic = Clinic(url, parts, clock, chosen)
    try:
        yield clinic
    finally:
        server.should_exit = True
        thread.join(timeout=30)
