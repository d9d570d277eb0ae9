"""The one reader of free text: what a patient's words say, with the exact characters that say it.

`read(text, context)` gives everything; `screen(text)` only the red flags that are present now, for the gate.
"""

from clinic.reading.model import MOVES, REGIONS, Context, Mention, Reading
from clinic.reading.reader import read, screen

__all__ = ["MOVES", "REGIONS", "Context", "Mention", "Reading", "read", "screen"]
