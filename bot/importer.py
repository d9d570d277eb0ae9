"""Reads the training files once.

Rasa asks its importer several times for the domain and the examples, and parses and checks the YAML anew each time (a domain
of our size takes seconds). The files do not change while a model is trained, so what was read is kept.
Named in config.yml; see https://rasa.com/docs/rasa/training-data-importers
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData


class ReadOnceImporter(RasaFileImporter):
    """Rasa's own importer that keeps the domain and the examples."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._kept: Dict[str, Any] = {}

    def get_domain(self) -> Domain:
        """The domain of the files."""
        if "domain" not in self._kept:
            self._kept["domain"] = super().get_domain()
        return self._kept["domain"]

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """The examples of the files."""
        if "nlu" not in self._kept:
            self._kept["nlu"] = super().get_nlu_data(language)
        return self._kept["nlu"]
