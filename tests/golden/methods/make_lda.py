"""Scores of scikit-learn's discriminant analyses, for tests/methods/golden_test.cpp.

python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 && venv/bin/python make_lda.py > lda.txt
"""
import warnings

import numpy as np
import sklearn
from sklearn.covariance import oas
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

warnings.simplefilter("ignore")
CLASSES, EACH, WIDTH, QUERIES = 4, 25, 6, 12
rng = np.random.default_rng(7)
mix = rng.normal(size=(WIDTH, WIDTH))
x = np.concatenate([rng.normal(size=(EACH, WIDTH)) @ mix + 1.5 * rng.normal(size=WIDTH) for _ in range(CLASSES)])
y = np.repeat(np.arange(CLASSES), EACH)
means = np.stack([x[y == c].mean(0) for c in range(CLASSES)])
# Pooled variances of 1: then shrinking toward a multiple of the identity is shrinking toward the diagonal.
x = (x / (x - means[y]).std(0)).astype(np.float32)
queries = (3 * rng.normal(size=(QUERIES, WIDTH))).astype(np.float32)
means = np.stack([x[y == c].astype(float).mean(0) for c in range(CLASSES)])


def row(name, values):
    print(name, *(f"{v:.9g}" for v in np.ravel(values)))


print(f"# scikit-learn {sklearn.__version__}; tests/golden/methods/make_lda.py says how")
row("sizes", [CLASSES, EACH, WIDTH, QUERIES])
row("rows", x)
row("queries", queries)
for a in (0.0, 0.1, 0.5, 1.0):
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=a, priors=np.full(CLASSES, 1 / CLASSES))
    row(f"scores {a}", lda.fit(x.astype(float), y).decision_function(queries.astype(float)))
residuals = x.astype(float) - means[y]
row("oas", oas(residuals / residuals.std(0), assume_centered=True)[1])
