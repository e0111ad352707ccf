"""Round trips over shapes, dtypes, codecs and orders of calls, made up by hypothesis."""

import pickle

import numpy as np
import pytest

import packrat

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
shapes = st.one_of(st.tuples(st.integers(1, 70)), st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 6)))
specs = st.sampled_from(["none", "float16", "bfloat16", "quantize:states=2,range=local", "quantize:states=5,range=local",
                         "quantize:states=256,range=-3:3", "thin:factor=0.5", "thin:factor=0.9|quantize:states=16,range=local"])


@quick
@given(specs, shapes, st.integers(0, 20), st.integers(0, 99), st.sampled_from(["float32", "float64", "float16", "int32", "bool"]))
def test_decoded_rows_encode_to_the_same_bytes_through_pickle_and_in_any_order(spec, shape, n, seed, dtype):
    draw = np.random.default_rng(seed)
    rows = (draw.normal(size=(n, *shape)) * 2).astype(dtype)
    codec = packrat.Codec(spec, shape)
    entries = codec.encode(rows)
    order = draw.permutation(n)
    shuffled = codec.encode(rows[order])
    assert [shuffled[i] for i in range(n)] == [entries[int(k)] for k in order]
    back = pickle.loads(pickle.dumps(codec)).decode(pickle.loads(pickle.dumps(entries)))
    assert back.shape == (n, *codec.shape) and np.isfinite(back).all()
    if spec == "none":
        np.testing.assert_array_equal(back.reshape(rows.shape), rows.astype("float32"))


calls = st.lists(st.tuples(st.sampled_from(["add", "remove", "replace", "resize", "clear", "copy"]), st.integers(0, 30)), max_size=12)


@quick
@given(calls, st.sampled_from(["greedy", "reservoir", "class_balanced_reservoir", "ring", "herding"]), st.integers(0, 99))
def test_whatever_is_called_rows_keep_their_labels_and_columns(orders, sampler, seed):
    draw = np.random.default_rng(seed)
    buffer = packrat.ReplayBuffer(packrat.Codec("none", (2,)), classes=4, budget="slots:12", sampler=sampler,
                                  columns={"id": "int64"}, seed=seed)

    def rows(n):  # a row says what its label and column are
        ids = draw.integers(0, 1000, n)
        return np.stack([ids, ids % 4], 1).astype("float32"), ids % 4, ids

    for call, n in orders:
        if call == "add":
            x, y, ids = rows(n)
            buffer.add(x, y, id=ids)
        elif call == "remove":
            buffer.remove(draw.permutation(len(buffer))[:n])
        elif call == "replace" and len(buffer):
            x, y, ids = rows(n)
            buffer.replace(draw.integers(0, len(buffer), n), x, y, id=ids)
        elif call == "resize":
            buffer.resize(f"slots:{n + 4}")
        elif call == "clear":
            buffer.clear()
        elif call == "copy":
            buffer = pickle.loads(pickle.dumps(buffer))
        x, y, columns = buffer.get(range(len(buffer)))
        assert len(buffer) <= buffer.capacity
        np.testing.assert_array_equal(x[:, 0], columns["id"])
        np.testing.assert_array_equal(x[:, 1], y)
        assert buffer.class_sizes == np.bincount(y, minlength=4).tolist()
