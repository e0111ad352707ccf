"""Embeddings in a twentieth of their bytes: searched, and a classifier trained on them.

    python embeddings.py [EMBEDDINGS.npy LABELS.npy]      float32 [N, D], as CLIP or DINO give them, and whole numbers [N]

Without files it makes up clusters of 512 values. Needs packrat and NumPy.
"""

import sys

import numpy as np

import packrat

if len(sys.argv) == 3:
    rows, labels = np.load(sys.argv[1]).astype(np.float32), np.load(sys.argv[2])
else:
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 20, 6000)
    rows = draw.normal(size=(20, 512))[labels] + 1.5 * draw.normal(size=(6000, 16)) @ draw.normal(size=(16, 512)) / 4
    rows = (rows + 0.5 * draw.normal(size=rows.shape)).astype(np.float32)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)  # cosine similarity becomes a dot product
train, test = slice(0, len(rows) * 5 // 6), slice(len(rows) * 5 // 6, None)

# A code of 4 bits for every 4 values or so: 16 bytes become half a byte.
dimension = rows.shape[1]
parts = max(p for p in range(1, dimension // 4 + 1) if dimension % p == 0)
codec = packrat.Codec.fit(f"pq:subspaces={parts},bits=4", rows[train], seed=0)
index = packrat.ReplayBuffer(codec, classes=int(labels.max()) + 1, budget=f"slots:{len(rows[train])}", sampler="keep_all")
index.add(rows[train], labels[train])
held, marks, _ = index.get(range(len(index)))


def nearest(base):
    """The ten nearest rows of `base` to every test row."""
    return np.argsort(-rows[test] @ base.T, axis=1)[:, :10]


def trained(base):
    """Accuracy of ridge regression to the classes, learned from `base`."""
    targets = np.eye(index.classes, dtype=np.float32)[labels[train]]
    weights = np.linalg.solve(base.T @ base + 0.1 * np.eye(dimension), base.T @ targets)
    return (np.argmax(rows[test] @ weights, axis=1) == labels[test]).mean()


exact, packed = nearest(rows[train]), nearest(held)
print(f"{len(held)} embeddings: {rows[train].nbytes} bytes as float32, {index.ledger.total} packed "
      f"({index.ledger.codec_shared} of them the codebooks), {rows[train].nbytes / index.ledger.payload:.1f} times less an entry")
print(f"10 nearest neighbours: {np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, packed)]):.1%} the same; "
      f"right class {np.mean(labels[train][exact] == labels[test][:, None]):.1%} exact, "
      f"{np.mean(marks[packed] == labels[test][:, None]):.1%} packed")
print(f"classifier trained on them: {trained(rows[train]):.1%} float32, {trained(held):.1%} packed")
