"""What is wrong with an installation, and what to do about it. Looks, changes nothing."""

from __future__ import annotations

import importlib
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from clinic import messages
from clinic.protocol import ProtocolError, protocol
from intake.records import RecordsError
from intake.settings import Settings
from intake.training import RASA, model_path


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do when it is not fine."""

    fine: bool
    what: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which one would repair."""
    return list(_examine(settings))


def _examine(settings: Settings) -> Iterator[Finding]:
    yield Finding(RASA.exists(), "Rasa is installed in bot/.venv", "make setup")
    yield Finding(model_path().exists(), "the dialogue model is trained on the present data", "make train")
    yield from _pdf()
    try:
        rules = protocol()
        yield Finding(
            rules.signed or settings.allow_unsigned, f"the clinical protocol {rules.version} is signed",
            "a registered physiotherapist reviews docs/clinical.md and signs clinic/protocol.yml; until then every channel says "
            "Demonstration",
        )  # fmt: skip
        messages.messages()
    except ProtocolError as failure:
        yield Finding(False, "the clinical protocol can be read", str(failure))
    yield from _records(settings)
    yield from _service(settings)
    alerts = settings.alerts
    mailed = (alerts.emails or alerts.on_call_emails) and settings.smtp_url
    texted = (alerts.phones or alerts.on_call_phones) and settings.sms.can_send
    yield Finding(
        bool(mailed or texted), "somebody is alerted of an emergency",
        "set alerts.emails (with smtp_url) or alerts.phones (with sms); until then only an open inbox shows it",
    )  # fmt: skip
    yield Finding(bool(settings.sms.enabled), "SMS is set up", "docs/sms.md (not needed for the website chat)")
    yield Finding(
        bool(settings.clinic.privacy_contact),
        "a privacy contact is named",
        "set clinic.privacy_contact in settings.toml",
    )


def _pdf() -> Iterator[Finding]:
    try:
        importlib.import_module("weasyprint")  # raises where its system libraries are missing
    except OSError:
        yield Finding(
            False,
            "PDF documents can be made",
            "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        )
        return
    yield Finding(True, "PDF documents can be made")


def _records(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else settings.data_dir.anchor).free
    yield Finding(free > 500_000_000, f"{free // 1_000_000_000} GB are free for the data", "make room on this disk")
    if not settings.keys_path.exists():
        yield Finding(
            False, "the key file is there", "the first run makes it; after that, restore it from its own backup"
        )
        return
    mode = stat.S_IMODE(settings.keys_path.stat().st_mode)
    yield Finding(mode & 0o077 == 0, "only its owner can read the key file", f"chmod 600 {settings.keys_path}")
    try:
        from intake.services import open_records

        records = open_records(settings)
        records.ready()
        records.close()
        yield Finding(True, "the database answers and belongs to the key file")
    except (RecordsError, OSError) as failure:
        yield Finding(False, "the database answers and belongs to the key file", str(failure))
    except Exception as failure:  # a driver's own error class: name it, not its text
        yield Finding(False, "the database answers", f"{type(failure).__name__}: check database_url")


def _service(settings: Settings) -> Iterator[Finding]:
    local = f"http://{settings.host}:{settings.port}"
    for name, url in (
        ("the app", f"{local}/healthz"),
        ("Rasa", f"{settings.rasa_url}/webhooks/intake/"),
        ("the action server", f"{settings.actions_url}/health"),
    ):
        try:
            fine = httpx.get(url, timeout=3, trust_env=False).status_code == 200
        except httpx.HTTPError:
            fine = False
        yield Finding(fine, f"{name} answers", "make run")
