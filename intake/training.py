"""The dialogue model, trained when its inputs changed: its file is named after their hash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from intake.settings import ROOT

MODELS = ROOT / "bot" / "models"
RASA = ROOT / "bot" / ".venv" / "bin" / "rasa"
# What a model is made from. The channel, the tracker store and the like run beside it and do not change it.
INPUTS = (
    "config.yml", "domain.yml", "bot/data/*.yml", "bot/importer.py", "bot/intent_classifier.py", "bot/intent_model.py",
    "bot/reader_component.py", "bot/sentence_encoder.py", "bot/wordpiece_vocabulary.txt", "bot/uv.lock",
)  # fmt: skip


class TrainingFailed(Exception):
    """Rasa refused the data, or is not installed; the message ends with what Rasa said last."""


def fingerprint() -> str:
    """The hash of everything that the trained model depends on."""
    digest = hashlib.sha256()
    for pattern in INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path() -> Path:
    """Where the model of the present inputs is, or would be."""
    return MODELS / f"intake-{fingerprint()}.tar.gz"


def rasa_environment(actions_url: str) -> dict[str, str]:
    """The environment for Rasa's processes: our packages importable, quiet libraries, nothing sent anywhere."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "ACTIONS_URL": actions_url,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


def train(tell: Callable[[str], None], *, force: bool = False) -> Path:
    """Train if there is no model of these inputs yet; returns its path. Raises TrainingFailed."""
    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS / ".lock").open("w") as lock:  # two commands at once must not write one model
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _train(tell, force)


def _train(tell: Callable[[str], None], force: bool) -> Path:
    target = model_path()
    if target.exists() and not force:
        tell(f"The dialogue model is up to date ({target.name}).")
        return target
    if not RASA.exists():
        raise TrainingFailed("Rasa is not installed in bot/.venv. Run: make setup")
    tell("Training the dialogue model (about half a minute) …")
    with tempfile.TemporaryDirectory(dir=MODELS) as folder:
        command = [
            str(RASA), "train", "--domain", "domain.yml", "--data", "bot/data", "--config", "config.yml",
            "--out", folder, "--fixed-model-name", "model",
            "--skip-validation",  # `make check` validates the data; here it would read everything twice
        ]  # fmt: skip
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=rasa_environment("http://127.0.0.1:5055"),
            text=True,
            capture_output=True,
            check=False,
        )
        trained = Path(folder) / "model.tar.gz"
        if done.returncode != 0 or not trained.exists():
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
            raise TrainingFailed(f"Rasa did not train:\n{said}")
        trained.replace(target)
    for old in sorted(MODELS.glob("intake-*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-3]:
        old.unlink()
    tell(f"Trained {target.name}.")
    return target
