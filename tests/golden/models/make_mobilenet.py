"""Prints mobilenet_v2.json: what torchvision's MobileNetV2 makes of two patterned images, after every cut, with weights that a formula
gives, and what it counts. Run with Debian's python3-torchvision: /usr/bin/python3 make_mobilenet.py > mobilenet_v2.json"""
import json
import math

import torch
import torchvision

CUTS = (1, 3, 6, 10, 13, 16, 17, 18)


def fill(place, name, tensor):
    """Numbers of [0, 1) from the tensor's place in the state dict and each value's place in the tensor."""
    index = torch.arange(tensor.numel(), dtype=torch.int64)
    unit = ((index * 2654435761 + place * 40503) % 2**32).to(torch.float64) / 2**32
    if name.endswith("running_var") or (tensor.dim() == 1 and name.endswith(".weight")):
        values = 0.5 + unit
    elif tensor.dim() == 1:
        values = 0.5 * (unit - 0.5)
    else:
        values = math.sqrt(24 / (tensor.numel() / tensor.shape[0])) * (unit - 0.5)
    tensor.copy_(values.to(torch.float32).reshape(tensor.shape))


def macs_of(module, shape):
    """Multiplications of convolutions and linear layers for one image, and the output's shape."""
    total = 0

    def count(layer, inputs, output):
        nonlocal total
        if isinstance(layer, torch.nn.Conv2d):
            total += output.numel() * layer.in_channels // layer.groups * layer.kernel_size[0] * layer.kernel_size[1]
        if isinstance(layer, torch.nn.Linear):
            total += layer.in_features * layer.out_features

    hooks = [layer.register_forward_hook(count) for layer in module.modules()]
    module(torch.zeros(1, *shape, dtype=torch.float64))
    for hook in hooks:
        hook.remove()
    return total


torch.set_grad_enabled(False)
model = torchvision.models.mobilenet_v2().eval()
place = 0
for name, tensor in model.state_dict().items():
    if tensor.dim() > 0:
        fill(place, name, tensor)
        place += 1
model = model.double()

index = torch.arange(2 * 3 * 32 * 32)
pixels = ((index * 7 + torch.div(index, 5, rounding_mode="floor")) % 256).reshape(2, 3, 32, 32)
mean = torch.tensor([0.4802, 0.4481, 0.3975], dtype=torch.float64).reshape(3, 1, 1)
std = torch.tensor([0.2302, 0.2265, 0.2262], dtype=torch.float64).reshape(3, 1, 1)
images = (pixels / 255.0 - mean) / std

golden = {
    "parameters": sum(p.numel() for p in model.parameters()),
    "macs": macs_of(model, (3, 224, 224)),
    "tensors": [name for name, tensor in model.state_dict().items() if tensor.dim() > 0],
    "cuts": {},
}
for cut in CUTS:
    front = model.features[: cut + 1]
    maps = front(images)
    step = max(1, maps[1].numel() // 8)
    golden["cuts"][str(cut)] = {
        "shape": list(maps.shape[1:]),
        "parameters": sum(p.numel() for p in front.parameters()),
        "macs": macs_of(front, (3, 32, 32)),
        "norm": maps.norm().item(),
        "first": maps[1].flatten()[::step][:8].tolist(),
        "step": step,
    }
print(json.dumps(golden, indent=1))
