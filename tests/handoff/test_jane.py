"""Jane: links that answer, a text to paste, and a nightly list of what is not marked yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from intake.handoff.delivery import Refused
from intake.handoff.destinations.jane import CHECK_JANE, check_note, copy_for_jane, unmarked_links
from intake.handoff.outbox import send_test
from intake.handoff.settings import BookingSettings
from tests.standins.booking_page import BookingPage
from tests.standins.mail_server import mail_server
from tests.standins.server import serving

from .conftest import Outbox
from .examples import emergency, handoff, hostile, on_hold


@pytest.fixture
def page(outbox: Outbox) -> Iterator[BookingPage]:
    with serving(BookingPage("/victoria")) as stand_in:
        assert isinstance(stand_in, BookingPage)
        outbox.installation.booking = BookingSettings.model_validate(
            {"links": [{"service": "assessment", "url": f"{stand_in.url}/victoria"}]}
        )
        yield stand_in


def offer(outbox: Outbox, page: BookingPage, document: dict[str, object] | None = None) -> str:
    handoff_id = outbox.add_handoff(document)
    outbox.enqueue("booking.offered", handoff_id, {"links": [f"{page.url}/victoria"]})
    outbox.work()
    return handoff_id


def test_an_offered_link_is_checked_and_listed_until_it_is_marked(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane"})
    handoff_id = offer(outbox, page)
    assert outbox.delivery().state == "sent"
    with outbox.records.read() as tx:
        (row,) = unmarked_links(tx, outbox.clock())
    assert (row["handoff_id"], row["status"]) == (handoff_id, "new")
    with outbox.records.begin() as tx:
        tx.handoffs.change(handoff_id, status="booked")
    with outbox.records.read() as tx:
        assert unmarked_links(tx, outbox.clock()) == []


def test_a_booking_page_that_is_gone_reaches_staff(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane"})
    page.paths.clear()
    offer(outbox, page)
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "link_http_404")
    with outbox.records.read() as tx:
        assert len(unmarked_links(tx, outbox.clock())) == 1, "it was still offered"


def test_only_configured_pages_are_ever_asked(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane"})
    handoff_id = outbox.add_handoff()
    outbox.enqueue("booking.offered", handoff_id, {"links": [f"{page.url}/elsewhere"]})
    outbox.work()
    assert outbox.delivery().last_error == "link_no_longer_configured"
    assert page.received == []


def test_the_page_is_not_told_which_patient(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane"})
    offer(outbox, page)
    (asked,) = page.received
    assert (asked.path, asked.query, asked.body) == ("/victoria", {}, b"")


def test_the_nightly_list_goes_out_once_a_day_with_references_only(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane", "list_to": ["desk@clinic.example"]})
    with mail_server() as mailbox:
        outbox.smtp_url = mailbox.url
        offer(outbox, page, on_hold())
        assert mailbox.messages == [], "not before the clinic closes"
        outbox.later(days=4)
        mailbox.answers.append("451 later")
        outbox.work()
        outbox.later(minutes=1)
        outbox.work()
        outbox.work()
        (message,) = mailbox.messages
        text = message.get_content()
        assert "IMS-" in text and "Rowan" not in text and "bleeding" not in text
        outbox.later(days=4)
        outbox.work()
        assert len(mailbox.messages) == 2


def test_an_empty_list_is_not_sent(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane", "list_to": ["desk@clinic.example"]})
    with mail_server() as mailbox:
        outbox.smtp_url = mailbox.url
        outbox.work()
        outbox.later(days=4)
        outbox.work()
        assert mailbox.messages == []


def test_on_hold_staff_are_told_to_check_jane() -> None:
    assert check_note(on_hold(), link_offered=True) == CHECK_JANE
    assert check_note(handoff(urgency="T3"), link_offered=True) == CHECK_JANE
    assert check_note(on_hold(), link_offered=False) is None
    assert check_note(handoff(), link_offered=True) is None


def test_the_text_for_jane_says_what_it_is_and_leaves_nothing_out() -> None:
    text = copy_for_jane(handoff())
    assert text.startswith("INTAKE IMS-7K3Q (2026-11-22). Self-reported. Not examined. Not a diagnosis.")
    for part in (
        "right shoulder spreading to upper arm; right neck",
        "apixaban",
        "even my shirt hurts",
        "+12505550111",
    ):
        assert part in text
    assert "not asked" not in text.split("DETAILS")[1]
    urgent = copy_for_jane(emergency())
    assert "RED FLAGS NOT FULLY SCREENED" in urgent and "RED FLAG T2: Possible cauda equina" in urgent
    assert copy_for_jane(hostile()).count("\n\n\n") == 0


def test_the_test_button_checks_every_page(outbox: Outbox, page: BookingPage) -> None:
    outbox.configure({"kind": "jane"})
    assert send_test(outbox.settings, "jane", outbox.context()).note == "1 booking pages answer"
    page.paths.clear()
    with pytest.raises(Refused, match="link_http_404"):
        send_test(outbox.settings, "jane", outbox.context())
