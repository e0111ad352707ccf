"""Writes the small PyTorch files into FOLDER, a sibling of this script: make_checkpoints.py FOLDER (README.md)"""
import argparse
import collections
import os
import sys

import torch

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), sys.argv[1])
os.makedirs(folder, exist_ok=True)
os.chdir(folder)


def ramp(*shape, dtype=torch.float32):
    """0, 0.25, 0.5, ... in row-major order."""
    count = 1
    for side in shape:
        count *= side
    return (torch.arange(count, dtype=torch.float32) / 4).reshape(shape).to(dtype)


# A module's own state dict: an OrderedDict with _metadata, batch norm counters, parameters.
module = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3, bias=False), torch.nn.BatchNorm2d(3))
with torch.no_grad():
    module[0].weight.copy_(ramp(3, 2, 3, 3))
module.train()(torch.ones(2, 2, 4, 4))
torch.save(module.state_dict(), "module.pth")

# Every type, a scalar, an empty tensor, a Parameter.
types = {
    "f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "i64": torch.int64,
    "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8, "bool": torch.bool,
}
every = {name: ramp(2, 4, dtype=dtype) for name, dtype in types.items()}
every.update(scalar=torch.tensor(2.5), empty=torch.zeros(0, 3), parameter=torch.nn.Parameter(ramp(5)))
torch.save(every, "types.pth")
torch.save(every, "types_protocol4.pth", pickle_protocol=4)
torch.save(every, "legacy.pth", _use_new_zipfile_serialization=False)

# Views: parts of one storage, a transposed matrix, every second column.
whole = ramp(6, 8)
torch.save({"whole": whole, "rows": whole[2:4], "transposed": whole.t(), "columns": whole[:, 1::2]}, "views.pth")
torch.save({"expanded": ramp(3, 1).expand(3, 4)}, "expanded.pth")

# What training scripts save: the state dict beside other things, names from DataParallel.
inner = collections.OrderedDict([("module.a.weight", ramp(2, 3)), ("module.a.bias", ramp(2))])
optimizer = torch.optim.SGD([torch.nn.Parameter(ramp(2))], lr=0.1, momentum=0.9)
extras = {"epoch": 7, "best": 0.5, "arch": "resnet18", "args": argparse.Namespace(lr=0.1), "optimizer": optimizer.state_dict()}
torch.save({"state_dict": inner, **extras}, "nested.pth")

# What is refused.
torch.jit.save(torch.jit.script(module), "script.pt")
torch.save(module, "whole_module.pth")
torch.save([1, 2, 3], "list.pth")

# What stands beside the weights: everything that training scripts put there, in every protocol from 2 on.
import datetime
import pathlib
import random

import numpy

defaults = collections.defaultdict(list)
defaults["losses"].append(0.5)
beside = {
    "seed": 2**64 - 59, "negative": -(2**70), "huge": 10**3000, "window": collections.deque([0.5, 0.4], maxlen=20), "defaults": defaults,
    "counter": collections.Counter("aab"), "classes": {1, 2, 3}, "frozen": frozenset([1]), "path": pathlib.Path("/x"), "raw": b"abc",
    "bytes": bytearray(b"xyz"), "best": numpy.float64(0.5), "array": numpy.arange(5), "when": datetime.datetime(2026, 1, 1), "complex": 1 + 2j,
    "random": random.getstate(), "numpy_random": numpy.random.get_state(), "torch_random": torch.get_rng_state(), "none": None,
    "slice": slice(1, 2), "ellipsis": ..., "size": torch.Size([1, 2]), "dtype": torch.float32, "device": torch.device("cpu"),
}
for protocol in (2, 3, 4, 5):
    torch.save({"state_dict": inner, **beside}, f"beside_protocol{protocol}.pth", pickle_protocol=protocol)


# Parameters with attributes, as PyTorch 2 saves them, and tensors of a class of its own.
class Rebuilt:
    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


def parameter_with_state(*_):
    pass


parameter_with_state.__module__, parameter_with_state.__qualname__ = "torch._utils", "_rebuild_parameter_with_state"
parameter_with_state.__name__ = "_rebuild_parameter_with_state"
torch._utils._rebuild_parameter_with_state = parameter_with_state
torch.save({
    "a": Rebuilt(parameter_with_state, ramp(3), True, collections.OrderedDict(), {"tag": 1}),
    "b": Rebuilt(torch._tensor._rebuild_from_type_v2, torch._utils._rebuild_tensor_v2, torch.Tensor,
                 ramp(3).__reduce_ex__(2)[1], {}),
}, "wrapped.pth")

# Tensors in forms that are not read, beside one that is.
torch.save({
    "sound": ramp(3), "quantized": torch.quantize_per_tensor(ramp(3), 0.01, 0, torch.qint8), "sparse": ramp(3).to_sparse(),
    "complex": torch.ones(2, dtype=torch.complex64), "array": numpy.arange(3), "expanded": ramp(3, 1).expand(3, 4),
    "rows": ramp(3, 3).to_sparse_csr(),
}, "unusable.pth")

# Where the weights are one or two dicts further in.
torch.save({"net": inner, "acc": 95.1, "epoch": 199}, "net.pth")
torch.save({"trainer": {"ema": {"a.weight": ramp(2, 3), "a.bias": ramp(2)}}, "epoch": 3}, "deep.pth")
