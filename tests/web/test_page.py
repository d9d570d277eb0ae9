"""The page, its files and the rules it is served under."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from intake.channels.web import assets
from intake.channels.web.router import build_router
from intake.settings import Settings

CLINIC_SITE = "https://clinic.example"


def client(**settings: object) -> TestClient:
    app = FastAPI()
    app.include_router(build_router(Settings(allowed_origins=[CLINIC_SITE], **settings)))
    return TestClient(app)


@pytest.fixture(scope="module")
def web() -> TestClient:
    return client()


def policy(web: TestClient) -> dict[str, str]:
    header = web.get("/").headers["content-security-policy"]
    return {name: value for name, _, value in (part.partition(" ") for part in header.split("; "))}


def test_the_policy_allows_own_files_only_and_nothing_inline(web: TestClient) -> None:
    rules = policy(web)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in web.get("/").headers["content-security-policy"]


def test_only_our_own_pages_and_the_allowed_origins_may_frame_the_chat(web: TestClient) -> None:
    assert policy(web)["frame-ancestors"] == f"'self' {CLINIC_SITE}"


def test_no_inline_script_style_or_event_handler_stands_in_the_page(web: TestClient) -> None:
    html = web.get("/").text
    assert "<style" not in html and " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in attributes or 'type="application/json"' in attributes for attributes in scripts)


def test_every_address_in_page_script_and_style_is_our_own(web: TestClient) -> None:
    served = [web.get("/").text, web.get("/embed.js").text]
    served += [file.body.decode() for name, file in assets.load().items() if not name.endswith(".svg")]
    for text in served:
        outside = set(re.findall(r"https?://[a-z0-9.-]+", text)) - {"http://www.w3.org", CLINIC_SITE}
        assert not outside, outside


def test_page_script_and_style_with_the_embed_script_stay_under_twenty_kilobytes_gzipped(web: TestClient) -> None:
    html = web.get("/").text
    addresses = ["/", "/embed.js", *re.findall(r'(?:src|href)="(/web/[^"]+\.(?:js|css))"', html)]
    assert len(addresses) == 4
    total = sum(len(gzip.compress(web.get(address).content, 9)) for address in addresses)
    assert total <= 20 * 1024, f"{total} bytes"


def test_files_are_sent_compressed_and_may_be_kept_for_good(web: TestClient) -> None:
    address = re.search(r'src="(/web/[^"]+/chat\.js)"', web.get("/").text)
    assert address
    reply = web.get(address[1])
    assert reply.headers["content-encoding"] == "gzip"
    assert "immutable" in reply.headers["cache-control"]
    assert web.get(address[1], headers={"if-none-match": reply.headers["etag"]}).status_code == 304
    assert web.get(address[1], headers={"accept-encoding": "identity"}).text.startswith('"use strict"')


def test_the_page_itself_is_never_stored(web: TestClient) -> None:
    assert web.get("/").headers["cache-control"] == "no-store"


def test_an_unknown_file_is_not_found(web: TestClient) -> None:
    assert web.get("/web/x/../router.py").status_code == 404
    assert web.get("/web/x/router.py").status_code == 404


def test_the_first_screen_says_where_to_turn_in_an_emergency_without_any_script(web: TestClient) -> None:
    html = web.get("/").text
    assert 'href="tel:911"' in html
    assert "Not for emergencies" in html and "Nobody watches" in html


def test_a_clinics_name_cannot_break_out_of_page_or_data_block() -> None:
    name = '</script><script>alert("1")</script> & Co'
    html = client(clinic={"name": name}).get("/").text
    assert "<script>alert" not in html
    block = re.search(r'<script type="application/json" id="known">(.*?)</script>', html, re.S)
    assert block and json.loads(block[1])["clinic"] == name


def test_two_modules_with_one_name_stop_the_start(tmp_path: Path) -> None:
    for path in assets.STATIC.iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    with (tmp_path / "main.js").open("a") as main:
        main.write("\nconst known = 1;\n")
    with pytest.raises(ValueError, match="known"):
        assets.load(tmp_path)


def test_an_import_that_cannot_be_followed_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text('import * as x from "./x.js";\n', "utf-8")
    with pytest.raises(ValueError, match="write imports as"):
        assets.bundle(tmp_path, "main")
