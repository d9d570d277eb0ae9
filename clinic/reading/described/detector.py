"""A linear model over words that finds emergencies which are described, not named ("my words come out scrambled").

The rules name signs; people describe them in ways that no list holds. This second layer was learnt from our own sentences
(`examples/`, by scripts/train_described.py); it adds to the rules and holds them back where a text is clearly harmless. Its
weights are whole numbers and its sums exact, so both environments read alike. It costs a look-up a word.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WEIGHTS = Path(__file__).with_name("weights.npz")
WIDEST = 3  # segments that are looked at together
SHORTEST = 40  # features that even a short text is taken to have: a few words alone prove little
Rows = npt.NDArray[np.int64]
Window = tuple[int, int]


def windows(n: int) -> list[Window]:
    """Runs of one to three neighbouring segments out of `n`, as [first, last)."""
    return [(i, j) for i in range(n) for j in range(i + 1, min(n, i + WIDEST) + 1)] or [(0, 0)]


class Detector:
    """Integer weights: one row a feature, one column for any emergency and for each red flag at each of its tiers."""

    def __init__(self, features: Sequence[str], names: Sequence[str], weights: npt.NDArray[np.int8], scales: Any, biases: Any) -> None:
        self.index = {feature: row for row, feature in enumerate(features)}
        self.names = list(names)
        self.weights = weights
        self.wide = weights.astype(np.int32)
        self.scales, self.biases = scales, biases

    @classmethod
    def quantised(cls, features: Sequence[str], names: Sequence[str], weights: Any, biases: Any) -> Detector:
        """From real weights (features x names): each column in steps of 1/127 of its largest."""
        scales = np.abs(weights).max(axis=0) / 127.0
        whole = np.rint(weights / scales).astype(np.int8)
        kept = np.flatnonzero(np.abs(whole).max(axis=1) > 1)
        return cls([features[i] for i in kept], names, whole[kept], scales, np.asarray(biases))

    def save(self, path: Path) -> None:
        """Write the file that `detector` reads; the same weights give the same file."""
        text = "\n".join(self.index).encode()
        np.savez_compressed(
            path, features=np.frombuffer(text, dtype=np.uint8), names=np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8),
            weights=self.weights, scales=self.scales, biases=self.biases,
        )  # fmt: skip

    def known(self, features: Sequence[str] | set[str]) -> list[int]:
        """The rows of the features that were learnt."""
        return [row for row in (self.index.get(f) for f in features) if row is not None]

    def scores(self, segments: Sequence[Sequence[str]], window: Window) -> npt.NDArray[np.float64]:
        """One score a column for the features of a run of segments; 0 is as likely as not."""
        said = {feature for segment in segments[window[0] : window[1]] for feature in segment}
        chosen = self.known(said)
        if not chosen:
            return np.asarray(self.biases, dtype=np.float64)
        total = self.wide[chosen].sum(axis=0)
        return np.asarray(total * self.scales / math.sqrt(max(len(said), SHORTEST)) + self.biases)

    def pull(self, row: int, column: int) -> int:
        """How much one feature speaks for a column."""
        return int(self.wide[row, column])


@lru_cache(maxsize=1)
def detector() -> Detector:
    """The detector of the package, loaded once."""
    data = np.load(io.BytesIO(files("clinic.reading.described").joinpath("weights.npz").read_bytes()), allow_pickle=False)
    texts = [data[key].tobytes().decode().split("\n") for key in ("features", "names")]
    return Detector(texts[0], texts[1], data["weights"], data["scales"], data["biases"])
