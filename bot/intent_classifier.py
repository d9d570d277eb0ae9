"""The intent of a text as a Rasa component: a move, a question about the clinic, something for somebody else, or an answer."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.intent_model import IntentModel

FILE = "intents.joblib"
RANKED = 10  # intents in the ranking of a parse


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntakeIntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking` of each message; trained on the examples of nlu.yml."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """What `IntentModel.fit` explains."""
        return {"strictness": 20.0, "balance": 0.5, "steps": 60, "sharpness": 1.3}

    def __init__(self, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._model: Optional[IntentModel] = None

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntakeIntentClassifier:
        """A classifier that is not trained yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntakeIntentClassifier:
        """The trained classifier of a model."""
        found = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            found._model = joblib.load(folder / FILE)
        found._model.rank("hello", 1)  # the encoder is ready before the first patient
        return found

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the examples; those without words teach nothing."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        options = {key: self._config[key] for key in self.get_default_config()}
        self._model = IntentModel.fit([e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples], **options)
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model, folder / FILE, compress=1)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Name the intent of each message that has a text."""
        if self._model is None:
            return messages
        for message in messages:
            text = message.get(TEXT)
            if text:
                ranking = [
                    {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: chance} for name, chance in self._model.rank(text, RANKED)
                ]
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component needs its guesses on the examples."""
        return training_data
