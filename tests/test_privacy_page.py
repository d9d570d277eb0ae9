"""docs/privacy.md says what the program does: terms, kinds of data, roles, commands. Whoever changes one changes the page."""

from __future__ import annotations

import re

import typer.main

from intake.cli import app
from intake.records import ROLES
from intake.records.models import Base
from intake.records.personal_data import KINDS
from intake.settings import ROOT, Settings
from intake.terms import kept_long_words, terms_in_words

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def table(title: str) -> list[list[str]]:
    rows = [line.strip("|").split("|") for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_terms_are_those_of_the_settings() -> None:
    assert [tuple(row) for row in table("How long")] == terms_in_words(Settings())


def test_other_terms_of_the_settings_are_said_in_other_words() -> None:
    chosen = Settings.model_validate({"retention": {"abandoned_days": 14, "not_booked_days": 183, "booked_days": 60}})
    assert [long for _, long in terms_in_words(chosen)][1:4] == [
        "14 days after the last message", "6 months after the last message", "60 days after the copy",
    ]  # fmt: skip
    assert kept_long_words(chosen) == "14 days if you do not finish, 6 months if you do. Once you have booked and it is in your chart, 60 days"
    own = Settings.model_validate({"clinic": {"kept_long": "as long as the moon"}})
    assert kept_long_words(own) == "as long as the moon"


def test_the_times_in_the_text_are_the_defaults() -> None:
    keep = Settings().retention
    told = section("What to do when somebody asks") + section("How long")
    assert f"for {keep.emergency_without_consent_hours} hours" in told and "term of 13 months" in told
    assert round(keep.not_booked_days / 30.44) == 13


def test_every_table_of_the_database_is_explained_and_no_other() -> None:
    named = {name for row in table("What is kept, and where") for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(Base.metadata.tables)


def test_what_is_erased_with_the_person_is_what_the_program_erases() -> None:
    erased = {kind.table.__tablename__ for kind in KINDS} | {"conversations", "data_keys"}
    said = {name for row in table("What is kept, and where") if row[3].startswith("yes") for name in re.findall(r"`(\w+)`", row[0])}
    assert said == erased


def test_every_role_and_every_command_is_there() -> None:
    assert {row[0] for row in table("Who reads it")} >= set(ROLES)
    group = typer.main.get_command(app)
    known = set(group.commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"`intake (\w+)", PAGE)) <= known


def test_the_part_for_patients_is_in_short_sentences() -> None:
    text = re.sub(r"[*\[\]]", "", section("For patients"))
    sentences = [s for s in re.split(r"(?<=[.!?:;])\s+", " ".join(text.split())) if s]
    long = [s for s in sentences if len(s.split()) > 24]
    assert long == []
