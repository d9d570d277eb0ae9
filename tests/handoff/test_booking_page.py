"""docs/booking.md stays true: every kind, event, setting and reason for a dead letter is on it, and its examples load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import tomllib

from intake.handoff.settings import BookingSettings, DeliverySettings, Event, RuleConditions, destination_module
from intake.hours import OpeningHours

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/booking.md").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "intake/handoff").rglob("*.py"))
KINDS = sorted(path.stem for path in (ROOT / "intake/handoff/destinations").glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("kind", KINDS)
def test_every_destination_has_a_section_with_all_its_settings_and_events(kind: str) -> None:
    section = PAGE.split(f'(`kind = "{kind}"`)')[1].split("\n### ")[0]
    module = destination_module(kind)
    for setting in module.Settings.model_fields:
        if setting not in ("name", "events"):
            assert setting in section, f"{kind}: {setting}"
    for event in module.EVENTS:
        assert f"`{event}`" in section, f"{kind}: {event}"


def test_every_event_and_limit_is_named() -> None:
    for name in [*get_args(Event), *RuleConditions.model_fields, *BookingSettings.model_fields]:
        assert name in PAGE, name
    for limit in set(DeliverySettings.model_fields) - {"destinations"}:
        assert f"`{limit}`" in PAGE, limit


def test_every_reason_for_a_dead_letter_is_explained() -> None:
    refused = {code for path in SOURCES for code in re.findall(r'Refused\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    rows = PAGE.split("### When something is a dead letter")[1].split("\n### ")[0]
    rare = {"smtp_no_login", "upload_without_key", "foreign_next_link"}  # faults of the other side, named by themselves
    assert refused - rare <= set(re.findall(r"`(\w+)`", rows))


def test_the_examples_are_settings_that_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORDS_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwT0xBCe5gQyg=")
    monkeypatch.setenv("CLINIKO_API_KEY", "key-ca1")
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.S)]
    OpeningHours.model_validate(blocks[0]["hours"])
    assert len(BookingSettings.model_validate(blocks[0]["booking"]).rules) == 2
    destinations = [line for block in blocks[1:] for line in block["delivery"]["destinations"]]
    loaded = DeliverySettings.model_validate({"destinations": destinations})
    assert sorted(one.kind for one in loaded.destinations) == KINDS
