"""What callers hand over, as arrays that the library can read: contiguous, of a known dtype, checked once.

Nothing here computes: dtypes and strides are converted, shapes are compared.
"""

from __future__ import annotations

import math
import os
import sys
from typing import Any, Optional, Sequence, Tuple, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_home_process = os.getpid()


def threads_here(threads: Optional[int]) -> int:
    """The number of threads a call may use: `threads`, or one a core when it is None or 0. Inside a worker process of a DataLoader or a pool it is 1
    unless the caller says otherwise, because there are as many workers as the machine can bear.
    """
    if type(threads) is int and threads > 0:
        return threads
    if threads is not None and (not isinstance(threads, (int, np.integer)) or threads < 0):
        raise ValueError(f"threads is {threads!r}: a number from 0, which is one thread a core")
    process = sys.modules.get("multiprocessing.process")
    worker = os.getpid() != _home_process or (process is not None and process.parent_process() is not None)
    return int(threads or 0) or (1 if worker and threads is None else len(os.sched_getaffinity(0)))


def as_array(values: Any, what: str) -> Array:
    """A NumPy view of NumPy arrays, torch CPU tensors and anything with ``__array_interface__``, ``__array__`` or
    ``__dlpack__``; a copy of sequences. TypeError for what is none of these, ValueError for what another device holds.
    """
    if isinstance(values, np.ndarray):
        return values
    device = getattr(values, "__dlpack_device__", None)
    if device is not None and device()[0] not in (1, 3):  # kDLCPU, kDLCUDAHost (pinned)
        raise ValueError(f"{what} lie on a device ({getattr(values, 'device', 'not the CPU')}): pass {what}.cpu()")
    if hasattr(values, "detach"):
        values = values.detach()
    try:
        if hasattr(values, "__array__") or hasattr(values, "__array_interface__") or isinstance(values, Sequence):
            return np.asarray(values)
        if device is not None:
            return np.from_dlpack(values)
    except (TypeError, ValueError, BufferError, RuntimeError) as error:
        kind = getattr(values, "dtype", type(values).__name__)
        raise TypeError(f"{what} cannot be read as an array ({kind}): {str(error).splitlines()[0]}") from None
    raise TypeError(f"{what} are a {type(values).__name__}: an array is needed (NumPy, torch, __dlpack__)")


def as_rows(values: Any, shape: Tuple[int, ...], pixels: bool, what: str = "rows") -> Array:
    """float32 or, for pixels, uint8 [N, ...], contiguous. `shape` is that of one row; a row may also be flat, and a vector
    may have any shape. ValueError names both shapes.
    """
    rows = as_array(values, what)
    if rows.dtype.kind not in "fiub":
        raise TypeError(f"{what} have dtype {rows.dtype}: float32 or uint8 are stored, other numbers are converted")
    width = math.prod(shape)
    fits = rows.ndim > 1 and math.prod(rows.shape[1:]) == width
    if not fits or (len(shape) > 1 and rows.shape[1:] not in (shape, (width,))):
        wanted = " or ".join("[N, " + ", ".join(map(str, s)) + "]" for s in dict.fromkeys((shape, (width,))))
        raise ValueError(f"{what} have shape {list(rows.shape)}: {wanted} is needed")
    keep = rows.dtype == np.float32 or (pixels and rows.dtype == np.uint8)
    return np.ascontiguousarray(rows, None if keep else np.float32)


def as_whole(values: Any, what: str, count: Optional[int] = None) -> Array:
    """int64 [N], contiguous; a single number is N = 1. TypeError for fractions, ValueError for another length."""
    numbers = np.atleast_1d(as_array(values if not isinstance(values, int) else [values], what))
    if numbers.size == 0:
        numbers = numbers.astype(np.int64)
    if numbers.dtype.kind not in "iu":
        raise TypeError(f"{what} have dtype {numbers.dtype}: whole numbers are needed")
    if numbers.ndim != 1 or (count is not None and len(numbers) != count):
        wanted = "[N]" if count is None else f"[{count}], one a row"
        raise ValueError(f"{what} have shape {list(numbers.shape)}: {wanted} is needed")
    if numbers.dtype == np.uint64 and numbers.size and numbers.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{what} hold {numbers.max()}, which does not fit int64")
    return np.ascontiguousarray(numbers, np.int64)


def as_column(values: Any, name: str, dtype: np.dtype[Any], shape: Tuple[int, ...], count: int) -> Array:
    """`dtype` [N, *shape], contiguous. TypeError when the conversion would change a value's kind."""
    column = as_array(values, f"column '{name}'")
    if column.shape != (count, *shape):
        raise ValueError(f"column '{name}' has shape {list(column.shape)}: {[count, *shape]} is needed")
    if not np.can_cast(column.dtype, dtype, "same_kind"):
        raise TypeError(f"column '{name}' holds {column.dtype}: {dtype} is stored")
    return np.ascontiguousarray(column, dtype)


def out_rows(out: Any, count: int, shape: Tuple[int, ...], dtype: Any, pixels: bool) -> Array:
    """Where rows are decoded to: `out` as an array that shares its memory, a new one when it is None. dtype: None for
    that of `out`, float32 when there is none; uint8 for pixels alone."""
    target = out
    if out is not None and not isinstance(out, np.ndarray):
        target = out.numpy() if hasattr(out, "numpy") else np.asarray(out)
    kind = np.dtype(dtype if dtype is not None else np.float32 if target is None else target.dtype)
    if kind != np.float32 and not (pixels and kind == np.uint8):
        raise ValueError(f"dtype is {kind}: rows come back as float32" + (" or uint8" if pixels else ""))
    if target is None:
        return np.empty((count, *shape), kind)
    if target.shape != (count, *shape):
        raise ValueError(f"out has shape {list(target.shape)}: {[count, *shape]} is needed")
    if target.dtype != kind or not target.flags.c_contiguous or not target.flags.writeable:
        raise ValueError(f"out is {target.dtype}: contiguous, writable {kind} is needed")
    return cast(Array, target)
