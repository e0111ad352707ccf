"""Packrat inside PyTorch: a codec as a layer, a buffer as a data set. Needs torch >= 1.13.

Nothing here computes: tensors are handed to the library and come back as tensors.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import torch
from torch.utils.data import Dataset, IterableDataset

from . import Codec, ReplayBuffer

Sample = Tuple[Any, ...]


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, codec: Codec, threads: Optional[int]) -> torch.Tensor:
        rows = x.detach().to("cpu", torch.float32)
        decoded = codec.decode(codec.encode(rows, threads=threads), threads=threads)
        return torch.from_numpy(decoded).reshape(x.shape).to(x.device, x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Tuple[torch.Tensor, None, None]:
        return grads[0], None, None


class CodecModule(torch.nn.Module):
    """What a codec makes of its input, with the gradient handed straight through (Bengio, Leonard, Courville 2013), so
    that a network can be trained behind and before it.

    Input: [N, *codec.shape] of any float dtype on any device; the codec works on the CPU in float32. Output: the same
    shape, dtype and device. The backward pass is the identity.

    >>> import torch, packrat, packrat.torch                              # doctest: +SKIP
    >>> layer = packrat.torch.CodecModule(packrat.Codec("quantize:states=4,range=local", shape=(8,)))  # doctest: +SKIP
    >>> x = torch.randn(2, 8, requires_grad=True)                         # doctest: +SKIP
    >>> layer(x).sum().backward(); x.grad.unique()                        # doctest: +SKIP
    tensor([1.])
    """

    def __init__(self, codec: Codec, threads: Optional[int] = None) -> None:
        super().__init__()
        self.codec = codec
        self.threads = threads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _StraightThrough.apply(x, self.codec, self.threads)  # type: ignore[no-any-return,no-untyped-call,unused-ignore]

    def extra_repr(self) -> str:
        return repr(self.codec)


class ReplayDataset(Dataset[Sample]):
    """A buffer as a data set of (row, label, *columns), the columns in the buffer's order.

    A DataLoader fetches a batch with one decoding call. Worker processes read the buffer as it was when they were
    started, on one thread each. transform: called with every row, a float32 tensor.
    """

    def __init__(self, buffer: ReplayBuffer, transform: Optional[Callable[[torch.Tensor], torch.Tensor]] = None) -> None:
        self.buffer = buffer
        self.transform = transform

    def __len__(self) -> int:
        return len(self.buffer)

    def __getitem__(self, slot: int) -> Sample:
        return self.__getitems__([slot])[0]

    def __getitems__(self, slots: List[int]) -> List[Sample]:
        return list(zip(*_tensors(self.buffer.get(slots), self.transform)))


class ReplayStream(IterableDataset[Sample]):
    """Random minibatches without end: (rows, labels, *columns), drawn uniformly with replacement. For a DataLoader with
    batch_size=None. Draws follow torch's seed, which a DataLoader sets in every worker; workers share `batches` of them.
    """

    def __init__(self, buffer: ReplayBuffer, batch_size: int, batches: Optional[int] = None,
                 transform: Optional[Callable[[torch.Tensor], torch.Tensor]] = None) -> None:
        self.buffer = buffer
        self.batch_size = batch_size
        self.batches = batches
        self.transform = transform

    def __iter__(self) -> Iterator[Sample]:
        worker = torch.utils.data.get_worker_info()
        mine, of = (worker.id, worker.num_workers) if worker else (0, 1)
        left = None if self.batches is None else len(range(mine, self.batches, of))
        while left is None or left > 0:
            slots = torch.randint(len(self.buffer), (self.batch_size,))
            yield _tensors(self.buffer.get(slots), self.transform)
            left = None if left is None else left - 1


def _tensors(batch: Tuple[Any, Any, Dict[str, Any]],
             transform: Optional[Callable[[torch.Tensor], torch.Tensor]]) -> Tuple[torch.Tensor, ...]:
    rows, labels, columns = batch
    tensors = torch.from_numpy(rows)
    if transform is not None:
        tensors = torch.stack([transform(row) for row in tensors])
    return (tensors, torch.from_numpy(labels), *(torch.from_numpy(column) for column in columns.values()))
