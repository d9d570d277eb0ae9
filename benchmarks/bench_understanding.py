"""Training time, start-up, `/model/parse` and memory of the dialogue model: `python -m benchmarks.bench_understanding`.

`--default EPOCHS` measures the same with Rasa's default pipeline (DIET, TED) on the same examples and domain, in the environment
of benchmarks/pipelines (set up when missing; Rasa's own number of epochs is 100).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import psutil
import yaml

from benchmarks.compare_intents import ENVIRONMENT, python_of
from intake.settings import ROOT
from intake.training import RASA, rasa_environment
from tests.conftest import free_port

READY_WITHIN = 300.0
ROUNDS = 3  # over the texts


def texts() -> list[str]:
    """Our own texts that no model learns."""
    unseen = yaml.safe_load((ROOT / "tests/bot/unseen.yml").read_text(encoding="utf-8"))
    return [*unseen["in_scope"], *unseen["out_of_scope"]]


def train(rasa: Path, config: Path, folder: Path, environment: Mapping[str, str]) -> tuple[Path, float, float]:
    """(the model, wall seconds, processor seconds) of `rasa train` without its validation, which `make check` runs."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [str(rasa), "train", "--domain", "domain.yml", "--data", "bot/data", "--config", str(config), "--out", str(folder),
         "--fixed-model-name", "model", "--skip-validation", "--force"],
        cwd=ROOT, env=dict(environment), check=True, capture_output=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return folder / "model.tar.gz", time.perf_counter() - start, used


def serve(rasa: Path, model: Path, environment: Mapping[str, str]) -> tuple[float, list[float], float]:
    """(seconds until ready, milliseconds of each parse over HTTP, memory in MB) of a Rasa server with the model."""
    port = free_port()
    start = time.perf_counter()
    server = subprocess.Popen(
        [str(rasa), "run", "--model", str(model), "--interface", "127.0.0.1", "--port", str(port), "--enable-api", "--quiet",
         "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"],
        cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as rasa_http:
            while not ready(rasa_http):
                if server.poll() is not None or time.perf_counter() - start > READY_WITHIN:
                    raise RuntimeError("Rasa did not start")
                time.sleep(0.1)
            started = time.perf_counter() - start
            each = []
            for text in texts() * ROUNDS:
                sent = time.perf_counter()
                rasa_http.post("/model/parse", json={"text": text}).raise_for_status()
                each.append(1000 * (time.perf_counter() - sent))
        return started, each, psutil.Process(server.pid).memory_info().rss / 1e6
    finally:
        server.terminate()
        server.wait(timeout=20)


def ready(http: httpx.Client) -> bool:
    """Whether the server answers with a loaded model."""
    try:
        return http.post("/model/parse", json={"text": "hello"}).status_code == 200
    except httpx.HTTPError:
        return False


def report(name: str, rasa: Path, config: Path, environment: Mapping[str, str]) -> None:
    """Measure one pipeline and print its line."""
    with tempfile.TemporaryDirectory() as folder:
        model, wall, used = train(rasa, config, Path(folder), environment)
        started, each, memory = serve(rasa, model, environment)
    p95 = sorted(each)[int(0.95 * len(each))]
    print(
        f"| {name} | {wall:.0f} s, {used:.0f} s processor | {started:.0f} s | "
        f"{statistics.median(each):.1f} ms, p95 {p95:.1f} ms (n {len(each)}) | {memory:.0f} MB |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--default", type=int, metavar="EPOCHS", help="also Rasa's default pipeline, with so many epochs")
    options = asked.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print("| pipeline | training | start to ready | /model/parse p50 | memory of Rasa |\n|---|---|---|---|---|")
    environment = rasa_environment("http://127.0.0.1:5055") | {"LOG_LEVEL": "WARNING"}
    report("ours", RASA, ROOT / "config.yml", environment)
    if options.default:
        rasa = python_of("diet").parent / "rasa"
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.yml"
            config.write_text((ENVIRONMENT / "default_config.yml").read_text("utf-8").replace("${EPOCHS}", str(options.default)), "utf-8")
            report(f"Rasa's default (DIET, TED), {options.default} epochs", rasa, config, environment)


if __name__ == "__main__":
    main()
