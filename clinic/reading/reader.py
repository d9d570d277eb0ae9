"""Put the parts together: text in, `Reading` out."""

from __future__ import annotations

from clinic.reading.model import Context, Mention, Reading


def read(text: str, context: Context | None = None, intent: tuple[str, float] | None = None) -> Reading:
    """Read one text in the context of the dialogue; never raises, whatever the text."""
    context = context or Context()
    return Reading(state="unreadable" if context.question else None)


def screen(text: str, for_whom: str = "self") -> list[Mention]:
    """The red flags that the text says are present, most urgent first; denied, old and other people's are left out."""
    return []
