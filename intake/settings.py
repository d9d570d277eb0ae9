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
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from intake.channels.sms.settings import SmsSettings
from intake.handoff.settings import BookingSettings, DeliverySettings
from intake.hours import OpeningHours
from intake.notices.settings import AlertSettings
from intake.records.retention import Terms
from intake.staff.settings import StaffSettings

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

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    id: str
    name: str
    """The clinic's name."""
    address: str = ""
    parking: str = ""
    """Where to park."""

class Clinic(BaseModel):
    """The clinic's own facts. What is empty is answered as "not told", never invented."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    name: str = "Parkway Physiotherapy & Performance Centre"
    """The clinic's name."""
    phone: PhoneNumber = "+12505550142"
    """The clinic's telephone number."""
    email: str = ""
    """The clinic's address for patients."""
    website: str = ""
    """The clinic's website."""
    booking_url: str = ""
    """Where patients book by themselves; empty: they are told to call."""
    languages: list[str] = ["English"]
    """Languages that staff speak."""
    locations: list[Location] = [Location(id="victoria", name="Victoria"), Location(id="langford", name="Langford")]
    """Where the clinic works: id, name, address, parking."""
    prices: str = ""
    """What a visit costs."""
    direct_billing: str = ""
    """Which insurers are billed directly."""
    icbc: str = ""
    """What patients of ICBC should know."""
    worksafebc: str = ""
    """What patients of WorkSafeBC should know."""
    referral: str = ""
    """Whether a referral is needed."""
    ages: str = ""
    """Which ages are treated."""
    session: str = ""
    """What happens in a visit, and how long it takes."""
    sessions: str = ""
    """How many visits are usual."""
    bring: str = ""
    """What to bring."""
    parking: str = ""
    """Where to park."""
    access: str = ""
    """Steps, lift, wheelchair access."""
    cancellation: str = ""
    """How and until when to cancel."""
    practitioners: str = ""
    """Who treats."""
    local_care: str = "a walk-in clinic or an urgent and primary care centre"
    """Where to go without a family doctor."""
    privacy_contact: str = ""
    """Whom to ask about privacy."""
    data_location: str = ""
    """Where the data are kept, in words for patients."""
    kept_long: str = ""
    """How long the data are kept, in words for patients."""

class Retention(BaseModel):
    """How long what is kept, in days."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    no_contact_days: int = 7
    """Nobody can be reached."""
    abandoned_days: int = 30
    """A contact, but not finished."""
    not_booked_days: int = 396
    """Finished, and no appointment came of it."""
    booked_days: int = 90
    """Counted from the copy to the clinic's own record."""
    emergency_without_consent_hours: int = 72
    """An emergency that was shown without consent."""

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

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    text_characters: int = 2000
    """Longest text of a message."""
    body_bytes: int = 16_384
    """Largest body of a request."""
    messages_per_minute: int = 60
    """Messages of one conversation."""
    conversations_per_minute: int = 30
    """New conversations from one address."""
    log_ins_per_minute: int = Field(default=20, ge=1)
    """Tries at a staff log-in, a second factor or an invitation from one address."""
    password_mails_per_minute: int = Field(default=3, ge=1)
    """Mails to reset a password that one address may ask for."""
    reply_seconds: float = 10.0
    """Within this time every message is answered."""
    dialogue_seconds: float = 8.0
    """How long the dialogue engine may take of it."""

class Settings(BaseSettings):
    """All settings; `Settings.load()` reads them and turns a mistake into one clear sentence."""

    model_config = SettingsConfigDict(
        env_prefix="IMS_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address that the app listens on. Loopback unless a proxy runs elsewhere."""
    port: int = 8000
    """Port of the app."""
    staff_port: int | None = None
    """Port of the staff pages and the staff API; empty: the app's own. With it the public port knows neither."""
    metrics_port: int | None = None
    """Port of Prometheus metrics, on 127.0.0.1 only; empty: none."""
    public_url: str = ""
    """How the world reaches this service, e.g. https://intake.example.ca. Needed for SMS and for links."""
    staff_public_url: str = ""
    """How staff reach their pages, for links in mail; empty: public_url, or the staff port."""
    data_dir: Path = ROOT / "var"
    """Where the embedded database lies."""
    database_url: str = ""
    """postgresql://user:password@host/name; empty uses SQLite in data_dir."""
    key_file: Path | None = None
    """The master key; empty: beside the data directory, never inside it."""
    rasa_url: str = "http://127.0.0.1:5005"
    """Where Rasa listens (loopback)."""
    actions_url: str = "http://127.0.0.1:5055"
    """Where the action server listens (loopback)."""
    allow_unsigned: bool = False
    """Let real people use a protocol that no clinician has signed; lifts the Demonstration banner."""
    allowed_origins: list[str] = []
    """Sites that may embed the chat, e.g. ["https://www.example.ca"]."""
    trusted_proxies: list[str] = ["127.0.0.1", "::1"]
    """Addresses of proxies whose X-Forwarded headers count."""
    conversation_expiry_hours: int = 72
    """After this silence an intake ends; with consent staff get what there is."""
    log_level: Literal["debug", "info", "warning"] = "info"
    """How much the processes log. No level logs a patient's words."""
    smtp_url: str = ""
    """Outgoing mail: smtp://user:password@host:587 or smtps://…."""
    mail_from: str = ""
    """Sender of mail."""
    clinic: Clinic = Clinic()
    hours: OpeningHours = Field(default_factory=OpeningHours)
    booking: BookingSettings = Field(default_factory=BookingSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    retention: Retention = Retention()
    limits: Limits = Limits()
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    staff: StaffSettings = Field(default_factory=StaffSettings)

    @property
    def keys_path(self) -> Path:
        """Where the master keys lie: beside the data directory, so that a copy of the data alone opens nothing."""
        return self.key_file or self.data_dir.parent / f"{self.data_dir.name}-keys" / "master.key"

    @property
    def base_url(self) -> str:
        """The address that patients see, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def staff_url(self) -> str:
        """The address of the staff pages, without a slash at its end."""
        own = f"http://{self.host}:{self.staff_port}" if self.staff_port else self.base_url
        return (self.staff_public_url or own).rstrip("/")

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
