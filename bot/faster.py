"""Three things that Rasa 3.6.21 does anew on every turn, done once (measured in docs/performance.md); a failed action ends its turn.

- Each reply of the action server is checked with `jsonschema.validate`, which first checks the schema itself (fact 1).
  The checker is made once; what it refuses, it refuses as before.
- A tracker copies all slots when it is made, eight times a turn, through `copy.copy`, which takes the long way round for
  a class without `__copy__`.
- Each call of the action server opens a new connection.

A form makes a tracker for its validation from the events and the domain's slots alone: there the values that a turn started
with would be lost (fact 19), and every answer about the clinic would be "not told". It takes the slots of the turn instead.

A form whose validation fails is predicted again and again, some 400 calls long (fact 3); here the first failure ends the turn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, List

import aiohttp
from jsonschema import Draft7Validator, ValidationError
from jsonschema.exceptions import best_match
from rasa.core.actions.action import RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


class TurnFailed(BaseException):
    """An action of this turn failed; `failed` is what it says of itself. No Exception: Rasa catches those and goes on."""

    def __init__(self, failed: Dict[str, Any]) -> None:
        super().__init__("an action failed")
        self.failed = failed


@lru_cache(maxsize=1)
def _checker() -> Draft7Validator:
    return Draft7Validator(RemoteAction.action_response_format_spec())


def check_action_reply(_self: RemoteAction, result: Dict[str, Any]) -> bool:
    """True for a reply of the right form. Raises ValidationError, whose text holds no part of the reply, and TurnFailed."""
    failure = best_match(_checker().iter_errors(result))
    if failure is not None:
        raise ValidationError(f"the action server's reply is not valid at {'/'.join(map(str, failure.path)) or 'its top'}")
    for said in result.get("responses", []):
        if "failed" in (said.get("custom") or {}):
            raise TurnFailed(said["custom"]["failed"])
    return True


def copy_slot(slot: Slot) -> Slot:
    """A slot with the same fields: what `copy.copy` gives."""
    twin = object.__new__(type(slot))
    twin.__dict__.update(slot.__dict__)
    return twin


def tracker_of_a_form(form: FormAction, tracker: DialogueStateTracker, events: List[Event], _domain: Domain) -> DialogueStateTracker:
    """What FormAction makes for its validation, with the slots of the turn."""
    before = [*tracker.events_after_latest_restart(), SlotSet(REQUESTED_SLOT, form.get_slot_to_fill(tracker)), ActionExecuted(form.name())]
    return DialogueStateTracker.from_events(tracker.sender_id, [*before, *events], slots=tracker.slots.values())


class _KeptOpen:
    """A session that `async with` leaves open."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self.session

    async def __aexit__(self, *_: Any) -> None:
        return None


_new_session = EndpointConfig.session


def kept_session(endpoint: EndpointConfig) -> _KeptOpen:
    """The endpoint's one session, made at its first call."""
    kept = endpoint.__dict__.get("_kept")
    if kept is None or kept.session.closed:
        kept = endpoint.__dict__["_kept"] = _KeptOpen(_new_session(endpoint))
    return kept


def install() -> None:
    """Put them in place of Rasa's own; doing it twice changes nothing."""
    RemoteAction._validate_action_result = check_action_reply  # type: ignore[method-assign]
    Slot.__copy__ = copy_slot  # type: ignore[attr-defined]
    FormAction._temporary_tracker = tracker_of_a_form  # type: ignore[method-assign]
    EndpointConfig.session = kept_session  # type: ignore[method-assign,assignment]

