"""Not Keras: see the package `tensorflow` beside it, which also answers for this name."""

from __future__ import annotations

import sys

import tensorflow

sys.modules[__name__].__class__ = tensorflow.Package
