"""Settings of the staff side: sessions, and who is told of an emergency."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class StaffSettings(BaseModel):
    """How long a log-in lasts."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    idle_minutes: int = Field(60, ge=5)
    """A log-in ends after so many minutes without a click."""
    longest_hours: int = Field(12, ge=1)
    """A log-in ends after so many hours in any case."""

    @property
    def idle(self) -> timedelta:
        """Time without a click after which a log-in ends."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """Time after which a log-in ends in any case."""
        return timedelta(hours=self.longest_hours)
