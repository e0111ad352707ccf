"""PyTorch, Avalanche and TorchRL, each where it is installed."""

import copy
import pickle

import numpy as np
import pytest

import packrat

torch = pytest.importorskip("torch")


def test_a_codec_layer_decodes_forward_and_hands_the_gradient_through(codec):
    from packrat.torch import CodecModule

    x = torch.randn(5, 8, 2, 2, requires_grad=True)
    y = CodecModule(codec)(x)
    np.testing.assert_array_equal(y.detach().numpy(), codec.decode(codec.encode(x)))
    (y * torch.arange(5.0)[:, None, None, None]).sum().backward()
    assert torch.equal(x.grad, torch.arange(5.0)[:, None, None, None].expand_as(x))


def test_tensors_of_any_kind_are_taken_and_filled(filled):
    rows = torch.randn(4, 2, 2, 8).permute(0, 3, 1, 2).requires_grad_()
    filled.add(rows, torch.arange(4), logits=torch.zeros(4, 5), id=torch.arange(4))
    out = torch.empty(6, 8, 2, 2)
    batch, labels, _ = filled.get(torch.arange(6), out)
    assert batch is out and np.array_equal(out.numpy(), filled.get(range(6))[0])
    with pytest.raises(TypeError, match="bfloat16"):
        filled.add(rows.to(torch.bfloat16), torch.arange(4), logits=torch.zeros(4, 5), id=torch.arange(4))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_reads_every_entry_once(workers, filled):
    from packrat.torch import ReplayDataset, ReplayStream

    loader = torch.utils.data.DataLoader(ReplayDataset(filled), batch_size=7, shuffle=True, num_workers=workers)
    ids = torch.cat([batch[3] for batch in loader])
    assert sorted(ids.tolist()) == sorted(filled.column("id").tolist())
    stream = torch.utils.data.DataLoader(ReplayStream(filled, 8, batches=5), batch_size=None, num_workers=workers)
    batches = [batch[3].tolist() for batch in stream]
    assert len(batches) == 5 and all(len(batch) == 8 for batch in batches)
    assert len({tuple(batch) for batch in batches}) == 5  # workers draw differently


def test_avalanche_keeps_rows_themselves_and_gives_them_as_a_data_set():
    pytest.importorskip("avalanche")
    from avalanche.benchmarks import tensors_benchmark

    from packrat.integrations.avalanche import PackratStorage

    x, y = torch.randn(60, 12), torch.arange(60) % 4
    scenario = tensors_benchmark(train_tensors=[(x, y)], test_tensors=[(x, y)], task_labels=[3])
    storage = PackratStorage(20, "none", classes=4, sampler="greedy")
    assert len(storage.buffer) == 0
    storage.update_from_dataset(scenario.train_stream[0].dataset)
    for store in (storage, pickle.loads(pickle.dumps(storage)), copy.deepcopy(storage)):
        held = store.buffer
        assert len(held) == 20 and sorted(held.targets) == sorted([0, 1, 2, 3] * 5)
        row, label, task = held[7]
        assert task == 3 and any(torch.equal(row, x[i]) and y[i] == label for i in range(60))
    storage.resize(None, 8)
    assert len(storage.buffer) == 8 and storage.max_size == 8


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_torchrl_stores_and_returns_what_its_own_storage_does(dtype, tmp_path):
    pytest.importorskip("torchrl")
    from tensordict import TensorDict
    from torchrl.data import LazyTensorStorage, TensorDictReplayBuffer

    from packrat.integrations.torchrl import PackratStorage

    def data(n):
        pixels = torch.randint(0, 256, (n, 4, 8, 8)).to(getattr(torch, dtype))
        return TensorDict({"pixels": pixels, "next": {"pixels": pixels + 1, "done": torch.rand(n, 1) > 0.5},
                           "action": torch.randint(0, 9, (n,)), "step": torch.rand(n, 2, 3)}, [n])

    ours, theirs = (TensorDictReplayBuffer(storage=storage, batch_size=4) for storage in
                    (PackratStorage(10, {"pixels": "none", ("next", "pixels"): "none"}), LazyTensorStorage(10)))
    for n in (4, 5, 6, 1):  # goes round
        part = data(n)
        ours.extend(part)
        theirs.extend(part)
    for index in (3, -1, slice(2, 7), [1, 1, 9], torch.tensor([0, 5])):
        assert (ours[index].exclude("index") == theirs[index].exclude("index")).all()
    assert ours.sample().batch_size == torch.Size([4]) and len(ours) == 10
    other = PackratStorage(10)
    other.load_state_dict(ours._storage.state_dict())
    assert (other.get(range(10)) == theirs._storage.get(slice(0, 10))).all() and 9 in other and 10 not in other
    ours.dumps(tmp_path / "whole")
    ours._storage.dumps(tmp_path / "storage")
    again = PackratStorage(10)
    again.loads(tmp_path / "storage")
    assert (again.get(range(10)) == other.get(range(10))).all()
    with pytest.raises(ValueError, match="the storage keeps"):
        again.set(0, data(1).select("action", "step", ("next", "done")).set("pixels", torch.zeros(1, 4, 9, 9)).set(
            ("next", "pixels"), torch.zeros(1, 4, 8, 8))[0])
    ours.empty()
    assert len(ours) == 0
