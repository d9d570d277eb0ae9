"""HTTP for adapters: one connection a request, no redirects, every failure turned into Retry or Refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import HttpUrl

from intake.handoff.delivery import Retry

LONGEST_WAIT = timedelta(hours=24)


def require_tls(url: HttpUrl) -> HttpUrl:
    """A settings check: https everywhere, plain http only to this machine. Raises ValueError."""
    if url.scheme != "https" and not is_loopback(url.host or ""):
        raise ValueError("use https: this carries patients' data")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def request(
    method: str,
    url: str,
    *,
    timeout: float,
    now: datetime,
    headers: Mapping[str, str] | None = None,
    **body: Any,
) -> httpx.Response:
    """Send one request. Raises Retry for a time-out (seconds), no connection, 429 and 5xx; returns all other answers.

    Each request has a connection of its own: on a kept one, a stray second answer of a faulty receiver would be
    taken for the answer to the next delivery.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    try:
        with httpx.Client(timeout=timeout, follow_redirects=False, limits=limits, trust_env=False) as client:
            response = client.request(method, url, headers=headers, **body)
    except httpx.TimeoutException:
        raise Retry("timeout") from None
    except httpx.TransportError:
        raise Retry("unreachable") from None
    if response.status_code == 429 or response.status_code >= 500:
        raise Retry(f"http_{response.status_code}", retry_after(response, now))
    return response


def retry_after(response: httpx.Response, now: datetime) -> timedelta | None:
    """How long the receiver asks to wait: Retry-After (seconds or a date) or X-RateLimit-Reset (Unix time); at most a day."""
    asked: timedelta | None = None
    wait, reset = response.headers.get("Retry-After", ""), response.headers.get("X-RateLimit-Reset", "")
    if wait.isdigit():
        asked = timedelta(seconds=min(int(wait), int(LONGEST_WAIT.total_seconds())))
    elif wait:
        try:
            moment = parsedate_to_datetime(wait)
        except ValueError:
            return None
        asked = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    elif reset.isdigit() and int(reset) < 2**33:
        asked = datetime.fromtimestamp(int(reset), UTC) - now
    return None if asked is None else min(max(asked, timedelta(0)), LONGEST_WAIT)
