"""`make run`: Rasa, the action server, the app and the worker as one foreground service; Ctrl-C ends all of it."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from honcho.manager import Manager
from honcho.printer import Printer

from intake.metrics import HOST
from intake.settings import ROOT, Settings
from intake.training import RASA, rasa_environment, train

LEAST_FREE_BYTES = 500_000_000
READY_WITHIN = 240.0
PYTHON = sys.executable


class CannotRun(Exception):
    """Something is missing or in the way; the message is one sentence that says what to do."""


def check_machine(settings: Settings) -> None:
    """Raises CannotRun for a busy port, a full disk or a missing environment."""
    if not RASA.exists():
        raise CannotRun("Rasa is not installed in bot/.venv. Run: make setup")
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as failure:
        raise CannotRun(
            f"The data directory {settings.data_dir} cannot be made: {failure.strerror}. Set IMS_DATA_DIR."
        ) from None
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE_BYTES:
        raise CannotRun(
            f"Only {free // 1_000_000} MB are free on the disk of {settings.data_dir}. Make room: 500 MB are needed."
        )
    for name, variable, host, port in ports(settings):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise CannotRun(f"Port {port} ({name}) is in use. Stop what uses it, or set {variable}.") from None


def ports(settings: Settings) -> list[tuple[str, str, str, int]]:
    """What listens where: name, the setting that moves it, host, port."""
    rasa, actions = urlsplit(settings.rasa_url), urlsplit(settings.actions_url)
    own = [("the staff pages", "IMS_STAFF_PORT", settings.host, settings.staff_port), ("metrics", "IMS_METRICS_PORT", HOST, settings.metrics_port)]
    beside = [(name, variable, host, port) for name, variable, host, port in own if port]
    return beside + [
        ("the app", "IMS_PORT", settings.host, settings.port),
        ("Rasa", "IMS_RASA_URL", rasa.hostname or "127.0.0.1", rasa.port or 5005),
        ("the action server", "IMS_ACTIONS_URL", actions.hostname or "127.0.0.1", actions.port or 5055),
    ]


def processes(settings: Settings, model: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """The commands of the service and their environments, by name."""
    rasa, actions = urlsplit(settings.rasa_url), urlsplit(settings.actions_url)
    quiet = os.environ | {"PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"}
    # Rasa and the actions say little that helps anyone at `info`; what fails there is a warning or worse.
    level = "DEBUG" if settings.log_level == "debug" else "WARNING"
    return {
        "actions": (
            [PYTHON, "-m", "actions.server", "--port", str(actions.port or 5055)],
            quiet | {"SANIC_HOST": actions.hostname or "127.0.0.1", "LOG_LEVEL": level},
        ),
        "rasa": (
            [
                str(RASA), "run", "--model", str(model), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
                "--interface", rasa.hostname or "127.0.0.1", "--port", str(rasa.port or 5005), "--enable-api",
                "--debug" if level == "DEBUG" else "--quiet",
            ],
            rasa_environment(settings.actions_url) | {"PYTHONUNBUFFERED": "1", "LOG_LEVEL": level},
        ),
        "app": ([PYTHON, "-m", "intake", "serve"], quiet),
        "worker": ([PYTHON, "-m", "intake", "worker"], quiet),
    }  # fmt: skip


def run(settings: Settings, tell: Callable[[str], None], when_ready: Callable[[], list[str]] | None = None) -> int:
    """Start everything and stay until it ends; returns the exit code. `when_ready` runs once it answers; its lines are shown."""
    started = time.monotonic()
    check_machine(settings)
    model = train(tell)
    from intake.services import open_records

    tell("Bringing the database up to date …")
    records = open_records(settings)
    first_login = None if when_ready else _first_admin(records, tell)
    records.close()
    manager = Manager(Printer(sys.stdout, colour=sys.stdout.isatty(), prefix=True))
    for name, (command, environment) in processes(settings, model).items():
        manager.add_process(name, _quoted(command), quiet=False, env=environment, cwd=str(ROOT))
    watcher = threading.Thread(
        target=_announce, args=(settings, tell, started, first_login, when_ready), daemon=True, name="announce"
    )
    tell("Starting Rasa, the action server, the app and the worker …")
    watcher.start()
    manager.loop()
    return int(manager.returncode or 0)


def _first_admin(records: object, tell: Callable[[str], None]) -> str | None:
    from intake.cli.people import first_admin

    return first_admin(records)  # type: ignore[arg-type]


def _quoted(command: list[str]) -> str:
    import shlex

    return shlex.join(["exec", *command]) if os.name == "posix" else " ".join(command)


def _announce(
    settings: Settings, tell: Callable[[str], None], started: float, first_login: str | None, when_ready: Callable[[], list[str]] | None
) -> None:
    """Wait for /readyz, showing what is not ready yet, then say where everything is."""
    local = f"http://{settings.host}:{settings.port}"
    waiting_for, deadline = "", time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(f"{local}/readyz", timeout=3, trust_env=False)
            if answer.status_code == 200:
                tell(f"Ready after {time.monotonic() - started:.0f} s.")
                tell(f"  Chat page    {local}/")
                tell(f"  API          {local}/api/docs")
                tell(f"  Staff inbox  {settings.staff_url}/staff")
                tell(
                    f"  SMS webhook  {settings.base_url}/sms/twilio"
                    + ("" if settings.sms.enabled else "  (off: docs/sms.md)")
                )
                for line in when_ready() if when_ready else []:
                    tell(line)
                tell(first_login or "  Log in with your account; more: intake staff add --help")
                tell("  Ctrl-C stops everything.")
                return
            detail = answer.json().get("detail", "")
        except (httpx.HTTPError, ValueError):
            detail = "Not ready: the app is starting."
        if detail != waiting_for:
            tell(detail)
            waiting_for = detail
        time.sleep(0.5)
    tell(f"Not ready after {READY_WITHIN:.0f} s. Look at the lines above, or run: intake doctor")
