"""How many texts are taken in: per number and in all. Counts live in this process and hold no numbers in clear."""

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from intake.channels.sms.settings import SmsLimits

Verdict = Literal["go", "tell", "hush"]

_MOST_SENDERS = 50_000


class TextLimits:
    """`verdict` says of each text: go on, tell the sender that it is too much (once a minute), or hush.

    Senders are known by a digest under a key that ends with the process. With several workers each counts its own,
    so the whole lets through at most that many times the limit."""

    def __init__(self, limits: SmsLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._key = secrets.token_bytes(16)
        self._minute: dict[bytes, deque[float]] = {}
        self._day: dict[bytes, tuple[float, int]] = {}
        self._all: deque[float] = deque()
        self._told: dict[bytes, float] = {}

    def verdict(self, sender: str) -> Verdict:
        """Count one text of a sender."""
        now = self._clock()
        who = hashlib.blake2b(sender.encode(), key=self._key, digest_size=16).digest()
        self._forget(now)
        recent = self._minute.setdefault(who, deque())
        _drop_before(recent, now - 60)
        _drop_before(self._all, now - 60)
        day_began, today = self._day.get(who, (now, 0))
        if now - day_began >= 86_400:
            day_began, today = now, 0
        over = (
            len(recent) >= self._limits.per_number_per_minute
            or today >= self._limits.per_number_per_day
            or len(self._all) >= self._limits.all_per_minute
        )
        if over:
            if now - self._told.get(who, float("-inf")) < 60:
                return "hush"
            self._told[who] = now
            return "tell"
        recent.append(now)
        self._all.append(now)
        self._day[who] = (day_began, today + 1)
        return "go"

    def _forget(self, now: float) -> None:
        """Keep the memory bounded: once many senders are known, those of yesterday are dropped."""
        if len(self._day) + len(self._told) < _MOST_SENDERS:
            return
        self._day = {who: entry for who, entry in self._day.items() if now - entry[0] < 86_400}
        self._told = {who: at for who, at in self._told.items() if now - at < 60}
        self._minute = {who: times for who, times in self._minute.items() if times and now - times[-1] < 60}


def _drop_before(times: deque[float], start: float) -> None:
    while times and times[0] <= start:
        times.popleft()
