import numpy as np
import pytest

import packrat

ROWS = np.zeros((4, 8, 2, 2), "float32")
LABELS = np.arange(4)


def with_nan():
    rows = ROWS.copy()
    rows[2, 3, 0, 1] = np.nan
    return rows


# What is wrong, rows, labels, the exception, and what its line names.
BAD_ROWS = [
    ("another shape", ROWS[:, :7], LABELS, ValueError, r"\[4, 7, 2, 2\].*\[N, 8, 2, 2\]"),
    ("one dimension", ROWS.reshape(-1), LABELS, ValueError, r"\[128\]"),
    ("no dimension", np.float32(3), LABELS, (ValueError, TypeError), "rows"),
    ("NaN", with_nan(), LABELS, packrat.Error, "2|3"),
    ("infinity", ROWS + np.inf, LABELS, packrat.Error, "."),
    ("complex", ROWS.astype(complex), LABELS, TypeError, "complex128"),
    ("text", ROWS.astype(str), LABELS, TypeError, "dtype <U"),
    ("objects", ROWS.astype(object), LABELS, TypeError, "object"),
    ("None", None, LABELS, TypeError, "NoneType"),
    ("a dict", {}, LABELS, TypeError, "dict"),
    ("ragged lists", [[1.0], [2.0, 3.0]], LABELS, (TypeError, ValueError), "rows"),
    ("a negative label", ROWS, [-1, 0, 1, 2], packrat.Error, "-1"),
    ("a label beyond the classes", ROWS, [0, 1, 2, 5], packrat.Error, "5"),
    ("a huge label", ROWS, np.full(4, 2**63, "uint64"), ValueError, "9223372036854775808"),
    ("fractional labels", ROWS, LABELS + 0.5, TypeError, "float64"),
    ("too few labels", ROWS, LABELS[:3], ValueError, r"\[3\].*\[4\]"),
    ("labels of two dimensions", ROWS, LABELS[:, None], ValueError, r"\[4, 1\]"),
    ("labels that are None", ROWS, [None] * 4, TypeError, "object"),
]


@pytest.mark.parametrize("what, rows, labels, kind, names", BAD_ROWS, ids=[row[0] for row in BAD_ROWS])
@pytest.mark.parametrize("call", ["add", "replace"])
def test_bad_rows_are_an_exception_and_the_buffer_as_before(what, rows, labels, kind, names, call, filled):
    before = filled.to_bytes()
    columns = {"logits": np.zeros((4, 5), "float32"), "id": LABELS}
    with pytest.raises(kind, match=names) as caught:
        filled.add(rows, labels, **columns) if call == "add" else filled.replace(range(4), rows, labels, **columns)
    assert "\n" not in str(caught.value)
    assert filled.to_bytes() == before


BAD_COLUMNS = [
    ("a missing column", {"id": LABELS}, "'logits' is missing"),
    ("an unknown column", {"id": LABELS, "logits": np.zeros((4, 5)), "loss": LABELS}, "no column 'loss'"),
    ("a column of another width", {"id": LABELS, "logits": np.zeros((4, 6))}, r"\[4, 6\].*\[4, 5\]"),
    ("a short column", {"id": LABELS[:2], "logits": np.zeros((4, 5))}, r"\[2\].*\[4\]"),
    ("fractions for whole numbers", {"id": LABELS / 2, "logits": np.zeros((4, 5))}, "float64.*int64"),
]


@pytest.mark.parametrize("what, columns, names", BAD_COLUMNS, ids=[row[0] for row in BAD_COLUMNS])
def test_bad_columns_are_an_exception_and_the_buffer_as_before(what, columns, names, filled):
    before = filled.to_bytes()
    with pytest.raises((ValueError, TypeError), match=names):
        filled.add(ROWS, LABELS, **columns)
    assert filled.to_bytes() == before


@pytest.mark.parametrize("slots", [[50], [-1], [0, 10**12], [2**62], [0.5], [[0, 1]], ["a"]])
@pytest.mark.parametrize("call", ["get", "remove", "set_column", "replace"])
def test_bad_slots_are_an_exception_and_the_buffer_as_before(slots, call, filled):
    before = filled.to_bytes()
    n = len(slots)
    with pytest.raises((ValueError, TypeError)):
        if call == "replace":
            filled.replace(slots, ROWS[:n], LABELS[:n], logits=np.zeros((n, 5)), id=LABELS[:n])
        else:
            getattr(filled, call)(*{"set_column": ("id", slots, LABELS[:n])}.get(call, (slots,)))
    assert filled.to_bytes() == before


def test_removing_a_slot_twice_is_an_exception(filled):
    with pytest.raises(packrat.Error):
        filled.remove([3, 3])
    assert len(filled) == 50


def test_empty_arrays_are_taken_and_change_nothing(filled, codec):
    before = filled.to_bytes()
    filled.add(ROWS[:0], [], logits=np.zeros((0, 5)), id=np.zeros(0, int))
    filled.replace([], ROWS[:0], [], logits=np.zeros((0, 5)), id=np.zeros(0, int))
    filled.remove([])
    rows, labels, columns = filled.get([])
    assert rows.shape == (0, 8, 2, 2) and labels.shape == (0,) and columns["logits"].shape == (0, 5)
    assert filled.to_bytes() == before
    assert len(codec.encode(ROWS[:0])) == 0 and codec.decode(codec.encode(ROWS[:0])).shape == (0, 8, 2, 2)


BAD_CODECS = [
    ("bogus", (8,), {}, "bogus"), ("", (8,), {}, "."), ("quantize:states=1,range=local", (8,), {}, "1"),
    ("quantize:states=4", (8,), {}, "range"), ("codebook:states=4,range=fit", (8,), {}, "fit"), ("none|none", (8,), {}, "."),
    ("jpeg:quality=50", (8,), {}, "."), ("none", (0,), {}, "shape"), ("none", (2, 3), {}, "shape"),
    ("none", (1, 2, 3, 4), {}, "shape"), ("none", (-4,), {}, "shape"), ("none", (), {}, "shape"),
    ("none", (5, 2, 2), {"pixels": True}, "."), ("none", (3, 2, 2), {"mean": 0.5}, "pixels=True"),
    ("none", (3, 2, 2), {"pixels": True, "mean": (0.1, 0.2)}, "mean has 2"), ("none\0x", (3,), {}, "zero byte"),
    ("none", (3, 2, 2), {"pixels": True, "std": -1.0}, "."),
]


@pytest.mark.parametrize("spec, shape, words, names", BAD_CODECS)
def test_bad_codecs_are_one_line(spec, shape, words, names):
    with pytest.raises(ValueError, match=names) as caught:
        packrat.Codec(spec, shape, **words)
    assert "\n" not in str(caught.value) and str(caught.value)


BAD_BUFFERS = [
    ({"classes": 0}, "0"), ({"classes": 65537}, "65537"), ({"classes": -2**40}, "classes"), ({"budget": "slots:0"}, "0"),
    ({"budget": 10}, "10"), ({"budget": "-5"}, "5"), ({"budget": "much"}, "much"), ({"budget": "1.5QiB"}, "1.5QiB"),
    ({"budget": ""}, "."), ({"sampler": "best"}, "best"), ({"seed": -1}, "-1"), ({"seed": 2**64}, "seed"),
    ({"columns": {"a": "complex64"}}, "complex64"), ({"columns": {"a": ("int64", 0)}}, "."), ({"columns": {"": "int64"}}, "."),
    ({"columns": {"x" * 70: "int64"}}, "."), ({"budget": "slots:999999999999999999"}, "."),
]


@pytest.mark.parametrize("words, names", BAD_BUFFERS)
def test_bad_buffers_are_one_line(words, names, codec):
    with pytest.raises((ValueError, MemoryError), match=names) as caught:
        packrat.ReplayBuffer(codec, **{"classes": 4, "budget": "slots:5", **words})
    assert "\n" not in str(caught.value)


def test_bad_arguments_of_a_call_are_refused(filled, codec):
    for call in (lambda: filled.sample(-1), lambda: filled.get([0], dtype="uint8"), lambda: filled.get([0], threads=-2),
                 lambda: filled.resize("slots:0"), lambda: filled.column("none"),
                 lambda: filled.load_state_dict({}), lambda: codec.encode(ROWS, threads=1.5),
                 lambda: packrat.Codec.fit("codebook:states=4,range=fit", ROWS[:0]),
                 lambda: packrat.Codec.load("/no/such/file"), lambda: packrat.ReplayBuffer.load("/no/such/file"),
                 lambda: filled.save(__file__ + "/file"), lambda: packrat.StreamingHead("best", (4,), 3),
                 lambda: packrat.StreamingHead("ncm", (4,), 3).scores(np.zeros((1, 4), "float32")),
                 lambda: packrat.StreamingHead("ncm", (4,), 3).observe(np.zeros((1, 4), "float32"), [3])):
        with pytest.raises(ValueError) as caught:
            call()
        assert "\n" not in str(caught.value) and str(caught.value)
    assert len(filled) == 50


def test_a_closed_handle_is_an_exception(filled, codec):
    head = packrat.StreamingHead("ncm", (4,), 3)
    for closed in (filled, codec, head):
        closed.close()
        closed.close()
        assert "closed" in repr(closed)
    for call in (lambda: filled.sample(1), lambda: len(filled), lambda: filled.labels, lambda: filled.to_bytes(),
                 lambda: filled.add(ROWS, LABELS), lambda: codec.encode(ROWS), lambda: codec.spec, lambda: head.fit(),
                 lambda: packrat.ReplayBuffer(codec, classes=2, budget="slots:2")):
        with pytest.raises(ValueError):
            call()


def test_a_buffer_outlives_its_codec_and_a_batch_its_buffer(draw):
    codec = packrat.Codec("none", (4,))
    buffer = packrat.ReplayBuffer(codec, classes=2, budget="slots:3")
    codec.close()
    rows = draw.normal(size=(3, 4)).astype("float32")
    buffer.add(rows, [0, 1, 0])
    batch = buffer.get([0, 1, 2])
    del buffer
    np.testing.assert_array_equal(batch[0], rows)


def test_handles_that_are_no_handles_are_an_exception(codec):
    for wrong in (1, 12345, codec._handle + 8):
        fake = packrat.ReplayBuffer.__new__(packrat.ReplayBuffer)
        fake._handle = wrong
        with pytest.raises(packrat.Error):
            fake.to_bytes()
        fake._handle = None


@pytest.mark.parametrize("kind", ["buffer", "codec", "head", "entries"])
def test_damaged_bytes_are_an_exception_whatever_is_changed(kind, filled, draw):
    rows = draw.normal(size=(60, 8)).astype("float32")
    codec = packrat.Codec.fit("thin:factor=0.5|quantize:states=4,range=fit|entropy", rows)
    head = packrat.StreamingHead("slda", (8,), 3)
    head.observe(rows, np.arange(60) % 3)
    head.end_of_task()
    entries = codec.encode(rows[:8])
    data = {"buffer": filled.to_bytes, "codec": codec.to_bytes, "head": head.to_bytes,
            "entries": entries.data.tobytes}[kind]()

    def read(changed):
        if kind == "entries":
            ends = np.minimum(entries.offsets, len(changed))
            return codec.decode(packrat.Entries(np.frombuffer(changed, np.uint8), ends))
        return {"buffer": packrat.ReplayBuffer, "codec": packrat.Codec, "head": packrat.StreamingHead}[kind].from_bytes(changed)

    refused = 0
    cuts = [data[:n] for n in sorted({*range(0, min(64, len(data))), *draw.integers(0, len(data), 60)})]
    flips = [data[:at] + bytes([data[at] ^ 1 << int(draw.integers(8))]) + data[at + 1:] for at in draw.integers(0, len(data), 200)]
    for changed in [*cuts, *flips, b"", data + b"x" * 7, bytes(len(data)), b"\xff" * len(data)]:
        try:
            read(changed)
        except packrat.Error as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused >= (len(cuts) + len(flips) if kind in ("buffer", "codec") else 20)


def test_entries_that_lie_outside_their_bytes_are_corrupt(codec):
    good = codec.encode(ROWS)
    for offsets in ([0, 10**9], [-4, 8], [8, 0], []):
        with pytest.raises(packrat.Error):
            codec.decode(packrat.Entries(good.data, np.array(offsets, int)))
