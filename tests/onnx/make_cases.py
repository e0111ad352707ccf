"""Writes what onnx_parity compares into a folder: torchvision's networks with random weights, as checkpoints (zip and legacy) and
as ONNX files up to a cut, images, and what torchvision makes of them. Needs Debian's python3-torch and python3-torchvision.
Usage: /usr/bin/python3 make_cases.py FOLDER"""
import json
import sys

import torch
import torchvision

folder = sys.argv[1]
mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


class Front(torch.nn.Module):
    """A network up to a module, as torch.onnx.export takes it."""

    def __init__(self, parts):
        super().__init__()
        self.parts = torch.nn.ModuleList(parts)

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


def network(name):
    torch.manual_seed(1)
    net = getattr(torchvision.models, name)()
    for module in net.modules():  # as if it had been trained
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return net.eval()


def front(net, name, cut):
    if name == "mobilenet_v2":
        return Front(net.features[: int(cut) + 1])
    return Front([net.conv1, net.bn1, net.relu, net.maxpool] + [getattr(net, f"layer{i}") for i in range(1, int(cut) + 1)])


torch.manual_seed(0)
images = torch.nn.functional.interpolate(torch.rand(8, 3, 14, 14), size=224, mode="bicubic")
images = (images + 0.1 * torch.randn(8, 3, 224, 224)).clamp(0, 1).mul(255).to(torch.uint8)
images.numpy().tofile(f"{folder}/images.raw")
normalised = (images / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)
cases = []
for name, cut in (("resnet18", "3"), ("resnet18", "4"), ("resnet34", "3"), ("mobilenet_v2", "18")):
    net = network(name)
    torch.save(net.state_dict(), f"{folder}/{name}.pth")
    torch.save(net.state_dict(), f"{folder}/{name}_legacy.pth", _use_new_zipfile_serialization=False)
    part, stem = front(net, name, cut).eval(), f"{folder}/{name}-{cut}"
    torch.onnx.export(part, normalised[:1], stem + ".onnx", opset_version=13, input_names=["images"], output_names=["maps"],
                      dynamic_axes={"images": {0: "n"}, "maps": {0: "n"}})
    with torch.no_grad():
        part(normalised).numpy().tofile(stem + ".maps")
    cases.append({"network": name, "cut": cut, "onnx": f"{name}-{cut}.onnx", "maps": f"{name}-{cut}.maps",
                  "checkpoints": [f"{name}.pth", f"{name}_legacy.pth"]})
with open(f"{folder}/cases.json", "w") as file:
    json.dump({"images": 8, "mean": mean.tolist(), "std": std.tolist(), "cases": cases}, file, indent=1)
