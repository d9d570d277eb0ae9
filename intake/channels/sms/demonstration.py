"""A protocol that no clinician has signed is a demonstration: it may text a stand-in of the carrier, no real phone."""

from urllib.parse import urlparse

from clinic.messages import banner
from intake.settings import Settings

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def local_carrier(settings: Settings) -> bool:
    """Whether texts go to a stand-in on this host, so that no real phone can be reached."""
    return urlparse(settings.sms.api_url).hostname in LOCAL


def held_back(settings: Settings) -> bool:
    """Whether real numbers must not be texted: the protocol or its words are not signed, and `allow_unsigned` is not set."""
    return banner() is not None and not settings.allow_unsigned and not local_carrier(settings)
