"""Settings of the SMS channel (`sms` in settings.toml, `IMS_SMS__…` in the environment)."""

from datetime import time, timedelta
from typing import Annotated, Literal

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)


def _e164(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, "CA")
    except phonenumbers.NumberParseException as failure:
        raise ValueError("not a phone number; write it as +12505550142") from failure
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


OwnNumber = Annotated[str, AfterValidator(_e164)]


class SmsLimits(BaseModel):
    """How many texts are taken in before the rest has to wait (a fixed answer once a minute, then silence; an emergency always gets through)."""

    model_config = ConfigDict(extra="forbid")
    per_number_per_minute: int = Field(default=60, ge=1, description="Texts from one number in a minute.")
    per_number_per_day: int = Field(default=600, ge=1, description="Texts from one number in a day.")
    all_per_minute: int = Field(
        default=1200, ge=1, description="Texts from all numbers together in a minute."
    )


class SmsSettings(BaseModel):
    """The clinic's number, its carrier account, and when the clinic may write first.

    Without `auth_token` the whole channel is off: an endpoint that cannot check who calls it is worse than none."""

    model_config = ConfigDict(extra="forbid")

    account_sid: str = Field(default="", description="Twilio account SID (AC…).")
    auth_token: SecretStr = Field(
        default=SecretStr(""),
        description="Twilio auth token: checks every request. Empty turns SMS off.",
    )
    api_key_sid: str = Field(
        default="",
        description="Twilio API key SID (SK…) for sending; empty sends with the auth token.",
    )
    api_key_secret: SecretStr = Field(default=SecretStr(""), description="Secret of that API key.")
    number: OwnNumber | Literal[""] = Field(
        default="", description="The clinic's number in E.164, e.g. +12505550142."
    )
    more_numbers: list[OwnNumber] = Field(
        default_factory=list, description="Further numbers that reach the clinic."
    )
    messaging_service_sid: str = Field(
        default="", description="Twilio messaging service (MG…) to send through, if any."
    )
    api_url: str = Field(default="https://api.twilio.com", description="Address of Twilio's REST API.")
    region: str = Field(
        default="CA", description="Country whose numbers may be written without a country code."
    )
    carrier_confirms_opt_out: Literal["when_told", "always", "never"] = Field(
        default="when_told",
        description=(
            "Who confirms an opt-out: 'when_told' leaves it to Twilio if it sent OptOutType and confirms itself "
            "otherwise; 'always' never sends one; 'never' always sends the one."
        ),
    )
    reply_seconds: float = Field(
        default=7.0,
        gt=0,
        le=10,
        description="After this time the sender gets an acknowledgement, the answer follows.",
    )
    dialogue_seconds: float = Field(
        default=45.0,
        gt=0,
        description="How long the dialogue model may take on SMS, where the answer can follow later.",
    )
    quiet_from: time = Field(
        default=time(20, 0), description="From this local time on nothing is sent unprompted."
    )
    quiet_until: time = Field(
        default=time(9, 0), description="Until this local time nothing is sent unprompted."
    )
    nudge_after_hours: float = Field(
        default=20.0, ge=0, description="One reminder after this silence; 0 sends none."
    )
    recap_after_hours: float = Field(
        default=6.0, gt=0, description="After this silence the next text is met with a recap."
    )
    shared_phone_after_hours: float = Field(
        default=24.0,
        gt=0,
        description="After this silence we ask first whether it is the same person.",
    )
    send_attempts: int = Field(
        default=6, ge=1, le=12, description="How often a text is tried before staff are told."
    )
    jobs_every_seconds: float = Field(
        default=3.0, gt=0, description="How often reminders and the outbox are looked at."
    )
    limits: SmsLimits = SmsLimits()

    @model_validator(mode="after")
    def _silences_in_order(self) -> "SmsSettings":
        if self.shared_phone_after_hours < self.recap_after_hours:
            raise ValueError("sms.shared_phone_after_hours must not be shorter than sms.recap_after_hours")
        if bool(self.api_key_sid) != bool(self.api_key_secret.get_secret_value()):
            raise ValueError("sms.api_key_sid and sms.api_key_secret come together")
        return self

    @property
    def enabled(self) -> bool:
        """Whether the channel can check requests, and so may be on."""
        return bool(self.auth_token.get_secret_value())

    @property
    def can_send(self) -> bool:
        """Whether texts can be sent outside a reply: an account, a credential and a sender are known."""
        return self.enabled and bool(self.account_sid) and bool(self.number or self.messaging_service_sid)

    @property
    def numbers(self) -> frozenset[str]:
        """Every number of the clinic; empty means that any destination counts as the clinic's."""
        return frozenset(n for n in (self.number, *self.more_numbers) if n)

    @property
    def recap_after(self) -> timedelta:
        """Silence after which the next text is met with where the intake was."""
        return timedelta(hours=self.recap_after_hours)

    @property
    def shared_phone_after(self) -> timedelta:
        """Silence after which we first ask who is holding the phone."""
        return timedelta(hours=self.shared_phone_after_hours)
