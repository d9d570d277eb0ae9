"""Speed of a turn over HTTP on a stack of its own: `python -m benchmarks.bench_turns [--intakes 6] [--write]` (make bench).

In one run: this product; the same form with Rasa's default pipeline (DIET, TED); and the floor, an echo with one durable
commit. Every phase is bounded (a number of intakes, a limit in seconds) and stops what it started. Beside each time stands
the processor time, which other work on the machine changes much less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import httpx
import psutil

from intake.settings import ROOT
from intake.training import RASA, rasa_environment
from tests.conftest import Stack, free_port, launch
from tests.talking import Patient, plain

PAGE = ROOT / "docs" / "performance.md"
START, END = "<!-- bench_turns: begin -->", "<!-- bench_turns: end -->"
# Some answers are written, not ticked, so that the language pipeline has work to do.
WRITTEN = {
    "narrative": "My lower back aches on the left since I moved house two months ago, worse when I sit.",
    "pain.site": "lower back", "pain.side": "the left one", "onset.event": "it came on slowly", "aggravating": "sitting for long",
}  # fmt: skip


def body(question: str) -> dict[str, object]:
    """The answer to a question: written where people write, else ticked."""
    if question == "confirm.more":
        return {"choices": ["now"]}
    return {"text": WRITTEN[question]} if question in WRITTEN else plain(question)


def intake(url: str, until: float) -> list[float]:
    """One whole intake that asks everything; milliseconds of each turn. Stops early when the time is over."""
    patient, took = Patient(url), []
    while patient.question is not None and patient.state == "active" and time.monotonic() < until:
        sent = body(patient.question)
        started = time.perf_counter()
        patient.send(**sent)
        took.append((time.perf_counter() - started) * 1000)
    return took


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    one = psutil.Process(pid)
    return [one, *one.children(recursive=True)]


def cpu(stack: Stack) -> dict[str, float]:
    """Processor seconds of each part so far."""
    found = {}
    for name, process in stack.running.items():
        times = [p.cpu_times() for p in family(process.pid)]
        found[name] = sum(t.user + t.system for t in times)
    return found


def memory(stack: Stack) -> dict[str, int]:
    """Megabytes (resident) of each part."""
    return {name: sum(p.memory_info().rss for p in family(process.pid)) // 2**20 for name, process in stack.running.items()}


def cuts(took: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95, p99."""
    if len(took) < 2:
        return (took[0],) * 3 if took else (float("nan"),) * 3  # type: ignore[return-value]
    parts = statistics.quantiles(took, n=100, method="inclusive")
    return parts[49], parts[94], parts[98]


def row(name: str, took: Sequence[float]) -> str:
    """A row of the table of times."""
    p50, p95, p99 = cuts(took)
    return f"| {name} | {len(took)} | {p50:.0f} | {p95:.0f} | {p99:.0f} |"


def at_once(url: str, people: int, seconds: float) -> tuple[float, list[float]]:
    """Turns a second with so many conversations at once, and the milliseconds of all turns."""
    until, took = time.monotonic() + seconds, []
    lock = threading.Lock()

    def talk() -> None:
        while time.monotonic() < until:
            mine = intake(url, until)
            with lock:
                took.extend(mine)

    started = time.perf_counter()
    talking = [threading.Thread(target=talk) for _ in range(people)]
    for one in talking:
        one.start()
    for one in talking:
        one.join()
    return len(took) / (time.perf_counter() - started), took


def trained(config: str, folder: Path, limit: float) -> tuple[Path | None, float]:
    """A model of this configuration (None if there was none within the limit) and the seconds that it took."""
    command = [
        str(RASA), "train", "--domain", "domain.yml", "--data", "bot/data", "--config", config, "--out", str(folder),
        "--fixed-model-name", Path(config).stem, "--force", "--quiet",
    ]  # fmt: skip
    started = time.monotonic()
    try:
        subprocess.run(
            command, cwd=ROOT, env=rasa_environment("http://127.0.0.1:5055"), timeout=limit, check=True, capture_output=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        # DIET and TED need TensorFlow, which bot/.venv leaves out (docs/decisions.md): then this says so instead of a figure.
        return None, time.monotonic() - started
    return folder / f"{Path(config).stem}.tar.gz", time.monotonic() - started


def measure(name: str, model: Path, folder: Path, intakes: int, seconds: float) -> list[str]:
    """All rows of one configuration."""
    started = time.monotonic()
    stack = launch(folder, model)
    ready = time.monotonic() - started
    try:
        intake(stack.url, time.monotonic() + seconds)  # warm
        before, until = cpu(stack), time.monotonic() + seconds
        runs = [took for took in (intake(stack.url, until) for _ in range(intakes)) if len(took) > 20]
        spent, turns = cpu(stack), sum(map(len, runs)) or 1
        each = {part: 1000 * (spent[part] - before[part]) / turns for part in spent if part != "worker"}
        early, late = [t for r in runs for t in r[:5]], [t for r in runs for t in r[-5:]]
        lines = [
            row(f"{name}: questions 1 to 5", early),
            row(f"{name}: the last five of {len(runs[0]) if runs else 0}", late),
        ]
        alone, _ = at_once(stack.url, 1, seconds / 3)
        eight, took = at_once(stack.url, 8, seconds / 2)
        lines += [
            row(f"{name}: any turn, 8 conversations at once", took),
            f"| {name}: turns a second, 1 and 8 conversations at once | | {alone:.1f} and {eight:.1f} | | |",
            f"| {name}: late turns, times the early ones (p50) | | {cuts(late)[0] / cuts(early)[0]:.2f} | | |",
            f"| {name}: processor ms a turn ({', '.join(f'{p} {ms:.0f}' for p, ms in each.items())}) | {turns} | {sum(each.values()):.0f} | | |",
            f"| {name}: memory MB ({', '.join(f'{p} {mb}' for p, mb in memory(stack).items())}) | | {sum(memory(stack).values())} | | |",
            f"| {name}: start-up until ready, s | | {ready:.0f} | | |",
        ]
        return lines
    finally:
        stack.stop()


def floor(folder: Path) -> str:
    """The row of the echo with one durable commit."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.echo", str(port), str(folder / "echo.sqlite3")], cwd=ROOT)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            for _ in range(600):
                try:
                    http.post("/echo", json={"text": "x"})
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            took = []
            for _ in range(200):
                started = time.perf_counter()
                http.post("/echo", json={"text": WRITTEN["narrative"]})
                took.append((time.perf_counter() - started) * 1000)
        return row("floor: echo with one durable commit", took)
    finally:
        server.terminate()
        server.wait(timeout=20)


def main() -> None:
    """Measure, print the table, and with --write put it into docs/performance.md."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--intakes", type=int, default=6)
    asked.add_argument("--seconds", type=float, default=90, help="limit of each phase")
    asked.add_argument("--train-limit", type=float, default=900, help="limit of each training, in seconds")
    asked.add_argument("--no-baseline", action="store_true", help="leave Rasa's default pipeline out")
    asked.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    chosen = asked.parse_args()
    load = os.getloadavg()[0]
    lines = ["| what | n | p50 | p95 | p99 |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        lines.append(floor(folder))
        configs = [("this product", "config.yml")]
        if not chosen.no_baseline:
            configs.append(("Rasa's default pipeline", "benchmarks/default_config.yml"))
        for name, config in configs:
            print(f"{name}: training …", flush=True)
            model, took = trained(config, folder, chosen.train_limit)
            if model is None:
                lines.append(f"| {name}: no model after {took:.0f} s (too slow, or its libraries are missing); not measured | | | | |")
                continue
            print(f"{name}: measuring …", flush=True)
            lines += measure(name, model, folder / Path(config).stem, chosen.intakes, chosen.seconds)
            lines.append(f"| {name}: training, s | | {took:.0f} | | |")
    about = (
        f"{date.today().isoformat()}, {os.cpu_count()} cores; load average {load:.1f} before and {os.getloadavg()[0]:.1f} after "
        "(more than the stack's own work means that the machine was busy). Times in ms over HTTP unless a row says otherwise."
    )
    table = "\n".join([about, "", *lines])
    print(table)
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(START)
        tail = rest.split(END)[1]
        PAGE.write_text(f"{head}{START}\n{table}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
