"""Speed of a turn over HTTP: `python -m benchmarks.bench_turns URL [INTAKES]`, against a running service.

Prints p50, p95 and p99 in milliseconds over questions 1 to 5 and over the last five of whole intakes, and beside them the floor:
/healthz of the same service, which does nothing.
"""

from __future__ import annotations

import statistics
import sys
import time

import httpx

from tests.talking import Patient, plain


def intake(url: str) -> list[float]:
    """One whole intake by choices, the longer part too; milliseconds of each turn."""
    patient, took = Patient(url), []
    while patient.question is not None and patient.state == "active":
        body = {"choices": ["now"]} if patient.question == "confirm.more" else plain(patient.question)
        started = time.perf_counter()
        patient.send(**body)
        took.append((time.perf_counter() - started) * 1000)
    return took


def line(name: str, took: list[float]) -> str:
    """A row of the table."""
    cuts = statistics.quantiles(took, n=100)
    return f"| {name} | {len(took)} | {cuts[49]:.0f} | {cuts[94]:.0f} | {cuts[98]:.0f} |"


def main() -> None:
    """Print the table."""
    url, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
    intakes = [intake(url) for _ in range(count)]
    with httpx.Client(base_url=url, trust_env=False) as http:
        floor = []
        for _ in range(200):
            started = time.perf_counter()
            http.get("/healthz")
            floor.append((time.perf_counter() - started) * 1000)
    print("| what | n | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|")
    print(line("questions 1 to 5", [t for took in intakes for t in took[:5]]))
    print(line("the last five", [t for took in intakes for t in took[-5:]]))
    print(line("floor: /healthz", floor))


if __name__ == "__main__":
    main()
