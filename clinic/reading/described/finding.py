"""Red flags that a text describes: what the detector finds in it, with the words that speak for it, and what it holds back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from clinic.reading.analysis import Text
from clinic.reading.described import features
from clinic.reading.described.detector import Detector, Window, detector, windows
from clinic.reading.lexicon import Span
from clinic.reading.rules import Match, Rule

# EMERGENCY: on left-out own texts, harmless intakes and the conversations of other people (docs/evaluation.md).
EMERGENCY = 1.7  # score of the column "emergency" from which a text alarms
SAME_ID = 0.0  # score from which a second red flag is named beside the likeliest one
NOTE = 0.6  # score from which a T3 or T4 flag is noted
HARMLESS = -0.5  # what a rule found raises no alarm where no run of segments around it scores this much
FEWEST_WORDS = 3
FEWEST_TO_DOUBT = 8  # words; a shorter text says too little to hold against a rule
_NEVER_DOUBTED = frozenset({"RF21_self_harm"})  # wrong silence is worst here
# What becomes of a description that is over four weeks old and unchanged, as in the rules of the same red flag.
_OLD = {"RF02_breathing": "T4", "RF05_neck_artery_early": "keep", "RF07_weakness": "T4", "RF08_cord": "T3", "RF11_cancer": "keep", "RF16_gca": "keep",
        "RF17_inflammatory": "keep", "RF18_pmr": "keep", "RF19_crps": "keep", "RF25_pregnancy": "keep"}  # fmt: skip


@dataclass(frozen=True)
class Described:
    """One red flag at one tier, and the tokens that speak for it."""

    code: str
    tier: str
    span: Span
    score: float


@lru_cache(maxsize=64)
def as_rule(code: str, tier: str) -> Rule:
    """The rule that a description counts as, for what time makes of it."""
    return Rule(id=f"described.{code[:4].lower()}", kind="red_flag", code=code, all=(), tier=tier, old=_OLD.get(code, "silent"))


@dataclass(frozen=True)
class Weighed:
    """A text as the detector sees it: the features of its segments and the scores of every run of them."""

    text: Text
    size: int  # words
    bags: list[list[str]]
    scores: dict[Window, npt.NDArray[np.float64]]

    def harmless(self, code: str, span: Span) -> bool:
        """Does everything around what a rule found speak against an emergency ("a blackout in the storm")?

        Then the flag stays as a note for staff and alarms nobody. A short text and RF21 are never doubted.
        """
        if self.size < FEWEST_TO_DOUBT or code in _NEVER_DOUBTED:
            return False
        parts = features.segments(self.text)
        first = next(i for i, part in enumerate(parts) if part[1] > span[0])
        around = [scores[0] for (start, end), scores in self.scores.items() if start <= first < end]
        return bool(max(around) < HARMLESS)


def weigh(text: Text) -> Weighed:
    """Score every run of up to three segments; a text of one or two words is not scored."""
    size = sum(word[0].isalnum() for word in text.words)
    if size < FEWEST_WORDS:
        return Weighed(text, size, [], {})
    bags = features.bags(text)
    return Weighed(text, size, bags, {window: detector().scores(bags, window) for window in windows(len(bags))})


def described(weighed: Weighed) -> list[Match]:
    """The red flags that the whole text describes, as matches that time and scope still weigh."""
    return [Match(as_rule(one.code, one.tier), (one.span,), "reported") for one in find(weighed)]


def find(weighed: Weighed) -> list[Described]:
    """Emergencies in any run of up to three segments, most likely first; without one, what else is worth a note."""
    learnt = detector()
    text, bags = weighed.text, weighed.bags
    best: dict[str, tuple[float, Window]] = {}
    alarm: tuple[float, Window] | None = None
    for window, scores in weighed.scores.items():
        if alarm is None or scores[0] > alarm[0]:
            alarm = (float(scores[0]), window)
        for name, score in zip(learnt.names[1:], scores[1:], strict=True):
            if name not in best or score > best[name][0]:
                best[name] = (float(score), window)
    if alarm and alarm[0] >= EMERGENCY:
        return _emergencies(text, learnt, bags, alarm)
    notes = [(score, window, name) for name, (score, window) in best.items() if name[-2:] in ("T3", "T4") and score >= NOTE]
    return [_described(text, learnt, name, window, score) for score, window, name in sorted(notes, reverse=True)]


def _emergencies(text: Text, learnt: Detector, bags: list[list[str]], alarm: tuple[float, Window]) -> list[Described]:
    scores = learnt.scores(bags, alarm[1])
    named = sorted(((float(s), n) for n, s in zip(learnt.names[1:], scores[1:], strict=True) if n[-2:] in ("T1", "T2")), reverse=True)
    return [_described(text, learnt, name, alarm[1], score) for i, (score, name) in enumerate(named) if i == 0 or score >= SAME_ID]


def _described(text: Text, learnt: Detector, name: str, window: Window, score: float) -> Described:
    code, tier = name.split("@")
    return Described(code, tier, _span(text, learnt, learnt.names.index(name), window), score)


def _span(text: Text, learnt: Detector, column: int, window: Window) -> Span:
    """The run of tokens in the window that speaks most for the column."""
    parts = features.segments(text)[window[0] : window[1]]
    words = features.marked(text)
    pull = dict.fromkeys(range(parts[0][0], parts[-1][1]), 0.0)
    for part in parts:
        for feature, place in features.rows(text, words, part):
            row = learnt.index.get(feature)
            if row is not None:
                pull[place] += learnt.pull(row, column)
    here = parts[0][0]
    best, total, most = (here, parts[-1][1]), 0.0, 0.0
    for i, value in sorted(pull.items()):
        if total <= 0:
            total, here = 0.0, i
        total += value
        if total > most:
            most, best = total, (here, i + 1)
    return best
