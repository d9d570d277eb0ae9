"""What staff do first: by urgency and role, without advice they may not give."""

from __future__ import annotations

import pytest

from clinic.do_this import DUE, ROLES, do_this
from clinic.red_flags import SELF_HARM


@pytest.mark.parametrize("urgency", ["T1", "T2", "T3", "T4", None])
@pytest.mark.parametrize("role", ROLES)
def test_every_urgency_and_role_has_something_to_do_and_a_time(urgency: str | None, role: str) -> None:
    box = do_this(urgency, role)
    assert box.heading and box.steps and box.due


def test_due_times_are_those_of_the_specification() -> None:
    assert (DUE["T1"].minutes, DUE["T2"].minutes, DUE["T3"].day) == (5, 15, "same_day")  # type: ignore[union-attr]


def test_t2_is_called_asked_and_not_advised() -> None:
    steps = " ".join(do_this("T2", "reception").steps)
    assert "Are you on your way" in steps
    assert "Give no medical advice" in steps
    assert "two missed calls" in steps and "no clinical detail" in steps
    assert "physiotherapist on duty" in steps


def test_self_harm_goes_to_a_physiotherapist_and_reception_does_not_ask() -> None:
    reception = do_this("T2", "reception", red_flags=[SELF_HARM])
    assert "Do not call alone" in " ".join(reception.steps)
    assert "on your way" not in " ".join(reception.steps)
    physiotherapist = do_this("T1", "physiotherapist", red_flags=[SELF_HARM])
    assert "9-8-8" in " ".join(physiotherapist.steps)
    both = do_this("T1", "reception", red_flags=[SELF_HARM, "RF01_cardiac"])
    assert "Have you called 9-1-1" in " ".join(both.steps)


def test_hold_and_an_open_screen_stop_the_booking_link() -> None:
    assert any("HOLD" in step for step in do_this(None, "reception", hold=True).steps)
    assert any("not fully screened" in step for step in do_this(None, "reception", screened=False).steps)
    assert not any("HOLD" in step for step in do_this(None, "reception").steps)


def test_without_contact_the_chat_is_the_only_way() -> None:
    assert "reply in the chat" in do_this("T2", "reception", contact=False).steps[0]


@pytest.mark.parametrize("reason", ["person_requested", "unreadable", "complaint", "expired"])
def test_a_reason_adds_its_own_step(reason: str) -> None:
    assert len(do_this(None, "reception", reason=reason).steps) > len(do_this(None, "reception").steps)
