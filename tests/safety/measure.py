"""Print recall and false alarms over a folder of the corpus: `python -m tests.safety.measure [FOLDER] [--rows]`.

One line an id and a line for all, for the dialogue's reading and for the gate's screen, each with its Wilson
95 % interval; `--rows` lists the texts that went wrong (they are all invented, no patient wrote them).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.safety.corpus import HERE, READERS, Row, asked, is_right, load, wilson


def verdicts(rows: Sequence[Row], reader: str) -> list[tuple[Row, dict[str, str], bool]]:
    """Each row with what the reader raised and whether that is right."""
    found = [(row, READERS[reader](row)) for row in asked(rows, reader)]
    return [(row, raised, is_right(row, raised)) for row, raised in found]


def line(name: str, judged: Sequence[tuple[Row, dict[str, str], bool]]) -> str:
    """One line of the table: `name  recall right/n (interval)  false alarms wrong/n (interval)`."""
    positive = [right for row, _, right in judged if row.raises]
    negative = [not right for row, _, right in judged if not row.raises]
    low, high = wilson(sum(positive), len(positive))
    low_false, high_false = wilson(sum(negative), len(negative))
    return (
        f"{name:24} recall {sum(positive):4}/{len(positive):<4} ({low:6.1%} to {high:6.1%})"
        f"   false alarms {sum(negative):3}/{len(negative):<4} ({low_false:6.1%} to {high_false:6.1%})"
    )


def table(rows: Sequence[Row], reader: str) -> str:
    """The whole table for one reader."""
    judged = verdicts(rows, reader)
    names = sorted({row.red_flag for row in rows})
    lines = [line(name, [entry for entry in judged if entry[0].red_flag == name]) for name in names]
    return "\n".join([f"{reader}:", *lines, line("all", judged)])


def main(arguments: Sequence[str]) -> int:
    """Print both tables; exit code 1 when a text that must raise did not."""
    folders = [Path(argument) for argument in arguments if not argument.startswith("--")]
    rows = load(folders[0] if folders else HERE)
    missed = 0
    for reader in READERS:
        print(table(rows, reader), end="\n\n")
        for row, raised, right in verdicts(rows, reader):
            missed += row.raises and not right
            if not right and "--rows" in arguments:
                wanted = f"must raise at {row.tier}" if row.raises else "must stay silent"
                print(f"  {row.red_flag} {wanted}, raised {raised or 'nothing'} [{row.style}] {row.text}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
