"""What started the pain, and how long after it the pain came."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.reading.analysis import Text
from clinic.reading.lexicon import Span
from clinic.reading.rules import state_of


@dataclass(frozen=True)
class Onset:
    """Event and delay class of the contract, with the tokens that say each."""

    event: str | None = None
    event_span: Span | None = None
    delay: str | None = None
    delay_span: Span | None = None


def delay_class(days: float) -> str:
    """The contract's class of a delay in days."""
    if days <= 0.03:
        return "immediate"
    if days < 1:
        return "within_day"
    if days <= 3.5:
        return "days_1_3"
    return "days_4_14" if days <= 14 else "later"


_EVENT_ORDER = ("surgery", "injury", "overuse", "illness", "gradual", "unknown")


def onset(text: Text, asked: str | None) -> Onset:
    """Read event and delay; `asked` is the open question (a bare "two days" answers onset.delay)."""
    event, event_span = _event(text, asked)
    delay, delay_span = _delay(text, asked, event)
    return Onset(event, event_span, delay, delay_span)


def _event(text: Text, asked: str | None) -> tuple[str | None, Span | None]:
    found: dict[str, Span] = {}
    for code in _EVENT_ORDER:
        for span in text.hits.get(f"event.{code}", ()):
            if state_of((span,), text.scopes) in ("reported", "unsure") or (
                code in ("gradual", "unknown") and state_of((span,), text.scopes) == "denied"
            ):
                found.setdefault(code, span)
                break
    if asked == "onset.event" and "gradual" not in found:
        for code in _EVENT_ORDER:
            for span in text.hits.get(f"event.{code}.short", ()):
                if state_of((span,), text.scopes) in ("reported", "unsure"):
                    found.setdefault(code, span)
                    break
    if not found:
        return None, None
    if "gradual" in found and "injury" in found and found["injury"][0] < found["gradual"][0]:
        del found["gradual"]
    for code in ("surgery", "injury", "gradual", "overuse", "illness", "unknown"):
        if code in found:
            if code == "gradual" and "overuse" in found:
                continue
            return code, found[code]
    return None, None


def _delay(text: Text, asked: str | None, event: str | None) -> tuple[str | None, Span | None]:
    options: list[tuple[int, str, Span]] = []
    for code in ("immediate", "within_day", "days_1_3", "days_4_14", "later", "no_event", "unknown"):
        for span in text.hits.get(f"delay.{code}", ()):
            state = state_of((span,), text.scopes)
            if state == "denied" and code == "immediate":
                continue
            if state in ("reported", "unsure") and not _counted(text, span):
                options.append((span[0], code, span))
    for length in text.lengths:
        span = (length.start, length.end)
        if length.kind == "later":
            options.append((span[0], delay_class(_middle(length.low, length.high)), span))
        elif asked == "onset.delay":
            if length.kind == "ago" and text.words[length.start] in ("yesterday", "last"):
                continue
            options.append((span[0], delay_class(_middle(length.low, length.high)), span))
        elif length.kind in ("bare", "in") and _after_event(text, length.end):
            options.append((span[0], delay_class(_middle(length.low, length.high)), span))
    if not options:
        return None, None
    later = [o for o in options if o[1] not in ("immediate", "no_event", "unknown")]
    chosen = max(later, key=lambda o: o[0]) if later and not _at_once_last(options) else min(options, key=lambda o: o[0])
    if later and asked != "onset.delay":
        chosen = later[0]
    if chosen[1] == "no_event" and event in ("injury", "surgery"):
        return None, None
    return chosen[1], chosen[2]


def _counted(text: Text, span: Span) -> bool:
    """ "6 days later": a length of time with its number says more than the set phrase "days later" inside it."""
    return any(
        length.kind == "later" and length.start < span[1] and span[0] < length.end and length.end - length.start >= span[1] - span[0]
        for length in text.lengths
    )


def _at_once_last(options: list[tuple[int, str, Span]]) -> bool:
    return options[-1][1] == "immediate"


def _middle(low: float, high: float) -> float:
    return low if high <= low * 1.6 else (low + high) / 2


def _after_event(text: Text, end: int) -> bool:
    """ "two weeks after the crash", "a few days before it started hurting"."""
    after = text.words[end : end + 6]
    return bool(after) and (
        after[0] in ("after", "before", "until", "till")
        or after[:2] in (["went", "by"], ["to", "show"], ["later", "on"], ["for", "the"], ["for", "it"])
    )
