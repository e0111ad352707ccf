"""Mammoth's buffer (utils/buffer.py) with packed entries. Inside Mammoth's folder:

    python -m packrat.integrations.mammoth --codec jpeg:quality=50 main.py --dataset=seq-cifar10 --model=er --buffer_size=500

runs Mammoth's program with this buffer in place of its own. A model of one's own takes ``PackratBuffer`` as it takes
``Buffer``. Slots are drawn from NumPy's global generator as upstream draws them: a lossless codec gives the same run.
"""

from __future__ import annotations

import argparse
import logging
import os
import runpy
import sys
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np
import torch

from .. import Codec, ReplayBuffer

sys.path.insert(0, os.getcwd())
try:
    import utils.buffer as upstream
except ImportError as error:
    raise ImportError(f"Mammoth's utils/buffer.py is not here ({error}): call this inside Mammoth's folder") from None
finally:
    sys.path.pop(0)


class _View:
    """A tensor attribute of upstream's buffer: indexing decodes the slots that are asked for, all else all of them."""

    def __init__(self, buffer: "PackratBuffer", name: str) -> None:
        self._buffer, self._name = buffer, name

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def shape(self) -> torch.Size:
        return torch.Size((len(self), *self._buffer._tails[self._name]))

    def __getitem__(self, index: Any) -> torch.Tensor:
        index = index.cpu() if isinstance(index, torch.Tensor) else index
        slots = torch.arange(len(self))[index]
        values = self._buffer._fetch(self._name, slots.reshape(-1).numpy())
        return values.reshape((*slots.shape, *self.shape[1:])).to(self._buffer.device)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self[:], name)


class PackratBuffer(upstream.Buffer):  # type: ignore[misc]
    """As upstream's, with keywords that are class attributes, too:

    codec: a spec, or a Codec that was fitted. Rows are uint8 pixels when examples are images of 1 or 3 channels with values
    p/255, unless pixels=False. budget: None for `buffer_size` slots, or bytes ("1.5MiB"), which the library's reservoir
    then fills; buffer_size is what fits. classes: labels are below it, at most 256 take a byte an entry.

    Attributes (examples, labels, ...) are copies: a model that writes into them (``buffer.logits[i] = ...``) needs upstream's.
    """

    codec: Union[str, Codec] = "none"
    budget: Optional[str] = None
    pixels: Optional[bool] = None
    classes: int = 256

    def __init__(self, buffer_size: int, device: Any = "cpu", sample_selection_strategy: str = "reservoir",
                 **options: Any) -> None:
        for name in ("codec", "budget", "pixels", "classes"):
            if name in options:
                setattr(self, name, options.pop(name))
        super().__init__(buffer_size, device, sample_selection_strategy, **options)
        if self.budget is not None and sample_selection_strategy != "reservoir":
            raise ValueError(f"sample_selection_strategy={sample_selection_strategy} needs slots: leave budget out")
        self.store: Optional[ReplayBuffer] = None
        self._tails: Dict[str, Tuple[int, ...]] = {}  # shape of one value, by attribute
        self._was_full = False

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_tails", {}):
            return _View(self, name)
        raise AttributeError(f"{type(self).__name__} has no '{name}'")

    def __len__(self) -> int:
        return 0 if self.store is None else len(self.store)

    @property
    def buffer_size(self) -> int:
        if self.budget is not None and self.store is not None:
            return self.store.capacity
        return int(1e9) if self.sample_selection_strategy == "unlimited" else int(self._buffer_size)

    @buffer_size.setter
    def buffer_size(self, value: int) -> None:
        if self.sample_selection_strategy != "unlimited":
            self._buffer_size = value

    def add_data(self, examples: torch.Tensor, labels: Optional[torch.Tensor] = None, logits: Optional[torch.Tensor] = None,
                 task_labels: Optional[torch.Tensor] = None, attention_maps: Optional[List[torch.Tensor]] = None,
                 true_labels: Optional[torch.Tensor] = None, sample_selection_scores: Optional[torch.Tensor] = None) -> None:
        given = {"labels": labels, "logits": logits, "task_labels": task_labels, "true_labels": true_labels}
        values = {name: value.detach().cpu() for name, value in given.items() if value is not None}
        rows = examples.detach().cpu()
        if self.store is None:
            self._open(rows, values)
        if self.budget is not None:
            self.num_seen_examples += len(rows)
            self._write(None, rows, values)
        elif self.sample_selection_strategy in ("reservoir", "unlimited", "lars"):
            self._place(rows, values, attention_maps, sample_selection_scores)
        else:  # these look at the labels held before every row
            for i in range(len(rows)):
                scores = None if sample_selection_scores is None else sample_selection_scores[i:i + 1]
                maps = None if attention_maps is None else [a[i:i + 1] for a in attention_maps]
                self._place(rows[i:i + 1], {name: value[i:i + 1] for name, value in values.items()}, maps, scores)
        if not self._was_full and len(self) and self.is_full():
            self._was_full = True
            logging.info("full: %r", self.store)

    def _place(self, rows: torch.Tensor, values: Dict[str, torch.Tensor], maps: Any, scores: Any) -> None:
        """Chooses slots as upstream does, one after the other, and writes what is still there behind the last row."""
        chosen: Dict[int, int] = {}
        for i in range(len(rows)):
            slot = self._slot(values, i)
            self.num_seen_examples += 1
            if slot < 0:
                continue
            chosen[slot] = i
            if maps is not None:
                self.attention_maps[slot] = [a[i].byte().to(self.device) for a in maps]
            if scores is not None:
                self.sample_selection_fn.update(slot, scores[i])
        new = [(slot, i) for slot, i in chosen.items() if slot >= len(self)]  # in order: slots fill up one by one
        old = [(slot, i) for slot, i in chosen.items() if slot < len(self)]
        for slots, write in ((old, True), (new, False)):
            if slots:
                at = [i for _, i in slots]
                self._write([slot for slot, _ in slots] if write else None, rows[at], {n: v[at] for n, v in values.items()})

    def _slot(self, values: Dict[str, torch.Tensor], i: int) -> int:
        kind, choose = self.sample_selection_strategy, self.sample_selection_fn
        if kind == "balancoir":
            slot = int(choose(self.num_seen_examples, labels=self.labels[:], proposed_class=values["labels"][i]))
            if slot >= 0:
                choose.update_unique_map(values["labels"][i], self.labels[slot] if slot < len(self) else None)
            return slot
        if kind in ("abs", "labrs"):
            return int(choose(self.num_seen_examples, labels=self.labels[:]))
        return int(choose(self.num_seen_examples))

    def _open(self, rows: torch.Tensor, values: Dict[str, torch.Tensor]) -> None:
        codec = self.codec
        if isinstance(codec, str):
            pixels = self.pixels if self.pixels is not None else rows.ndim == 4 and rows.shape[1] in (1, 3)
            codec = Codec(codec, rows.shape[1:], pixels=pixels)
        columns = {name: ("float32" if name == "logits" else "int64", int(np.prod(value.shape[1:], dtype=int)))
                   for name, value in values.items() if name != "labels"}
        budget = self.budget if self.budget is not None else f"slots:{self._buffer_size}"
        sampler = "external" if self.budget is None else "reservoir"
        self.store = ReplayBuffer(codec, classes=self.classes, budget=budget, sampler=sampler, columns=columns)
        self._tails = {"examples": tuple(rows.shape[1:]), **{name: tuple(value.shape[1:]) for name, value in values.items()}}

    def _write(self, slots: Optional[List[int]], rows: torch.Tensor, values: Dict[str, torch.Tensor]) -> None:
        assert self.store is not None
        if self.store.codec.pixels and rows.is_floating_point() and len(rows) and not 0 <= rows.min() <= rows.max() <= 1:
            raise ValueError(f"examples from {rows.min():g} to {rows.max():g} are no pixels p/255: PackratBuffer(pixels=False)")
        labels = values.get("labels", torch.zeros(len(rows), dtype=torch.int64)).to(torch.int64)
        columns = {name: values[name].reshape(len(rows), -1).squeeze(1 if width == 1 else 0)
                   if width == 1 else values[name].reshape(len(rows), width) for name, (_, width) in self.store.columns.items()}
        columns = {name: value.to(torch.float32 if name == "logits" else torch.int64) for name, value in columns.items()}
        if slots is not None:
            self.store.replace(slots, rows, labels, **columns)
            return
        need = len(self) + len(rows)
        if self.budget is None and need > self.store.capacity:  # it grew, or has no limit
            self.store.resize(f"slots:{max(need, 2 * self.store.capacity if self.sample_selection_strategy == 'unlimited' else self.buffer_size)}")
        self.store.add(rows, labels, **columns)

    def _fetch(self, name: str, slots: Any) -> torch.Tensor:
        assert self.store is not None
        if name == "examples":
            return torch.from_numpy(self.store.get(slots)[0])
        values = self.store.labels if name == "labels" else self.store.column(name)
        return torch.from_numpy(values[slots])

    def empty(self) -> None:
        self.store, self._tails, self.num_seen_examples = None, {}, 0

    def to(self, device: Any) -> "PackratBuffer":
        self.device = self.sample_selection_fn.device = device
        return self


def install(**options: Any) -> None:
    """Puts PackratBuffer in the place of upstream's Buffer, for models imported from now on. options: codec, budget, ..."""
    for name, value in options.items():
        setattr(PackratBuffer, name, value)
    upstream.Buffer = PackratBuffer


def main(words: List[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m packrat.integrations.mammoth", description="Mammoth with packed entries")
    parser.add_argument("--codec", default="none", help="spec: none, jpeg:quality=50, quantize:states=4,range=local, ...")
    parser.add_argument("--budget", help="bytes, such as 1.5MiB; default: the slots of --buffer_size")
    parser.add_argument("--classes", type=int, default=256, help="labels are below it")
    parser.add_argument("main", help="Mammoth's main.py, and its options behind it")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    ours = parser.parse_args(words)
    from packrat.integrations import mammoth  # this file under its name: what is pickled must be found again

    mammoth.install(codec=ours.codec, budget=ours.budget, classes=ours.classes)
    sys.argv = [ours.main, *ours.options]
    sys.path.insert(0, os.path.dirname(os.path.abspath(ours.main)))
    runpy.run_path(ours.main, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
