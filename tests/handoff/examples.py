"""Handoffs in the contract's shape, written out for these tests: a typical intake and the ways in which one differs."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from clinic.handoff import HandoffMeta, build_handoff
from clinic.red_flags import Raised
from intake.handoff.labels import as_answer

Handoff = dict[str, Any]


def answer(value: Any = None, state: str = "answered", quote: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "value": value,
        "state": state,
        "quote": quote,
        "message_id": "msg_0007" if quote else None,
        "at": None if state == "not_asked" else "2026-11-22T21:04:11Z",
        "channel": None if state == "not_asked" else "web",
        "via": None if state == "not_asked" else ("text" if quote else "choices"),
        "by": None if state == "not_asked" else "patient",
        "previous": [],
    } | more


TOLD: dict[str, dict[str, Any]] = {
    "consent": answer("yes"),
    "for_whom": answer("self"),
    "age_band": answer("19_49"),
    "safety.now": answer(["none"]),
    "safety.spine": answer(["none"]),
    "safety.general": answer(["none"]),
    "narrative": answer(
        "My right shoulder has hurt since the crash in August, worse when I lift my arm.",
        quote="My right shoulder has hurt since the crash in August, worse when I lift my arm.",
    ),
    "pain.site": answer(
        ["shoulder", "neck"],
        quote="right shoulder",
        detail=[
            {"region": "shoulder", "side": "right", "spreads_to": ["upper_arm"]},
            {"region": "neck", "side": "right", "spreads_to": []},
        ],
    ),
    "pain.side": answer("right", quote="right"),
    "pain.duration": answer({"iso": "P3M", "words": "since the crash in August"}, quote="since the crash in August"),
    "pain.severity_now": answer({"low": 6, "high": 7}, quote="6 or 7"),
    "pain.severity_worst": answer({"low": 9, "high": 9}),
    "onset.event": answer("injury", quote="the crash"),
    "onset.delay": answer("days_4_14", quote="about a week later"),
    "indicator.no_ongoing_damage": answer("unknown", state="unknown"),
    "indicator.delayed_onset": answer("reported", via="derived"),
    "indicator.mild_stimuli": answer("reported", quote="even my shirt hurts"),
    "indicator.stabbing": answer("not_reported", quote="only when I reach up", previous=[answer("reported", quote="it stabs")]),
    "indicator.summation": answer("reported", quote="throbs all evening after a shift"),
    "myofascial.pressed": answer("yes"),
    "myofascial.dull_ache": answer("reported", quote="a deep dull ache"),
    "myofascial.tender_spots": answer("reported"),
    "myofascial.relief": answer("not_reported", via="list"),
    "myofascial.restricted_range": answer("reported"),
    "myofascial.twitch": answer("unknown", state="unknown"),
    "myofascial.startle": answer("not_reported", via="list"),
    "sensation.burning": answer("not_reported", via="list"),
    "sensation.numbness": answer("not_reported", via="list"),
    "sensation.tingling": answer("reported", quote="pins and needles in my fingers"),
    "function.activity": answer({"words": "hanging up the washing", "score": 3}, quote="hanging up the washing"),
    "aggravating": answer("reaching overhead", quote="reaching overhead"),
    "easing": answer("a hot shower", quote="a hot shower"),
    "previous_treatment": answer("massage, no real change", quote="massage, no real change"),
    "goal": answer("sleep on my right side again", quote="sleep on my right side again"),
    "precaution": answer([{"id": "PC07_anticoagulant", "detail": "apixaban"}], quote="I take apixaban"),
    "contact.name": answer("Rowan Example", quote="Rowan Example"),
    "contact.phone": answer("+12505550111", quote="250 555 0111"),
    "contact.email": answer(None, state="declined"),
    "contact.preferred": answer("phone"),
    "booking.new_patient": answer("new"),
    "booking.payer": answer("icbc"),
    "booking.location": answer("victoria"),
    "booking.times": answer({"parts": ["mon_am", "wed_pm"], "words": "Monday morning or Wednesday after lunch"}),
}


def handoff(told: dict[str, dict[str, Any]] | None = None, flags: Sequence[Raised] = (), **fields: Any) -> Handoff:
    """A completed intake, built as the product builds it.

    `told` replaces single answers, `flags` are the red flags raised, `fields` replace parts of the document.
    """
    given = copy.deepcopy(TOLD) | (told or {})
    about: dict[str, Any] = {
        "id": "ho_k3v7q2m4x5t6",
        "reference": "IMS-7K3Q",
        "conversation_id": "cv_a1b2c3d4e5f6",
        "created_at": "2026-11-22T21:09:30Z",
        "updated_at": "2026-11-22T21:09:30Z",
    }
    about |= {name: fields.pop(name) for name in ("status", "reason", "partial", *about) if name in fields}
    meta = HandoffMeta(**about)
    answers = {question: as_answer(body) for question, body in given.items()}
    return build_handoff(meta, answers, flags) | fields


def raised(id: str, tier: str, quote: str, **more: Any) -> Raised:
    evidence = ({"quote": quote, "message_id": "msg_0003", "rule": "rf.3"},)
    return Raised(id, tier, evidence=evidence, shown_at="2026-11-22T21:01:00Z", **more)


def emergency() -> Handoff:
    """A T2 flag in the first minute: nothing else is known."""
    nothing = {name: answer(state="not_asked") for name in TOLD}
    known = {
        "consent": answer("yes"),
        "narrative": answer("numb between my legs since this morning", quote="numb between my legs since this morning"),
        "contact.phone": answer("+12505550122", quote="250-555-0122"),
    }
    return handoff(
        nothing | known,
        [raised("RF06_cauda_equina", "T2", "numb between my legs since this morning")],
        reason="emergency",
        partial=True,
    )


def on_hold() -> Handoff:
    return handoff(
        {"precaution": answer([{"id": "PC06_bleeding", "detail": None}])},
    )


def for_a_child() -> Handoff:
    return handoff(
        {
            "for_whom": answer("other", by="carer"),
            "for_whom.detail": answer("my daughter, she sits next to me", quote="my daughter", by="carer"),
            "age_band": answer("12_18", by="carer"),
        },
    )


def without_contact() -> Handoff:
    return handoff({name: answer(state="declined") for name in ("contact.phone", "contact.email", "contact.preferred")})


def long_words() -> Handoff:
    """Every text as long as a message may be."""
    words = ("It started slowly and now it hurts all day, mostly when I sit. " * 40)[:2000]
    texts = ("narrative", "aggravating", "easing", "previous_treatment", "goal")
    return handoff({name: answer(words, quote=words) for name in texts})


def hostile() -> Handoff:
    """Text that tries to be markup, a formula or a header."""
    return handoff(
        {
            "contact.name": answer('=HYPERLINK("http://evil.example","click")', quote="=HYPERLINK"),
            "goal": answer("<script>alert(1)</script> & <img src='file:///etc/passwd'>", quote="<script>"),
            "narrative": answer("@SUM(1+1)\r\nBcc: everybody@example.com", quote="@SUM"),
        }
    )
