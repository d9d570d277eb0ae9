"""Not TensorFlow: its names only, so that Rasa 3.6.21 can be imported without it. Nothing here computes.

Rasa imports TensorFlow when it starts, whatever the pipeline: base classes, decorators and type hints of DIET and TED. Our
pipeline and policies use none of them, and the real package costs 1.8 GB of disk, half of the start-up and 0.3 GB of memory
(docs/decisions.md, "Rasa without TensorFlow"). Here every name under `tensorflow` and `keras` exists as an empty class that can
be inherited from and named in a type hint. Whoever calls one (DIET, TED, the response selector) gets `NotInstalled`.

The comparison with Rasa's default pipeline has an environment of its own with the real package: benchmarks/default_pipeline.
"""

from __future__ import annotations

import importlib.machinery
import sys
import types
from typing import Any

ROOTS = ("tensorflow", "keras")


class NotInstalled(RuntimeError):
    """A component was used that needs the real TensorFlow."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"tensorflow: {name} was used, but TensorFlow is left out of this environment. "
            "DIET, TED and the response selector need it; see docs/decisions.md, 'Rasa without TensorFlow'."
        )


class Name(type):
    """The class of every name: attributes are names too, a decorator hands back what it was given, any other call fails."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Name(name, (), {})

    def __call__(cls, *given: Any, **options: Any) -> Any:
        if cls.__name__ == "function":  # @tf.function and @tf.function(...) on the methods of Rasa's own layers
            return given[0] if given and callable(given[0]) else lambda method: method
        raise NotInstalled(cls.__name__)


class Package(types.ModuleType):
    """A module of which every attribute exists."""

    __path__: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Name(name, (), {})


class Finder:
    """Finds every module below `tensorflow` and `keras` without any file."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The empty module of that name, None for any other package."""
        if name.split(".")[0] in ROOTS:
            return importlib.machinery.ModuleSpec(name, cls, is_package=True)  # type: ignore[arg-type]
        return None

    @staticmethod
    def create_module(spec: importlib.machinery.ModuleSpec) -> Package:
        """The module object."""
        return Package(spec.name)

    @staticmethod
    def exec_module(module: types.ModuleType) -> None:
        """Nothing to run."""


sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]
sys.modules[__name__].__class__ = Package
