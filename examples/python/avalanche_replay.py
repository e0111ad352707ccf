"""Avalanche's ReplayPlugin and GDumb with its own buffer and with packed entries: on a small made-up benchmark, or on split
CIFAR-10, shortened to 2000 of its images an experience and 2000 for testing.

    python avalanche_replay.py [SEEDS [FOLDER_OF_CIFAR_10_BATCHES_BIN]]     Needs packrat, avalanche-lib and torch.
"""

import pickle
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from avalanche.benchmarks import tensors_benchmark  # noqa: E402
from avalanche.evaluation.metrics import accuracy_metrics  # noqa: E402
from avalanche.models import SimpleMLP  # noqa: E402
from avalanche.training import GDumb, Naive  # noqa: E402
from avalanche.training.plugins import EvaluationPlugin, ReplayPlugin  # noqa: E402

from packrat.integrations.avalanche import PackratStorage  # noqa: E402

FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else None
SLOTS = 500 if FOLDER else 100
MEAN, STD = 0.5, 0.25
PAIRS = [[2 * i, 2 * i + 1] for i in range(5)]


def images(name):
    """Normalised pixels [10000, 3, 32, 32] of a file of CIFAR-10, and labels."""
    records = np.fromfile(FOLDER / name, np.uint8).reshape(-1, 3073)
    pixels = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype("float32"))
    return (pixels / 255 - MEAN) / STD, torch.from_numpy(records[:, 0].astype("int64"))


def split_cifar10():
    """Five experiences of two classes."""
    (x, y), (tested, labels) = images("data_batch_1.bin"), images("test_batch.bin")
    chosen = [(y[:, None] == torch.tensor(pair)).any(1) for pair in PAIRS]
    return tensors_benchmark(train_tensors=[(x[i][:2000], y[i][:2000]) for i in chosen],
                             test_tensors=[(tested[:2000], labels[:2000])], task_labels=[0] * 5)


def benchmark(seed):
    """Five experiences of two classes, 64 values a row."""
    if FOLDER:
        return split_cifar10()
    draw = torch.Generator().manual_seed(seed)
    middles = torch.randn(10, 64, generator=draw)

    def rows(classes, n):
        y = torch.tensor(classes).repeat(n)
        return middles[y] + 1.3 * torch.randn(len(y), 64, generator=draw), y

    return tensors_benchmark(train_tensors=[rows(pair, 200) for pair in PAIRS], test_tensors=[rows(range(10), 40)],
                             task_labels=[0] * 5)


def run(method, storage, seed):
    torch.manual_seed(seed)
    model = SimpleMLP(num_classes=10, input_size=3072 if FOLDER else 64, hidden_size=64, drop_rate=0)
    words = dict(model=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.05), criterion=torch.nn.CrossEntropyLoss(),
                 train_mb_size=32, eval_mb_size=100,
                 evaluator=EvaluationPlugin(accuracy_metrics(stream=True), loggers=[]))
    if method == "replay":
        plugin = ReplayPlugin(mem_size=SLOTS, storage_policy=storage)
        strategy = Naive(train_epochs=1, plugins=[plugin], **words)
    else:
        strategy = GDumb(mem_size=SLOTS, train_epochs=10, **words)
        plugin = next(p for p in strategy.plugins if type(p).__name__ == "GDumbPlugin")
        plugin.storage_policy = storage or plugin.storage_policy
    scenario = benchmark(seed)
    for experience in scenario.train_stream:
        strategy.train(experience)
    return next(iter(strategy.eval(scenario.test_stream).values())), plugin.storage_policy


seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
for method, sampler in (("replay", "reservoir"), ("gdumb", "greedy")):
    for codec in (None, "none", "jpeg:quality=50" if FOLDER else "quantize:states=16,range=local"):
        scores = []
        # JPEG entries: as many as take the bytes of so many images.
        words = dict(pixels=True, mean=MEAN, std=STD, budget="1.5MiB" if codec != "none" else None) if FOLDER else {}
        for seed in seeds:
            storage = codec and PackratStorage(SLOTS, codec, classes=10, sampler=sampler, seed=seed, **words)
            score, kept = run(method, storage, seed)
            scores.append(score)
        if codec:
            size = f"{len(kept.store)} entries, {kept.ledger.total} bytes, pickled {len(pickle.dumps(kept))}"
        else:
            size = "references into the data sets"
        print(f"{method:7} {codec or 'upstream':32} {' '.join(f'{score:.3f}' for score in scores)}   {size}")
