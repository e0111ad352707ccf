"""Writes the small PyTorch files beside this script. Run with Debian's python3-torch: /usr/bin/python3 make_checkpoints.py"""
import argparse
import collections
import os

import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))


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
torch.save(every, "legacy.pth", _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(module), "script.pt")
torch.save(module, "whole_module.pth")
torch.save([1, 2, 3], "list.pth")
