"""Senders are told apart by their numbering plan, and none of them raises."""

import pytest

from intake.channels.sms.numbers import e164, sender


@pytest.mark.parametrize(
    ("raw", "kind", "address"),
    [
        ("+12505550123", "mobile", "+12505550123"),
        ("2505550123", "mobile", "+12505550123"),
        ("+442071838750", "landline", "+442071838750"),
        ("+447400123456", "abroad", "+447400123456"),
        ("+33612345678", "abroad", "+33612345678"),
        ("+18005550199", "landline", "+18005550199"),
        ("12345", "short_code", "12345"),
        ("+611", "short_code", "611"),
        ("ROGERS", "name", "ROGERS"),
        ("Bank2Go", "name", "Bank2Go"),
        ("whatsapp:+12505550123", "channel", "whatsapp:+12505550123"),
        ("", "unusable", ""),
        ("+1", "short_code", "1"),
        ("+1250555012345678", "unusable", "+1250555012345678"),
    ],
)
def test_every_kind_of_sender_is_named(raw: str, kind: str, address: str) -> None:
    found = sender(raw)
    assert (found.kind, found.address) == (kind, address)


def test_only_a_person_can_hold_an_intake() -> None:
    assert sender("+12505550123").can_hold_an_intake
    assert sender("+447400123456").can_hold_an_intake
    assert not sender("ROGERS").can_hold_an_intake
    assert not sender("12345").can_hold_an_intake


def test_a_number_is_brought_to_its_one_form() -> None:
    assert e164("(250) 555-0123") == "+12505550123"
    assert e164("not a number") is None
