"""Compare ways to tell intents apart: `python -m benchmarks.compare_intents` prints the table of docs/intents.md.

Each pipeline learns the examples of bot/data/nlu.yml in a process of its own (so that time and memory are its own) and is measured
on the texts of ../shared/eval where they exist, on tests/bot/unseen.yml, and by three-fold cross-validation (not DIET: too slow).
"Refused" is a patient's text taken as out of scope. All figures are the best guess, without threshold and without the reader.

Rasa with its TensorFlow and the static word vectors have environments of their own in benchmarks/pipelines, set up when missing:
    python -m benchmarks.compare_intents [counted tfidf word_vectors sentences taken diet] [--epochs 30]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / "benchmarks" / "pipelines"
GROUPS = {"diet": "rasa", "word_vectors": "vectors"}  # the others run in bot/.venv
PIPELINES = ("counted", "tfidf", "word_vectors", "sentences", "taken", "diet")
ANSWERS = ("inform", "affirm", "deny", "unsure", "skip")
SAME = {"cancel": ("stop", "withdraw")}


def python_of(pipeline: str) -> Path:
    """The Python that a pipeline needs; an environment of benchmarks/pipelines is installed from its lock if it is missing."""
    group = GROUPS.get(pipeline)
    folder = ENVIRONMENT / f".venv-{group}" if group else ROOT / "bot" / ".venv"
    if not folder.exists():
        uv = subprocess.run([ROOT / "scripts" / "get_uv.sh"], capture_output=True, text=True, check=True).stdout.strip()
        chosen = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder)}
        subprocess.run([uv, "sync", "--frozen", "--quiet", "--group", str(group)], cwd=ENVIRONMENT, env=chosen, check=True)
    return folder / "bin" / "python"


def texts() -> dict[str, list[tuple[str, str]]]:
    """group -> [(text, wanted intent)]: learnt, out_of_scope, moves, patient, own_out_of_scope, own_patient, own_asked."""
    import yaml

    blocks = yaml.safe_load((ROOT / "bot/data/nlu.yml").read_text(encoding="utf-8"))["nlu"]
    learnt = [(line[2:].strip(), block["intent"]) for block in blocks for line in block["examples"].splitlines()]
    found: dict[str, list[tuple[str, str]]] = {"learnt": learnt, "out_of_scope": [], "moves": [], "patient": []}
    folder = Path(os.environ.get("IMS_EVAL", ROOT.parent / "shared" / "eval"))
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                wanted = json.loads(row["expected"]).get("intent")
                group = "patient" if wanted is None else "out_of_scope" if wanted == "out_of_scope" else "moves"
                found[group].append((row["text"], wanted or "inform"))
    unseen = yaml.safe_load((ROOT / "tests/bot/unseen.yml").read_text(encoding="utf-8"))
    found["own_out_of_scope"] = [(text, "out_of_scope") for text in unseen["out_of_scope"]]
    found["own_patient"] = [(text, "inform") for text in unseen["in_scope"]]
    found["own_asked"] = [
        (text, prefix + name)
        for group, prefix in (("moves", ""), ("topics", "faq_"))
        for name, entries in unseen[group].items()
        for text in entries
    ]
    return found


def measure(pipeline: str, epochs: int) -> dict[str, object]:
    """Learn and measure one pipeline in this process."""
    import resource
    import statistics
    import time

    groups = texts()
    learnt = groups["learnt"]
    wall, processor = time.perf_counter(), time.process_time()
    guess = FITS[pipeline]([t for t, _ in learnt], [i for _, i in learnt], epochs)
    row: dict[str, object] = {"pipeline": pipeline, "examples": len(learnt)}
    row |= {"fit wall s": time.perf_counter() - wall, "fit processor s": time.process_time() - processor}

    def share(group: str, right: object) -> str:
        hits = [right(guess(text), wanted) for text, wanted in groups[group]]  # type: ignore[operator]
        return f"{100 * sum(hits) / len(hits):.1f} % of {len(hits)}" if hits else "-"

    row["out of scope"] = share("out_of_scope", lambda got, wanted: got == wanted)
    row["refused"] = share("patient", lambda got, _: got == "out_of_scope")
    row["moves"] = share("moves", lambda got, wanted: got in SAME.get(wanted, (wanted,)))
    row["as a move"] = share("patient", lambda got, _: got not in ANSWERS)
    row["own: out of scope"] = share("own_out_of_scope", lambda got, wanted: got == wanted)
    row["own: refused"] = share("own_patient", lambda got, _: got == "out_of_scope")
    row["own: moves, topics"] = share("own_asked", lambda got, wanted: got == wanted)
    each = []
    for text, _ in (groups["own_asked"] * 2)[:200]:
        start = time.perf_counter()
        guess(text)
        each.append(time.perf_counter() - start)
    row["guess p50 ms"] = 1000 * statistics.median(each)
    row["memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    if pipeline != "diet":
        row["cross-validation"] = cross_validation(FITS[pipeline], learnt, epochs)
    return row


def cross_validation(fit: object, learnt: list[tuple[str, str]], epochs: int) -> str:
    """The share right when each third is guessed by what the other two thirds teach."""
    from sklearn.model_selection import StratifiedKFold

    intents = [intent for _, intent in learnt]
    right = 0
    for train, test in StratifiedKFold(3, shuffle=True, random_state=1).split(learnt, intents):
        guess = fit([learnt[i][0] for i in train], [intents[i] for i in train], epochs)  # type: ignore[operator]
        right += sum(guess(learnt[i][0]) == intents[i] for i in test)
    return f"{100 * right / len(learnt):.1f} %"


def with_scikit(union: object, solver_steps: int = 100, strictness: float = 50.0):  # type: ignore[no-untyped-def]
    """A fit: features of `union`, scikit-learn's logistic regression on top."""

    def fit(given: list[str], intents: list[str], epochs: int):  # type: ignore[no-untyped-def]
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        model = make_pipeline(
            union(), LogisticRegression(C=strictness, class_weight="balanced", max_iter=solver_steps, random_state=7)
        )  # type: ignore[operator]
        model.fit(given, intents)
        return lambda text: str(model.predict([text])[0])

    return fit


def counted():  # type: ignore[no-untyped-def]
    """Rasa's counted pieces (1 to 4 letters) and words."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import FeatureUnion

    return FeatureUnion([("pieces", CountVectorizer(analyzer="char_wb", ngram_range=(1, 4))), ("words", CountVectorizer())])


def weighted():  # type: ignore[no-untyped-def]
    """Pieces and words weighted by rarity, as bot/intent_model.py has them."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)
    return FeatureUnion([("pieces", pieces), ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2))])


def with_word_vectors():  # type: ignore[no-untyped-def]
    """The weighted pieces and words, and the mean of static word vectors (wordllama, 256 numbers)."""
    from sklearn.pipeline import FeatureUnion
    from sklearn.preprocessing import FunctionTransformer
    from wordllama import WordLlama

    vectors = WordLlama.load()
    return FeatureUnion([("counted", weighted()), ("vectors", FunctionTransformer(lambda given: vectors.embed(list(given), norm=True)))])


def sentences():  # type: ignore[no-untyped-def]
    """The packaged sentence encoder alone."""
    import numpy as np
    from sklearn.preprocessing import FunctionTransformer

    from bot.sentence_encoder import encoder

    return FunctionTransformer(lambda given: np.vstack([encoder().vector(text) for text in given]))


def taken(given: list[str], intents: list[str], epochs: int):  # type: ignore[no-untyped-def]
    """What bot/ uses."""
    from bot.intent_model import IntentModel

    model = IntentModel.fit(given, intents)
    return lambda text: model.rank(text, 1)[0][0]


def diet(given: list[str], intents: list[str], epochs: int):  # type: ignore[no-untyped-def]
    """Rasa's default language pipeline: counted features and DIET, with `epochs` instead of its 100."""
    import asyncio

    import yaml
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    folder = Path(tempfile.mkdtemp())
    (folder / "nlu.yml").write_text(examples_file(given, intents), encoding="utf-8")
    config = yaml.safe_load((ENVIRONMENT / "default_config.yml").read_text(encoding="utf-8").replace("${EPOCHS}", str(epochs)))
    config["pipeline"] = [part for part in config["pipeline"] if part["name"] != "ResponseSelector"]
    (folder / "config.yml").write_text(yaml.safe_dump({**config, "policies": []}), encoding="utf-8")
    agent = Agent.load(train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder)))
    return lambda text: str(asyncio.run(agent.parse_message(text))["intent"]["name"])


def examples_file(given: list[str], intents: list[str]) -> str:
    """Examples as Rasa's YAML."""
    lines = ['version: "3.1"', "nlu:"]
    for name in dict.fromkeys(intents):
        lines += [f"- intent: {name}", "  examples: |"]
        lines += [f"    - {text}" for text, intent in zip(given, intents, strict=True) if intent == name]
    return "\n".join(lines) + "\n"


FITS = {
    "counted": with_scikit(counted, strictness=1.0),
    "tfidf": with_scikit(weighted),
    "word_vectors": with_scikit(with_word_vectors),
    "sentences": with_scikit(sentences),
    "taken": taken,
    "diet": diet,
}


def main() -> None:
    """Run the pipelines one after the other, each in a process of its own, and print a line of the table each."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("pipelines", nargs="*", default=list(PIPELINES), metavar="PIPELINE", help=", ".join(PIPELINES))
    asked.add_argument("--epochs", type=int, default=30, help="of DIET (Rasa's default is 100)")
    asked.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.inside:
        print("ROW " + json.dumps(measure(options.pipelines[0], options.epochs)))
        return
    quiet = os.environ | {
        "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "RASA_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; DIET with {options.epochs} epochs")
    for number, pipeline in enumerate(options.pipelines):
        command = [str(python_of(pipeline)), "-m", "benchmarks.compare_intents", pipeline, "--epochs", str(options.epochs), "--inside"]
        done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
        rows = [line[4:] for line in done.stdout.splitlines() if line.startswith("ROW ")]
        if not rows:
            sys.exit(f"{pipeline} failed:\n{done.stderr[-2000:]}")
        row = {key: f"{value:.1f}" if isinstance(value, float) else str(value) for key, value in json.loads(rows[0]).items()}
        if number == 0:
            print("| " + " | ".join(row) + " |\n|" + "---|" * len(row))
        print("| " + " | ".join(row.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
