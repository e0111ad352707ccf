from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _native
from ._arrays import as_rows, as_whole, threads_here
from ._buffer import _int32
from ._codec import _seed, domain_of
from ._handle import Handle


class StreamingHead(Handle):
    """A classifier that keeps statistics of a stream instead of its rows: closed forms, no training.

    spec: "ncm", "slda:precision=bfloat16", "ridge:features=2048", ...; :func:`packrat.heads` lists them. shape: of a row,
    (channels, height, width) or (values,). :meth:`observe` rows as they come, :meth:`fit`, then :meth:`predict`.

    >>> import numpy as np, packrat
    >>> draw = np.random.default_rng(0)
    >>> labels = draw.integers(0, 3, 300)
    >>> rows = (draw.normal(size=(300, 8)) + 4 * np.eye(3, 8)[labels]).astype("float32")
    >>> head = packrat.StreamingHead("slda", shape=(8,), classes=3)
    >>> head.observe(rows, labels); head.fit()
    >>> float((head.predict(rows) == labels).mean()) > 0.9
    True
    """

    _freed_by = "head_free"

    def __init__(self, spec: str, shape: Sequence[int], classes: int, *, seed: int = 0,
                 threads: Optional[int] = None) -> None:
        sizes = domain_of(shape, False, None, None).shape
        self._handle = _native.make("head_make", _native.encoded(spec), sizes, _int32(classes, "classes"),
                                                   _seed(seed), threads_here(threads))

    @classmethod
    def from_bytes(cls, data: bytes, *, threads: Optional[int] = None) -> "StreamingHead":
        """From what :meth:`to_bytes` gave; CorruptError when it is damaged."""
        head = cls.__new__(cls)
        data = bytes(data)
        head._handle = _native.make("head_from_bytes", data, len(data), threads_here(threads))
        return head

    def to_bytes(self) -> bytes:
        """What is kept between tasks, and the spec in front of it. An error within a task: :meth:`end_of_task` first."""
        return _native.to_bytes("head_to_bytes", self._handle)

    def observe(self, rows: Any, labels: Any) -> None:
        """rows [N, ...], labels N whole numbers. After an error the head is as before."""
        array = as_rows(rows, (_native.number("head_values", self._handle),), False)
        marks = as_whole(labels, "labels", len(array))
        _native.call("head_observe", self._handle, _native.address(array), _native.address(marks), len(array))

    def merge(self, other: "StreamingHead") -> None:
        """Takes in what a head of the same spec, shape, classes and seed has learned, as if its rows had been observed here,
        too, but for rounding: heads that learned apart become one. Ends this head's task; `other` must be between tasks
        (:meth:`end_of_task`). :meth:`fit` again afterwards. packrat.Error for a head of another kind.
        """
        if not isinstance(other, StreamingHead):
            raise TypeError(f"{type(other).__name__} is no packrat.StreamingHead")
        _native.call("head_merge", self._handle, other._handle)

    def end_of_task(self) -> None:
        """Brings what was observed into the form that is kept; working memory is given back."""
        _native.call("head_end_of_task", self._handle)

    def fit(self) -> None:
        """Makes ready for :meth:`scores`: ends the task and solves. An error when nothing was observed."""
        _native.call("head_fit", self._handle)

    def scores(self, rows: Any) -> npt.NDArray[np.float32]:
        """float32 [N, classes], the highest being the class that is named; -infinity for classes never seen."""
        array = as_rows(rows, (_native.number("head_values", self._handle),), False)
        out = np.empty((len(array), self.classes), np.float32)
        _native.call("head_scores", self._handle, _native.address(array), len(array), _native.address(out))
        return out

    def predict(self, rows: Any) -> npt.NDArray[np.int64]:
        """The class with the highest score of every row: int64 [N]."""
        best: npt.NDArray[np.int64] = self.scores(rows).argmax(1)
        return best

    @property
    def spec(self) -> str:
        return _native.text("head_spec", self._handle)

    @property
    def classes(self) -> int:
        return _native.number("head_classes", self._handle)

    @property
    def nbytes(self) -> int:
        """Bytes kept between tasks."""
        return _native.number("head_kept_bytes", self._handle)

    def __reduce__(self) -> Any:
        return StreamingHead.from_bytes, (self.to_bytes(),)

    def __deepcopy__(self, memo: Any) -> "StreamingHead":
        return self.from_bytes(self.to_bytes())

    def _says(self) -> str:
        return f" {self.spec!r} of {self.classes} classes: {self.nbytes} bytes"
