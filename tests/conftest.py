"""One running stack for all tests that need it: a trained Rasa model, the action server, the app; real HTTP, own data."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import URL

from tests.records.databases import fresh_database, postgres_database, postgres_runs, postgres_server

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql") if postgres_runs() else ("sqlite",)
READY_WITHIN = 600.0  # on a busy machine Rasa alone takes minutes to start


def pytest_report_header() -> str:
    """Say plainly when a database is missing from the run."""
    return f"records, gate and API are tested on: {', '.join(DATABASES)}"


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """The running service. `restart(part)` kills a part (rasa, actions, app) and starts it again."""

    url: str
    rasa_url: str
    actions_url: str
    data_dir: Path
    log_dir: Path
    environment: dict[str, str]
    commands: dict[str, tuple[list[str], dict[str, str]]]
    staff_key: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, part: str) -> None:
        """Start one part; its output goes to a log file."""
        command, environment = self.commands[part]
        log = (self.log_dir / f"{part}.log").open("ab")
        self.running[part] = subprocess.Popen(
            command, cwd=ROOT, env={**environment, **self.environment}, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, part: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End one part at once, with the processes that it started."""
        process = self.running.pop(part)
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(process.pid, how)
        process.wait(timeout=20)

    def restart(self, part: str) -> None:
        """Kill a part and return when the whole is ready again."""
        self.kill(part)
        self.start(part)
        self.wait()

    def wait(self, address: str = "") -> None:
        """Wait until `address` (else the whole by /readyz) says ready."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            try:
                if httpx.get(address or f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            dead = [name for name, process in self.running.items() if process.poll() is not None]
            if dead:
                raise RuntimeError(f"{dead[0]} ended while starting:\n{self.tail(dead[0])}")
            time.sleep(0.2)
        raise RuntimeError("the stack was not ready in time\n" + "\n".join(map(self.tail, self.running)))

    def tail(self, part: str) -> str:
        """The end of a part's log."""
        return "\n".join((self.log_dir / f"{part}.log").read_text(errors="replace").splitlines()[-15:])

    def intake(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command `intake …` against this stack's data."""
        command = [sys.executable, "-m", "intake", *arguments]
        environment = {**os.environ, **self.environment, "PYTHONWARNINGS": "ignore"}
        return subprocess.run(
            command, cwd=ROOT, env=environment, text=True, input=text, capture_output=True, check=False
        )

    def stop(self) -> None:
        """End every part."""
        for part in list(self.running):
            self.kill(part, signal.SIGTERM)


def launch(folder: Path, model: Path | None = None, **settings: str) -> Stack:
    """A stack with data of its own in `folder`; `settings` are environment variables."""
    from intake.running import processes
    from intake.settings import Settings
    from intake.training import train

    port, rasa, actions = free_port(), free_port(), free_port()
    environment = {
        "IMS_PORT": str(port),
        "IMS_RASA_URL": f"http://127.0.0.1:{rasa}",
        "IMS_ACTIONS_URL": f"http://127.0.0.1:{actions}",
        "IMS_DATA_DIR": str(folder / "data"),
        "IMS_LIMITS__MESSAGES_PER_MINUTE": "100000",
        "IMS_LIMITS__CONVERSATIONS_PER_MINUTE": "100000",
        "TMPDIR": str(folder / "tmp"),  # what is written on the side is looked at, too (tests/gate/test_no_words.py)
        **settings,
    }
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        configuration = Settings.load()
        commands = processes(configuration, model or train(print))
    finally:
        os.environ.clear()
        os.environ.update(before)
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    stack = Stack(
        f"http://127.0.0.1:{port}", environment["IMS_RASA_URL"], environment["IMS_ACTIONS_URL"],
        folder / "data", folder, environment, commands,
    )  # fmt: skip
    try:
        # First alone: the action server gives itself 30 s to start, which a busy machine takes when all start at once.
        stack.start("actions")
        stack.wait(f"{stack.actions_url}/health")
        for part in ("rasa", "app", "worker"):
            stack.start(part)
        stack.wait()
        made = stack.intake("apikey", "add", "tests", "--role", "admin")
        stack.staff_key = made.stdout.split("\t")[0]
    except BaseException:
        stack.stop()
        raise
    return stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The shared stack. Tests must not leave it with a part down.

    INTAKE_STACK="URL KEY [RASA_URL]" uses one that runs already (`make run` elsewhere): quicker while a test is being written.
    """
    if os.environ.get("INTAKE_STACK"):
        url, key, *rasa = os.environ["INTAKE_STACK"].split()
        yield Stack(url, rasa[0] if rasa else "", "", Path(), Path(), {}, {}, key)
        return
    running = launch(tmp_path_factory.mktemp("stack"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def launch_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """For tests that need settings of their own: `launch_stack(IMS_…="…")` -> Stack."""
    started: list[Stack] = []

    def start(**settings: str) -> Stack:
        started.append(launch(tmp_path_factory.mktemp("own"), **settings))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def second_app(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """`second_app(settings as TOML)`: another app process with data of its own that shares the stack's dialogue engine."""
    started: list[Stack] = []

    def start(settings: str) -> Stack:
        folder = tmp_path_factory.mktemp("second")
        (folder / "settings.toml").write_text(settings, "utf-8")
        port = free_port()
        environment = {
            **stack.environment, "IMS_RASA_URL": stack.rasa_url, "IMS_PORT": str(port), "IMS_DATA_DIR": str(folder / "data"),
            "IMS_SETTINGS": str(folder / "settings.toml"),
        }  # fmt: skip
        command = ([sys.executable, "-m", "intake", "serve"], dict(os.environ))
        own = Stack(f"http://127.0.0.1:{port}", stack.rasa_url, "", folder / "data", folder, environment, {"app": command})
        started.append(own)
        own.start("app")
        own.wait(f"{own.url}/healthz")
        return own

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating takes longer than most tests."""
    from intake.records.database import make_engine
    from intake.records.schema import migrate_schema

    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = make_engine(URL.create("sqlite", database=str(path)))
    migrate_schema(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """A PostgreSQL server with a role that may create databases."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def empty_postgres(server: URL) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    from intake.records.database import make_engine
    from intake.records.schema import migrate_schema

    with postgres_database(server) as url:
        engine = make_engine(url.set(drivername="postgresql+psycopg"))
        migrate_schema(engine)
        engine.dispose()
        yield str(url.database)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of each kind, for one test."""
    with fresh_database(request, request.param, tmp_path) as address:
        yield address


@pytest.fixture(scope="module", params=DATABASES)
def module_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for all tests of a module, which then run on one database after the other."""
    with fresh_database(request, request.param, tmp_path_factory.mktemp("database")) as address:
        yield address
