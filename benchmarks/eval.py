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
HEAD = """# How well texts are understood

Made by `python -m benchmarks.eval --write`. Intervals are Wilson, 95 %. **The texts of other people are not a clean held-out set any
more:** while rules and examples were made, misses in them were read, and 14 short ones ("no, not really" and the like) had also been written
into the training data; those were taken out after the run below. Single words and phrases of one or two words ("yes", "three days") stand on
both sides, as they must. Judge by other texts.
Beside them, published figures of others: symptom checkers gave the right triage in 57 % of cases (Semigran 2015,
PMC4496786); safe advice in 80 to 98 % by app, 97 % by general practitioners (Gilbert 2020, PMC7745523); general assistants
handled 41 % of safety prompts rightly (Kocaballi 2020, PMC7055771). They were measured on other material: they are a scale, not a
competition.

**The honest figure for red flags.** The corpus in tests/safety is known to whoever writes the rules, so its table flatters (a part of it that
had been held back gave 75.8 % recall, 147 of 194, and 6.7 % false alarms, 7 of 104, before the work of 2026-11-25). On that day somebody who
had not seen the rules wrote 569 texts and 40 whole harmless intakes. The first and only measurement on them before any was read:

| first measurement, unseen texts, 2026-11-25 | of | rate | Wilson 95 % |
|---|---|---|---|
| T1 or T2 text raises its own red flag at its tier | 250 of 275 | 90.9 % | 86.9 to 93.8 |
| T1: its own red flag | 91 of 102 | 89.2 % | 81.7 to 93.9 |
| T2: its own red flag | 159 of 173 | 91.9 % | 86.9 to 95.1 |
| T1 or T2 text raises any emergency words | 268 of 275 | 97.5 % | 94.8 to 98.8 |
| T3: its own red flag | 22 of 32 | 68.8 % | 51.4 to 82.0 |
| T4: its own red flag | 6 of 12 | 50.0 % | 25.4 to 74.6 |
| text with nothing urgent raises T1 or T2 | 19 of 250 | 7.6 % | 4.9 to 11.6 |
| whole harmless intake (17 texts on average) raises T1 or T2 | 11 of 40 | 27.5 % | 16.1 to 42.8 |

Weakest by id: RF21 (11 of 16), RF02 (11 of 15), RF07, RF25 (13 of 15 each), RF19 (2 of 6), RF11 (4 of 8), RF16 (4 of 7).
Then the misses and alarms were read as kinds and harmless sentences added to what the second layer learns from; on the same texts, **which are
no longer unseen**: own red flag 247 of 275 (89.8 %), any emergency 262 of 275 (95.3 %, 92.1 to 97.2), alarms 4 of 250 (1.6 %, 0.6 to 4.0), harmless
intakes 4 of 40 (10.0 %, 4.0 to 23.1). **The aims (every emergency, at most 2 in 100 harmless intakes) are not reached. It must not be
used with real patients.** Fewer alarms were bought with about 2 % of recall; which is better is a clinical choice (the
threshold EMERGENCY in clinic/reading/described/finding.py).

**A third set**, by another person (many veiled, dictated or non-native; the near misses carry the words of emergencies), was measured once
before any of it was read. Then its misses and alarms were read as kinds of failure, about a thousand other sentences written, those close to one
of the set taken out again, and two things changed in the second layer (below). **The last column is on texts that were analysed, so it flatters:**

| third unseen set, 2026-11-25 | first run | after, analysed |
|---|---|---|
| T1 or T2 text raises its own red flag | 190 of 260, 73.1 % (67.4 to 78.1) | 206 of 260, 79.2 % (73.9 to 83.7) |
| T1 or T2 text raises any emergency words | 233 of 260, 89.6 % (85.3 to 92.8) | 244 of 260, 93.8 % (90.2 to 96.2) |
| near miss raises T1 or T2 | 32 of 260, 12.3 % (8.9 to 16.9) | 18 of 260, 6.9 % (4.4 to 10.7) |
| whole harmless intake raises T1 or T2 | 9 of 60, 15.0 % (8.1 to 26.1) | 6 of 60, 10.0 % (4.7 to 20.1) |

Still missed most: RF21 said in a veiled way. Alarms that are left come mostly from rules.

How it reads them: rules over lexicons (clinic/reading/rules) and beside them a linear model over words, their neighbours and the concepts
of the lexicon, each with its scope (denied, hypothetical, another person), learnt from our own sentences
(clinic/reading/described/examples, scripts/train_described.py). It adds to the rules, and since the third set it may also hold them back:
where a text of eight words or more scores far on the harmless side all around what a rule found, the flag stays as a note (T4) for staff
and alarms nobody; never RF21. It now learns from tests/safety too, so nothing in the repository is unseen by it. With a third of
tests/safety left out of the learning in turn, the layer by itself finds 87.7 % of the left-out emergencies at
a score of 2.0 and alarms on none of the left-out near misses; holding back costs about 0.7 % of what the rules find there.

**The honest figures for moves, questions and yes or no.** On 2026-11-25 somebody else wrote 292 texts with moves and 120 of yes, no and
don't know, without having seen examples or rules. They were measured once, and their misses then mended by kind, so only the first figures count:

| what | right | Wilson 95 % |
|---|---|---|
| out of scope, through the reader (the classifier alone 57) | 55 of 60, 91.7 % | 81.9 to 96.4 |
| a patient's text refused as out of scope | 0 of 60 | 0 to 6.0 |
| a patient's text taken as no move at all | 57 of 60, 95.0 % | 86.3 to 98.3 |
| a question about the clinic is seen as one | 61 of 62, 98.4 % | 91.4 to 99.7 |
| all other moves (weakest: a wish to correct, 2 of 6) | 156 of 170, 91.8 % | 86.7 to 95.0 |
| yes | 41 of 45, 91.1 % | 79.3 to 96.5 |
| no | 42 of 45, 93.3 % | 82.1 to 97.7 |
| don't know | 27 of 30, 90.0 % | 74.4 to 96.5 |

Of those 62 questions, 60 were led to the right answer (judged by eye).

**A blind set for reading.** Somebody who had not seen the rules wrote answers, openings, corrections and single facts. It was measured once, on
2026-11-25, before any miss in it was read (n, Wilson 95 %). Then its misses were read as kinds of failure and the rules mended with other
examples; the last column is the same set after that, so it flatters. Words of dialogue moves are not in this table.

| what | blind, first run | after mending |
|---|---|---|
| state of an answer in context | 204 of 218, 93.6 % (89.5 to 96.1) | 211 of 218 |
| value of a choice | 71 of 73, 97.3 % (90.5 to 99.2) | 73 of 73 |
| findings of an answer (at first the answered one was left out of the output) | 36 of 124, 29.0 % (21.8 to 37.6) | 118 of 124 |
| correction, exactly this answer and no other | 44 of 60, 73.3 % (61.0 to 82.9) | 55 of 60 |
| findings without a question | 95 of 105, 90.5 % (83.4 to 94.7) | 100 of 105 |
| site, any overlap, asked | 62 of 64, 96.9 % (89.3 to 99.1) | 62 of 64 |
| side, asked | 33 of 36, 91.7 % (78.2 to 97.1) | 35 of 36 |
| severity, asked | 42 of 50, 84.0 % (71.5 to 91.7) | 50 of 50 |
| duration, asked | 31 of 36, 86.1 % (71.3 to 93.9) | 35 of 36 |
| onset delay | 13 of 14, 92.9 % (68.5 to 98.7) | 14 of 14 |
| openings: site, any overlap | 51 of 51, 100 % (93.0 to 100) | 51 of 51 |
| openings: side | 25 of 27, 92.6 % (76.6 to 97.9) | 27 of 27 |
| openings: duration | 18 of 32, 56.2 % (39.3 to 71.8) | 27 of 32 |
| openings: severity | 10 of 12, 83.3 % (55.2 to 95.3) | 10 of 12 |
| precautions raised | 34 of 39, 87.2 % (73.3 to 94.4) | 38 of 39 |
| precautions rightly silent | 10 of 13, 76.9 % (49.7 to 91.8) | 10 of 13 |
"""


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
        PAGE.write_text(f"{HEAD}\nLast run: {datetime.now(UTC):%Y-%m-%d}.\n{body}", encoding="utf-8")


if __name__ == "__main__":
    main()
