"""Keeps Rasa's calls to the action server small, and patients' words out of its logs.

Rasa sends the whole domain (every wording of every question) with each action call. Our actions read the protocol
instead, so the domain is emptied on the way out. It may not be left out: rasa-sdk 3.21 answers 449 to a call without
one, which Rasa 3.6.21 cannot handle (fact 17), and the patient would get silence.
"""

from __future__ import annotations

from typing import Any, Dict

import pluggy

hookimpl = pluggy.HookimplMarker("rasa")


class NoWords:
    """What Rasa's logging asks to anonymise: everything that may hold a patient's words becomes "(not logged)"."""

    def log_run(self, data: Any) -> str:
        """The value that is logged instead."""
        return "(not logged)"

    def run(self, body: Dict[str, Any]) -> None:
        """Events for a broker; there is none."""


class NoWordsInLogs:
    """Rasa plugin: no message, slot, entity or event reaches a log, whatever its level (fact 16)."""

    _pipeline = NoWords()

    @hookimpl
    def get_anonymization_pipeline(self) -> NoWords:
        """Asked for before each line is logged."""
        return self._pipeline


class SmallActionCalls:
    """Rasa plugin: empties `domain` in the body of each custom action call."""

    @staticmethod
    def register(manager: pluggy.PluginManager) -> None:
        """Register once; further calls change nothing."""
        if not manager.has_plugin("intake_small_action_calls"):
            manager.register(SmallActionCalls(), "intake_small_action_calls")
            manager.register(NoWordsInLogs(), "intake_no_words_in_logs")

    @hookimpl
    def prefix_stripping_for_custom_actions(self, json_body: Dict[str, Any]) -> Dict[str, Any]:
        """The call as it is, with an empty domain."""
        return {**json_body, "domain": {}}
