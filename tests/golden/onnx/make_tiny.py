"""Writes tiny.onnx, which the checks of the command line use: images Nx3xHxW of any size, a 3x3 convolution of stride 2 to 4 channels
("maps", after a ReLU), their means ("row"). Usage: python3 make_tiny.py > tiny.onnx"""
import struct
import sys


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, dims, values):
    return b"".join(number(1, d) for d in dims) + number(2, 1) + text(8, name) + text(9, struct.pack(f"<{len(values)}f", *values))


def value(name, dims):
    shape = b"".join(text(1, number(1, d) if d else text(2, "n")) for d in dims)
    return text(1, name) + text(2, text(1, number(1, 1) + text(2, shape)))


def ints(name, values):
    return text(1, name) + number(20, 7) + b"".join(number(8, v) for v in values)


def node(kind, inputs, output, attributes=()):
    return b"".join(text(1, i) for i in inputs) + text(2, output) + text(3, output) + text(4, kind) + b"".join(text(5, a) for a in attributes)


kernel = [((i * 37) % 101 - 50) / 100 for i in range(4 * 3 * 3 * 3)]
nodes = [node("Conv", ["images", "kernel", "bias"], "sums", [ints("kernel_shape", [3, 3]), ints("strides", [2, 2]), ints("pads", [1] * 4)]),
         node("Relu", ["sums"], "maps"), node("GlobalAveragePool", ["maps"], "means"), node("Flatten", ["means"], "row")]
graph = b"".join(text(1, n) for n in nodes) + text(2, "tiny") + text(5, tensor("kernel", [4, 3, 3, 3], kernel))
graph += text(5, tensor("bias", [4], [0.1, 0.2, 0.3, 0.4])) + text(11, value("images", [0, 3, 0, 0])) + text(12, value("row", [0, 4]))
sys.stdout.buffer.write(number(1, 7) + text(7, graph) + text(8, text(1, "") + number(2, 13)))
