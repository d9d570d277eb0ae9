"""The erasure journal: which conversations were erased, so that a restored backup does not bring them back.

It stands beside the key file, apart from the database: one line an erasure, time, opaque id, how.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


class ErasureJournal:
    """Append to and read the journal of one installation."""

    def __init__(self, key_file: Path) -> None:
        self.path = key_file.with_name(f"{key_file.name}.erased")

    def append(self, erased: Iterable[tuple[str, str]], at: datetime) -> None:
        """Add (conversation id, `erased`, `withdrawn` or `refused`) lines, on disk when this returns."""
        lines = "".join(f"{at.isoformat(timespec='seconds')} {owner} {how}\n" for owner, how in erased)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(lines)
            stream.flush()
            os.fsync(stream.fileno())

    def read(self) -> list[tuple[str, str]]:
        """Return all (conversation id, how), the oldest first."""
        if not self.path.exists():
            return []
        rows = (line.split() for line in self.path.read_text(encoding="ascii").splitlines())
        return [(row[1], row[2]) for row in rows if len(row) == 3]
