"""libpackrat through ctypes: where it is, its functions and its errors. include/packrat/packrat.h says what they do.

ctypes gives the interpreter's lock back during every call, so that threads decode side by side.
"""

from __future__ import annotations

import ctypes
import os
import threading
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Dict, List, NoReturn, Tuple

import numpy as np
import numpy.typing as npt

ABI = 1


class Error(ValueError):
    """What the caller can fix: a value out of range, a missing file, a full disk, a closed buffer. One line."""


class CorruptError(Error):
    """Bytes that are not what was written: truncated or altered."""


class Domain(ctypes.Structure):
    _fields_ = [("shape", c_int64 * 3), ("pixels", c_int32), ("mean", c_float * 3), ("std", c_float * 3)]


class Column(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("dtype", c_int32), ("width", c_int64)]


class LedgerItem(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("meaning", c_char_p), ("bytes", c_int64)]


Progress = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, c_int64, c_int64)


class FitOptions(ctypes.Structure):
    _fields_ = [("seed", c_uint64), ("threads", c_int32), ("max_epochs", c_int64), ("patience", c_int64),
                ("batch_size", c_int64), ("learning_rate", c_double), ("progress", Progress), ("user", c_void_p)]


# pkr_..., by what it returns.
_out = POINTER(c_void_p)
_pointers = POINTER(c_void_p)
_status: Dict[str, List[Any]] = {
    "parse_bytes": [c_char_p, POINTER(c_int64)],
    "codec_make": [c_char_p, POINTER(Domain), _out],
    "codec_fit": [c_char_p, POINTER(Domain), c_void_p, c_int32, c_int64, POINTER(FitOptions), _out],
    "codec_save": [c_void_p, c_char_p],
    "codec_load": [c_char_p, POINTER(Domain), _out],
    "codec_to_bytes": [c_void_p, _out, POINTER(c_int64)],
    "codec_from_bytes": [c_void_p, c_int64, POINTER(Domain), _out],
    "codec_domain": [c_void_p, POINTER(Domain)],
    "codec_encode": [c_void_p, c_void_p, c_int32, c_int64, c_int32, _out, _out],
    "codec_decode": [c_void_p, c_void_p, c_void_p, c_int64, c_int32, c_void_p, c_int32],
    "buffer_make": [c_void_p, c_int32, c_char_p, c_char_p, c_uint64, POINTER(Column), c_int32, c_char_p, _out],
    "buffer_copy": [c_void_p, _out],
    "buffer_add": [c_void_p, c_void_p, c_int32, c_void_p, _pointers, c_int64],
    "buffer_sample": [c_void_p, c_int64, c_int32, c_void_p],
    "buffer_get": [c_void_p, c_void_p, c_int64, c_int32, c_void_p, c_void_p, _pointers, c_int32],
    "buffer_replace": [c_void_p, c_void_p, c_void_p, c_int32, c_void_p, _pointers, c_int64],
    "buffer_set_column": [c_void_p, c_int32, c_void_p, c_void_p, c_int64],
    "buffer_remove": [c_void_p, c_void_p, c_int64],
    "buffer_clear": [c_void_p],
    "buffer_resize": [c_void_p, c_char_p],
    "buffer_column": [c_void_p, c_int32, POINTER(Column)],
    "buffer_codec": [c_void_p, _out],
    "buffer_ledger": [c_void_p, POINTER(LedgerItem), POINTER(c_int32)],
    "buffer_save": [c_void_p, c_char_p],
    "buffer_load": [c_char_p, _out],
    "buffer_to_bytes": [c_void_p, _out, POINTER(c_int64)],
    "buffer_from_bytes": [c_void_p, c_int64, _out],
    "head_make": [c_char_p, c_int64 * 3, c_int32, c_uint64, c_int32, _out],
    "head_observe": [c_void_p, c_void_p, c_void_p, c_int64],
    "head_merge": [c_void_p, c_void_p],
    "head_end_of_task": [c_void_p],
    "head_fit": [c_void_p],
    "head_scores": [c_void_p, c_void_p, c_int64, c_void_p],
    "head_to_bytes": [c_void_p, _out, POINTER(c_int64)],
    "head_from_bytes": [c_void_p, c_int64, c_int32, _out],
}
_number: Dict[str, Tuple[Any, List[Any]]] = {
    "list": (c_int, [c_int32, c_int32, POINTER(c_char_p), POINTER(c_char_p), POINTER(c_char_p)]),
    "codec_must_be_fitted": (c_int, [c_char_p]),
    "codec_entry_bytes": (c_int64, [c_void_p]),
    "codec_shared_bytes": (c_int64, [c_void_p]),
    "buffer_size": (c_int64, [c_void_p]),
    "buffer_capacity": (c_int64, [c_void_p]),
    "buffer_classes": (c_int32, [c_void_p]),
    "buffer_class_size": (c_int64, [c_void_p, c_int32]),
    "buffer_offered": (c_int64, [c_void_p]),
    "buffer_column_count": (c_int32, [c_void_p]),
    "head_values": (c_int64, [c_void_p]),
    "head_classes": (c_int32, [c_void_p]),
    "head_kept_bytes": (c_int64, [c_void_p]),
}
_text: Dict[str, List[Any]] = {
    "codec_spec": [c_void_p],
    "buffer_sampler": [c_void_p],
    "buffer_budget": [c_void_p],
    "buffer_storage": [c_void_p],
    "head_spec": [c_void_p],
}
_nothing: Dict[str, List[Any]] = {
    "free": [c_void_p],
    "codec_free": [c_void_p],
    "buffer_free": [c_void_p],
    "head_free": [c_void_p],
    "fit_options_default": [POINTER(FitOptions)],
}


def _candidates() -> List[str]:
    named = os.environ.get("PACKRAT_LIBRARY")
    return [named] if named else [str(Path(__file__).parent / "libpackrat.so"), "libpackrat.so.0"]


def _load() -> Tuple[ctypes.CDLL, str]:
    reasons = []
    for path in _candidates():
        try:
            return ctypes.CDLL(path), path
        except OSError as error:
            reasons.append(str(error))
    raise ImportError("libpackrat cannot be loaded: " + "; ".join(reasons) + ". Install the wheel (pip install .) or name "
                      "the library with PACKRAT_LIBRARY")


def _declare(library: ctypes.CDLL) -> Dict[str, Any]:
    library.pkr_last_error.restype = library.pkr_version.restype = c_char_p
    library.pkr_abi_version.restype = c_int
    if library.pkr_abi_version() != ABI:
        raise ImportError(f"{path} has ABI version {library.pkr_abi_version()}, this package needs {ABI}: reinstall both")
    tables = [{name: (c_int, words) for name, words in _status.items()}, _number,
              {name: (c_char_p, words) for name, words in _text.items()},
              {name: (None, words) for name, words in _nothing.items()}]
    functions = {}
    for table in tables:
        for name, (result, words) in table.items():
            functions[name] = function = getattr(library, "pkr_" + name)
            function.restype, function.argtypes = result, words
    return functions


lib, path = _load()
_functions = _declare(lib)


class _Gate:
    """Calls that are under way. A fork waits until there are none: what is locked in a call of another thread would stay
    locked in the child for ever. Every thread counts its own, so that a call waits for nobody unless a fork does."""

    def __init__(self) -> None:
        self._free = threading.Condition(threading.RLock())
        self._closed = False
        self._depths: Dict[int, List[int]] = {}  # by thread; a call may come out of a progress function of another

    def _depth(self) -> List[int]:
        return self._depths.get(threading.get_ident()) or self._depths.setdefault(threading.get_ident(), [0])

    def __enter__(self) -> None:
        depth = self._depth()
        depth[0] += 1  # before the check; the closing side checks in the opposite order
        while self._closed and depth[0] == 1:
            with self._free:
                depth[0] = 0
                self._free.notify_all()
                while self._closed:
                    self._free.wait()
                depth[0] = 1

    def __exit__(self, *exception: Any) -> None:
        self._depth()[0] -= 1
        if self._closed:
            with self._free:
                self._free.notify_all()

    def close(self) -> None:
        self._free.acquire()
        self._closed = True
        mine = self._depth()
        while any(depth[0] for depth in list(self._depths.values()) if depth is not mine):
            self._free.wait()

    def open(self) -> None:
        self._closed = False
        self._free.notify_all()
        self._free.release()


_gate = _Gate()
os.register_at_fork(before=_gate.close, after_in_parent=_gate.open, after_in_child=_gate.open)


def fail(status: int) -> NoReturn:
    """Raises what a status stands for, with the library's line."""
    line = lib.pkr_last_error().decode("utf-8", "replace")
    kind = {1: Error, 2: CorruptError, 3: KeyboardInterrupt, 4: MemoryError}.get(status, RuntimeError)
    raise kind(line)


def call(name: str, *arguments: Any) -> None:
    with _gate:
        status = _functions[name](*arguments)
    if status:
        fail(status)


def make(name: str, *arguments: Any) -> int:
    """A function whose last argument is a new handle."""
    handle = c_void_p()
    call(name, *arguments, ctypes.byref(handle))
    assert handle.value
    return handle.value


def free(name: str, handle: int) -> None:
    with _gate:
        _functions[name](handle)


def number(name: str, *arguments: Any) -> int:
    with _gate:
        value: int = _functions[name](*arguments)
    if value < 0:
        fail(1)
    return value


def text(name: str, handle: Any) -> str:
    with _gate:
        value = _functions[name](handle)
    if value is None:
        fail(1)
    return str(value, "utf-8")


def address(array: npt.NDArray[Any]) -> int:
    """Of a contiguous array's values; a third of the time that array.ctypes.data takes, where it can be had so."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    except (TypeError, ValueError):  # read-only, or empty
        return array.ctypes.data


def taken(pointer: c_void_p, count: int, dtype: Any) -> npt.NDArray[Any]:
    """A copy of an array that the library made, which is freed."""
    size = count * np.dtype(dtype).itemsize
    array = np.frombuffer(ctypes.string_at(pointer, size) if size else b"", dtype).copy()
    lib.pkr_free(pointer)
    return array


def to_bytes(name: str, handle: Any) -> bytes:
    pointer, size = c_void_p(), c_int64()
    call(name, handle, ctypes.byref(pointer), ctypes.byref(size))
    try:
        return ctypes.string_at(pointer, size.value)
    finally:
        lib.pkr_free(pointer)


def encoded(text_or_path: Any) -> bytes:
    """UTF-8 that ends at its end: a zero inside would cut it silently."""
    value = os.fsencode(text_or_path) if isinstance(text_or_path, os.PathLike) else str(text_or_path).encode()
    if b"\0" in value:
        raise ValueError(f"{text_or_path!r} holds a zero byte")
    return value
