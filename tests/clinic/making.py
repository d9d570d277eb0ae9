"""Answers and flags for these tests: hand-written, and as hypothesis strategies that can make any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from clinic import contract_ids as ids
from clinic.answers import Answer
from clinic.protocol import protocol
from clinic.red_flags import Raised

# A busy machine must not fail a property: no time limit on an example, and a bounded number of them.
calmly = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

AT = "2026-11-22T18:04:11Z"


def said(value: Any, quote: str | None = None, state: str = "answered", via: str = "text", **more: Any) -> Answer:
    """An answer that a patient typed; the quote is the value itself where it is a text."""
    words = quote if quote is not None else (value if isinstance(value, str) else "in my words")
    return Answer(
        value=value,
        state=state,
        quote=words,
        message_id="msg_1",
        at=AT,
        channel="web",
        via=via,
        by="patient",
        **more,
    )


def ticked(question: str, *reported: str, items: tuple[str, ...] | None = None, unsure: tuple[str, ...] = ()) -> Answer:
    """A list that was ticked: what was not ticked is denied."""
    shown = items if items is not None else protocol().questions[question].items
    states = {item: "reported" if item in reported else "unknown" if item in unsure else "not_reported" for item in shown}
    return said(list(reported) or "none", "; ".join(reported) or "None of these", via="list", items=states)


def flag(flag_id: str, tier: str | None = None, quote: str = "my own words", **more: Any) -> Raised:
    """A raised red flag with one piece of evidence."""
    evidence = ({"quote": quote, "message_id": "msg_2", "rule": "test.rule"},)
    return Raised(flag_id, tier or protocol().red_flags[flag_id].tier, evidence=evidence, **more)


def _value(question: str) -> st.SearchStrategy[Any]:
    kind = protocol().questions[question].kind
    regions = st.sampled_from(list(ids.REGIONS))
    if kind == "sites":
        return st.lists(regions, min_size=1, max_size=4, unique=True)
    if kind == "severity":
        return st.tuples(st.integers(0, 10), st.integers(0, 10)).map(lambda pair: {"low": min(pair), "high": max(pair)})
    if kind == "duration":
        return st.sampled_from([{"iso": "P3W", "words": "three weeks"}, {"iso": "P1Y2M", "words": "P1Y2M"}])
    if kind == "function":
        return st.fixed_dictionaries({"words": texts(), "score": st.none() | st.integers(0, 10)})
    if kind == "times":
        return st.just({"parts": ["mon_am", "thu_eve"], "words": None})
    if kind == "finding":
        return st.sampled_from(["reported", "not_reported"])
    values = protocol().questions[question].values
    return st.sampled_from(values) if values else texts()


def texts() -> st.SearchStrategy[str]:
    """What a person could type: any characters, many lines, braces, quotation marks."""
    return st.text(min_size=1, max_size=80) | st.sampled_from(["it hurts\nat night", 'she said "ow" {quote} [[x]]'])


@st.composite
def answer_to(draw: st.DrawFn, question: str) -> Answer:
    """Any answer that a question can have."""
    state = draw(st.sampled_from(["answered", "answered", "answered", "unknown", "declined", "skipped", "not_asked"]))
    if state == "not_asked":
        return Answer()
    quote = draw(texts())
    kind = protocol().questions[question].kind
    if state != "answered":
        value = {"unknown": "unknown"}.get(state, "declined") if kind == "finding" else None
        return said(value, quote, state=state)
    if kind == "list":
        names = protocol().questions[question].items
        states = draw(
            st.lists(
                st.sampled_from(["reported", "not_reported", "unknown"]),
                min_size=len(names),
                max_size=len(names),
            )
        )
        items = dict(zip(names, states, strict=True))
        reported = [item for item, told in items.items() if told == "reported"]
        return said(reported or "none", quote, via="list", items=items)
    return said(draw(_value(question)), quote, via=draw(st.sampled_from(["text", "choices", "words"])))


ASKABLE = tuple(question.id for question in protocol().questions.values() if question.in_handoff and not question.derived)


@st.composite
def answer_sets(draw: st.DrawFn) -> Mapping[str, Answer]:
    """Any set of answers."""
    chosen = draw(st.lists(st.sampled_from(ASKABLE), unique=True, max_size=len(ASKABLE)))
    return {question: draw(answer_to(question)) for question in chosen}


def flag_sets() -> st.SearchStrategy[list[Raised]]:
    """Any set of raised red flags, in any order, with repeats."""
    possible = [(one.id, tier) for one in protocol().red_flags.values() for tier in one.tiers]
    one = st.builds(
        lambda named, quote, state, confirmed: flag(*named, quote, state=state, confirmed=confirmed),
        st.sampled_from(possible),
        texts(),
        st.sampled_from(["reported", "unknown"]),
        st.sampled_from([None, None, "now", "old_unchanged", "not_meant"]),
    )
    return st.lists(one, max_size=8)
