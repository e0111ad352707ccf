"""The replay loop of a PyTorch model, with half the bytes: five tasks of two classes, rows of earlier tasks beside new ones.

    python replay_loop.py          Needs packrat, torch and NumPy. Data are made up: blobs on 16x16 pictures.
"""

import numpy as np
import torch

import packrat


def task_data(classes, n, draw):
    """Pictures [n, 1, 16, 16] of blobs, each class at places of its own, and labels."""
    labels = draw.choice(classes, n)
    places = np.random.default_rng(7).uniform(2, 14, (10, 3, 2))[labels] + draw.normal(0, 0.7, (n, 3, 2))
    at = np.stack(np.meshgrid(np.arange(16), np.arange(16)), -1)[None, None]
    blobs = np.exp(-((at - places[:, :, None, None]) ** 2).sum(-1) / 4).sum(1, keepdims=True)
    return (blobs + draw.normal(0, 0.25, blobs.shape)).astype(np.float32), labels


def learn(spec):
    """Accuracy over all ten classes after the last task, and the bytes of the buffer."""
    torch.manual_seed(0)
    draw = np.random.default_rng(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 16, 3, 2, 1), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, 2, 1),
                                torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(512, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    buffer = packrat.ReplayBuffer(packrat.Codec(spec, (1, 16, 16)), classes=10, budget="slots:300")
    for task in range(5):
        x, y = task_data([2 * task, 2 * task + 1], 960, draw)
        for start in range(0, len(x), 32):
            rows, labels = torch.from_numpy(x[start:start + 32]), torch.from_numpy(y[start:start + 32])
            if len(buffer) >= 32:
                old_rows, old_labels, _ = buffer.sample(32)
                rows, labels = torch.cat([rows, torch.from_numpy(old_rows)]), torch.cat([labels, torch.from_numpy(old_labels)])
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(rows), labels).backward()
            optimizer.step()
            buffer.add(x[start:start + 32], y[start:start + 32])
    x, y = task_data(range(10), 2000, draw)
    with torch.no_grad():
        return (model(torch.from_numpy(x)).argmax(1).numpy() == y).mean(), buffer.ledger


for spec in ("none", "float16", "quantize:states=16,range=local"):
    accuracy, ledger = learn(spec)
    print(f"{spec:32} {accuracy:6.1%} accuracy, {ledger.total:7} bytes, {ledger.payload // 300} a row")
