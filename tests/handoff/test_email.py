"""E-mail over real SMTP: no clinical detail, no doubles, and every refusal in its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from intake.handoff.delivery import Refused, Retry
from intake.handoff.mail import compose, send
from intake.handoff.outbox import send_test
from intake.handoff.settings import DeliverySettings
from tests.standins.mail_server import Mailbox, mail_server
from tests.standins.server import free_port

from .conftest import PDF, Outbox
from .examples import emergency

DESK = {"kind": "email", "to": ["desk@clinic.example"]}


@pytest.fixture
def mailbox(outbox: Outbox) -> Iterator[Mailbox]:
    with mail_server() as box:
        outbox.smtp_url = box.url
        yield box


def test_staff_are_told_that_an_intake_waits_and_nothing_of_what_is_in_it(outbox: Outbox, mailbox: Mailbox) -> None:
    outbox.configure(DESK)
    handoff_id = outbox.add_handoff(emergency())
    outbox.enqueue("handoff.created", handoff_id)
    outbox.work()
    (message,) = mailbox.messages
    assert mailbox.recipients == [["desk@clinic.example"]]
    assert message["Subject"].startswith("A new intake is waiting: IMS-")
    assert message["Auto-Submitted"] == "auto-generated"
    whole = message.as_string()
    for personal in ("numb", "cauda", "T2", "emergency", "5550122", "urgent"):
        assert personal not in whole
    assert f"https://intake.example/staff/handoffs/{handoff_id}" in message.get_content()


def test_the_pdf_comes_along_only_if_the_clinic_says_so(outbox: Outbox, mailbox: Mailbox) -> None:
    outbox.configure(DESK | {"attach_pdf": True})
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    (attachment,) = mailbox.messages[0].iter_attachments()
    assert attachment.get_content() == PDF
    assert attachment.get_content_type() == "application/pdf"


def test_without_consent_no_document_is_attached(outbox: Outbox, mailbox: Mailbox) -> None:
    outbox.configure(DESK | {"attach_pdf": True})
    outbox.enqueue("handoff.created", outbox.add_handoff(emergency(), without_consent=True))
    outbox.work()
    assert list(mailbox.messages[0].iter_attachments()) == []


@pytest.mark.parametrize("answer", ["451 greylisted", "421 busy"])
def test_a_temporary_refusal_is_tried_again(outbox: Outbox, mailbox: Mailbox, answer: str) -> None:
    outbox.configure(DESK)
    mailbox.answers.append(answer)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert outbox.delivery().last_error == f"smtp_{answer[:3]}"
    outbox.later(minutes=1)
    outbox.work()
    assert outbox.delivery().state == "sent" and len(mailbox.messages) == 1


def test_a_final_refusal_is_a_dead_letter_at_once(outbox: Outbox, mailbox: Mailbox) -> None:
    outbox.configure(DESK)
    mailbox.answers.append("550 no such mailbox")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "smtp_550")


def test_a_message_whose_receipt_was_lost_comes_again_under_the_same_message_id(outbox: Outbox, mailbox: Mailbox) -> None:
    outbox.configure(DESK)
    mailbox.answers.append("accept and vanish")
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    outbox.later(minutes=1)
    outbox.work()
    assert outbox.delivery().state == "sent"
    assert len(mailbox.messages) == 2
    assert mailbox.messages[0]["Message-ID"] == mailbox.messages[1]["Message-ID"]


def test_a_mail_server_that_is_down_is_tried_again(outbox: Outbox) -> None:
    outbox.configure(DESK)
    outbox.smtp_url = f"smtp://127.0.0.1:{free_port()}"
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("pending", "unreachable")


def test_without_a_mail_server_the_setting_is_named(outbox: Outbox) -> None:
    outbox.configure(DESK)
    outbox.enqueue("handoff.created", outbox.add_handoff())
    outbox.work()
    assert (outbox.delivery().state, outbox.delivery().last_error) == ("dead", "smtp_url_missing")


def test_a_wrong_password_can_be_cured_and_a_right_one_works() -> None:
    message = compose(sender="a@clinic.example", to=["b@clinic.example"], subject="x", text="y", message_id="m1")
    with mail_server(login=("desk", "pass word")) as box:
        right = box.url.replace("pass word", "pass%20word")
        with pytest.raises(Retry, match="smtp_535"):
            send(right.replace("pass%20word", "wrong"), message, 2)
        send(right, message, 2)
        assert len(box.messages) == 1


def test_mail_to_another_machine_needs_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    message = compose(sender="a@clinic.example", to=["b@clinic.example"], subject="x", text="y", message_id="m1")
    with mail_server() as box:
        # The stand-in listens on this machine only; here it is taken for another one.
        monkeypatch.setattr("intake.handoff.mail.is_loopback", lambda host: False)
        with pytest.raises(Refused, match="smtp_without_tls"):
            send(box.url, message, 2)
        assert box.messages == []


def test_a_header_cannot_be_smuggled_in() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(sender="a@b.example", to=["c@d.example"], subject="x\nBcc: e@f.example", text="", message_id="m")


def test_the_test_button_sends_a_test_message(outbox: Outbox, mailbox: Mailbox) -> None:
    outbox.configure(DESK)
    send_test(outbox.settings, "email", outbox.context())
    assert mailbox.messages[0]["Subject"] == "Test message of the intake assistant"


@pytest.mark.parametrize("wrong", [{"to": []}, {"to": ["not an address"]}, {"to": ["a@b.example\nBcc: c@d.example"]}])
def test_addresses_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DeliverySettings.model_validate({"destinations": [DESK | wrong]})
