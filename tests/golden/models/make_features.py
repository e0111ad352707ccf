"""Prints features.json: what a plain PyTorch ResNet-34 makes of two patterned images with the shipped weights, after every cut.
Run with Debian's python3-torch: /usr/bin/python3 make_features.py > features.json"""
import json
import os
import struct

import numpy
import torch
import torch.nn.functional as F

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
with open(os.path.join(root, "models/weights/resnet34_tinyimagenet32.safetensors"), "rb") as file:
    raw = file.read()
length = struct.unpack("<Q", raw[:8])[0]
weights = {}
for name, entry in json.loads(raw[8 : 8 + length]).items():
    if name == "__metadata__":
        continue
    begin, end = entry["data_offsets"]
    kind = {"F16": numpy.float16, "F32": numpy.float32, "I64": numpy.int64}[entry["dtype"]]
    array = numpy.frombuffer(raw[8 + length + begin : 8 + length + end], kind).reshape(entry["shape"])
    weights[name] = torch.from_numpy(array.astype(numpy.float64))


def norm(x, name):
    w = [weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *w, training=False, eps=1e-5)


def block(x, name, stride):
    y = F.relu(norm(F.conv2d(x, weights[name + ".conv1.weight"], stride=stride, padding=1), name + ".bn1"))
    y = norm(F.conv2d(y, weights[name + ".conv2.weight"], padding=1), name + ".bn2")
    if name + ".downsample.0.weight" in weights:
        x = norm(F.conv2d(x, weights[name + ".downsample.0.weight"], stride=stride), name + ".downsample.1")
    return F.relu(x + y)


index = torch.arange(2 * 3 * 32 * 32)
pixels = ((index * 7 + torch.div(index, 5, rounding_mode="floor")) % 256).reshape(2, 3, 32, 32)
mean = torch.tensor([0.4802, 0.4481, 0.3975], dtype=torch.float64).reshape(3, 1, 1)
std = torch.tensor([0.2302, 0.2265, 0.2262], dtype=torch.float64).reshape(3, 1, 1)
x = (pixels / 255.0 - mean) / std
x = F.max_pool2d(F.relu(norm(F.conv2d(x, weights["conv1.weight"], stride=2, padding=3), "bn1")), 3, 2, 1)
cuts = {}


def note(cut, x):
    cuts[cut] = {"shape": list(x.shape[1:]), "norm": x.norm().item(), "first": x[1].flatten()[:64:8].tolist()}


for stage, count in enumerate((3, 4, 6, 3), start=1):
    for i in range(count):
        x = block(x, f"layer{stage}.{i}", 2 if stage > 1 and i == 0 else 1)
        if i == 0 and stage > 2:
            note(f"{stage - 1}.5", x)
    note(str(stage), x)
print(json.dumps(cuts, indent=1))
