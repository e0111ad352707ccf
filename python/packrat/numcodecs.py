"""A numcodecs codec, with which zarr keeps arrays of features or images as packed entries. Needs numcodecs."""

from __future__ import annotations

from typing import Any, Dict, Optional

import numpy as np
from numcodecs.abc import Codec as Base
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray, ndarray_copy
from numcodecs.registry import register_codec

from ._codec import Codec, Entries
from ._native import CorruptError


class PackratCodec(Base):  # type: ignore[misc]
    """Chunks of rows [N, *shape], float32 or, for pixels, uint8. The bytes of a chunk: its entries; where these differ in
    size, N and N + 1 offsets (int64) in front of them.

    codec: a :class:`packrat.Codec`; one that learned goes into the array's metadata with what it learned. Lossy
    unless the codec is "none" or "none|entropy". An array's chunks must hold whole rows.

    >>> import numpy as np, packrat
    >>> from packrat.numcodecs import PackratCodec
    >>> codec = PackratCodec(packrat.Codec("quantize:states=16,range=local", shape=(64,)))
    >>> rows = np.random.default_rng(0).normal(size=(100, 64)).astype("float32")
    >>> len(codec.encode(rows)), rows.nbytes
    (4000, 25600)
    """

    codec_id = "packrat"

    def __init__(self, codec: Optional[Codec] = None, *, state: str = "") -> None:
        self.codec = codec if codec is not None else Codec.from_bytes(bytes.fromhex(state))

    def encode(self, buf: Any) -> bytes:
        entries = self.codec.encode(ensure_ndarray(buf).reshape(-1, *self.codec.shape))
        if self.codec.entry_bytes:
            return entries.data.tobytes()
        return np.int64(len(entries)).tobytes() + entries.offsets.tobytes() + entries.data.tobytes()

    def decode(self, buf: Any, out: Any = None) -> Any:
        data, size = ensure_contiguous_ndarray(buf).view(np.uint8), self.codec.entry_bytes
        if size:
            entries = Entries(data, np.arange(0, len(data) + 1, size))
        else:
            count = int(data[:8].view(np.int64)[0]) + 1 if len(data) >= 8 else -1
            if not 0 < count <= len(data) // 8 - 1:
                raise CorruptError(f"{len(data)} bytes are no chunk of packrat's")
            entries = Entries(data[8 + 8 * count:], data[8:8 + 8 * count].view(np.int64))
        return ndarray_copy(self.codec.decode(entries, dtype="uint8" if self.codec.pixels else None), out)

    def get_config(self) -> Dict[str, str]:
        return {"id": self.codec_id, "state": self.codec.to_bytes().hex()}


register_codec(PackratCodec)
