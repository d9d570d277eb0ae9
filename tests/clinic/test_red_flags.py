"""What raised flags ask for: words, escalation, holding, and how an unsure answer counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import contract_ids as ids
from clinic.protocol import protocol
from clinic.red_flags import (
    SELF_HARM,
    Raised,
    after_list,
    after_self,
    decide,
    from_mentions,
    fully_screened,
    may_self_book,
    merge,
    safety_screen,
)
from tests.clinic.making import calmly, flag, flag_sets, said, ticked

NOW = protocol().questions["safety.now"].items


@dataclass
class Found:
    """A mention as the reader returns it."""

    code: str
    start: int
    end: int
    state: str = "reported"
    tier: str | None = None
    kind: str = "red_flag"
    rule: str = "rf.test"


def test_a_mention_raises_with_the_patients_literal_words() -> None:
    text = "well, my face drooped this morning"
    (raised,) = from_mentions([Found("RF03_stroke", 6, 21)], text, "msg_9")
    assert (raised.tier, raised.state) == ("T1", "reported")
    assert raised.evidence == ({"quote": "my face drooped", "message_id": "msg_9", "rule": "rf.test"},)


def test_denied_unsure_and_other_mentions_raise_nothing() -> None:
    mentions = [
        Found("RF03_stroke", 0, 4, state="not_reported"),
        Found("RF03_stroke", 0, 4, state="unknown"),
        Found("knee", 0, 4, kind="body_site"),
    ]
    assert from_mentions(mentions, "some words", "m") == ()


@pytest.mark.parametrize("item", [choice for flag_ in protocol().red_flags.values() for choice in flag_.choices])
def test_every_item_that_is_ticked_raises_its_flag_with_its_tier(item: object) -> None:
    value, tier, question = item.value, item.tier, item.list  # type: ignore[attr-defined]
    outcome = after_list(ticked(question, value), asked=1)
    assert [(one.id, one.tier) for one in outcome.raised] == [(value.partition("@")[0], tier)]
    assert outcome.ask_again == ()


def test_a_list_of_none_raises_nothing() -> None:
    assert after_list(ticked("safety.now"), asked=1).raised == ()


def test_an_unsure_item_is_put_once_more_and_then_counts_as_yes_for_that_item_only() -> None:
    answer = ticked("safety.now", unsure=("RF03_stroke",))
    first = after_list(answer, asked=1)
    assert (first.raised, first.ask_again) == ((), ("RF03_stroke",))
    second = after_list(answer, asked=2)
    assert [(one.id, one.tier, one.state) for one in second.raised] == [("RF03_stroke", "T1", "unknown")]


def test_a_whole_list_unsure_twice_gets_the_words_led_by_the_nurse_line() -> None:
    answer = ticked("safety.now", unsure=NOW)
    assert set(after_list(answer, asked=1).ask_again) == set(NOW)
    raised = after_list(answer, asked=2).raised
    assert {one.tier for one in raised} == {"T2"} and {one.state for one in raised} == {"unknown"}
    decision = decide(raised)
    assert (decision.urgency, decision.escalate, decision.words) == ("T2", True, ("emergency.T2_unsure",))


def test_an_unsure_item_of_a_low_tier_stays_unknown() -> None:
    answer = ticked("safety.general", unsure=("RF11_cancer", "RF17_inflammatory"))
    assert after_list(answer, asked=2).raised == ()


@pytest.mark.parametrize(
    ("flags", "urgency", "escalate", "words", "hold"),
    [
        ([], None, False, (), False),
        ([flag("RF17_inflammatory")], "T4", False, (), False),
        ([flag("RF11_cancer")], "T3", False, ("T3", "T3.call"), True),
        ([flag("RF06_cauda_equina"), flag("RF11_cancer")], "T2", True, ("emergency.T2",), True),
        ([flag("RF06_cauda_equina"), flag("RF01_cardiac")], "T1", True, ("emergency.T1",), True),
        ([flag(SELF_HARM)], "T2", True, ("emergency.RF21",), True),
        ([flag(SELF_HARM, "T1")], "T1", True, ("emergency.T1", "emergency.RF21"), True),
        ([flag(SELF_HARM), flag("RF14_dvt")], "T2", True, ("emergency.T2", "emergency.RF21"), True),
    ],
)
def test_the_most_urgent_flag_decides(flags: Sequence[Raised], urgency: str | None, escalate: bool, words: tuple[str, ...], hold: bool) -> None:
    decision = decide(flags)
    assert (decision.urgency, decision.escalate, decision.words, decision.hold) == (
        urgency,
        escalate,
        words,
        hold,
    )


def test_the_words_quote_the_most_urgent_flag() -> None:
    flags = [flag("RF14_dvt", quote="my calf is red"), flag("RF01_cardiac", quote="my chest is tight")]
    assert decide(flags).quote == "my chest is tight"


def test_words_are_shown_once() -> None:
    shown = flag("RF06_cauda_equina", shown_at="2026-11-22T18:00:00Z")
    decision = decide([shown])
    assert decision.words == () and decision.escalate and decision.urgency == "T2"


@pytest.mark.parametrize("answer", ["old_unchanged", "not_meant"])
@pytest.mark.parametrize("tier", ["T1", "T2"])
def test_old_or_not_meant_lets_the_intake_go_on_but_keeps_t3(answer: str, tier: str) -> None:
    decision = decide([flag("RF09_trauma", tier, confirmed=answer)])
    assert (decision.urgency, decision.escalate, decision.words) == ("T3", False, ())
    assert not may_self_book(decision.urgency, {"now": "complete"}, hold=False)


def test_happening_now_stays_as_urgent_as_it_was() -> None:
    decision = decide([flag("RF06_cauda_equina", confirmed="now")])
    assert (decision.urgency, decision.escalate) == ("T2", True)


def test_a_flag_raised_anew_after_not_meant_is_an_emergency_again() -> None:
    before, anew = (
        flag("RF03_stroke", confirmed="not_meant"),
        flag("RF03_stroke", quote="my arm just dropped"),
    )
    (merged,) = merge([before, anew])
    assert merged.emergency and len(merged.evidence) == 2


def test_self_harm_is_asked_about_once_and_not_safe_is_nine_one_one() -> None:
    hint = flag(SELF_HARM)
    assert decide([hint]).ask_self
    assert not decide([replace(hint, shown_at="2026-11-22T18:00:00Z")]).ask_self
    assert after_self(hint, "not_safe").tier == "T1"
    assert after_self(hint, "safe").tier == after_self(hint, "unsure").tier == after_self(hint, None).tier == "T2"
    assert not decide([replace(hint, confirmed="goes_on")]).escalate


@calmly
@given(flag_sets(), st.randoms())
def test_the_order_of_flags_does_not_matter(flags: list[Raised], random: st.DataObject) -> None:
    shuffled = list(flags)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = decide(flags), decide(shuffled)
    assert (one.urgency, one.escalate, one.words) == (other.urgency, other.escalate, other.words)


@calmly
@given(flag_sets(), flag_sets())
def test_one_more_flag_never_lowers_the_urgency(flags: list[Raised], more: list[Raised]) -> None:
    known, grown = decide(flags), decide([*flags, *more])
    assert (grown.urgency or "T9") <= (known.urgency or "T9")
    assert grown.escalate or not known.escalate


def screened(**lists: object) -> dict[str, str]:
    base = {"pain.site": said(["elbow"]), "age_band": said("19_49")}
    return safety_screen({**base, **{f"safety.{name}": answer for name, answer in lists.items()}})  # type: ignore[dict-item]


def test_the_screen_says_how_far_each_list_got() -> None:
    elbow = {"pain.site": said(["elbow"]), "age_band": said("19_49")}
    spine, general = (protocol().items(f"safety.{name}", elbow) for name in ("spine", "general"))
    found = screened(
        now=ticked("safety.now"),
        spine=said(None, "skip", state="skipped"),
        general=ticked("safety.general", items=general, unsure=general[:1]),
    )
    assert found == {"now": "complete", "spine": "declined", "general": "partial"}
    assert not fully_screened(found)
    whole = screened(
        now=ticked("safety.now"),
        spine=ticked("safety.spine", items=spine),
        general=ticked("safety.general", items=general),
    )
    assert fully_screened(whole)
    assert screened()["now"] == "not_asked"


def test_a_list_without_any_item_that_can_apply_is_complete() -> None:
    tummy = {"pain.site": said(["jaw"]), "age_band": said("19_49")}
    assert protocol().items("safety.spine", tummy) == ()
    assert safety_screen(tummy)["spine"] == "complete"


def test_a_later_site_opens_a_list_again() -> None:
    answers = {
        "pain.site": said(["elbow", "lower_back"]),
        "age_band": said("19_49"),
        "safety.spine": ticked("safety.spine", items=("RF07_weakness",)),
    }
    assert safety_screen(answers)["spine"] == "partial"


def test_only_what_is_calm_and_screened_may_book_by_itself() -> None:
    complete = dict.fromkeys(("now", "spine", "general"), "complete")
    assert may_self_book(None, complete, hold=False) and may_self_book("T4", complete, hold=False)
    assert not may_self_book("T3", complete, hold=False)
    assert not may_self_book(None, complete, hold=True)
    for state in ("partial", "declined", "not_asked"):
        assert not may_self_book(None, {**complete, "spine": state}, hold=False)


def test_the_contract_shape_of_a_flag() -> None:
    assert set(flag(ids.RED_FLAGS[0]).as_dict()) == {"id", "tier", "state", "evidence", "shown_at"}
