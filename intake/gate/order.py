"""Turns of one conversation run one after another, in the order of arrival; conversations do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TurnOrder:
    """A first-come, first-served lock per conversation, forgotten as soon as nobody holds or awaits it.

    It orders the turns of this process. Across processes the records refuse a turn that was decided on an older one
    (`StaleTurn`), and the gate decides again.
    """

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, conversation_id: str) -> AsyncIterator[None]:
        """Hold the conversation's turn."""
        lock, waiting = self._locks.get(conversation_id, (asyncio.Lock(), 0))
        self._locks[conversation_id] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[conversation_id]
            if waiting == 1:
                del self._locks[conversation_id]
            else:
                self._locks[conversation_id] = (lock, waiting - 1)


class News:
    """Tells those who wait (long polls, staff pages) that a conversation has something new. Only within this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def tell(self, conversation_id: str) -> None:
        """Wake everybody who waits for this conversation."""
        for event in self._waiting.get(conversation_id, ()):
            event.set()

    async def wait(self, conversation_id: str, seconds: float) -> bool:
        """Wait until there is news or the time is over; True for news."""
        event = asyncio.Event()
        self._waiting.setdefault(conversation_id, set()).add(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting[conversation_id].discard(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]
