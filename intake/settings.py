"""The settings of one installation: one clinic, its facts, its channels.

Read from, last wins: the defaults here, `settings.toml` (or the file named by IMS_SETTINGS), environment variables
`IMS_…` (nested with `__`, e.g. `IMS_SMS__AUTH_TOKEN`). Secrets belong into the environment, never into the file.
Every setting is described in docs/settings.md; a test holds that page and this module together.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from intake.channels.sms.settings import SmsSettings
from intake.handoff.settings import BookingSettings, DeliverySettings
from intake.hours import OpeningHours
from intake.records.retention import Terms

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The settings cannot be used; the message says which one and what to do, never a value."""


def _e164(number: str) -> str:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, "CA")
    except phonenumbers.NumberParseException as failure:
        raise ValueError("not a phone number; write it as +12505550142") from failure
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


PhoneNumber = Annotated[str, AfterValidator(_e164)]


class Location(BaseModel):
    """One place where the clinic works."""

    model_config = ConfigDict(extra="forbid")
    id: str
    name: str
    address: str = ""
    parking: str = ""


class Clinic(BaseModel):
    """The clinic's own facts. What is empty is answered as "not told", never invented."""

    model_config = ConfigDict(extra="forbid")
    name: str = "Parkway Physiotherapy & Performance Centre"
    phone: PhoneNumber = "+12505550142"  # a number reserved for fiction; set your own
    email: str = ""
    website: str = ""
    booking_url: str = ""
    languages: list[str] = ["English"]
    locations: list[Location] = [Location(id="victoria", name="Victoria"), Location(id="langford", name="Langford")]
    prices: str = ""
    direct_billing: str = ""
    icbc: str = ""
    worksafebc: str = ""
    referral: str = ""
    ages: str = ""
    session: str = ""  # what happens in a visit
    sessions: str = ""  # how many visits are usual
    bring: str = ""
    parking: str = ""
    access: str = ""
    cancellation: str = ""
    practitioners: str = ""
    local_care: str = "a walk-in clinic or an urgent and primary care centre"
    privacy_contact: str = ""
    data_location: str = ""
    kept_long: str = ""


class Retention(BaseModel):
    """How long what is kept, in days."""

    model_config = ConfigDict(extra="forbid")
    no_contact_days: int = 7
    abandoned_days: int = 30
    not_booked_days: int = 396
    booked_days: int = 90  # after the copy to the clinic's own record
    emergency_without_consent_hours: int = 72

    def terms(self) -> Terms:
        """As the records take them."""
        return Terms(
            no_contact=timedelta(days=self.no_contact_days),
            abandoned=timedelta(days=self.abandoned_days),
            not_booked=timedelta(days=self.not_booked_days),
            booked=timedelta(days=self.booked_days),
            without_consent=timedelta(hours=self.emergency_without_consent_hours),
        )


class Limits(BaseModel):
    """What one client may ask of the service."""

    model_config = ConfigDict(extra="forbid")
    text_characters: int = 2000
    body_bytes: int = 16_384
    messages_per_minute: int = 60  # of one conversation
    conversations_per_minute: int = 30  # from one address
    reply_seconds: float = 10.0  # within this time every message is answered
    dialogue_seconds: float = 8.0  # how long the dialogue model may take of it


class Settings(BaseSettings):
    """All settings; `Settings.load()` reads them and turns a mistake into one clear sentence."""

    model_config = SettingsConfigDict(
        env_prefix="IMS_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # how the world reaches this service; needed for SMS, links and the widget
    data_dir: Path = ROOT / "var"
    database_url: str = ""  # empty: SQLite inside data_dir
    key_file: Path | None = None  # empty: data_dir/../var-keys/master.key, outside the backup
    rasa_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    allow_unsigned: bool = False  # let real people use a protocol that no clinician has signed
    allowed_origins: Annotated[list[str], NoDecode] = []  # sites that may embed the chat
    trusted_proxies: Annotated[list[str], NoDecode] = ["127.0.0.1", "::1"]
    staff_port: int | None = None  # a port of its own for the staff side; empty: the same
    metrics_port: int | None = None  # Prometheus metrics on loopback; empty: off
    conversation_expiry_hours: int = 72
    smtp_url: str = ""  # staff mail: smtp://user:password@host:587
    alert_email: str = ""  # who hears of a T1 or T2 at once (no clinical detail is sent)
    on_call_email: str = ""  # who hears of it outside opening hours
    mail_from: str = ""
    clinic: Clinic = Clinic()
    hours: OpeningHours = Field(default_factory=OpeningHours)
    booking: BookingSettings = Field(default_factory=BookingSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    retention: Retention = Retention()
    limits: Limits = Limits()

    @property
    def keys_path(self) -> Path:
        """Where the master keys lie: beside the data directory, so that a copy of the data alone opens nothing."""
        return self.key_file or self.data_dir.parent / f"{self.data_dir.name}-keys" / "master.key"

    @property
    def base_url(self) -> str:
        """The address that patients see, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def records_url(self) -> str:
        """SQLAlchemy URL of the records."""
        return self.database_url or f"sqlite:///{self.data_dir / 'intake.sqlite3'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the settings file."""
        path = Path(os.environ.get("IMS_SETTINGS", ROOT / "settings.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    @classmethod
    def load(cls) -> Settings:
        """Read the settings. Raises SettingsError with the place and the reason, without the value."""
        named = os.environ.get("IMS_SETTINGS")
        if named and not Path(named).is_file():
            raise SettingsError(f"IMS_SETTINGS names a file that is not there: {named}")
        try:
            return cls()
        except ValidationError as failure:
            problems = "; ".join(
                f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
                for error in failure.errors(include_input=False, include_url=False)
            )
            raise SettingsError(f"The settings cannot be used. {problems}. See docs/settings.md.") from None


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings.load()
