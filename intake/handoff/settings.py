"""Settings of booking and deliveries: which service and link a patient is offered, and where handoffs are sent."""

from __future__ import annotations

import importlib
import os
import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    SerializeAsAny,
    field_validator,
    model_validator,
)

from intake.hours import OpeningHours

__all__ = [
    "BookingLink",
    "BookingRule",
    "BookingSettings",
    "DeliverySettings",
    "DestinationSettings",
    "OpeningHours",
    "RuleConditions",
    "Secret",
    "Service",
]

Event = Literal[
    "handoff.created",
    "handoff.updated",
    "handoff.booked",
    "handoff.closed",
    "booking.offered",
    "appointment.agreed",
    "appointment.cancelled",
]
ANYWHERE = "any"


def _from_environment(value: object) -> object:
    """Resolve "env:NAME" to that environment variable, so that a secret need not stand in the settings file."""
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in os.environ:
            raise ValueError(f"the environment variable {name} is not set")
        return os.environ[name]
    return value


Secret = Annotated[SecretStr, BeforeValidator(_from_environment)]


class Service(BaseModel):
    """Something that can be booked."""

    model_config = ConfigDict(extra="forbid")
    id: str
    name: str
    minutes: int = Field(default=45, gt=0, description="Length of the appointment in minutes.")
    needling: bool = Field(default=False, description="Needling is part of it: never offered while a precaution holds.")


class BookingLink(BaseModel):
    """The page on which a service can be booked at a location ("any": the same page for all locations)."""

    model_config = ConfigDict(extra="forbid")
    service: str
    location: str = ANYWHERE
    url: HttpUrl


class RuleConditions(BaseModel):
    """When a booking rule applies: every list that is given must contain the intake's value; empty lists do not matter."""

    model_config = ConfigDict(extra="forbid")
    urgency: list[Literal["T3", "T4", "none"]] = Field(default_factory=list)
    precautions: list[str] = Field(default_factory=list, description="Precaution ids; one of them is enough.")
    actions: list[Literal["HOLD", "FLAG_HIGH", "FLAG", "INFO", "none"]] = Field(
        default_factory=list, description="The strongest action among the intake's precautions."
    )
    ages: list[str] = Field(default_factory=list)
    locations: list[str] = Field(default_factory=list)
    new_patient: list[Literal["new", "returning"]] = Field(default_factory=list)
    payers: list[str] = Field(default_factory=list)


class BookingRule(BaseModel):
    """One rule of the clinic: the first that applies decides, after the safety rules of `intake.handoff.booking`."""

    model_config = ConfigDict(extra="forbid")
    name: str
    when: RuleConditions = Field(default_factory=RuleConditions)
    offer: Literal["link", "call"]
    service: str | None = Field(default=None, description="Service id; needed for a link.")

    @model_validator(mode="after")
    def _link_needs_a_service(self) -> BookingRule:
        if self.offer == "link" and self.service is None:
            raise ValueError(f"rule {self.name!r} offers a link but names no service")
        return self


def _default_rules() -> list[BookingRule]:
    return [
        BookingRule(name="a precaution holds needling", when=RuleConditions(actions=["HOLD"]), offer="call"),
        BookingRule(name="everybody else", offer="link", service="assessment"),
    ]


class BookingSettings(BaseModel):
    """How patients come to an appointment; without links everybody is called."""

    model_config = ConfigDict(extra="forbid")
    services: list[Service] = Field(
        default_factory=lambda: [Service(id="assessment", name="Initial assessment", minutes=45)],
        description="What can be booked; docs/booking.md.",
    )
    links: list[BookingLink] = Field(default_factory=list, description="Booking pages by service and location.")
    rules: list[BookingRule] = Field(
        default_factory=_default_rules, description="Which service is offered to whom; the first that applies."
    )
    call_within_hours: float = Field(default=4, gt=0, description="Open hours within which a patient is called back.")

    @model_validator(mode="after")
    def _known_services(self) -> BookingSettings:
        known = {service.id for service in self.services}
        named = {link.service for link in self.links} | {rule.service for rule in self.rules if rule.service}
        if unknown := named - known:
            raise ValueError(f"links or rules name services that are not defined: {', '.join(sorted(unknown))}")
        return self

    def service(self, service_id: str) -> Service:
        """The service of that id; KeyError if there is none."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    def links_for(self, service_id: str, location: str | None) -> list[BookingLink]:
        """Links for a service at `location`; for None (either, or not said) one of every location that has any."""
        links = [link for link in self.links if link.service == service_id]
        if location is None:
            return links
        exact = [link for link in links if link.location == location]
        return exact or [link for link in links if link.location == ANYWHERE]

    @property
    def call_within(self) -> timedelta:
        """Open time within which a patient is called back."""
        return timedelta(hours=self.call_within_hours)


class DestinationSettings(BaseModel):
    """What every destination has; each adapter module defines its own `Settings` with more."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    name: str = Field(default="", description="Shown to staff and kept on every delivery; default: the kind.")
    events: list[Event] = Field(default_factory=list, description="Events that are sent; default: the adapter's.")

    @model_validator(mode="after")
    def _name_defaults_to_kind(self) -> DestinationSettings:
        if not self.name:
            self.name = self.kind
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", self.name):
            raise ValueError("name: use up to 40 lower-case letters, digits, - and _")
        return self


def destination_module(kind: str) -> Any:
    """The adapter module of a destination kind: the file `intake/handoff/destinations/<kind>.py`.

    Raises ValueError for a kind without a file. One file and one settings line are all that a destination needs.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind):
        raise ValueError(f"unknown destination kind {kind!r}")
    name = f"intake.handoff.destinations.{kind}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        raise ValueError(f"unknown destination kind {kind!r}") from None


def _parse_destination(value: object) -> object:
    if isinstance(value, dict):
        return destination_module(str(value.get("kind", ""))).Settings.model_validate(value)
    return value


Destination = Annotated[SerializeAsAny[DestinationSettings], BeforeValidator(_parse_destination)]


class DeliverySettings(BaseModel):
    """Where handoffs go and how hard the outbox tries."""

    model_config = ConfigDict(extra="forbid")
    destinations: list[Destination] = Field(
        default_factory=list, description="Systems that handoffs go to; docs/booking.md."
    )
    attempts: int = Field(default=14, ge=1, description="Tries before a delivery is a dead letter.")
    first_delay_seconds: float = Field(5, gt=0, description="Wait after the first failure; doubled each time.")
    longest_delay_seconds: float = Field(default=6 * 3600, gt=0, description="Longest wait between two tries.")
    lease_seconds: float = Field(90, gt=1, description="How long one worker holds a delivery before another may take it.")
    timeout_seconds: float = Field(default=15, gt=0, description="Limit for each network call of a delivery.")
    poll_seconds: float = Field(default=2, gt=0, description="How often an idle worker looks for work.")

    @field_validator("destinations")
    @classmethod
    def _unique_names(cls, destinations: list[DestinationSettings]) -> list[DestinationSettings]:
        names = [destination.name for destination in destinations]
        if len(set(names)) != len(names):
            raise ValueError("two destinations have the same name; give each its own")
        return destinations

    @model_validator(mode="after")
    def _lease_outlasts_a_call(self) -> DeliverySettings:
        if self.lease_seconds <= 2 * self.timeout_seconds:
            raise ValueError("lease_seconds must be more than twice timeout_seconds, or two workers meet in one delivery")
        return self

    def destination(self, name: str) -> DestinationSettings | None:
        """The destination of that name, None if it is no longer configured."""
        return next((destination for destination in self.destinations if destination.name == name), None)
