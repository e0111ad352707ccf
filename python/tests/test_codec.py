import copy
import pickle

import numpy as np
import pytest

import packrat

FEATURES = ["none", "float16", "quantize:states=4,range=local", "thin:factor=0.9", "thin:factor=0.5|quantize:states=16,range=local"]


@pytest.mark.parametrize("spec", FEATURES)
@pytest.mark.parametrize("shape", [(7,), (16, 1, 1), (3, 5, 4)])
def test_rows_come_back_in_their_shape_and_close(spec, shape, draw):
    codec = packrat.Codec(spec, shape)
    rows = draw.normal(size=(9, *shape)).astype("float32")
    entries = codec.encode(rows)
    back = codec.decode(entries)
    assert len(entries) == 9 and back.dtype == np.float32 and back.shape == (9, *codec.shape)
    assert sum(len(entries[i]) for i in range(9)) == entries.nbytes
    if spec == "none":
        np.testing.assert_array_equal(back.reshape(rows.shape), rows)
    if "quantize:states=4" in spec:
        step = np.ptp(rows.reshape(9, -1), axis=1) / 4
        assert (np.abs(back.reshape(9, -1) - rows.reshape(9, -1)).max(1) <= step).all()
    assert codec.entry_bytes in (None, len(entries[0]))


def test_bytes_do_not_depend_on_threads_or_on_how_rows_are_cut(codec, draw):
    rows = draw.normal(size=(5000, 8, 2, 2)).astype("float32")  # more than one piece
    whole = codec.encode(rows, threads=4)
    np.testing.assert_array_equal(whole.data, codec.encode(rows, threads=1).data)
    np.testing.assert_array_equal(whole.data[:whole.offsets[10]], codec.encode(rows[:10]).data)
    np.testing.assert_array_equal(codec.decode(whole, threads=1), codec.decode(whole, threads=3))
    assert whole[-1] == codec.encode(rows[-1:])[0]


@pytest.mark.parametrize("change", ["float64", "fortran", "strided", "flat", "list", "reversed"])
def test_other_dtypes_and_strides_are_copied_and_give_the_same_bytes(change, codec, draw):
    rows = draw.normal(size=(6, 8, 2, 2)).astype("float32")
    other = {"float64": rows.astype("float64"), "fortran": np.asfortranarray(rows), "flat": rows.reshape(6, 32),
             "strided": np.repeat(rows, 2, axis=0)[::2], "list": rows.tolist(), "reversed": rows[::-1].copy()[::-1]}[change]
    np.testing.assert_array_equal(codec.encode(other).data, codec.encode(rows).data)


def test_pixels_come_back_exactly_as_pixels_and_as_p_over_255(draw):
    pixels = draw.integers(0, 256, (20, 3, 8, 8), dtype=np.uint8)
    codec = packrat.Codec("none", (3, 8, 8), pixels=True)
    entries = codec.encode(pixels)
    assert entries.nbytes == pixels.size and entries.data.tobytes() == pixels.tobytes()
    np.testing.assert_array_equal(codec.decode(entries, dtype="uint8"), pixels)
    rows = codec.decode(entries)
    np.testing.assert_array_equal(rows, pixels.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(codec.encode(rows).data, entries.data)


def test_pixels_are_normalised_by_mean_and_std(draw):
    pixels = draw.integers(0, 256, (4, 3, 8, 8), dtype=np.uint8)
    codec = packrat.Codec("none", (3, 8, 8), pixels=True, mean=(0.5, 0.4, 0.3), std=0.25)
    mean, std = np.float32([0.5, 0.4, 0.3])[:, None, None], np.float32(0.25)
    np.testing.assert_array_equal(codec.decode(codec.encode(pixels)), (pixels / np.float32(255) - mean) / std)


def test_decoding_fills_the_array_that_is_given(codec, draw):
    entries = codec.encode(draw.normal(size=(6, 8, 2, 2)))
    out = np.full((8, 8, 2, 2), -9, np.float32)
    assert np.shares_memory(codec.decode(entries, out[1:7]), out)
    np.testing.assert_array_equal(out[1:7], codec.decode(entries))
    assert (out[[0, 7]] == -9).all()
    for wrong in (out, out[1:7].astype("float64"), out[1:7].transpose(0, 1, 3, 2), np.broadcast_to(out[:1], (6, 8, 2, 2))):
        with pytest.raises(ValueError, match="out |dtype"):
            codec.decode(entries, wrong)


def test_a_fitted_codec_survives_file_bytes_pickle_and_copy(tmp_path, draw):
    rows = draw.normal(size=(300, 16)).astype("float32")
    codec = packrat.Codec.fit("codebook:states=4,range=fit|entropy", rows, seed=1)
    codec.save(tmp_path / "a.codec")
    entries = codec.encode(rows)
    for other in (packrat.Codec.load(tmp_path / "a.codec"), packrat.Codec.from_bytes(codec.to_bytes()),
                  pickle.loads(pickle.dumps(codec)), copy.deepcopy(codec)):
        assert other.spec == codec.spec and other.shape == codec.shape
        np.testing.assert_array_equal(other.encode(rows).data, entries.data)
    assert codec.entry_bytes is None and codec.shared_bytes > 0 and "16" in repr(codec)


def test_fitting_reports_progress_and_stops_for_what_is_raised(draw):
    rows = draw.normal(size=(600, 3, 8, 8)).astype("float32")
    heard = []
    packrat.Codec.fit("fcae:neurons=4", rows, max_epochs=2, progress=lambda *what: heard.append(what))
    assert heard and all(isinstance(phase, str) and 0 <= done <= max(total, done) for phase, done, total in heard)

    def stop(phase, done, total):
        raise ArithmeticError("enough")

    with pytest.raises(ArithmeticError, match="enough"):
        packrat.Codec.fit("fcae:neurons=4", rows, max_epochs=2, progress=stop)


def test_what_can_be_named_is_listed():
    assert {"none", "quantize", "thin", "entropy"} <= {row.name for row in packrat.stages()}
    assert {"reservoir", "greedy", "external"} <= {row.name for row in packrat.samplers()}
    assert {"ncm", "slda"} <= {row.name for row in packrat.heads()}
    assert all(row.summary for rows in (packrat.stages(), packrat.samplers(), packrat.heads()) for row in rows)


def test_a_streaming_head_learns_and_survives_pickle(draw):
    labels = draw.integers(0, 3, 400)
    rows = (draw.normal(size=(400, 12)) + 5 * np.eye(3, 12)[labels]).astype("float32")
    head = packrat.StreamingHead("slda", (12,), 4)
    head.observe(rows[:200], labels[:200])
    head.end_of_task()
    head.observe(rows[200:], labels[200:])
    head.fit()
    assert (head.predict(rows) == labels).mean() > 0.95 and np.isneginf(head.scores(rows)[:, 3]).all()
    for other in (pickle.loads(pickle.dumps(head)), copy.deepcopy(head)):
        other.fit()
        np.testing.assert_array_equal(other.scores(rows), head.scores(rows))
    assert head.nbytes > 0 and "slda" in repr(head)


@pytest.mark.parametrize("spec", ["ncm", "slda", "slda:precision=bfloat16", "ridge:features=32", "qda"])
def test_heads_that_learned_apart_become_one(spec, draw):
    labels = draw.integers(0, 3, 400)
    rows = (draw.normal(size=(400, 8)) + 3 * np.eye(3, 8)[labels]).astype("float32")
    one, first, second = (packrat.StreamingHead(spec, shape=(8,), classes=3) for _ in range(3))
    for head, part in ((one, slice(None)), (first, slice(0, 150)), (second, slice(150, None))):
        head.observe(rows[part], labels[part])
        head.end_of_task()
    first.merge(second)
    for head in (one, first):
        head.fit()
    tolerance = 0.02 if "precision" in spec else 1e-4
    np.testing.assert_allclose(first.scores(rows), one.scores(rows), rtol=tolerance, atol=tolerance * np.abs(one.scores(rows)).max())
    with pytest.raises(packrat.Error, match="make both alike"):
        first.merge(packrat.StreamingHead(spec, shape=(8,), classes=4))
    with pytest.raises(TypeError):
        first.merge(rows)
