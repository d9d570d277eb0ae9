"""The clinic's reader of text as a Rasa NLU component, so that `/model/parse` shows what it finds.

Entities are those of the contract, section 4. The dialogue itself reads again with its context in the action server;
this component has no state and learns nothing.
"""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.reading.entities import entities


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class ClinicReader(GraphComponent):
    """Adds body sites, sides, severity, duration, onset delay, findings, red flags and precautions as entities."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClinicReader:
        """Nothing to load: the rules come with the code. Read once, so that the first patient does not wait."""
        entities("my left knee hurts")
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the entities of each message. A failure of the reader fails the turn loudly, in the channel."""
        for message in messages:
            text = message.get(TEXT)
            # In a turn of the dialogue the action reads the text itself, in its context.
            if text and "state" not in (message.get(METADATA) or {}):
                found = [dict(entity, extractor="ClinicReader") for entity in entities(text)]
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
