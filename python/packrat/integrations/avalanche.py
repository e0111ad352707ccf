"""Avalanche's storage policy with packed entries.

    from avalanche.training.plugins import ReplayPlugin
    from packrat.integrations.avalanche import PackratStorage

    storage = PackratStorage(2000, "quantize:states=16,range=local", classes=10)
    plugin = ReplayPlugin(mem_size=2000, storage_policy=storage)
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

import torch
from torch.utils.data import DataLoader, Dataset

from .. import Codec, Ledger, ReplayBuffer

try:
    from avalanche.benchmarks.utils import DataAttribute
    from avalanche.training.storage_policy import ExemplarsBuffer
except ImportError as missing:
    raise ImportError(f"packrat.integrations.avalanche needs Avalanche ({missing}): pip install avalanche-lib") from None

Floats = Union[float, Sequence[float]]
Transform = Callable[[torch.Tensor], torch.Tensor]


class _Rows(Dataset[Tuple[torch.Tensor, int]]):
    """What a buffer holds, as Avalanche's data sets want it: item by item, decoded when it is asked for."""

    def __init__(self, store: ReplayBuffer, transform: Optional[Transform]) -> None:
        self._store, self._transform = store, transform
        self.targets = store.labels.tolist()

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, slot: int) -> Tuple[torch.Tensor, int]:
        row = torch.from_numpy(self._store.get([slot], threads=1)[0])[0]
        return (row if self._transform is None else self._transform(row)), self.targets[slot]


class PackratStorage(ExemplarsBuffer):  # type: ignore[misc]
    """Keeps rows themselves, not references into data sets: these can be deleted after a task.

    max_size: entries. budget: bytes ("1.5MiB") instead; as many as fit are kept. codec: a spec, or a Codec that was fitted.
    classes: labels are below it. sampler: "reservoir", "greedy" (GDumb's), "class_balanced_reservoir", "ring", "herding".

    Rows are what the experience's data set gives under its "eval" transforms. pixels=True stores them as uint8 pixels, mean
    and std being those of the data set's Normalize. features: a function that makes rows of a batch, such as the frozen part
    of a model: latent replay. transform: for every replayed row, such as an augmentation.
    """

    def __init__(self, max_size: int, codec: Union[str, Codec] = "none", *, classes: int = 256, sampler: str = "reservoir",
                 budget: Optional[str] = None, pixels: bool = False, mean: Optional[Floats] = None,
                 std: Optional[Floats] = None, features: Optional[Callable[[torch.Tensor], torch.Tensor]] = None,
                 transform: Optional[Transform] = None, seed: int = 0, batch_size: int = 256) -> None:
        super().__init__(max_size)
        self.codec, self.features, self.transform, self.batch_size = codec, features, transform, batch_size
        self._domain: Dict[str, Any] = {"pixels": pixels, "mean": mean, "std": std}
        self._making: Dict[str, Any] = {"classes": classes, "sampler": sampler, "seed": seed, "budget": budget}
        self.store: Optional[ReplayBuffer] = None
        self._view: Any = None  # the data set of what is held, until that changes
        self._form: Tuple[Any, bool] = (None, False)  # class of the data sets, and whether they have task labels

    @property
    def buffer(self) -> Any:
        """What is held, as a data set of (row, label, task label)."""
        if self.store is None:
            return self._buffer
        if self._view is None:
            kind, has_tasks = self._form
            rows = _Rows(self.store, self.transform)
            marks = [DataAttribute(rows.targets, "targets")]
            if has_tasks:
                tasks = self.store.column("task").tolist()
                marks.append(DataAttribute(tasks, "targets_task_labels", use_in_getitem=True))
            self._view = kind([rows], data_attributes=marks)
        return self._view

    @property
    def ledger(self) -> Ledger:
        """Measured bytes by item; empty before the first experience."""
        return Ledger() if self.store is None else self.store.ledger

    def __len__(self) -> int:
        return 0 if self.store is None else len(self.store)

    def __bool__(self) -> bool:
        return True

    def update(self, strategy: Any, **kwargs: Any) -> None:
        self.post_adapt(strategy, strategy.experience)

    def post_adapt(self, agent_state: Any, exp: Any) -> None:
        self.update_from_dataset(exp.dataset, getattr(agent_state, "device", None))

    def update_from_dataset(self, new_data: Any, device: Any = None) -> None:
        """Offers all rows of a data set, in its order. device: where `features` works."""
        self._form = (type(new_data), hasattr(new_data, "targets_task_labels"))
        self._view = None
        loader = DataLoader(new_data.eval(), batch_size=self.batch_size, collate_fn=new_data.collate_fn)
        for x, labels, *tasks in loader:
            rows = self._rows(x, device)
            if self.store is None:
                self.store = self._make(rows)
            self.store.add(rows, labels, task=tasks[-1] if self._form[1] else torch.zeros(len(rows), dtype=torch.int64))

    def resize(self, strategy: Any, new_size: int) -> None:
        if self._making["budget"] is not None:
            raise ValueError("a storage with a budget in bytes has no number of entries: storage.store.resize('2MiB')")
        self.max_size, self._view = new_size, None
        if self.store is not None:
            self.store.resize(f"slots:{new_size}")

    @torch.no_grad()
    def _rows(self, x: torch.Tensor, device: Any) -> torch.Tensor:
        if self.features is None:
            return x
        return self.features(x if device is None else x.to(device)).cpu()

    def _make(self, rows: torch.Tensor) -> ReplayBuffer:
        codec = self.codec
        if isinstance(codec, str):
            codec = Codec(codec, rows.shape[1:], **self._domain)
        making = {**self._making, "budget": self._making["budget"] or f"slots:{self.max_size}"}
        return ReplayBuffer(codec, columns={"task": "int64"}, **making)

    def __getstate__(self) -> Dict[str, Any]:
        return {**self.__dict__, "_view": None}
