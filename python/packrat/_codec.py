from __future__ import annotations

import ctypes
import math
import os
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _native
from ._arrays import as_array, as_rows, out_rows, threads_here
from ._handle import Handle

Path = Union[str, "os.PathLike[str]"]
Floats = Union[float, Sequence[float]]
Rows = npt.NDArray[Any]

# A call is cut into pieces of so many rows, so that Ctrl-C is heard between two.
PIECE = 4096

DTYPES = {"uint8": 1, "int8": 2, "int16": 3, "int32": 4, "int64": 5, "float16": 6, "float32": 7, "float64": 8}
_CODES = {np.dtype(name): code for name, code in DTYPES.items()}


def code_of(rows: Rows) -> int:
    """The library's number of an array's dtype; looking up its name would take longer than a small call."""
    return _CODES[rows.dtype]


def domain_of(shape: Sequence[int], pixels: bool, mean: Optional[Floats], std: Optional[Floats]) -> _native.Domain:
    sizes = [int(size) for size in np.atleast_1d(shape)]
    if len(sizes) not in (1, 3) or min(sizes, default=0) < 1:
        raise ValueError(f"shape is {tuple(sizes)}: (channels, height, width) or (values,), each at least 1")
    domain = _native.Domain(pixels=pixels)
    domain.shape[:] = sizes + [1] * (3 - len(sizes))
    for field, given in (("mean", mean), ("std", std)):
        if given is None:
            continue
        if not pixels:
            raise ValueError(f"{field} is for pixels=True alone: other rows are stored as they are")
        channels = min(sizes[0], 3)
        values = np.broadcast_to(np.asarray(given, np.float32), (channels,)) if np.ndim(given) == 0 else np.asarray(given)
        if len(values) != sizes[0]:
            raise ValueError(f"{field} has {len(values)} values: one, or one for each of the {sizes[0]} channels")
        getattr(domain, field)[:channels] = [float(value) for value in values]
    return domain


@dataclass(frozen=True)
class Entries:
    """What a codec makes of N rows: entry i is ``data[offsets[i]:offsets[i + 1]]``."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> bytes:
        i = range(len(self))[i]
        return self.data[self.offsets[i]:self.offsets[i + 1]].tobytes()

    @property
    def nbytes(self) -> int:
        """Bytes of all entries."""
        return int(self.offsets[-1] - self.offsets[0])


class Codec(Handle):
    """Turns rows, feature maps or images, into entries of packed bytes and back. Never changes; safe in threads.

    spec: stages joined by "|", as the program takes them: ``"quantize:states=4,range=local"``; :func:`packrat.stages`
    lists them. shape: of one row, (channels, height, width) or (values,). pixels: rows are uint8 images, or float32
    images (p/255 - mean[c]) / std[c] of them; mean and std are a number, or one a channel, 0 and 1 unless given.

    A codec that learns from data is made with :meth:`fit`. Buffers keep working when their codec is
    closed. packrat.Error names what is wrong with a spec.

    >>> import numpy as np, packrat
    >>> codec = packrat.Codec("quantize:states=4,range=local", shape=(16, 2, 2))
    >>> codec.entry_bytes                       # 64 codes of 2 bits, lo and hi
    24
    >>> rows = np.random.default_rng(0).normal(size=(8, 16, 2, 2)).astype("float32")
    >>> entries = codec.encode(rows)
    >>> entries.nbytes, codec.decode(entries).shape
    (192, (8, 16, 2, 2))
    """

    _freed_by = "codec_free"

    def __init__(self, spec: str, shape: Sequence[int], *, pixels: bool = False, mean: Optional[Floats] = None,
                 std: Optional[Floats] = None) -> None:
        domain = domain_of(shape, pixels, mean, std)
        self._adopt(_native.make("codec_make", _native.encoded(spec), domain))

    @classmethod
    def fit(cls, spec: str, rows: Any, shape: Optional[Sequence[int]] = None, *, pixels: Optional[bool] = None,
            mean: Optional[Floats] = None, std: Optional[Floats] = None, seed: int = 0, threads: Optional[int] = None,
            max_epochs: Optional[int] = None, patience: Optional[int] = None, batch_size: Optional[int] = None,
            learning_rate: Optional[float] = None,
            progress: Optional[Callable[[str, int, int], Any]] = None) -> "Codec":
        """A codec that learns from rows [N, ...] what its entries share: ranges, codebooks, symbol statistics, weights.

        The last tenth of the rows is held out. shape: that of the rows unless given; pixels: whether the rows are uint8
        unless given. max_epochs, patience, batch_size and learning_rate are for autoencoders. progress is called with
        (phase, done, total) now and then. Ctrl-C stops the fit.

        >>> import numpy as np, packrat
        >>> rows = np.random.default_rng(0).normal(size=(400, 16)).astype("float32")
        >>> packrat.Codec.fit("codebook:states=4,range=fit|entropy", rows).shared_bytes > 0
        True
        """
        array = as_array(rows, "rows")
        shape = tuple(shape) if shape is not None else array.shape[1:]
        pixels = array.dtype == np.uint8 if pixels is None else pixels
        domain = domain_of(shape, pixels, mean, std)
        array = as_rows(array, _row_shape(domain), pixels)
        options = _native.FitOptions()
        _native.lib.pkr_fit_options_default(options)
        options.seed, options.threads = _seed(seed), threads_here(threads)
        for name, value in (("max_epochs", max_epochs), ("patience", patience), ("batch_size", batch_size),
                            ("learning_rate", learning_rate)):
            if value is not None:
                setattr(options, name, value)
        raised: List[BaseException] = []
        with _raising(raised):
            options.progress = _listener(progress, raised)
            return cls._of(_native.make("codec_fit", _native.encoded(spec), domain, _native.address(array), code_of(array),
                                        len(array), options))

    @classmethod
    def load(cls, path: Path) -> "Codec":
        """From a file that :meth:`save` or ``packrat fit`` wrote."""
        return cls._of(_native.make("codec_load", _native.encoded(path), None))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Codec":
        """From what :meth:`to_bytes` gave; CorruptError when it is damaged."""
        data = bytes(data)
        return cls._of(_native.make("codec_from_bytes", data, len(data), None))

    def save(self, path: Path) -> None:
        """Writes a file, all or nothing."""
        _native.call("codec_save", self._handle, _native.encoded(path))

    def to_bytes(self) -> bytes:
        """The file's bytes: spec, domain and what was learned."""
        return _native.to_bytes("codec_to_bytes", self._handle)

    def encode(self, rows: Any, *, threads: Optional[int] = None) -> Entries:
        """rows: [N, *shape] or [N, values], float32 or, of pixels, uint8. packrat.Error names a row with NaN."""
        array = as_rows(rows, self.shape, self.pixels)
        pieces = [self._encode(array, at, threads_here(threads)) for at in _starts(len(array))]
        if len(pieces) == 1:
            return pieces[0]
        ends = np.cumsum([0] + [piece.nbytes for piece in pieces])
        offsets = [piece.offsets[:-1] + end for piece, end in zip(pieces, ends)] + [ends[-1:]]
        return Entries(np.concatenate([piece.data for piece in pieces]), np.concatenate(offsets))

    def _encode(self, array: Rows, at: int, threads: int) -> Entries:
        piece = array[at:at + PIECE]
        data, offsets = ctypes.c_void_p(), ctypes.c_void_p()
        try:
            _native.call("codec_encode", self._handle, _native.address(piece), code_of(array), len(piece), threads,
                         ctypes.byref(data), ctypes.byref(offsets))
        except _native.Error as error:
            if at == 0:
                raise
            raise type(error)(f"{error} (counted from row {at})") from None
        ends = _native.taken(offsets, len(piece) + 1, np.int64)
        return Entries(_native.taken(data, int(ends[-1]), np.uint8), ends)

    def decode(self, entries: Entries, out: Any = None, *, dtype: Any = None, threads: Optional[int] = None) -> Rows:
        """float32 [N, *shape], or uint8 when a codec of pixels is asked for it; `out` when it is given.

        CorruptError for bytes that encode() never wrote.
        """
        data = np.ascontiguousarray(entries.data, np.uint8)
        offsets = np.ascontiguousarray(entries.offsets, np.int64)
        if len(offsets) < 1 or offsets[0] < 0 or offsets[-1] > len(data):
            raise _native.CorruptError(f"entries lie at bytes {offsets[:1]} to {offsets[-1:]} of {len(data)}")
        rows = out_rows(out, len(entries), self.shape, dtype, self.pixels)
        for at in _starts(len(entries)):
            piece = rows[at:at + PIECE]
            _native.call("codec_decode", self._handle, _native.address(data), _native.address(offsets[at:]), len(piece),
                         code_of(rows), _native.address(piece), threads_here(threads))
        return out if out is not None else rows

    @property
    def spec(self) -> str:
        """Its canonical text."""
        return _native.text("codec_spec", self._handle)

    @property
    def shape(self) -> Tuple[int, ...]:
        """Of one row: (channels, height, width), or (values,)."""
        return self._shape

    @property
    def pixels(self) -> bool:
        """Whether rows are images of uint8 pixels."""
        return self._pixels

    @property
    def entry_bytes(self) -> Optional[int]:
        """Bytes of every entry; None when entries differ in size."""
        return _native.number("codec_entry_bytes", self._handle) or None

    @property
    def shared_bytes(self) -> int:
        """Bytes kept once for all entries."""
        return _native.number("codec_shared_bytes", self._handle)

    @classmethod
    def _of(cls, handle: int) -> "Codec":
        codec = cls.__new__(cls)
        codec._adopt(handle)
        return codec

    def _adopt(self, handle: int) -> None:
        self._handle = handle
        domain = _native.Domain()
        _native.call("codec_domain", handle, domain)
        self._shape = _row_shape(domain)
        self._pixels = bool(domain.pixels)

    def __reduce__(self) -> Any:
        return Codec.from_bytes, (self.to_bytes(),)

    def __deepcopy__(self, memo: Any) -> "Codec":
        return self  # it never changes

    def _says(self) -> str:
        size = f"{self.entry_bytes} bytes an entry" if self.entry_bytes else "entries of differing size"
        shared = f", {self.shared_bytes} shared" if self.shared_bytes else ""
        return f" {self.spec!r} of {'x'.join(map(str, self.shape))}: {size}{shared}"


def _row_shape(domain: _native.Domain) -> Tuple[int, ...]:
    shape = tuple(domain.shape)
    return shape if math.prod(shape[1:]) > 1 or domain.pixels else shape[:1]


def _starts(count: int) -> Iterator[int]:
    return iter(range(0, max(count, 1), PIECE))


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed is {seed}: a number from 0 to 2**64 - 1")
    return seed


@contextmanager
def _raising(raised: List[BaseException]) -> Iterator[None]:
    """Raises, behind a call, what was raised within it. Ctrl-C is noted meanwhile: as an exception it could come at the first
    step of the progress function, before any ``try``, and ctypes would swallow it.
    """
    usual = (threading.current_thread() is threading.main_thread()
             and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if usual:
        signal.signal(signal.SIGINT, lambda *_: raised.append(KeyboardInterrupt()))
    try:
        yield
    finally:
        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if raised:
            raise raised[0] from None


def _listener(progress: Optional[Callable[[str, int, int], Any]], raised: List[BaseException]) -> Any:
    """A C function that asks Python; whatever is raised stops the call."""

    def listen(user: Any, phase: Optional[bytes], done: int, total: int) -> int:
        try:
            if progress is not None:
                progress((phase or b"").decode(), done, total)
        except BaseException as error:
            raised.append(error)
        return len(raised)

    return _native.Progress(listen)
