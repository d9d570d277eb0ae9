"""The intent of a text: a move, a question about the clinic, something for somebody else, or an answer.

Logistic regression over three views of a text: pieces of words (misspelling), words and pairs of words (set phrases), and a
sentence vector (other words for the same). Rasa's own featurizers only count; weighted by rarity (TF-IDF) the same pieces
misread far fewer answers as moves. Compared with Rasa's pipelines in docs/intents.md.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from bot.sentence_encoder import encoder

FILE = "intents.joblib"
RANKED = 10  # intents in the ranking of a parse


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class IntakeIntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking` of each message; trained on the examples of nlu.yml."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`strictness`: scikit-learn's C, larger trusts the examples more. `sentences`: use the sentence vector.
        `sharpness`: power of the chances, as a strict regression is less sure than it is right (docs/intents.md)."""
        return {"strictness": 20.0, "sentences": True, "max_iter": 40, "sharpness": 2.0}

    def __init__(self, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._views: Optional[FeatureUnion] = None
        self._model: Optional[LogisticRegression] = None

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
            found._views, found._model = joblib.load(folder / FILE)
        return found

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the examples; those without words teach nothing."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        texts = [example.get(TEXT) for example in examples]
        self._views = FeatureUnion(
            [
                ("pieces", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)),
                ("words", TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2), sublinear_tf=True, min_df=2)),
            ]
        ).fit(texts)
        self._model = LogisticRegression(
            C=self._config["strictness"], class_weight="balanced", max_iter=self._config["max_iter"], random_state=7
        ).fit(self._features(texts), [example.get(INTENT) for example in examples])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump((self._views, self._model), folder / FILE, compress=3)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Name the intent of each message that has a text."""
        if self._model is None:
            return messages
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            chances = self._model.predict_proba(self._features([text]))[0] ** self._config["sharpness"]
            chances = chances / chances.sum()
            best = np.argsort(-chances)[:RANKED]
            ranking = [{INTENT_NAME_KEY: self._model.classes_[i], PREDICTED_CONFIDENCE_KEY: float(chances[i])} for i in best]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component needs its guesses on the examples."""
        return training_data

    def _features(self, texts: List[str]) -> csr_matrix:
        if self._views is None:
            raise ValueError("the classifier is not trained")
        counted = self._views.transform(texts)
        if not self._config["sentences"]:
            return counted
        return hstack([counted, csr_matrix(encoder().vectors(texts))]).tocsr()
