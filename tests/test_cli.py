"""The command `intake`: every command explains itself with an example, and says in one sentence what is wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from intake.cli import app
from intake.running import CannotRun, check_machine
from intake.settings import ROOT, Settings
from tests.standins.server import free_port


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """All commands, by their words."""
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, (*path, name))
        else:
            found.append((" ".join((*path, name)), command))
    return found


COMMANDS = dict(commands(typer.main.get_command(app)))
NEEDED = {
    "chat", "train", "staff add", "staff list", "staff disable", "apikey add", "apikey revoke", "keys rotate", "handoff show",
    "doctor", "read", "run", "serve", "worker", "backup", "restore", "export", "erase", "retention",
}  # fmt: skip


def intake(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "intake", *arguments], cwd=ROOT, text=True, capture_output=True, check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
    )  # fmt: skip


def test_all_commands_are_there() -> None:
    assert set(COMMANDS) >= NEEDED


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_that_calls_the_command(name: str) -> None:
    assert f"Example: intake {name}" in (COMMANDS[name].help or ""), name


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation of its own on free ports."""
    return Settings(
        data_dir=tmp_path / "data", port=free_port(), rasa_url=f"http://127.0.0.1:{free_port()}",
        actions_url=f"http://127.0.0.1:{free_port()}",
    )  # fmt: skip


def test_a_busy_port_is_one_sentence_that_names_port_and_setting(settings: Settings) -> None:
    check_machine(settings)
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.port))
        other.listen()
        with pytest.raises(CannotRun, match=rf"Port {settings.port} \(the app\) is in use\. .*IMS_PORT"):
            check_machine(settings)


def test_a_busy_port_ends_the_command_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = intake("run", IMS_PORT=port, IMS_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1 and done.stderr.strip().startswith(f"Port {port} (the app) is in use.")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_full_disk_is_one_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.running.LEAST_FREE_BYTES", 10**18)
    with pytest.raises(CannotRun, match=r"^Only \d+ MB are free on the disk of .*\. Make room: .* needed\.$"):
        check_machine(settings)


def test_a_missing_rasa_is_one_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("intake.running.RASA", tmp_path / "nothing")
    with pytest.raises(CannotRun, match=r"^Rasa is not installed in bot/\.venv\. Run: make setup$"):
        check_machine(settings)


def test_a_data_directory_that_cannot_be_made_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotRun, match="cannot be made"):
        check_machine(settings.model_copy(update={"data_dir": tmp_path / "file" / "data"}))


def test_a_mistake_in_the_settings_names_the_setting_and_not_the_value(tmp_path: Path) -> None:
    done = intake("staff", "list", IMS_PORT="eight-thousand", IMS_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 2 and "port" in done.stderr and "docs/settings.md" in done.stderr
    assert "eight-thousand" not in done.stderr and "Traceback" not in done.stderr


def test_staff_keys_and_doctor_work_on_a_fresh_installation(tmp_path: Path) -> None:
    here = {
        "IMS_DATA_DIR": str(tmp_path / "data"), "IMS_PORT": str(free_port()),
        "IMS_RASA_URL": f"http://127.0.0.1:{free_port()}", "IMS_ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
    }  # fmt: skip
    added = intake("staff", "add", "jo@clinic.example", "Jo Lee", "--role", "reception", **here)
    assert added.returncode == 0 and "One-time password" in added.stdout
    assert "jo@clinic.example\treception" in intake("staff", "list", **here).stdout
    assert intake("staff", "disable", "nobody@clinic.example", **here).returncode == 1
    key = intake("apikey", "add", "practice software", **here).stdout.split("\t")
    assert key[0].startswith("imk_") and intake("apikey", "revoke", key[1], **here).returncode == 0
    assert "1 data keys were wrapped anew" in intake("keys", "rotate", **here).stdout
    assert intake("handoff", "show", "ho_nobody", **here).stderr.strip() == "There is no handoff with this id."
    examined = intake("doctor", **here)
    assert examined.returncode == 1, "nothing runs here, and it says so"
    assert "the database answers and belongs to the key file" in examined.stdout and "→ make run" in examined.stdout
