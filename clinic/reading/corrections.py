"""Corrections in free words: "sorry, I meant no", "actually it was two weeks", "the other shoulder", "scrap the blood thinners"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clinic.reading import sites
from clinic.reading.analysis import Text
from clinic.reading.answering import answer
from clinic.reading.facts import Facts, gather
from clinic.reading.model import Context
from clinic.reading.onset import delay_class
from clinic.reading.polar import polar

_CUES = (
    ("i", "meant"), ("i", "mean"), ("meant", "to", "say"), ("actually",), ("correction",), ("scrap",), ("scratch", "that"), ("not", "the", "left"), ("not", "the", "right"),
    ("change", "my"), ("change", "that"), ("change", "it"), ("i", "said"), ("i", "put"), ("i", "told", "you"), ("earlier", "i"), ("my", "mistake"), ("made", "a", "mistake"), ("wrong", "side"),
    ("wrong", "one"), ("should", "be"), ("should", "have", "been"), ("should", "have", "said"), ("ignore", "what"), ("forget", "what"), ("ignore", "that"), ("take", "back"), ("sorry",), ("oops",), ("whoops",), ("wait",),
    ("strike", "that"), ("no", "i", "meant"), ("it", "is", "the", "other"), ("the", "other"), ("rather",), ("not", "left"), ("not", "right"), ("instead",), ("got", "that", "wrong"), ("on", "second", "thought"), ("thinking", "about", "it"),
    ("i", "take", "that", "back"), ("that", "was", "wrong"), ("misspoke",), ("typo",), ("edit",), ("update",), ("i", "lied"), ("remembered",), ("come", "to", "think"), ("disregard",),
)  # fmt: skip
_STRONG = {("i", "meant"), ("meant", "to", "say"), ("correction",), ("scrap",), ("scratch", "that"), ("change", "my"), ("change", "that"), ("i", "said"), ("i", "put"), ("my", "mistake"), ("should", "be"), ("should", "have", "been"),
           ("should", "have", "said"), ("ignore", "what"), ("forget", "what"), ("strike", "that"), ("i", "take", "that", "back"), ("got", "that", "wrong"), ("misspoke",), ("that", "was", "wrong"), ("disregard",), ("i", "told", "you"),
           ("wrong", "side"), ("the", "other"), ("it", "is", "the", "other"), ("not", "the", "left"), ("not", "the", "right"), ("on", "second", "thought"), ("take", "back"), ("change", "it")}  # fmt: skip
_TAKE_BACK = frozenset("scrap scratch ignore forget disregard remove strike delete drop".split())


def corrections(text: Text, facts: Facts, context: Context, for_whom: str) -> dict[str, Any]:
    """{question id: new value} of the answers that this text changes; empty if it changes none."""
    known = {k: v for k, v in context.answers.items() if v is not None}
    if not known:
        return {}
    cues = [c for c in _CUES if _contains(text.words, c)]
    if not cues:
        return {}
    strong = any(c in _STRONG for c in cues)
    out: dict[str, Any] = {}
    out.update(_taken_back(text, facts, known))
    out.update(_other_side(text, facts, known, context))
    if not out:
        out.update(_restated(text, facts, known, context, strong))
    if not out:
        out.update(_previous(text, facts, context, for_whom, strong))
    return {k: v for k, v in out.items() if known.get(k) != v}


def _contains(words: list[str], cue: tuple[str, ...]) -> bool:
    return any(tuple(words[i : i + len(cue)]) == cue for i in range(len(words) - len(cue) + 1))


def _other_side(text: Text, facts: Facts, known: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """ "the other shoulder": the opposite of the side told; "not the left, the right": the one not denied."""
    was = known.get("pain.side")
    if "side.other" in text.hits and was in ("left", "right") and not facts.places.side:
        return {"pain.side": "right" if was == "left" else "left"}
    if was and facts.places.side and facts.places.side != was and context.question != "pain.side":
        return {"pain.side": facts.places.side}
    if was in ("left", "right") and facts.places.side == "both" and "not" in text.words:
        return {"pain.side": "right" if was == "left" else "left"}
    return {}


def _taken_back(text: Text, facts: Facts, known: Mapping[str, Any]) -> dict[str, Any]:
    """ "scrap what I said about blood thinners": the item leaves its list, the finding is no longer reported."""
    if not _TAKE_BACK & set(text.words) and "not" not in text.words and "no" not in text.words:
        return {}
    out: dict[str, Any] = {}
    ids = {m.code for m in facts.precautions} | set(facts.denied_precautions)
    listed = known.get("precaution")
    if ids and isinstance(listed, (list, tuple)):
        left = [i for i in listed if (i.get("id") if isinstance(i, Mapping) else i) not in ids]
        if len(left) != len(listed) and (_TAKE_BACK & set(text.words) or set(facts.denied_precautions) & ids):
            out["precaution"] = left or "none"
    flags = {m.code for m in facts.flags.present} | set(facts.flags.denied)
    for question in ("safety.now", "safety.spine", "safety.general"):
        listed = known.get(question)
        if flags and isinstance(listed, (list, tuple)) and (_TAKE_BACK & set(text.words) or facts.flags.denied):
            left = [i for i in listed if str(i).split("@")[0] not in flags]
            if len(left) != len(listed):
                out[question] = left or "none"
    if _TAKE_BACK & set(text.words):
        for finding, state in facts.findings.items():
            if known.get(finding) == "reported" and state == "reported":
                out[finding] = "not_reported"
    return out


def _restated(text: Text, facts: Facts, known: Mapping[str, Any], context: Context, strong: bool) -> dict[str, Any]:
    """ "actually it was two weeks": a fact that was told before is told anew."""
    out: dict[str, Any] = {}
    later = facts.onset.delay if facts.onset.delay_span and "later" in text.words else None
    if facts.duration and "pain.duration" in known and context.question != "pain.duration" and not later:
        out["pain.duration"] = {"iso": facts.duration.iso, "words": text.quote((facts.duration.start, facts.duration.end))}
    elif text.lengths and context.previous_question == "onset.delay" and "onset.delay" in known:
        out["onset.delay"] = delay_class((text.lengths[0].low + text.lengths[0].high) / 2)
    if facts.onset.delay and "onset.delay" in known and context.question != "onset.delay":
        out["onset.delay"] = facts.onset.delay
    if facts.onset.event and "onset.event" in known and context.question != "onset.event" and facts.onset.event != "gradual":
        out["onset.event"] = facts.onset.event
    codes = list(sites.codes(facts.places))
    if (
        codes
        and "pain.site" in known
        and context.question != "pain.site"
        and list(_as_list(known["pain.site"])) != codes
        and (strong or "not" in text.words)
    ):
        out["pain.site"] = codes
    severity = facts.severity or (
        gather(text, "pain.severity_now", context.for_whom).severity
        if context.previous_question in ("pain.severity_now", "pain.severity_worst")
        else None
    )
    if severity and not out and context.question not in ("pain.severity_now", "pain.severity_worst"):
        asked = context.previous_question if context.previous_question in ("pain.severity_now", "pain.severity_worst") else "pain.severity_now"
        if "worst" in text.words and "pain.severity_worst" in known:
            asked = "pain.severity_worst"
        if asked in known:
            out[asked] = {"low": severity.low, "high": severity.high}
    for finding, state in facts.findings.items():
        if finding in known and known[finding] != state and finding != context.question and finding != "indicator.delayed_onset":
            out[finding] = state
    if text.age and "age_band" in known and context.question != "age_band":
        from clinic.reading.answering import band

        out["age_band"] = band(text.age[0])
    return out


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _previous(text: Text, facts: Facts, context: Context, for_whom: str, strong: bool) -> dict[str, Any]:
    """ "sorry, I meant no": the last answered question is answered again."""
    before = context.previous_question
    if not before or before not in context.answers or not (strong or "sorry" in text.words or "actually" in text.words or "wait" in text.words):
        return {}
    rest, _ = polar(text, asked=True)
    for value in ("no", "yes"):
        if any(text.words[i : i + 3] == ["i", "meant", value] for i in range(len(text.words))) or any(
            text.words[i : i + 2] == ["meant", value] for i in range(len(text.words))
        ):
            rest = value
    again = answer(text, gather(text, before, for_whom), replace(context, question=before, offered=()), rest)
    if again.state is None or (not strong and context.question and again.value == text.original.strip()):
        return {}
    if again.state in ("unknown", "declined", "skipped") and again.value is None:
        return {before: again.state}
    return {before: again.value} if again.value != text.original.strip() or strong else {}
