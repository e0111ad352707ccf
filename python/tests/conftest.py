"""The package from the source tree with the library that was built, unless it is installed: PACKRAT_LIBRARY names another."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

TOP = Path(__file__).parents[2]
if "PACKRAT_INSTALLED" not in os.environ:  # a wheel is under test
    sys.path.insert(0, str(TOP / "python"))
    os.environ.setdefault("PACKRAT_LIBRARY", str(TOP / "build/check/lib/libpackrat.so"))

import packrat  # noqa: E402


@pytest.fixture
def draw():
    return np.random.default_rng(0)


@pytest.fixture
def codec():
    return packrat.Codec("quantize:states=4,range=local", shape=(8, 2, 2))


@pytest.fixture
def filled(codec, draw):
    """50 slots, full, with labels 0 to 4 and two columns; row i is offered with column id = i."""
    buffer = packrat.ReplayBuffer(codec, classes=5, budget="slots:50", seed=3,
                                  columns={"logits": ("float32", 5), "id": "int64"})
    rows = draw.normal(size=(200, 8, 2, 2)).astype("float32")
    buffer.add(rows, np.arange(200) % 5, logits=draw.normal(size=(200, 5)).astype("float32"), id=np.arange(200))
    buffer.rows_offered = rows
    return buffer
