"""How fast the reader is: `python -m benchmarks.bench_reading`. Processor time of one core, beside the aims of the project.

A typical text (the red flag corpus): p50 at most 3 ms and 200 texts a second. Any 2,000 characters: at most 50 ms.
"""

from __future__ import annotations

import statistics
import time

from clinic.reading import read, screen
from tests.safety.corpus import load

HARD = {
    "one letter": "a" * 2000,
    "pairs": "my my " * 333,
    "negations": "no " * 666,
    "sites": "pain in my left knee and " * 80,
    "numbers": "1 or 2 or " * 200,
    "unknown words": "xqzt vvkw " * 200,
    "misspelt": "chst pian noww brth " * 100,
    "brackets": "(((((" * 400,
    "times": "since last " * 180,
    "hidden marks": "\u200f\u0301" * 1000,
    "right to left": "\u0623\u0644\u0645 " * 500,
}


def cost(text: str, best_of: int = 1) -> float:
    """Milliseconds of processor time to read a text."""
    found = []
    for _ in range(best_of):
        start = time.process_time()
        read(text)
        found.append((time.process_time() - start) * 1000)
    return min(found)


def main() -> None:
    """Print the figures."""
    texts = [row.text for row in load()]
    screen("warm up")
    read("warm up")
    costs = sorted(cost(text) for text in texts)
    p95, rate = costs[int(len(costs) * 0.95)], 1000 / statistics.mean(costs)
    print(f"corpus of {len(texts)} texts: p50 {statistics.median(costs):.2f} ms, p95 {p95:.2f} ms, {rate:.0f} texts a second")
    stories = " ".join(text for text in texts if len(text) > 150)
    for name, text in {**HARD, "stories": stories, "questions": "is it? " * 290}.items():
        print(f"2,000 characters, {name:14} {cost(text[:2000], 5):6.1f} ms")


if __name__ == "__main__":
    main()
