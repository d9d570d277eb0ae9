"""Where Rasa keeps the tracker of the turn that is running, and nothing else.

One patient turn is one Rasa conversation with a sender id of its own. The channel seeds the tracker from the request
(answers, open question) and drops it when the turn has ended, so that Rasa holds no history: turn time does not grow
with the conversation, nothing expires, no lock is shared, and any replica can take any turn
(docs/decisions.md, facts 2, 4 and 13 about Rasa 3.6.21).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Iterable, Optional

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

# A turn lives for milliseconds; the bound only matters if a client dies between seeding and dropping.
MOST_TURNS_AT_ONCE = 256


class TurnTrackerStore(TrackerStore):
    """Keeps the live trackers of running turns, at most `MOST_TURNS_AT_ONCE`, oldest out first. Never serialises."""

    def __init__(self, domain: Optional[Domain], event_broker: Any = None, **kwargs: Any) -> None:
        kwargs.pop("url", None)
        super().__init__(domain, event_broker)
        self._turns: OrderedDict[str, DialogueStateTracker] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker object itself."""
        self._turns[tracker.sender_id] = tracker
        self._turns.move_to_end(tracker.sender_id)
        while len(self._turns) > MOST_TURNS_AT_ONCE:
            self._turns.popitem(last=False)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker of a running turn, or None."""
        return self._turns.get(sender_id)

    async def keys(self) -> Iterable[str]:
        """The running turns."""
        return list(self._turns)

    def drop(self, sender_id: str) -> None:
        """Forget a turn. Unknown ids are fine: a turn may be dropped twice."""
        self._turns.pop(sender_id, None)
