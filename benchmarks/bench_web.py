"""The chat page on a throttled mid-range phone: Lighthouse 12 (median of five), and bytes and requests of a first visit.

    python -m benchmarks.bench_web                           # starts the service, measures, stops it
    python -m benchmarks.bench_web http://127.0.0.1:8000     # against a service that runs already

Lighthouse's own mobile profile is used: 1.6 Mbit/s, 150 ms round trip, processor four times slower (simulated). Bytes and
requests are counted in Chromium, with an empty cache, until the first question is on the screen.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Request, sync_playwright

from tests.conftest import launch

HERE = Path(__file__).parent / "lighthouse"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
RUNS = 5


@dataclass(frozen=True)
class WebFigures:
    """Milliseconds and scores (0 to 100) are medians over the runs, bytes as transferred, headers included."""

    first_paint_ms: float
    largest_paint_ms: float
    blocking_ms: float
    performance: int
    accessibility: int
    requests: int
    transferred_bytes: int
    by_file: dict[str, int]


def lighthouse() -> Path:
    """The Lighthouse program, installed from its lock file at first use. Needs node and npm."""
    program = HERE / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=HERE, check=True)
    return program


def one_run(url: str) -> dict[str, float]:
    """One Lighthouse run: the metrics and scores by name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            str(lighthouse()), url, "--quiet", "--only-categories=performance,accessibility", "--output=json",
            # The page's long poll never lets the network fall silent, so Lighthouse must not wait for that.
            f"--output-path={report}", "--max-wait-for-load=12000", "--form-factor=mobile",
            "--chrome-flags=--headless=new --no-sandbox",
        ]  # fmt: skip
        subprocess.run(command, env={**os.environ, "CHROME_PATH": CHROMIUM}, check=True, capture_output=True, timeout=180)
        found = json.loads(report.read_text("utf-8"))
    audits, categories = found["audits"], found["categories"]
    return {
        "first_paint_ms": audits["first-contentful-paint"]["numericValue"],
        "largest_paint_ms": audits["largest-contentful-paint"]["numericValue"],
        "blocking_ms": audits["total-blocking-time"]["numericValue"],
        "performance": 100 * categories["performance"]["score"],
        "accessibility": 100 * categories["accessibility"]["score"],
    }


def transfers(url: str) -> dict[str, int]:
    """Bytes over the wire, headers included, of everything that a first visit loads, by path."""
    sizes: dict[str, int] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        finished: list[Request] = []
        page.on("requestfinished", lambda request: finished.append(request))
        page.goto(url)
        page.locator('[data-kind="question"]').first.wait_for()
        for request in finished:
            size = request.sizes()
            path = "/" + request.url.split("/", 3)[3].split("?")[0]
            sizes[path] = sizes.get(path, 0) + size["responseBodySize"] + size["responseHeadersSize"]
        browser.close()
    return sizes


def measure(url: str, runs: int = RUNS) -> WebFigures:
    """All figures for the service at `url`."""
    found = [one_run(url) for _ in range(runs)]
    by_file = transfers(url)

    def median(name: str) -> float:
        return statistics.median(run[name] for run in found)

    return WebFigures(
        median("first_paint_ms"), median("largest_paint_ms"), median("blocking_ms"),
        round(median("performance")), round(median("accessibility")),
        len(by_file), sum(by_file.values()), by_file,
    )  # fmt: skip


def table(figures: WebFigures) -> str:
    """The figures as a Markdown table for docs/performance.md."""
    rows = [
        ("first paint, throttled phone, median of 5", f"{figures.first_paint_ms / 1000:.2f} s", "≤ 1.5 s"),
        ("largest paint, same", f"{figures.largest_paint_ms / 1000:.2f} s", ""),
        ("main thread blocked, same", f"{figures.blocking_ms:.0f} ms", ""),
        ("Lighthouse performance, median of 5", f"{figures.performance}", "≥ 95"),
        ("Lighthouse accessibility, median of 5", f"{figures.accessibility}", "≥ 95"),
        ("requests of a first visit", f"{figures.requests}", ""),
        ("transferred in all, with headers", f"{figures.transferred_bytes / 1000:.1f} kB", "≤ 60 kB"),
    ]
    rows += [(f"… {path}", f"{size / 1000:.1f} kB", "") for path, size in sorted(figures.by_file.items())]
    return "\n".join(["| chat page | figure | aim |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)])


def main(url: str | None) -> None:
    """Print the table for the service at `url`, or for one of our own."""
    if url:
        print(table(measure(url)))
        return
    with tempfile.TemporaryDirectory() as folder:
        stack = launch(Path(folder))
        try:
            print(table(measure(stack.url)))
        finally:
            stack.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
