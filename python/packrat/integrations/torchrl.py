"""A storage of TorchRL's replay buffers with packed entries.

    from torchrl.data import TensorDictReplayBuffer
    from packrat.integrations.torchrl import PackratStorage

    buffer = TensorDictReplayBuffer(storage=PackratStorage(100_000, codecs={"pixels": "jpeg:quality=60"}), batch_size=32)
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

import numpy as np
import torch

from .. import Codec, ReplayBuffer

try:
    from tensordict import TensorDict, is_tensor_collection
    from torchrl.data.replay_buffers.checkpointers import StorageCheckpointerBase
    from torchrl.data.replay_buffers.storages import LazyStackStorage, Storage
except ImportError as missing:
    raise ImportError(f"packrat.integrations.torchrl needs TorchRL ({missing}): pip install torchrl") from None

Key = Union[str, Tuple[str, ...]]
_ALL: Key = ""  # the one key of data that is a tensor


class PackratCheckpointer(StorageCheckpointerBase):  # type: ignore[misc]
    """``dumps`` and ``loads`` of a storage: a folder with one file a packed leaf and ``layout.json``."""

    def dumps(self, storage: "PackratStorage", path: Any) -> None:
        state = storage.state_dict()
        Path(path).mkdir(parents=True, exist_ok=True)
        for place, (_, data) in enumerate(state["stores"]):
            (Path(path) / f"{place}.packrat").write_bytes(data)
        layout = {**state, "stores": [key for key, _ in state["stores"]]}
        (Path(path) / "layout.json").write_text(json.dumps(layout))

    def loads(self, storage: "PackratStorage", path: Any) -> None:
        layout = json.loads((Path(path) / "layout.json").read_text())
        stores = [(key, (Path(path) / f"{place}.packrat").read_bytes()) for place, key in enumerate(layout["stores"])]
        storage.load_state_dict({**layout, "stores": stores})


class PackratStorage(LazyStackStorage):  # type: ignore[misc]
    """Rows of tensordicts, or of one tensor, their large leaves packed by a codec, the others as they are.

    max_size: rows. codecs: by key (``"pixels"``, ``("next", "pixels")``) a spec or a Codec that was fitted; for data that are
    a tensor, a spec or a Codec alone. uint8 leaves are pixels, stacked frames one below the other; other leaves are
    coded as float32. Leaves without a codec are kept as they are, columns beside the first one. Memory is taken when the
    first rows arrive. What comes back has the dtype and shape that came in, on `device`.

    :attr:`nbytes` is what it holds, :attr:`ledgers` the same by key and item.
    """

    def __init__(self, max_size: int, codecs: Union[str, Codec, Mapping[Key, Union[str, Codec]]] = "none", *,
                 device: Any = "cpu") -> None:
        # A LazyStackStorage for one reason: TorchRL's replay buffers take what it gives as it is. Its list stays empty.
        super().__init__(max_size, device=torch.device(device))
        self._codecs: Dict[Key, Union[str, Codec]] = dict(codecs) if isinstance(codecs, Mapping) else {_ALL: codecs}
        self._empty()

    def _empty(self) -> None:
        self._stores: Dict[Key, ReplayBuffer] = {}  # by key; the first has the columns
        self._leaves: Dict[Key, Tuple[torch.Size, torch.dtype]] = {}  # shape of one row and dtype, every leaf
        self._is_dict = False

    _default_checkpointer = PackratCheckpointer

    def __getstate__(self) -> Any:
        return Storage.__getstate__(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}: {store!r}' for key, store in self._stores.items())})"

    def __len__(self) -> int:
        return len(next(iter(self._stores.values()))) if self._stores else 0

    @property
    def ledgers(self) -> Dict[Key, Any]:
        return {key: store.ledger for key, store in self._stores.items()}

    @property
    def nbytes(self) -> int:
        """Measured bytes of all that is held."""
        return sum(ledger.total for ledger in self.ledgers.values())

    def set(self, cursor: Any, data: Any, *, set_cursor: bool = True) -> None:
        """Rows `data` at slots `cursor`, a number or several: those held are overwritten, others must follow the last."""
        single = not isinstance(cursor, (slice, range, list, tuple)) and np.ndim(cursor) == 0
        slots = self._slots(cursor, self.max_size)
        if isinstance(data, (list, tuple)):
            data = torch.stack(list(data))
        rows = self._leaves_of(data.unsqueeze(0) if single else data)
        for key, value in rows.items():
            if len(value) != len(slots):
                raise ValueError(f"{len(value)} rows of '{key}' for {len(slots)} slots")
        if not self._stores:
            self._open(rows, is_tensor_collection(data))
        if set(rows) != set(self._leaves):
            raise ValueError(f"data have the keys {sorted(map(str, rows))}: the storage keeps {sorted(map(str, self._leaves))}")
        for key, (shape, _) in self._leaves.items():
            if rows[key].shape[1:] != shape:
                raise ValueError(f"rows of '{key}' have shape {list(rows[key].shape[1:])}: the storage keeps {list(shape)}")
        held = len(self)
        last = {slot: i for i, slot in enumerate(slots)}  # of a slot that comes twice the last row stays
        if any(slot < 0 or slot >= self.max_size for slot in last):
            raise RuntimeError(f"slots {min(last)} to {max(last)}: there are 0 to {self.max_size - 1}")
        new = sorted(slot for slot in last if slot >= held)
        if new != list(range(held, held + len(new))):
            raise RuntimeError(f"slot {new[-1]} is behind the next free one: {held} rows are held")
        self._write([slot for slot in last if slot < held], [i for slot, i in last.items() if slot < held], rows, True)
        self._write(new, [last[slot] for slot in new], rows, False)

    def get(self, index: Any) -> Any:
        """The rows at `index`: one row for a number, else as many as there are, in their order."""
        if isinstance(index, tuple):
            if len(index) > 1:
                raise RuntimeError(f"{type(self).__name__} has one dimension: an index of {len(index)} does not fit")
            index = index[0]
        shape = torch.Size() if not isinstance(index, (slice, range, list)) and np.ndim(index) == 0 else None
        if isinstance(index, (torch.Tensor, np.ndarray)) and index.dtype not in (torch.bool, np.dtype(bool)):
            shape = torch.Size(index.shape)
        slots = self._slots(index, len(self))
        shape = torch.Size([len(slots)]) if shape is None else shape
        if any(slot >= len(self) or slot < 0 for slot in slots):
            raise IndexError(f"slots {min(slots)} to {max(slots)}: {len(self)} rows are held")
        leaves = {key: value.reshape((*shape, *value.shape[1:])) for key, value in self._read(slots).items()}
        return TensorDict(leaves, batch_size=shape, device=self.device) if self._is_dict else leaves[_ALL]

    def contains(self, item: Any) -> Any:
        if isinstance(item, int):
            return 0 <= (item + len(self) if item < 0 else item) < len(self)
        if isinstance(item, torch.Tensor):
            return (torch.where(item < 0, item + len(self), item) < len(self)) & (item >= -len(self))
        raise NotImplementedError(f"contains() takes a number or a tensor, not {type(item).__name__}")

    def state_dict(self) -> Dict[str, Any]:
        return {"stores": [(key, store.to_bytes()) for key, store in self._stores.items()], "is_dict": self._is_dict,
                "leaves": [(key, list(shape), str(dtype)) for key, (shape, dtype) in self._leaves.items()]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        stores = {_key(key): ReplayBuffer.from_bytes(data) for key, data in state_dict["stores"]}
        self._stores, self._is_dict = stores, state_dict["is_dict"]
        self._leaves = {_key(key): (torch.Size(shape), getattr(torch, dtype.split(".")[1]))
                        for key, shape, dtype in state_dict["leaves"]}

    def _slots(self, index: Any, length: int) -> List[int]:
        if isinstance(index, slice):
            return list(range(*index.indices(length)))
        if isinstance(index, torch.Tensor):
            index = index.cpu().numpy()
        array = np.atleast_1d(np.asarray(list(index) if isinstance(index, (range, tuple)) else index)).reshape(-1)
        if array.dtype == bool:
            array = array.nonzero()[0]
        return [int(slot) + (len(self) if slot < 0 else 0) for slot in array]

    def _leaves_of(self, data: Any) -> Dict[Key, torch.Tensor]:
        if not is_tensor_collection(data):
            if not isinstance(data, torch.Tensor):
                raise TypeError(f"data are a {type(data).__name__}: a TensorDict or a tensor is needed")
            return {_ALL: data.detach().cpu()}
        if hasattr(data, "to_tensordict"):
            data = data.to_tensordict()
        leaves = {key: value for key, value in data.items(include_nested=True, leaves_only=True)}
        other = [key for key, value in leaves.items() if not isinstance(value, torch.Tensor)]
        if other:
            raise TypeError(f"'{other[0]}' is a {type(leaves[other[0]]).__name__}: tensors alone are stored")
        return {_key(key): value.detach().cpu() for key, value in leaves.items()}

    def _open(self, rows: Dict[Key, torch.Tensor], is_dict: bool) -> None:
        unknown = [key for key in map(_key, self._codecs) if key not in rows and not (is_dict and key == _ALL)]
        if unknown:
            raise ValueError(f"no leaf '{unknown[0]}' to compress: there are {sorted(map(str, rows))}")
        self._is_dict = is_dict
        self._leaves = {key: (value.shape[1:], value.dtype) for key, value in rows.items()}
        codecs = {_key(key): codec for key, codec in self._codecs.items() if _key(key) in rows}
        if not codecs:  # every leaf as it is: the largest carries the others
            codecs = {max(rows, key=lambda key: rows[key][:1].numel() * rows[key].element_size()): self._codecs.get(_ALL, "none")}
        columns = {_name(key): _column(value) for key, value in rows.items() if key not in codecs and value[:1].numel()}
        for key, codec in codecs.items():
            self._stores[key] = ReplayBuffer(self._codec(rows[key], codec), classes=1, budget=f"slots:{self.max_size}",
                                             sampler="external", columns=columns)
            columns = {}

    def _codec(self, rows: torch.Tensor, codec: Union[str, Codec]) -> Codec:
        if isinstance(codec, Codec):
            return codec
        shape = tuple(rows.shape[1:])
        if rows.dtype != torch.uint8:
            return Codec(codec, shape if len(shape) == 3 else (max(math.prod(shape), 1),))
        if len(shape) != 3 or shape[0] > 3:  # stacked frames are one picture, one below the other
            shape = (1, math.prod(shape[:-1]), shape[-1] if shape else 1)
        return Codec(codec, shape, pixels=True)

    def _write(self, slots: List[int], at: List[int], rows: Dict[Key, torch.Tensor], held: bool) -> None:
        if not slots:
            return
        picked = {key: value[at] for key, value in rows.items()}
        columns = {_name(key): _flat(value) for key, value in picked.items() if key not in self._stores and value[:1].numel()}
        for key, store in self._stores.items():
            value = picked[key].reshape(len(slots), *store.codec.shape)
            values = {name: columns[name] for name in store.columns}
            labels = np.zeros(len(slots), np.int64)
            store.replace(slots, value, labels, **values) if held else store.add(value, labels, **values)

    def _read(self, slots: List[int]) -> Dict[Key, torch.Tensor]:
        found: Dict[str, Any] = {}
        for key, store in self._stores.items():
            value, _, columns = store.get(slots, dtype=np.uint8 if store.codec.pixels else np.float32)
            found.update(columns)
            found[_name(key)] = value
        return {key: _tensor(found.get(_name(key)), len(slots), shape, dtype).to(self.device)
                for key, (shape, dtype) in self._leaves.items()}


def _key(key: Any) -> Key:
    return key if isinstance(key, str) else key[0] if len(key) == 1 else tuple(key)


def _name(key: Key) -> str:
    return key if isinstance(key, str) else "/".join(key)


def _flat(value: torch.Tensor) -> Any:
    """As a column: [N] or [N, width]; what NumPy or the library does not know goes as bytes."""
    plain = value.reshape(len(value), -1).contiguous()
    if value.dtype in (torch.bool, torch.bfloat16, torch.complex64, torch.complex128):
        plain = plain.view(torch.uint8)
    return (plain[:, 0] if plain.shape[1] == 1 else plain).numpy()


def _column(value: torch.Tensor) -> Tuple[str, int]:
    array = _flat(value[:1])
    return array.dtype.name, array.size


def _tensor(values: Optional[Any], count: int, shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
    if values is None:  # a leaf without values
        return torch.empty((count, *shape), dtype=dtype)
    tensor = torch.from_numpy(values).reshape(count, -1)
    if tensor.dtype == torch.uint8 and dtype != torch.uint8:
        tensor = tensor.contiguous().view(dtype)
    return tensor.reshape(count, *shape).to(dtype)
