"""The model behind the intents: multinomial logistic regression over three views of a text. Knows nothing of Rasa.

The views: pieces of words (misspelling), words and pairs of words (set phrases), and a sentence vector (other words for the
same). The first two are sparse and weighted by rarity (TF-IDF), the third is dense; scikit-learn would need them in one
matrix and then takes five times as long, so the regression is fitted here, block by block, with SciPy's L-BFGS.
What was compared: docs/intents.md.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, List, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from bot.sentence_encoder import encoder

THREADS = 2  # of the encoder while training; a single text is encoded by one


@dataclass
class IntentModel:
    """A fitted model. `weights` (features + 1, intents): sparse features, then the sentence vector, then the intercept."""

    views: FeatureUnion
    weights: np.ndarray
    names: List[str]
    sharpness: float

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        intents: Sequence[str],
        strictness: float = 20.0,
        balance: float = 0.5,
        steps: int = 60,
        sharpness: float = 1.0,
    ) -> IntentModel:
        """Learn the examples.

        `strictness`: scikit-learn's C, larger trusts the examples more. `balance`: 0 counts every example alike, 1 every
        intent alike; between, as the many examples out of scope are many for a reason. `steps`: most steps of L-BFGS.
        `sharpness`: power of the chances, as a strict regression is less sure than it is right.
        """
        names = sorted(set(intents))
        place = {name: number for number, name in enumerate(names)}
        wanted = np.array([place[name] for name in intents])
        counts = np.bincount(wanted)
        weight = (1.0 / counts[wanted]) ** balance
        views = FeatureUnion(
            [
                ("pieces", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2, dtype=np.float32)),
                ("words", TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2), sublinear_tf=True, min_df=2,
                                          dtype=np.float32)),
            ]
        ).fit(texts)  # fmt: skip
        counted = views.transform(texts).tocsr()
        with ThreadPoolExecutor(THREADS) as pool:
            meant = np.vstack(list(pool.map(sentence_vector, texts)))
        weights = regression(counted, meant, wanted, len(names), strictness * weight / weight.mean(), steps)
        return cls(views, weights, names, sharpness)

    def chances(self, text: str) -> np.ndarray:
        """The chance of each intent, in the order of `names`."""
        counted = self.views.transform([text])
        score = counted @ self.weights[: counted.shape[1]]
        score = np.asarray(score)[0] + sentence_vector(text) @ self.weights[counted.shape[1] : -1] + self.weights[-1]
        score = score * self.sharpness
        chance = np.exp(score - score.max())
        return chance / chance.sum()

    def rank(self, text: str, most: int) -> List[Tuple[str, float]]:
        """The likeliest intents with their chances, best first."""
        chance = self.chances(text)
        return [(self.names[i], float(chance[i])) for i in np.argsort(-chance)[:most]]


def regression(
    counted: csr_matrix, meant: np.ndarray, wanted: np.ndarray, intents: int, trust: np.ndarray, steps: int
) -> np.ndarray:
    """The weights (sparse features + dense features + 1, intents) that minimise
    sum(trust * -log chance of the wanted intent) + half the squared weights (the intercept is free)."""
    n, sparse = counted.shape
    size = sparse + meant.shape[1] + 1
    transposed = counted.T.tocsr()
    rows = np.arange(n)
    trust = trust.astype(np.float32)

    def loss(flat: np.ndarray) -> Tuple[float, np.ndarray]:
        w = flat.reshape(size, intents).astype(np.float32)
        score = counted @ w[:sparse] + meant @ w[sparse:-1] + w[-1]
        score -= score.max(axis=1, keepdims=True)
        chance = np.exp(score)
        total = chance.sum(axis=1)
        value = float((trust * (np.log(total) - score[rows, wanted])).sum()) + 0.5 * float((w[:-1] ** 2).sum())
        chance /= total[:, None]
        chance[rows, wanted] -= 1.0
        chance *= trust[:, None]
        slope = np.vstack([transposed @ chance + w[:sparse], meant.T @ chance + w[sparse:-1], chance.sum(axis=0)[None]])
        return value, slope.ravel().astype(np.float64)

    start: Any = np.zeros(size * intents)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return found.x.reshape(size, intents).astype(np.float32)


def sentence_vector(text: str) -> np.ndarray:
    """The sentence vector of a text. Not kept: nothing that a patient wrote stays in this process."""
    return encoder().vector(text).astype(np.float32)
