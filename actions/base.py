"""What every action of this product shares: it never throws, and it never logs a patient's words."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected
from rasa_sdk.executor import CollectingDispatcher

logger = logging.getLogger(__name__)


class SafeAction(Action, ABC):
    """An action whose failure reaches the gate as `{"failed": ...}` instead of a stored raw answer or silence (fact 3).

    Rasa 3.6.21 stores the raw text as the answer when slot validation throws, and submits an empty form when activation
    throws. Here a failure changes no slot; the gate sees the payload, says the safe text and keeps the message for staff.
    """

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Run `act`; turn any exception into a payload that names its type only."""
        try:
            return await self.act(dispatcher, tracker)
        except Exception as failure:  # the boundary: whatever it is, the patient must get an answer
            logger.error("%s failed: %s", self.name(), type(failure).__name__)
            dispatcher.messages.clear()
            dispatcher.utter_message(json_message={"failed": {"action": self.name(), "error": type(failure).__name__}})
            return [ActionExecutionRejected(self.name())]

    @abstractmethod
    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        """The action itself: events for Rasa, messages through the dispatcher."""
