"""Three things that Rasa 3.6.21 does anew on every turn, done once. Measured in docs/performance.md.

- Each reply of the action server is checked with `jsonschema.validate`, which first checks the schema itself (fact 1).
  The checker is made once; what it refuses, it refuses as before.
- A tracker copies all slots when it is made, eight times a turn, through `copy.copy`, which takes the long way round for
  a class without `__copy__`.
- Each call of the action server opens a new connection.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict

import aiohttp
from jsonschema import Draft7Validator, ValidationError
from jsonschema.exceptions import best_match
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.slots import Slot
from rasa.utils.endpoints import EndpointConfig


@lru_cache(maxsize=1)
def _checker() -> Draft7Validator:
    return Draft7Validator(RemoteAction.action_response_format_spec())


def check_action_reply(_self: RemoteAction, result: Dict[str, Any]) -> bool:
    """True for a reply of the right form. Raises ValidationError, whose text holds no part of the reply."""
    failure = best_match(_checker().iter_errors(result))
    if failure is not None:
        raise ValidationError(f"the action server's reply is not valid at {'/'.join(map(str, failure.path)) or 'its top'}")
    return True


def copy_slot(slot: Slot) -> Slot:
    """A slot with the same fields: what `copy.copy` gives."""
    twin = object.__new__(type(slot))
    twin.__dict__.update(slot.__dict__)
    return twin


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
    EndpointConfig.session = kept_session  # type: ignore[method-assign,assignment]

