"""Message catalogues: complete, used, and enough to add a language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from fastapi import FastAPI
from fastapi.testclient import TestClient

from clinic.protocol import protocol
from clinic.wording import wording
from intake.channels.web.assets import STATIC
from intake.channels.web.catalogue import LOCALES, catalogues, negotiate, numbered, texts_of
from intake.channels.web.router import TEMPLATES, build_router
from intake.settings import Settings

ENGLISH = texts_of(LOCALES / "en" / "LC_MESSAGES" / "chat.po")
SCRIPTS = "\n".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
PAGE = "\n".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
# Keys made of a fixed beginning and a code: t(`region.${code}`).
FAMILIES = tuple(re.findall(r"`([a-z_.]+\.)\$\{", SCRIPTS))


def write(folder: Path, language: str, texts: dict[str, str]) -> None:
    """A catalogue as a translator's tool would save it."""
    path = folder / language / "LC_MESSAGES" / "chat.po"
    path.parent.mkdir(parents=True)
    catalog = Catalog(locale=language)
    for key, text in texts.items():
        catalog.add(key, text)
    with path.open("wb") as file:
        write_po(file, catalog)


def used(key: str) -> bool:
    return f'"{key}"' in SCRIPTS or f"'{key}'" in PAGE or key.startswith(FAMILIES) or key == "language.name"


def test_every_text_of_the_catalogue_is_used() -> None:
    assert [key for key in ENGLISH if not used(key)] == []


def test_every_text_that_page_and_scripts_ask_for_is_in_the_catalogue() -> None:
    asked = re.findall(r"\bt\(\s*\"([a-z_.]+)\"", SCRIPTS) + re.findall(r"t\['([a-z_.]+)'\]", PAGE)
    assert asked
    assert [key for key in asked if key not in ENGLISH] == []


def test_a_text_that_the_script_names_in_full_gets_a_number_and_one_put_together_keeps_its_name() -> None:
    keys = ["page.skip", "action.send", "log.me", "log.changed"]
    assert numbered(keys, 't("action.send"); t(`log.${who}`); t("log.changed")') == {"action.send": 0, "log.changed": 1}


def test_no_key_is_both_named_in_full_and_put_together() -> None:
    """It would have a number only, and the name that is put together would find nothing."""
    both = {key for key in ENGLISH if f'"{key}"' in SCRIPTS and key.startswith(FAMILIES)}
    assert both <= {key for key in ENGLISH if key.startswith(("log.", "state.", "times.", "privacy.", "body."))}
    parts = {"log": ("bot", "staff", "me"), "state": ("handed_off", "expired"), "times": ("am", "pm", "eve")}
    parts |= {"body": ("front", "back", "left", "right", "both", "middle", "your_left", "your_right")}
    parts |= {"privacy": ("what", "who", "where", "insurer", "stop", "live", "ask")}
    assert not both & {f"{family}.{part}" for family, named in parts.items() for part in named}


def test_every_region_of_the_contract_has_a_label_and_a_place_in_the_list_and_on_the_picture() -> None:
    labels = {choice["value"] for choice in wording().choices("pain_site")}
    body = (STATIC / "body.js").read_text("utf-8")
    figure = (STATIC / "figure.js").read_text("utf-8")
    for region in protocol().regions:
        assert region in labels
        assert f'"{region}"' in body
        assert region == "widespread" or f'"{region}"' in figure


def test_every_translation_has_every_text_with_the_same_gaps() -> None:
    for path in LOCALES.glob("*/LC_MESSAGES/chat.po"):
        texts = texts_of(path)
        assert set(texts) == set(ENGLISH), path.name
        for key, text in texts.items():
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", ENGLISH[key])), (path.name, key)


def test_a_language_is_offered_as_soon_as_its_file_is_there(tmp_path: Path) -> None:
    write(tmp_path, "en", ENGLISH)
    write(tmp_path, "fr", {"language.name": "Français", "page.skip": "Aller à votre réponse", "page.title": ""})
    app = FastAPI()
    app.include_router(build_router(Settings(), locales=tmp_path))
    reply = TestClient(app).get("/", headers={"accept-language": "fr-CA,fr;q=0.9,en;q=0.5"})
    assert '<html lang="fr">' in reply.text and "Aller à votre réponse" in reply.text
    assert reply.headers["content-language"] == "fr"
    assert '"dialogueLanguage":"en"' in reply.text  # what the assistant says is still tagged as English
    assert '<html lang="en">' in TestClient(app).get("/?lang=en", headers={"accept-language": "fr"}).text


def test_english_is_first_and_fills_the_gaps_of_others(tmp_path: Path) -> None:
    write(tmp_path, "de", {"a": "Ä"})
    write(tmp_path, "en", {"a": "A", "b": "B"})
    assert list(catalogues(tmp_path)) == ["en", "de"]
    assert catalogues(tmp_path)["de"] == {"a": "Ä", "b": "B"}


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("fr", "fr"), ("fr-CA;q=0.4, en;q=0.8", "en"), ("pa, zh;q=0.9", "en"), ("fr;q=0", "en"), ("*;;;=", "en")],
)
def test_the_browsers_best_language_is_taken(header: str, language: str) -> None:
    assert negotiate(header, ["en", "fr"]) == language
