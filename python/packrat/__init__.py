"""Replay buffers that hold more: packed feature maps and images inside a budget of bytes, for loops of one's own.

:class:`Codec` turns rows into entries of packed bytes and back, :class:`ReplayBuffer` keeps entries, labels and columns
inside a budget, :class:`StreamingHead` learns a stream without keeping it, :func:`results` reads finished runs.
``packrat.torch`` has a layer and data sets for PyTorch, ``packrat.integrations`` the buffers of Mammoth, Avalanche and
TorchRL.
"""

from __future__ import annotations

import ctypes
from typing import List, NamedTuple

from . import _native
from ._buffer import Ledger, ReplayBuffer
from ._codec import Codec, Entries
from ._heads import StreamingHead
from ._native import CorruptError, Error
from ._results import Results, results

__all__ = ["Codec", "CorruptError", "Entries", "Error", "Ledger", "Named", "ReplayBuffer", "Results", "StreamingHead", "heads",
           "library_path", "library_version", "results", "samplers", "stages"]


def library_version() -> str:
    """Of the library that is loaded."""
    return str(_native.lib.pkr_version(), "utf-8")


def library_path() -> str:
    """Where it was loaded from."""
    return _native.path


__version__ = library_version()


class Named(NamedTuple):
    """What a spec can name."""

    name: str
    options: str
    summary: str


def _listed(which: int) -> List[Named]:
    rows: List[Named] = []
    name, options, summary = ctypes.c_char_p(), ctypes.c_char_p(), ctypes.c_char_p()
    while _native.lib.pkr_list(which, len(rows), *map(ctypes.byref, (name, options, summary))) == 1:
        rows.append(Named(*(str(text.value or b"", "utf-8") for text in (name, options, summary))))
    return rows


def stages() -> List[Named]:
    """Stages of codecs, with their options: "quantize", "states=2..256, range=...", a summary."""
    return _listed(1)


def samplers() -> List[Named]:
    """Samplers of buffers."""
    return _listed(2)


def heads() -> List[Named]:
    """Streaming heads, with their options."""
    return _listed(3)
