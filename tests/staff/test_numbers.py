"""The numbers and the metrics: right, and nobody can be found in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
from hypothesis import given
from hypothesis import strategies as st

from intake import metrics
from intake.gate.tallying import minutes_class
from intake.staff.numbers import SMALL, blocks, shown
from tests.conftest import free_port
from tests.staff.clinic import EMERGENCY, Clinic


@given(st.integers(0, 10_000))
def test_a_shown_count_is_none_few_or_rounded(count: int) -> None:
    text, width = shown(count)
    if count == 0:
        assert (text, width) == ("0", 0)
    elif count < SMALL:
        assert text == "1–4"
    else:
        assert int(text) % 5 == 0 and abs(int(text) - count) <= 2 and width == int(text)


@given(st.integers(5, 10_000))
def test_one_person_more_or_less_is_no_count_of_one(count: int) -> None:
    one, more = int(shown(count)[0]), int(shown(count + 1)[0])
    assert more - one in (0, 5)


def test_the_page_has_a_table_for_every_picture(clinic: Clinic) -> None:
    with clinic.records.begin() as tx:
        for _ in range(23):
            tx.tallies.count("started", "web")
        tx.tallies.count("dropped_at", "web", detail="pain.site", n=7)
        tx.tallies.count("unreadable", "sms", detail="pain.duration", n=2)
    page = clinic.log_in(clinic.people["reception"]).get("/staff/numbers?weeks=4").text
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="bars"') == page.count("<tbody>") > 4
    assert ">site<" in page and "1–4" in page and ">2<" not in page


def test_every_count_of_the_gate_has_its_picture() -> None:
    assert [title for title, _, _ in blocks([])] == [
        "From start to booking", "Where people stopped", "Minutes to finish", "Emergency words shown", "Answers that could not be read",
        "By channel", "Started by week", "Finished by week",
    ]  # fmt: skip


def test_the_time_to_finish_falls_into_classes() -> None:
    began = datetime(2026, 11, 25, tzinfo=UTC)
    found = [minutes_class(began + timedelta(minutes=m), began) for m in (0, 3, 4, 9, 59, 61)]
    assert found == ["3", "3", "5", "10", "60", "over"]


def test_a_booking_counts_once(clinic: Clinic) -> None:
    handoff = clinic.intake()

    def booked() -> int:
        with clinic.records.read() as tx:
            today = clinic.clock().date()
            return sum(t.n for t in tx.tallies.list(today - timedelta(days=7), today + timedelta(days=1)) if t.measure == "booked")

    before = booked()
    for status in ("booked", "in_review", "booked"):
        with clinic.records.begin() as tx:
            tx.handoffs.change(handoff.id, status=status)
    assert booked() == before + 1


def test_metrics_stand_on_a_port_of_their_own_and_hold_no_id(clinic: Clinic) -> None:
    handoff = clinic.intake(flags=(EMERGENCY,), alert=True)
    clinic.log_in(clinic.people["admin"]).get(f"/staff/handoffs/{handoff.id}")
    port = free_port()
    server, thread = metrics.serve(clinic.records, port)
    try:
        assert server.server_address[0] == "127.0.0.1"
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert re.search(r'intake_requests_total\{method="GET",route="/staff/handoffs/\{handoff_id\}",status="200"\} \d', text), text[:2000]
    assert re.search(r'intake_handoffs_open\{urgency="T1"\} [1-9]', text)
    assert "intake_database_up 1.0" in text and "intake_handoffs_unacknowledged" in text
    for part in (handoff.id, handoff.reference, "Rowan", "shoulder"):
        assert part not in text
