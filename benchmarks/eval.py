"""`make eval`: how well texts are understood, with n and Wilson 95 % intervals; `--write` puts it into docs/evaluation.md.

Three parts: the texts of other people in `../shared/eval` (or the folder IMS_EVAL), where they exist, scored by that folder's
own script; our own texts that no model learns; and the red flag corpus of this repository. The readings are those of the
dialogue: the trained model's intent and the clinic's reader together.
"""

from __future__ import annotations

import collections
import contextlib
import importlib.util
import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from clinic.reading import Context, read, screen
from clinic.reading.entities import entities
from intake.cli.reading import moves
from intake.settings import ROOT

PAGE = ROOT / "docs" / "evaluation.md"
LAST_RUN = "\nLast run"  # the page is written by hand up to here


def scorer(folder: Path) -> ModuleType:
    """The scoring script that comes with the texts."""
    spec = importlib.util.spec_from_file_location("score_nlu", folder / "score_nlu.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score_nlu.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def other_peoples_texts(folder: Path) -> str:
    """The table of the texts in `folder`."""
    score = scorer(folder)
    rows = [row for file in sorted(folder.glob("*.csv")) for row in score.load(str(file))]
    said: dict[str, Any] = {}
    with moves() as model:
        for row in rows:
            reading = read(row["text"], Context(), intent=model.intent(row["text"]))
            name = (reading.polar or reading.move) if "polar" in row["expect"] else (reading.move or reading.polar)
            said[row["text"]] = score.read({"intent": {"name": name or ""}, "entities": entities(row["text"])})
    shown = ("onset_event", "onset_delay", "severity", "duration", "finding", "precaution", "red_flag")
    emits = {kind for one in said.values() for kind in shown if one[kind]}
    total: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    names = {key: set(values) for key, values in score.INTENTS.items()}
    for row in rows:
        for key, hit, _ in score.score(row, said[row["text"]], names, emits, False)[0]:
            key = f"polar {row['expect'].get('polar')}" if key == "polar" else key
            total[key][0] += bool(hit)
            total[key][1] += 1
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        score.table("texts of other people", total, {})
    return out.getvalue()


def own_texts() -> str:
    """Our own texts that no model learns (tests/bot/unseen.yml), as the dialogue reads them without a question."""
    unseen = yaml.safe_load((ROOT / "tests/bot/unseen.yml").read_text(encoding="utf-8"))
    hits: dict[str, list[bool]] = collections.defaultdict(list)
    names = {"start_over": "restart", "go_back": "back"}
    with moves() as model:

        def told(text: str) -> Any:
            return read(text, Context(), intent=model.intent(text))

        for text in unseen["out_of_scope"]:
            hits["out of scope, found"].append(told(text).move == "out_of_scope")
        for text in unseen["in_scope"]:
            hits["a patient's text refused as out of scope"].append(told(text).move == "out_of_scope")
        for move, texts in unseen["moves"].items():
            hits["moves"] += [told(text).move == names.get(move, move) for text in texts]
        for topic, texts in unseen["topics"].items():
            hits["questions about the clinic: the topic"] += [str(told(text).topic).split(".")[0] == topic for text in texts]
    return "".join(line(name, sum(found), len(found)) for name, found in hits.items())


def line(name: str, hit: int, n: int) -> str:
    """One line of a table: name, hits, n, per cent and its interval."""
    low, high = wilson(hit, n)
    return f"{name:45} {hit:5} of {n:5}  {100 * hit / max(n, 1):5.1f} %  [{100 * low:.1f}, {100 * high:.1f}]\n"


def own_corpus() -> str:
    """Recall and false alarms of the red flag corpus in tests/safety."""
    score = {"raised": [0, 0], "silent": [0, 0]}
    for file in sorted((ROOT / "tests" / "safety").glob("RF*.yml")):
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
        for row in body.get("raise", ()):
            found = {m.code for m in screen(row["text"], row.get("for_whom", "self"))}
            score["raised"][0] += body["id"] in found
            score["raised"][1] += 1
        for row in body.get("silent", ()):
            loud = {m.code for m in screen(row["text"], row.get("for_whom", "self")) if m.tier in ("T1", "T2")}
            score["silent"][0] += body["id"] in loud
            score["silent"][1] += 1
    return line("its red flag is raised", *score["raised"]) + line("false alarm (T1, T2) on a near miss", *score["silent"])


def wilson(hit: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a proportion."""
    if not n:
        return 0.0, 1.0
    p, d = hit / n, 1 + z * z / n
    mid, half = (p + z * z / (2 * n)) / d, z * ((p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5) / d
    return max(0.0, mid - half), min(1.0, mid + half)


def main() -> None:
    """Print the figures; write the page if asked."""
    folder = Path(os.environ.get("IMS_EVAL", ROOT.parent / "shared" / "eval"))
    parts = [
        ("Red flag corpus of this repository (tests/safety)", own_corpus()),
        ("Moves, questions and other people's business: own texts (tests/bot/unseen.yml)", own_texts()),
    ]
    if (folder / "score_nlu.py").is_file():
        parts.append(("Texts of other people (not in this repository)", other_peoples_texts(folder)))
    else:
        print(f"No texts of other people at {folder}: only the repository's own corpus is measured.")
    for title, table in parts:
        print(f"\n{title}\n{table}")
    if "--write" in sys.argv and len(parts) == 3:  # the page keeps the last whole run
        body = "".join(f"\n## {title}\n\n```\n{table.rstrip()}\n```\n" for title, table in parts)
        by_hand = PAGE.read_text(encoding="utf-8").partition(LAST_RUN)[0]
        PAGE.write_text(f"{by_hand}{LAST_RUN}: {datetime.now(UTC):%Y-%m-%d}.\n{body}", encoding="utf-8")


if __name__ == "__main__":
    main()
