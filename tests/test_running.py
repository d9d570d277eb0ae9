"""The first command of the README as a person meets it: progress, where everything is, Ctrl-C ends all of it, and again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from intake.settings import ROOT
from tests.conftest import READY_WITHIN, free_port

pytestmark = pytest.mark.stack


def commands_of_the_readme() -> list[str]:
    """The lines of its shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Run:
    """The command, running; its lines so far, and every process that it started."""

    def __init__(self, folder: Path, port: int, rasa: int, actions: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ, "PYTHONWARNINGS": "ignore", "IMS_DATA_DIR": str(folder / "data"), "IMS_PORT": str(port),
            "IMS_RASA_URL": f"http://127.0.0.1:{rasa}", "IMS_ACTIONS_URL": f"http://127.0.0.1:{actions}",
        }  # fmt: skip
        self.process = subprocess.Popen(
            commands_of_the_readme()[0].split(), cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, words: str) -> None:
        """Until a line with these words was printed."""
        until = time.monotonic() + READY_WITHIN
        while not any(words in line for line in list(self.lines)):
            assert self.process.poll() is None and time.monotonic() < until, "\n".join(self.lines[-20:])
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        """The command and all its children."""
        one = psutil.Process(self.process.pid)
        return [one, *one.children(recursive=True)]

    def interrupt(self) -> list[psutil.Process]:
        """Ctrl-C, which a terminal sends to all of them; returns the processes that are still there afterwards."""
        family = self.family()
        os.killpg(self.process.pid, signal.SIGINT)
        return list(psutil.wait_procs(family, timeout=60)[1])


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Run]]:
    running: list[Run] = []
    yield running
    for one in running:
        if one.process.poll() is None:
            for process in one.family():
                process.kill()


def test_the_readme_s_two_commands_are_what_runs_here() -> None:
    assert commands_of_the_readme() == ["make run", "make test"]
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_run_says_where_everything_is_stops_whole_on_ctrl_c_and_runs_again(started: list[Run], tmp_path: Path) -> None:
    ports = free_port(), free_port(), free_port()
    first = Run(tmp_path, *ports)
    started.append(first)
    first.wait_for("Ctrl-C stops everything.")
    said = "\n".join(first.lines)
    assert "Ready after" in said
    for what, path in (("Chat page", "/"), ("API", "/api/docs"), ("Staff inbox", "/staff")):
        assert any(what in line and line.endswith(f"{first.url}{path}") for line in first.lines), what
        assert httpx.get(f"{first.url}{path}", follow_redirects=True, timeout=30).status_code == 200
    assert "admin@localhost with the one-time password" in said
    assert len(first.family()) >= 5, "Rasa, actions, app and worker run"
    assert first.interrupt() == []
    second = Run(tmp_path, *ports)
    started.append(second)
    second.wait_for("Starting Rasa")
    assert not any("one-time password" in line for line in second.lines), "the password is shown once"
    time.sleep(2)
    assert second.interrupt() == [], "also in the middle of the start"
