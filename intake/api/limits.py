"""How much one client may ask: sizes and rates, kept in this process."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.api.problems import problem
from intake.settings import Settings

MOST_KEYS = 50_000


class TooMany(Exception):
    """A limit was reached; `seconds` until the next try makes sense."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class Rate:
    """At most `count` events a minute for each key (token bucket; keys are hashed, the oldest are forgotten)."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one event. Raises TooMany."""
        name = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
        now = time.monotonic()
        left, at = self._buckets.pop(name, (float(self._count), now))
        left = min(self._count, left + (now - at) * self._count / 60)
        if left < 1:
            self._buckets[name] = (left, now)
            raise TooMany(max(1, round((1 - left) * 60 / self._count)))
        self._buckets[name] = (left - 1, now)
        while len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)


def client_address(request: Request, settings: Settings) -> str:
    """The address of the client; a proxy's header counts only from a proxy that the settings trust."""
    peer = request.client.host if request.client else "unknown"
    forwarded = request.headers.get("x-forwarded-for")
    if forwarded and peer in settings.trusted_proxies:
        return forwarded.split(",")[-1].strip()
    return peer


class BodyLimit:
    """ASGI middleware: a body larger than the limit is refused with 413 before it is read whole."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = problem(413, f"The body is larger than {self._most} bytes.")
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._most:
            await refusal(scope, receive, send)
            return
        seen = 0
        body: list[Message] = []
        while True:
            message = await receive()
            body.append(message)
            seen += len(message.get("body", b""))
            if seen > self._most:
                await refusal(scope, receive, send)
                return
            if message["type"] != "http.request" or not message.get("more_body"):
                break

        async def replay() -> Message:
            return body.pop(0) if body else await receive()

        await self._app(scope, replay, send)
