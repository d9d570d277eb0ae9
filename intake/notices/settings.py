"""Who is alerted of an emergency, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field


def _e164(number: str) -> str:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, "CA")
    except phonenumbers.NumberParseException as failure:
        raise ValueError("not a phone number; write it as +12505550142") from failure
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


Phone = Annotated[str, AfterValidator(_e164)]


class AlertSettings(BaseModel):
    """Alerts of T1 and T2: by mail (needs `smtp_url`) and text message (needs `sms`). Without any contact nobody is alerted."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    emails: list[EmailStr] = []
    """Who is mailed at once in opening hours."""
    phones: list[Phone] = []
    """Who is texted at once in opening hours."""
    repeat_minutes: float = Field(5, gt=0)
    """How often an alert is repeated until somebody acknowledges it by name."""
    second_after_minutes: float = Field(10, gt=0)
    """Open minutes without acknowledgement after which the second contact is told too."""
    second_emails: list[EmailStr] = []
    """The second contact, by mail."""
    second_phones: list[Phone] = []
    """The second contact, by text message."""
    on_call_emails: list[EmailStr] = []
    """Who is told while the clinic is closed, by mail; empty: it waits for the opening."""
    on_call_phones: list[Phone] = []
    """Who is told while the clinic is closed, by text message."""
    waiting_after_minutes: float = Field(2, ge=0)
    """A web visitor who has not fetched a reply of staff after so long gets "you have a message"."""

    @property
    def repeat(self) -> timedelta:
        """Time between two rounds."""
        return timedelta(minutes=self.repeat_minutes)

    @property
    def second_after(self) -> timedelta:
        """Open time until the second contact is told."""
        return timedelta(minutes=self.second_after_minutes)

    @property
    def waiting_after(self) -> timedelta:
        """Time until a visitor counts as gone."""
        return timedelta(minutes=self.waiting_after_minutes)
