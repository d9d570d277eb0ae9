"""The trained model on texts that it has never seen: our own; and, where it exists, the measuring set beside the checkout."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import yaml

from tests.bot.domain_file import ROOT

UNSEEN = yaml.safe_load(Path(__file__).with_name("unseen.yml").read_text(encoding="utf-8"))
OUTSIDE = ROOT.parent / "shared" / "eval"
LEAST_OUT_OF_SCOPE = 0.92
MOST_REFUSED = 0.03
LEAST_MOVES = 0.85
LEAST_TOPICS = 0.85

Parse = Callable[[list[str]], list[str]]


@pytest.fixture(scope="module")
def parse(stack) -> Parse:  # type: ignore[no-untyped-def]
    """Texts -> the names of their intents, by the running model."""

    def intents(texts: list[str]) -> list[str]:
        with httpx.Client(base_url=stack.rasa_url, timeout=30) as rasa:
            return [rasa.post("/model/parse", json={"text": text}).json()["intent"]["name"] for text in texts]

    return intents


def share(found: list[bool]) -> float:
    """The share of True."""
    return sum(found) / len(found)


def test_the_unseen_texts_are_no_examples() -> None:
    nlu = yaml.safe_load((ROOT / "bot/data/nlu.yml").read_text(encoding="utf-8"))["nlu"]
    learnt = {line[2:].strip().lower() for block in nlu for line in block["examples"].splitlines()}
    unseen = [*UNSEEN["out_of_scope"], *UNSEEN["in_scope"]]
    unseen += [text for group in ("moves", "topics") for texts in UNSEEN[group].values() for text in texts]
    assert not learnt & {text.lower() for text in unseen}


@pytest.mark.stack
def test_requests_for_somebody_else_are_recognised(parse: Parse) -> None:
    assert share([name == "out_of_scope" for name in parse(UNSEEN["out_of_scope"])]) >= LEAST_OUT_OF_SCOPE


@pytest.mark.stack
def test_what_patients_tell_is_not_refused(parse: Parse) -> None:
    assert share([name == "out_of_scope" for name in parse(UNSEEN["in_scope"])]) <= MOST_REFUSED


@pytest.mark.stack
@pytest.mark.parametrize(("group", "prefix", "least"), [("moves", "", LEAST_MOVES), ("topics", "faq_", LEAST_TOPICS)])
def test_moves_and_topics_are_recognised(parse: Parse, group: str, prefix: str, least: float) -> None:
    wanted = [(f"{prefix}{name}", text) for name, texts in UNSEEN[group].items() for text in texts]
    found = parse([text for _, text in wanted])
    assert share([name == intent for (name, _), intent in zip(wanted, found, strict=True)]) >= least


@pytest.mark.stack
@pytest.mark.skipif(not OUTSIDE.exists(), reason="the measuring set is not beside this checkout")
def test_the_measuring_set_is_told_apart(parse: Parse) -> None:
    refused: dict[bool, list[bool]] = {True: [], False: []}
    for file in sorted(OUTSIDE.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        outside = file.stem == "out_of_scope"
        if outside or not any("intent" in json.loads(row["expected"]) for row in rows):
            refused[outside] += [name == "out_of_scope" for name in parse([row["text"] for row in rows])]
    assert share(refused[True]) >= LEAST_OUT_OF_SCOPE
    assert share(refused[False]) <= MOST_REFUSED


@pytest.mark.stack
def test_texts_at_once_read_as_alone(parse: Parse) -> None:
    texts = UNSEEN["in_scope"][:12]
    alone = parse(texts)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: parse([text])[0], texts)) == alone
