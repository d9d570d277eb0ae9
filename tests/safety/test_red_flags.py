"""No emergency of the corpus is missed, and harmless texts stay quiet. Run with -s to see the table.

Every text that must raise does, and at most 1 in 100 of the silent ones alarms. These texts are known to whoever writes the
rules, so they hold what was reached; how texts fare that nobody has seen stands in docs/evaluation.md. The learnt layer is
trained on them as well.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.safety.corpus import DEFAULT_TIER, READERS, load
from tests.safety.measure import table, verdicts

ROWS = load()
IDS = sorted({row.red_flag for row in ROWS if row.raises})


@pytest.mark.parametrize("reader", READERS)
def test_every_text_of_the_corpus_that_must_raise_a_red_flag_raises_it(reader: str) -> None:
    print("\n" + table(ROWS, reader))
    missed = [
        (row.red_flag, row.tier, raised, row.text)
        for row, raised, right in verdicts(ROWS, reader)
        if row.raises and not right
    ]
    assert missed == [], f"{len(missed)} emergencies missed"


@pytest.mark.parametrize("reader", READERS)
def test_at_most_one_in_a_hundred_harmless_texts_raises_an_alarm(reader: str) -> None:
    judged = [entry for entry in verdicts(ROWS, reader) if not entry[0].raises]
    alarms = [(row.red_flag, raised, row.text) for row, raised, right in judged if not right]
    assert len(alarms) <= 0.01 * len(judged), alarms


@pytest.mark.parametrize("red_flag", IDS)
def test_the_corpus_holds_enough_own_texts_for_every_red_flag(red_flag: str) -> None:
    counts = Counter(row.raises for row in ROWS if row.red_flag == red_flag)
    raises, silent = (8, 5) if red_flag in DEFAULT_TIER else (20, 10)
    assert counts[True] >= raises and counts[False] >= silent


def test_the_corpus_covers_every_red_flag_of_the_protocol() -> None:
    from clinic.protocol import protocol

    assert set(IDS) == set(protocol().red_flags)


def test_no_text_stands_twice_in_the_corpus() -> None:
    twice = [text for text, n in Counter(row.text.casefold() for row in ROWS).items() if n > 1]
    assert twice == []
