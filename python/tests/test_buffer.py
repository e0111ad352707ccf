import copy
import pickle

import numpy as np
import pytest

import packrat

SAMPLERS = ["greedy", "reservoir", "class_balanced_reservoir", "ring", "herding"]


def same(a, b):
    assert len(a) == len(b) and a.ledger == b.ledger
    for x, y in zip(a.get(range(len(a))), b.get(range(len(b)))):
        for left, right in zip(*[(v.values() if isinstance(v, dict) else [v]) for v in (x, y)]):
            np.testing.assert_array_equal(left, right)


def test_rows_labels_and_columns_stay_together(filled):
    rows, labels, columns = filled.get(range(len(filled)))
    ids = columns["id"]
    np.testing.assert_array_equal(labels, ids % 5)
    codec = filled.codec
    np.testing.assert_array_equal(rows, codec.decode(codec.encode(filled.rows_offered[ids])))
    assert len(set(ids)) == 50 == len(filled) == filled.capacity and filled.offered == 200
    assert columns["logits"].shape == (50, 5) and ids.shape == (50,)
    np.testing.assert_array_equal(filled.labels, labels)
    np.testing.assert_array_equal(filled.column("id"), ids)
    assert filled.class_sizes == np.bincount(labels, minlength=5).tolist()


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("budget", ["slots:30", 1500, "1.5KiB"])
def test_every_sampler_keeps_the_budget_and_the_seed(sampler, budget, codec, draw):
    rows, labels = draw.normal(size=(150, 8, 2, 2)).astype("float32"), draw.integers(0, 6, 150)
    made = []
    for cuts in (1, 7):  # the same rows in calls of another size
        buffer = packrat.ReplayBuffer(codec, classes=6, budget=budget, sampler=sampler, seed=9)
        for part, marks in zip(np.array_split(rows, cuts), np.array_split(labels, cuts)):
            buffer.add(part, marks)
        made.append(buffer)
        assert buffer.capacity - 6 < len(buffer) <= buffer.capacity  # greedy: as many of every class
        assert buffer.sampler == sampler
        if budget != "slots:30":
            assert buffer.ledger.total <= 1536
    if sampler != "herding":
        same(*made)


def test_the_ledger_is_what_the_file_holds(filled, tmp_path):
    filled.save(tmp_path / "replay.packrat")
    ledger = filled.ledger
    assert ledger.total == sum(ledger.values()) and ledger.payload == 50 * filled.codec.entry_bytes
    assert ledger.labels == 50 and ledger.columns == 50 * (20 + 8)
    assert (tmp_path / "replay.packrat").stat().st_size - ledger.total <= 8192
    assert "total=" in repr(ledger) and str(ledger.total) in repr(filled)
    with pytest.raises(AttributeError, match="no item 'pies'"):
        ledger.pies


def test_a_minibatch_draws_different_slots_and_every_slot_in_time(filled):
    seen = set()
    for _ in range(60):
        rows, labels, columns = filled.sample(10)
        assert len(set(columns["id"])) == 10 and rows.flags.writeable
        seen.update(columns["id"])
    assert seen == set(filled.column("id"))
    assert len(filled.sample(80, with_replacement=True)[1]) == 80
    with pytest.raises(packrat.Error):
        filled.sample(51)


@pytest.mark.parametrize("way", ["file", "bytes", "pickle", "copy", "deepcopy", "state_dict"])
def test_a_copy_goes_on_as_the_buffer_would_have(way, filled, tmp_path, draw):
    filled.sample(7)
    if way == "file":
        filled.save(tmp_path / "b.packrat")
        other = packrat.ReplayBuffer.load(tmp_path / "b.packrat")
    elif way == "state_dict":
        other = packrat.ReplayBuffer(packrat.Codec("none", (2,)), classes=1, budget="slots:1")
        other.load_state_dict(filled.state_dict())
    else:
        other = {"bytes": lambda b: packrat.ReplayBuffer.from_bytes(b.to_bytes()), "copy": copy.copy,
                 "pickle": lambda b: pickle.loads(pickle.dumps(b)), "deepcopy": copy.deepcopy}[way](filled)
    same(filled, other)
    assert (other.budget, other.sampler, other.columns, other.offered) == \
        (filled.budget, filled.sampler, filled.columns, filled.offered)
    rows = draw.normal(size=(100, 8, 2, 2)).astype("float32")
    for buffer in (filled, other):
        buffer.add(rows, np.arange(100) % 5, logits=np.zeros((100, 5), "float32"), id=np.arange(100))
    same(filled, other)
    np.testing.assert_array_equal(filled.draw(20), other.draw(20))


def test_a_mapped_buffer_is_opened_in_place_and_read_into_memory_when_asked(codec, draw, tmp_path):
    file, saved = tmp_path / "a.mapped", tmp_path / "a.packrat"
    buffer = packrat.ReplayBuffer(codec, classes=5, budget="slots:30", storage=f"mapped:{file}", seed=1)
    buffer.add(draw.normal(size=(80, 8, 2, 2)).astype("float32"), np.arange(80) % 5)
    assert buffer.mapped and file.stat().st_size > 30 * codec.entry_bytes
    with pytest.raises(packrat.Error, match="open already"):
        packrat.ReplayBuffer.load(file)
    buffer.save(saved)
    expected = buffer.to_bytes()
    buffer.close()
    for mmap, mapped in ((None, True), (True, True), (False, False)):
        with packrat.ReplayBuffer.load(file, mmap=mmap) as loaded:
            assert loaded.mapped == mapped and loaded.to_bytes() == expected
    with packrat.ReplayBuffer.load(file) as loaded:
        loaded.resize("slots:12")
        expected = loaded.to_bytes()
        assert len(loaded) == 12 and loaded.mapped
    assert packrat.ReplayBuffer.load(file, mmap=False).to_bytes() == expected
    assert not packrat.ReplayBuffer.load(saved, mmap=False).mapped
    with pytest.raises(packrat.Error, match="storage='mapped:FILE'"):
        packrat.ReplayBuffer.load(saved, mmap=True)
    with pytest.raises(packrat.Error, match="storage 'disk'"):
        packrat.ReplayBuffer(codec, classes=5, budget="slots:30", storage="disk")


def test_slots_are_replaced_removed_and_their_columns_set(filled, draw):
    before = filled.column("id")
    rows = draw.normal(size=(2, 8, 2, 2)).astype("float32")
    filled.replace([4, 9], rows, [1, 2], logits=np.ones((2, 5), "float32"), id=[1000, 1001])
    decoded, labels, columns = filled.get([9, 4])
    np.testing.assert_array_equal(decoded, filled.codec.decode(filled.codec.encode(rows[::-1])))
    assert labels.tolist() == [2, 1] and columns["id"].tolist() == [1001, 1000]
    filled.set_column("id", [0, 4], [7, 8])
    assert filled.column("id")[[0, 4]].tolist() == [7, 8]
    filled.remove([0, 49, 9])
    assert len(filled) == 47 and set(filled.column("id")) == set(before) - set(before[[0, 4, 9, 49]]) | {8}
    filled.clear()
    assert len(filled) == 0 and filled.offered == 200 and filled.labels.shape == (0,)


def test_a_smaller_budget_evicts_and_a_larger_one_makes_room(filled):
    ids = set(filled.column("id"))
    filled.resize("slots:20")
    assert len(filled) == filled.capacity == 20 and set(filled.column("id")) <= ids
    filled.resize("slots:60")
    assert filled.capacity == 60 and len(filled) == 20


def test_the_caller_chooses_slots_with_the_external_sampler(codec, draw):
    buffer = packrat.ReplayBuffer(codec, classes=2, budget="slots:3", sampler="external")
    rows = draw.normal(size=(4, 8, 2, 2)).astype("float32")
    buffer.add(rows[:3], [0, 1, 0])
    with pytest.raises(packrat.Error):
        buffer.add(rows[3:], [1])
    buffer.replace([1], rows[3:], [0])
    assert buffer.labels.tolist() == [0, 0, 0]


def test_entries_of_differing_size_fill_a_budget_of_bytes(draw):
    rows = (draw.normal(size=(800, 32)) * draw.integers(1, 5, (800, 1))).astype("float32")
    codec = packrat.Codec.fit("quantize:states=16,range=fit|entropy", rows)
    buffer = packrat.ReplayBuffer(codec, classes=4, budget="6KiB")
    buffer.add(rows, np.arange(800) % 4)
    assert codec.entry_bytes is None and 5500 < buffer.ledger.total <= 6144
    same(buffer, pickle.loads(pickle.dumps(buffer)))


def test_pixels_are_returned_in_the_dtype_that_is_asked_for(draw):
    pixels = draw.integers(0, 256, (12, 3, 8, 8), dtype=np.uint8)
    buffer = packrat.ReplayBuffer(packrat.Codec("none", (3, 8, 8), pixels=True), classes=2, budget="slots:12")
    buffer.add(pixels, np.zeros(12, int))
    np.testing.assert_array_equal(buffer.get(range(12), dtype="uint8")[0], pixels)
    out = np.empty((12, 3, 8, 8), np.uint8)
    assert buffer.get(range(12), out)[0] is out and (out == pixels).all()
    assert buffer.sample(4)[0].dtype == np.float32


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("width", [1, 3])
def test_columns_of_every_dtype_come_back_as_they_were(dtype, width, codec, draw):
    buffer = packrat.ReplayBuffer(codec, classes=1, budget="slots:6", columns={"c": (dtype, width)})
    values = draw.integers(0, 100, (6,) if width == 1 else (6, width)).astype(dtype)
    buffer.add(np.zeros((6, 32), "float32"), np.zeros(6, int), c=values)
    np.testing.assert_array_equal(buffer.column("c"), values)
    assert buffer.column("c").dtype == dtype and buffer.columns == {"c": (dtype, width)}
