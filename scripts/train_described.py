"""Learn the detector of described emergencies: `PYTHONPATH=. bot/.venv/bin/python scripts/train_described.py [--check]`.

Reads clinic/reading/described/examples/*.txt (our own sentences, one file a red flag: `T1 text`, `T2 text` … raises it at that
tier, `- text` a near miss; ` @other` at the end: the intake is for somebody else), the examples beside the rules and, as
harmless texts, bot/data/nlu.yml; and tests/safety, which the rules were fitted to as well. So no text of the repository is unseen:
`--check` tells how it does on texts left out of the learning, docs/evaluation.md how on texts of other people.
Writes clinic/reading/described/weights.npz. `--check` leaves the file and prints five-fold figures instead.
scikit-learn comes with Rasa, so this runs in the bot's environment; what is learnt is read with numpy alone.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from clinic.reading.analysis import analyse
from clinic.reading.described import features
from clinic.reading.described.detector import SHORTEST, WEIGHTS, Detector, windows
from clinic.reading.rules import rules
from scripts.ordinary_stories import stories
from tests.safety.corpus import load

EXAMPLES = Path(features.__file__).with_name("examples")
FEWEST = 6  # examples of a tier of a red flag that make it a class of its own
MOST_OF_A_PATTERN = 14
ORDINARY = 4000  # stories of ordinary pain
STRENGTH = 40.0  # inverse of the regularisation
Example = tuple[str, str, str]  # text, for_whom, class ("none" or "RF01_cardiac@T1")


def own_examples() -> list[Example]:
    """The sentences written for the detector."""
    out = []
    for path in sorted(EXAMPLES.glob("*.txt")):
        for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
            kind, text = line.split(" ", 1)
            for_whom = "self"
            if text.endswith(" @other"):
                text, for_whom = text[: -len(" @other")], "other"
            name = f"{path.stem}@{kind}" if kind[0] == "T" else "none"
            out += [(one, for_whom, name) for one in spelled_out(text)]
    return out


def spelled_out(pattern: str) -> list[str]:
    """Up to eight of the sentences that a pattern stands for ("my {leg|arm} is {numb|weak}"), always the same ones."""
    parts = re.split(r"\{([^}]*)\}", pattern)
    if len(parts) == 1:
        return [pattern]
    random = Random(pattern)  # seeded by the text itself
    found = {"".join(random.choice(part.split("|")) if i % 2 else part for i, part in enumerate(parts)) for _ in range(MOST_OF_A_PATTERN * 2)}
    return sorted(found)[:MOST_OF_A_PATTERN]


def other_examples() -> list[Example]:
    """The examples beside the rules, and the harmless texts of the intents."""
    out: list[Example] = []
    for rule in rules():
        name = f"{rule.code}@{rule.tier}" if rule.kind == "red_flag" else "none"
        out += [(text, "self", name) for text in rule.examples]
        out += [(text, "self", "none") for text in rule.counter if rule.kind == "red_flag"]
    for entry in yaml.safe_load(Path("bot/data/nlu.yml").read_text(encoding="utf-8"))["nlu"]:
        out += [(line[2:].strip(), "self", "none") for line in entry.get("examples", "").splitlines() if line[2:].strip()]
    return out


def corpus_examples() -> list[Example]:
    """The texts of tests/safety, each at the tier that it must reach."""
    return [(row.text, row.for_whom, f"{row.red_flag}@{row.tier}" if row.raises else "none") for row in load()]


def ordinary_examples() -> list[Example]:
    """Plain pain in random words (scripts/ordinary_stories.py)."""
    return [(text, "self", "none") for text in stories(ORDINARY)]


def bag(text: str, for_whom: str) -> list[set[str]]:
    """The features of each segment of a text."""
    return [set(row) for row in features.bags(analyse(text, for_whom))]


def matrix(bags: list[set[str]], vocabulary: dict[str, int]) -> csr_matrix:
    """One row a bag, each of length 1."""
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for one in bags:
        known = [vocabulary[f] for f in one if f in vocabulary]
        columns += known
        values += [max(len(one), SHORTEST) ** -0.5] * len(known)
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(bags), len(vocabulary)))


def fit(bags: list[list[set[str]]], labels: list[str], ids: bool = True) -> Detector:
    """A detector from the segments and the class of each example."""
    whole = [set().union(*one) for one in bags]
    counts = Counter(f for one in whole for f in one)
    vocabulary = {f: i for i, f in enumerate(sorted(counts))}
    table = matrix(whole, vocabulary)
    frequent = {name for name, n in Counter(labels).items() if n >= FEWEST and name != "none"}
    classes = sorted(frequent) if ids else []
    merged = [name if name in frequent else _nearest(name, frequent) for name in labels]
    columns, biases = [], []
    for name in ["emergency", *classes]:
        wanted = np.array([one[-2:] in ("T1", "T2") if name == "emergency" else one == name for one in merged])
        weight = {True: 2.0, False: 1.0} if name == "emergency" else {True: 4.0, False: 1.0}
        model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight=weight, random_state=0, max_iter=400).fit(table, wanted)
        columns.append(model.coef_[0])
        biases.append(float(model.intercept_[0]))
    return Detector.quantised(list(vocabulary), ["emergency", *classes], np.array(columns).T, np.array(biases))


def _nearest(name: str, frequent: set[str]) -> str:
    """The class of the same red flag for a tier with too few examples."""
    return next((one for one in sorted(frequent) if one.split("@")[0] == name.split("@")[0]), "none")


def check(bags: list[list[set[str]]], labels: list[str], folds: int = 5) -> None:
    """Print how many of our own examples are found, and how many harmless ones alarm, by detectors that did not see them."""
    fold = np.random.RandomState(0).randint(0, folds, len(labels))
    scores = np.zeros(len(labels))
    for k in range(folds):
        detector = fit([b for b, f in zip(bags, fold, strict=True) if f != k], [n for n, f in zip(labels, fold, strict=True) if f != k], ids=False)
        for i in np.where(fold == k)[0]:
            scores[i] = max(detector.scores([list(one) for one in bags[i]], w)[0] for w in windows(len(bags[i])))
    positive = np.array([name[-2:] in ("T1", "T2") for name in labels])
    negative = np.array([name == "none" for name in labels])
    for threshold in np.arange(-0.5, 2.6, 0.25):
        print(f"{threshold:5.2f} found {np.mean(scores[positive] >= threshold):6.1%} alarms {np.mean(scores[negative] >= threshold):6.2%}")


def main() -> None:
    """Train, or check."""
    examples = own_examples() + other_examples() + corpus_examples() + ordinary_examples()
    bags = [bag(text, for_whom) for text, for_whom, _ in examples]
    labels = [name for _, _, name in examples]
    if "--check" in sys.argv:
        check(bags, labels)
        return
    detector = fit(bags, labels)
    detector.save(WEIGHTS)
    print(f"{len(labels)} examples, {len(detector.names)} columns, {len(detector.index)} features, {WEIGHTS.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
