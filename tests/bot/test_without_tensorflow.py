"""The stand-in for TensorFlow: Rasa's own classes can be imported on it, and using one fails loudly (fact 15)."""

from __future__ import annotations

import subprocess

from tests.bot.domain_file import ROOT

PYTHON = ROOT / "bot" / ".venv" / "bin" / "python"


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code with Rasa's Python."""
    return subprocess.run([PYTHON, "-W", "ignore", "-c", code], cwd=ROOT, text=True, capture_output=True, check=False)


def test_nothing_of_tensorflow_is_installed() -> None:
    done = run("import tensorflow, importlib.util as u; print(tensorflow.NotInstalled.__name__, u.find_spec('jax'))")
    assert done.stdout.split() == ["NotInstalled", "None"], done.stderr


def test_its_names_can_be_inherited_from_imported_and_decorate() -> None:
    code = (
        "import tensorflow as tf\nfrom tensorflow.keras.utils import Sequence\nfrom keras import Model\n"
        "class Layer(tf.keras.layers.Layer):\n    @tf.function(reduce_retracing=True)\n    def call(self): return 7\n"
        "assert Layer.call(None) == 7 and issubclass(Layer, tf.keras.layers.Layer.__mro__[-1])\nprint('ok')"
    )
    assert run(code).stdout.strip() == "ok"


def test_using_one_says_what_is_missing() -> None:
    done = run("import tensorflow as tf; tf.constant([1])")
    assert done.returncode != 0
    assert "TensorFlow is left out of this environment" in done.stderr
