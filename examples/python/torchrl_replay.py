"""TorchRL's storages beside packed ones: bytes and rows a second, on frames and on features.

    python torchrl_replay.py [ROWS]        Needs packrat, torchrl and torch.
"""

import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")

import torch  # noqa: E402
from tensordict import TensorDict  # noqa: E402
from torchrl.data import LazyMemmapStorage, LazyTensorStorage, TensorDictReplayBuffer  # noqa: E402

from packrat.integrations.torchrl import PackratStorage  # noqa: E402

try:
    import zstandard  # noqa: F401  what it compresses with
    from torchrl.data import CompressedListStorage
except ImportError:
    CompressedListStorage = None

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
BATCH = 32


def frames(n):
    """Four stacked pictures of 84x84 pixels: a bright square that moves over a shaded ground."""
    pictures = (torch.linspace(40, 90, 84)[:, None] + torch.linspace(0, 30, 84)).to(torch.uint8).repeat(n, 4, 1, 1)
    for i, (x, y) in enumerate(torch.randint(0, 66, (n, 2)).tolist()):
        for k in range(4):
            pictures[i, k, y:y + 12, x + k:x + k + 12] = 230
    return pictures


def features(n):
    return torch.randn(n, 256)


def nbytes(data):
    if isinstance(data, torch.Tensor):
        return data.numel() * data.element_size()
    return sum(nbytes(value) for value in data.values()) if hasattr(data, "values") else 0


def measure(name, storage, data):
    buffer = TensorDictReplayBuffer(storage=storage, batch_size=BATCH)
    begin = time.perf_counter()
    for start in range(0, ROWS, 100):
        buffer.extend(data[start:start + 100])
    filled = time.perf_counter()
    batches = 0
    while time.perf_counter() - filled < 1 or batches < 3:
        batch = buffer.sample()
        batches += 1
    rate = batches * BATCH / (time.perf_counter() - filled)
    error = (batch["observation"].float() - data["observation"][batch["index"]].float()).square().mean().sqrt()
    size = storage.nbytes if isinstance(storage, PackratStorage) else nbytes(data)
    if CompressedListStorage is not None and isinstance(storage, CompressedListStorage):
        size = sum(nbytes(row) for row in storage._storage)
    print(f"{name:44} {size / ROWS:9.1f} {ROWS / (filled - begin):10.0f} {rate:10.0f} {error:9.4f}")


torch.manual_seed(0)
print(f"{ROWS} rows, batches of {BATCH}                       bytes a row  rows/s in  rows/s out  error (RMS)")
for kind, made, specs in (("frames", frames, ["none", "jpeg:quality=60"]),
                          ("features", features, ["none", "float16", "quantize:states=16,range=local"])):
    data = TensorDict({"observation": made(ROWS), "action": torch.randint(0, 6, (ROWS,)), "reward": torch.randn(ROWS)}, [ROWS])
    measure(f"{kind}, LazyTensorStorage", LazyTensorStorage(ROWS), data)
    with tempfile.TemporaryDirectory() as folder:
        measure(f"{kind}, LazyMemmapStorage", LazyMemmapStorage(ROWS, scratch_dir=folder), data)
    if CompressedListStorage is not None:
        measure(f"{kind}, CompressedListStorage (zstd)", CompressedListStorage(ROWS), data)
    for spec in specs:
        measure(f"{kind}, PackratStorage {spec}", PackratStorage(ROWS, {"observation": spec}), data)
