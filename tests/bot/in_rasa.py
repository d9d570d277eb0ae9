"""Run with Rasa's own Python: prints as JSON what tests/bot/test_rasa_facts.py checks of Rasa's world."""

from __future__ import annotations

import asyncio
import copy
import json
import sys
from importlib.metadata import version
from typing import Any, Dict

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.plugin import plugin_manager
from rasa.shared.core.domain import Domain
from rasa.shared.core.slots import Slot
from rasa.utils.endpoints import EndpointConfig

from bot import faster
from bot.channel import drop, seeded
from bot.plugin import SmallActionCalls
from bot.turn_store import MOST_TURNS_AT_ONCE, TurnTrackerStore

WORDS = "a hot wire down my shin"


def refused(result: Dict[str, Any]) -> str:
    """What the checker says of an action's reply; empty when it takes it."""
    try:
        RemoteAction("x", None)._validate_action_result(result)
    except ValidationError as failure:
        return str(failure)
    return ""


async def main() -> Dict[str, Any]:
    """All facts."""
    found: Dict[str, Any] = {name: version(name) for name in ("rasa", "jsonschema", "spacy")}
    domain = Domain.load("domain.yml")
    before = {slot.name: copy.copy(slot) for slot in domain.slots}
    SmallActionCalls.register(plugin_manager())
    SmallActionCalls.register(plugin_manager())
    faster.install()
    found["copies"] = all(
        vars(copy.copy(slot)) == vars(before[slot.name]) and copy.copy(slot) is not slot and type(copy.copy(slot)) is type(slot)
        for slot in domain.slots
    ) and Slot.__copy__ is faster.copy_slot  # type: ignore[attr-defined]
    found["takes"] = refused({"events": [{"event": "slot", "name": "a", "value": [1]}], "responses": [{"text": "b"}]})
    found["refuses"] = refused({"events": [{"name": WORDS}], "responses": []})
    found["refuses_top"] = refused({"events": 7})

    slots = dict.fromkeys(("pain_site", "pain_side", "narrative", "goal"), "x")
    turn = {"open": "pain_side", "slots": {**slots, "no_such_slot": 1, "clinic_name": "Clinic"}}
    tracker = seeded("t1", turn, domain)
    found["open"] = [tracker.active_loop_name, tracker.get_slot("requested_slot"), tracker.latest_action_name]
    found["filled"] = [tracker.get_slot("pain_site"), tracker.get_slot("clinic_name")]
    form = FormAction("intake_form", None)
    found["kept"] = [t.get_slot("pain_site") for t in (tracker.copy(), form._temporary_tracker(tracker.copy(), [], domain))]
    found["events"] = [len(seeded("t1", {**turn, "slots": {}}, domain).events), len(tracker.events)]
    found["fresh"] = [event.type_name for event in seeded("t2", {"slots": {}}, domain).events]

    store = TurnTrackerStore(domain)
    for number in range(MOST_TURNS_AT_ONCE + 20):
        await store.save(seeded(f"s{number}", {}, domain))
    found["bounded"] = len(list(await store.keys())) == MOST_TURNS_AT_ONCE
    wrapped = FailSafeTrackerStore(store)
    drop(wrapped, f"s{MOST_TURNS_AT_ONCE + 19}")
    found["dropped"] = await store.retrieve(f"s{MOST_TURNS_AT_ONCE + 19}") is None

    hook = plugin_manager().hook
    found["logged"] = hook.get_anonymization_pipeline().log_run({"text": WORDS})
    body = hook.prefix_stripping_for_custom_actions(json_body={"next_action": "a", "domain": {"slots": {}}})
    found["domain"] = body["domain"]
    endpoint = EndpointConfig("http://127.0.0.1:1/webhook")
    async with endpoint.session() as first:
        pass
    async with endpoint.session() as second:
        found["kept_open"] = first is second and not second.closed
    await first.close()
    async with endpoint.session() as third:
        found["renewed"] = third is not first
    await third.close()
    found["session"] = [domain.session_config.session_expiration_time, domain.session_config.carry_over_slots]
    return found


if __name__ == "__main__":
    json.dump(asyncio.run(main()), sys.stdout)
