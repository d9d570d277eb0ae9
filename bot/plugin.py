"""Keeps Rasa's calls to the action server small.

Rasa sends the whole domain (every wording of every question) with each action call. Our actions read the protocol
instead, so the domain is emptied on the way out. It may not be left out: rasa-sdk 3.21 answers 449 to a call without
one, which Rasa 3.6.21 cannot handle (fact 17), and the patient would get silence.
"""

from __future__ import annotations

from typing import Any, Dict

import pluggy

hookimpl = pluggy.HookimplMarker("rasa")


class SmallActionCalls:
    """Rasa plugin: empties `domain` in the body of each custom action call."""

    @staticmethod
    def register(manager: pluggy.PluginManager) -> None:
        """Register once; further calls change nothing."""
        if not manager.has_plugin("intake_small_action_calls"):
            manager.register(SmallActionCalls(), "intake_small_action_calls")

    @hookimpl
    def prefix_stripping_for_custom_actions(self, json_body: Dict[str, Any]) -> Dict[str, Any]:
        """The call as it is, with an empty domain."""
        return {**json_body, "domain": {}}
