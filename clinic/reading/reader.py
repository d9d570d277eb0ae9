"""Put the parts together: text in, `Reading` out."""

from __future__ import annotations

from clinic.reading import sites
from clinic.reading.analysis import analyse
from clinic.reading.facts import Facts, gather, quotes
from clinic.reading.flags import flags
from clinic.reading.model import Context, Mention, Reading
from clinic.reading.polar import polar


def read(text: str, context: Context | None = None, intent: tuple[str, float] | None = None) -> Reading:
    """Read one text in the context of the dialogue; never raises, whatever the text."""
    context = context or Context()
    parts = analyse(text, context.for_whom)
    facts = gather(parts, context.question, context.for_whom)
    value, _ = polar(parts, asked=context.question is not None)
    return Reading(
        state="unreadable" if context.question else None,
        polar=value,  # type: ignore[arg-type]
        findings=facts.findings,
        site=sites.codes(facts.places),
        site_detail=sites.detail(facts.places),
        side=facts.places.side,
        severity={"low": facts.severity.low, "high": facts.severity.high} if facts.severity else None,
        duration_days=(facts.duration.low, facts.duration.high) if facts.duration else None,
        onset_event=facts.onset.event,
        onset_delay=facts.onset.delay,
        red_flags=tuple({"id": m.code, "tier": m.tier or "T4"} for m in facts.flags.present),
        denied_red_flags=facts.flags.denied,
        unsure_red_flags=tuple(m.code for m in facts.flags.unsure),
        precautions=tuple(m.code for m in facts.precautions),
        denied_precautions=facts.denied_precautions,
        quotes=quotes(parts, facts),
        mentions=facts.mentions,
    )


def screen(text: str, for_whom: str = "self") -> list[Mention]:
    """The red flags that the text says are present, most urgent first; denied, old and other people's are left out."""
    return list(flags(analyse(text, for_whom), for_whom).present)


__all__ = ["Facts", "read", "screen"]
