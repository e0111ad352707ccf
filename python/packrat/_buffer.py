from __future__ import annotations

import ctypes
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _native
from ._arrays import as_column, as_rows, as_whole, out_rows, threads_here
from ._codec import DTYPES, PIECE, Codec, Path, Rows, _seed, _starts, code_of
from ._handle import Handle

Batch = Tuple[Any, npt.NDArray[np.int64], Dict[str, Rows]]
ColumnSpec = Union[str, Tuple[str, int]]
_NAMES = {number: name for name, number in DTYPES.items()}


class Ledger(Dict[str, int]):
    """Measured bytes by item; ``total`` is their sum, which a budget in bytes limits. Items are attributes, too."""

    def __getattr__(self, item: str) -> int:
        try:
            return self[item]
        except KeyError:
            raise AttributeError(f"the ledger has no item '{item}': total, {', '.join(self)}") from None

    @property
    def total(self) -> int:
        return sum(self.values())

    def __repr__(self) -> str:
        return f"Ledger(total={self.total}, " + ", ".join(f"{name}={size}" for name, size in self.items() if size) + ")"


class ReplayBuffer(Handle):
    """Packed entries, their labels and columns, inside a budget of bytes or slots.

    classes: labels are 0 .. classes - 1. budget: "1.5MiB", "1536000" or a number of bytes, every one counted; or
    "slots:500". sampler: who stays when it is full; :func:`packrat.samplers` lists them, "external" leaves it to the caller.
    columns: values beside each entry, ``{"logits": ("float32", 10), "task": "int64"}``; one value comes back as [N], more
    as [N, width]. seed: of what the sampler and :meth:`sample` draw. storage: "mapped:FILE" keeps entries of one size in a new
    file that may be larger than memory and holds them when the process is killed; :meth:`load` opens it again, in place.

    Threads may share a buffer: one changes it, or several read it; calls wait for each other. A buffer that is pickled,
    copied or saved continues as it would have, the random state included.

    >>> import numpy as np, packrat
    >>> codec = packrat.Codec("quantize:states=4,range=local", shape=(64,))
    >>> buffer = packrat.ReplayBuffer(codec, classes=10, budget="4KiB", columns={"task": "int64"})
    >>> draw = np.random.default_rng(0)
    >>> for task in range(5):
    ...     x = draw.normal(size=(200, 64)).astype("float32")
    ...     buffer.add(x, draw.integers(2 * task, 2 * task + 2, 200), task=np.full(200, task))
    >>> len(buffer) == buffer.capacity and buffer.ledger.total <= 4096
    True
    >>> rows, labels, columns = buffer.sample(32)
    >>> rows.shape, labels.shape, columns["task"].shape
    ((32, 64), (32,), (32,))
    """

    _freed_by = "buffer_free"

    def __init__(self, codec: Codec, *, classes: int, budget: Union[str, int], sampler: str = "reservoir",
                 columns: Optional[Mapping[str, ColumnSpec]] = None, seed: int = 0,
                 storage: str = "memory") -> None:
        table = (_native.Column * max(len(columns or {}), 1))()
        for row, (name, spec) in zip(table, (columns or {}).items()):
            dtype, width = (spec, 1) if isinstance(spec, str) else spec
            if np.dtype(dtype).name not in DTYPES:
                raise ValueError(f"column '{name}' has dtype {dtype}: there are {', '.join(DTYPES)}")
            row.name, row.dtype, row.width = _native.encoded(name), DTYPES[np.dtype(dtype).name], width
        self._adopt(_native.make("buffer_make", codec._handle, _int32(classes, "classes"), _native.encoded(budget),
                                 _native.encoded(sampler), _seed(seed), table, len(columns or {}), _native.encoded(storage)))

    @classmethod
    def load(cls, path: Path, *, mmap: Optional[bool] = None) -> "ReplayBuffer":
        """From a file that :meth:`save` or ``packrat run --save_buffer`` wrote, read into memory; or from the file of a
        buffer with mapped storage, opened in place. mmap: True refuses a file that would be read into memory, False
        reads what is mapped into memory and leaves the file alone.
        """
        buffer = cls._of(_native.make("buffer_load", _native.encoded(path)))
        if mmap is None or mmap == buffer.mapped:
            return buffer
        with buffer:
            if mmap:
                raise _native.Error(f"{path} is a saved buffer, which is read into memory: make buffers that are mapped with "
                                    "storage='mapped:FILE'")
            return buffer.__copy__()

    @classmethod
    def from_bytes(cls, data: bytes) -> "ReplayBuffer":
        """From what :meth:`to_bytes` gave; CorruptError when it is damaged."""
        data = bytes(data)
        return cls._of(_native.make("buffer_from_bytes", data, len(data)))

    def save(self, path: Path) -> None:
        """Writes a file, all or nothing, which ``packrat buffer inspect`` reads."""
        _native.call("buffer_save", self._handle, _native.encoded(path))

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        return _native.to_bytes("buffer_to_bytes", self._handle)

    def state_dict(self) -> Dict[str, bytes]:
        """For checkpoints: the buffer's bytes under one name."""
        return {"packrat": self.to_bytes()}

    def load_state_dict(self, state: Mapping[str, bytes]) -> None:
        """Becomes the buffer that :meth:`state_dict` was taken of, its codec and budget included."""
        if "packrat" not in state:
            raise ValueError(f"no state of a packrat.ReplayBuffer: its keys are {list(state)}")
        data = bytes(state["packrat"])
        handle = _native.make("buffer_from_bytes", data, len(data))
        self.close()
        self._adopt(handle)

    def add(self, rows: Any, labels: Any, **columns: Any) -> None:
        """Offers rows [N, *codec.shape] in order; the sampler decides who stays. labels: N whole numbers. columns: each
        [N] or [N, width]. After an error the buffer is as before.
        """
        array = as_rows(rows, self.codec.shape, self.codec.pixels)
        marks = as_whole(labels, "labels", len(array))
        values = self._columns_in(columns, len(array))
        _native.call("buffer_add", self._handle, _native.address(array), code_of(array), _native.address(marks),
                     _pointers([_native.address(column) for column in values]), len(array))

    def replace(self, slots: Any, rows: Any, labels: Any, **columns: Any) -> None:
        """Overwrites the entries in `slots` in order; the sampler counts nothing. As :meth:`add` otherwise."""
        places = as_whole(slots, "slots")
        array = as_rows(rows, self.codec.shape, self.codec.pixels)
        if len(array) != len(places):
            raise ValueError(f"{len(array)} rows for {len(places)} slots")
        marks = as_whole(labels, "labels", len(array))
        values = self._columns_in(columns, len(array))
        _native.call("buffer_replace", self._handle, _native.address(places), _native.address(array), code_of(array),
                     _native.address(marks), _pointers([_native.address(column) for column in values]), len(array))

    def set_column(self, name: str, slots: Any, values: Any) -> None:
        """Overwrites one column of the entries in `slots`."""
        places = as_whole(slots, "slots")
        dtype, width = self._column(name)
        array = as_column(values, name, dtype, _tail(width), len(places))
        _native.call("buffer_set_column", self._handle, list(self._columns).index(name), _native.address(places),
                     _native.address(array), len(places))

    def remove(self, slots: Any) -> None:
        """Removes the entries in `slots`, all different; the last entries move into the gaps, the highest gap first."""
        places = as_whole(slots, "slots")
        _native.call("buffer_remove", self._handle, _native.address(places), len(places))

    def clear(self) -> None:
        """Removes all entries, and the sampler begins again; the random state, which `offered` is part of, continues."""
        _native.call("buffer_clear", self._handle)

    def resize(self, budget: Union[str, int]) -> None:
        """Another budget of the same kind, bytes or slots. When it is smaller, the sampler's rule says who goes."""
        _native.call("buffer_resize", self._handle, _native.encoded(budget))

    def draw(self, n: int, *, with_replacement: bool = False) -> npt.NDArray[np.int64]:
        """n slots drawn uniformly with the buffer's own random state, all different unless with_replacement."""
        slots = np.empty(max(n, 0), np.int64)
        _native.call("buffer_sample", self._handle, n, with_replacement, _native.address(slots))
        return slots

    def sample(self, n: int, out: Any = None, *, with_replacement: bool = False, dtype: Any = None,
               threads: Optional[int] = None) -> Batch:
        """A random minibatch: rows [n, *codec.shape], labels int64 [n] and the columns by name; :meth:`draw`, :meth:`get`."""
        return self._get(self.draw(n, with_replacement=with_replacement), out, dtype, threads)

    def get(self, slots: Any, out: Any = None, *, dtype: Any = None, threads: Optional[int] = None) -> Batch:
        """Rows, labels and columns of slots, in any order, repeats allowed.

        out: where the rows go instead of a new array: an array or CPU tensor, a pinned one for instance, [n, *codec.shape].
        dtype: float32, or uint8 for a codec of pixels. packrat.Error for a slot that holds no entry.
        """
        return self._get(as_whole(slots, "slots"), out, dtype, threads)

    def _get(self, places: npt.NDArray[np.int64], out: Any, dtype: Any, threads: Optional[int]) -> Batch:
        rows = out_rows(out, len(places), self.codec.shape, dtype, self.codec.pixels)
        labels = np.empty(len(places), np.int64)
        columns = {name: np.empty((len(places), *_tail(width)), kind) for name, (kind, width) in self._columns.items()}
        arrays = [places, rows, labels, *columns.values()]
        for at in _starts(len(places)):
            slots, *beside = (_native.address(array[at:] if at else array) for array in arrays)
            _native.call("buffer_get", self._handle, slots, min(len(places) - at, PIECE), code_of(rows), *beside[:2],
                         _pointers(beside[2:]), threads_here(threads))
        return (rows if out is None else out), labels, columns

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """Of all entries, slot by slot; a copy."""
        slots = np.arange(len(self))
        labels = np.empty(len(slots), np.int64)
        _native.call("buffer_get", self._handle, _native.address(slots), len(slots), DTYPES["float32"], None, _native.address(labels),
                     None, 1)
        return labels

    def column(self, name: str) -> Rows:
        """One column of all entries, slot by slot; a copy."""
        kind, width = self._column(name)
        slots = np.arange(len(self))
        values = np.empty((len(slots), *_tail(width)), kind)
        _native.call("buffer_get", self._handle, _native.address(slots), len(slots), DTYPES["float32"], None, None,
                     _pointers([_native.address(values) if other == name else None for other in self._columns]), 1)
        return values

    @property
    def codec(self) -> Codec:
        return self._codec

    @property
    def columns(self) -> Dict[str, Tuple[str, int]]:
        """dtype and width of every column."""
        return {name: (dtype.name, width) for name, (dtype, width) in self._columns.items()}

    @property
    def classes(self) -> int:
        return _native.number("buffer_classes", self._handle)

    @property
    def class_sizes(self) -> List[int]:
        """Entries held of every class."""
        return [_native.number("buffer_class_size", self._handle, label) for label in range(self.classes)]

    @property
    def capacity(self) -> int:
        """Slots; where entries differ in size and bytes limit them, an estimate from those held."""
        return _native.number("buffer_capacity", self._handle)

    @property
    def offered(self) -> int:
        """Rows offered so far with :meth:`add`."""
        return _native.number("buffer_offered", self._handle)

    @property
    def sampler(self) -> str:
        return _native.text("buffer_sampler", self._handle)

    @property
    def budget(self) -> str:
        return _native.text("buffer_budget", self._handle)

    @property
    def mapped(self) -> bool:
        """Whether it lives in a file (storage="mapped:FILE")."""
        return _native.text("buffer_storage", self._handle) == "mapped"

    @property
    def ledger(self) -> Ledger:
        """Measured bytes by item."""
        count = ctypes.c_int32()
        _native.call("buffer_ledger", self._handle, None, ctypes.byref(count))
        items = (_native.LedgerItem * count.value)()
        _native.call("buffer_ledger", self._handle, items, ctypes.byref(count))
        return Ledger((item.name.decode(), item.bytes) for item in items)

    @classmethod
    def _of(cls, handle: int) -> "ReplayBuffer":
        buffer = cls.__new__(cls)
        buffer._adopt(handle)
        return buffer

    def _adopt(self, handle: int) -> None:
        self._handle = handle
        self._codec = Codec._of(_native.make("buffer_codec", handle))
        self._columns: Dict[str, Tuple[np.dtype[Any], int]] = {}
        for index in range(_native.number("buffer_column_count", handle)):
            column = _native.Column()
            _native.call("buffer_column", handle, index, column)
            self._columns[column.name.decode()] = (np.dtype(_NAMES[column.dtype]), column.width)

    def _column(self, name: str) -> Tuple[np.dtype[Any], int]:
        if name not in self._columns:
            raise ValueError(f"there is no column '{name}': the buffer has {', '.join(self._columns) or 'none'}")
        return self._columns[name]

    def _columns_in(self, given: Mapping[str, Any], count: int) -> List[Rows]:
        for name in given:
            self._column(name)
        missing = [name for name in self._columns if name not in given]
        if missing:
            raise ValueError(f"column '{missing[0]}' is missing: the buffer keeps {', '.join(self._columns)}")
        return [as_column(given[name], name, kind, _tail(width), count) for name, (kind, width) in self._columns.items()]

    def __len__(self) -> int:
        return _native.number("buffer_size", self._handle)

    def __bool__(self) -> bool:
        return True  # an empty buffer is one all the same

    def __copy__(self) -> "ReplayBuffer":
        return self._of(_native.make("buffer_copy", self._handle))

    def __deepcopy__(self, memo: Any) -> "ReplayBuffer":
        return self.__copy__()

    def __reduce__(self) -> Any:
        return ReplayBuffer.from_bytes, (self.to_bytes(),)

    def _says(self) -> str:
        return f": {len(self)} entries of {self.codec.spec!r}, {self.ledger.total} bytes, budget {self.budget}, {self.sampler}"


def _tail(width: int) -> Tuple[int, ...]:
    return () if width == 1 else (width,)


def _pointers(addresses: Sequence[Optional[int]]) -> Any:
    """One pointer a column; None without columns."""
    return (ctypes.c_void_p * len(addresses))(*addresses) if addresses else None


def _int32(value: int, what: str) -> int:
    if not -2**31 <= value < 2**31:
        raise ValueError(f"{what} is {value}: far too large")
    return int(value)
