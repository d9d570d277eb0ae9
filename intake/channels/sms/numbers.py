"""Who a text comes from: phone numbers in E.164, short codes and names, told apart by phonenumbers."""

from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

SenderKind = Literal["mobile", "landline", "abroad", "short_code", "name", "channel", "unusable"]

_NEVER_TEXTS = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.PAGER,
}


@dataclass(frozen=True)
class Sender:
    """One sender: `address` is the E.164 number where there is one, and what the carrier gave otherwise.

    `landline` is a number whose plan says that it takes no texts (in North America most plans do not tell,
    such a number counts as mobile). `abroad` is outside the clinic's own country calling code."""

    address: str
    kind: SenderKind

    @property
    def can_hold_an_intake(self) -> bool:
        """Whether an intake may run with this sender: a person's number that texts reach."""
        return self.kind in {"mobile", "landline", "abroad"}


def e164(text: str, region: str = "CA") -> str | None:
    """The number in E.164 form, or None if it is not a possible and valid phone number."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def sender(raw: str, region: str = "CA") -> Sender:
    """What kind of sender a carrier's `From` names; never raises, an unreadable one is `unusable`."""
    address = raw.strip()
    if not address:
        return Sender("", "unusable")
    if ":" in address:  # "whatsapp:+1…", "messenger:…": another channel with rules of its own
        return Sender(address, "channel")
    if any(character.isalpha() for character in address):
        return Sender(address, "name")
    digits = address.lstrip("+")
    if digits.isdigit() and len(digits) <= 6:
        return Sender(digits, "short_code")
    try:
        number = phonenumbers.parse(address, region)
    except NumberParseException:
        return Sender(address, "unusable")
    if not phonenumbers.is_possible_number(number):
        return Sender(address, "unusable")
    formatted = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # A possible number that the plan does not list yet is still somebody who texted us: plans change
    # faster than libraries, and dropping a patient is the worse mistake.
    if phonenumbers.number_type(number) in _NEVER_TEXTS:
        return Sender(formatted, "landline")
    home = phonenumbers.country_code_for_region(region)
    return Sender(formatted, "mobile" if number.country_code == home else "abroad")
