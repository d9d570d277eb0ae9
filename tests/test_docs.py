"""The documents say what the code does: settings, make targets, links between pages."""

from __future__ import annotations

import re

from typer.core import TyperGroup
from typer.main import get_command

from intake.cli import app
from intake.settings import ROOT, Settings
from intake.settings_page import PAGE, fields, page

DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_settings_page_is_the_one_that_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m intake.settings_page"


def test_every_setting_is_described() -> None:
    assert [name for name, text, _ in fields(Settings) if not text] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = [
        f"{doc.name}: {target}"
        for doc in DOCS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", doc.read_text(encoding="utf-8"))
        if not (doc.parent / target).exists()
    ]
    assert broken == []


def test_every_make_target_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {
        (doc.name, verb) for doc in DOCS for verb in re.findall(r"`make ([a-z-]+)", doc.read_text(encoding="utf-8"))
    }
    assert {(name, verb) for name, verb in named if verb not in targets} == set()


def test_every_intake_command_that_a_page_names_is_there() -> None:
    unknown = []
    for doc in DOCS:
        text = doc.read_text(encoding="utf-8")
        blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
        for line in [*re.findall(r"`(intake [a-z][^`]*)`", text), *re.findall(r"^(?:\S*/)?(intake [a-z].*)$", blocks, re.M)]:
            command, words = get_command(app), line.split()[1:]
            while words and isinstance(command, TyperGroup):
                found = command.commands.get(words.pop(0))
                if found is None:
                    unknown.append(f"{doc.name}: {line}")
                    break
                command = found
            options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
            unknown += [f"{doc.name}: {line}: {word}" for word in words if word.startswith("--") and word.split("=")[0] not in options]
    assert unknown == []


def test_modules_that_a_page_names_are_there() -> None:
    missing = []
    for doc in (ROOT / "docs" / "structure.md", ROOT / "docs" / "decisions.md", ROOT / "CONTRIBUTING.md"):
        for path in re.findall(r"`((?:bot|actions|clinic|intake|tests|benchmarks)/[\w./-]*)`", doc.read_text(encoding="utf-8")):
            if not (ROOT / path).exists():
                missing.append(f"{doc.name}: {path}")
    assert missing == []
