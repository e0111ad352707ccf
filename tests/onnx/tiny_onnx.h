#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace packrat::testing_data {

/// A protobuf message, field after field.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    return varint(value);
  }
  Message& real(int field, float value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 5);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Message& text(int field, const std::string& value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  Message& varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>((value & 127) | 128);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  std::string bytes_;
};

// The parts of an ONNX file (onnx.proto) with their fields' numbers.

inline Message onnx_tensor(const std::string& name, const std::vector<std::int64_t>& dims,
                           const std::vector<float>& values) {
  Message tensor;
  for (const std::int64_t dim : dims) tensor.number(1, static_cast<std::uint64_t>(dim));
  std::string raw(values.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  return tensor.number(2, 1).text(8, name).text(9, raw);
}

/// A float32 tensor that is told by its shape; dimensions below 1 are free.
inline Message onnx_value(const std::string& name, const std::vector<std::int64_t>& dims, int type = 1) {
  Message shape, tensor;
  for (const std::int64_t dim : dims)
    shape.message(1,
                  dim > 0 ? Message().number(1, static_cast<std::uint64_t>(dim)) : Message().text(2, "free"));
  tensor.number(1, static_cast<std::uint64_t>(type)).message(2, shape);
  return Message().text(1, name).message(2, Message().message(1, tensor));
}

inline Message onnx_ints(const std::string& name, const std::vector<std::int64_t>& values) {
  Message attribute;
  attribute.text(1, name).number(20, 7);
  for (const std::int64_t value : values) attribute.number(8, static_cast<std::uint64_t>(value));
  return attribute;
}

inline Message onnx_node(const std::string& kind, const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs,
                         const std::vector<Message>& attributes = {}) {
  Message node;
  for (const std::string& input : inputs) node.text(1, input);
  for (const std::string& output : outputs) node.text(2, output);
  node.text(3, "the " + outputs[0]).text(4, kind);
  for (const Message& attribute : attributes) node.message(5, attribute);
  return node;
}

/// nodes, weights, inputs and outputs of a graph.
struct OnnxParts {
  std::vector<Message> nodes, weights, inputs, outputs;

  std::string file() const {
    Message graph;
    for (const Message& node : nodes) graph.message(1, node);
    graph.text(2, "tiny");
    for (const Message& weight : weights) graph.message(5, weight);
    for (const Message& input : inputs) graph.message(11, input);
    for (const Message& output : outputs) graph.message(12, output);
    const Message operators = Message().text(1, "").number(2, 13);
    return Message().number(1, 7).message(7, graph).message(8, operators).bytes();
  }
};

/// Of images [N, 3, H, W]: "sums" = 2 maps, the weighted sums of the channels with weights (1, 2, 4) and (1,
/// 0, -1) and biases 0 and 0.5; "kept", those between 0 and 3; "row", their means.
inline OnnxParts tiny_onnx(const std::vector<std::int64_t>& image = {0, 3, 0, 0}) {
  OnnxParts parts;
  parts.weights = {onnx_tensor("kernel", {2, 3, 1, 1}, {1, 2, 4, 1, 0, -1}),
                   onnx_tensor("bias", {2}, {0, 0.5F}), onnx_tensor("least", {}, {0}),
                   onnx_tensor("most", {}, {3})};
  parts.nodes = {onnx_node("Conv", {"image", "kernel", "again"}, {"sums"}),
                 onnx_node("Clip", {"sums", "least", "most"}, {"kept"}),
                 onnx_node("GlobalAveragePool", {"kept"}, {"means"}),
                 onnx_node("Flatten", {"means"}, {"row"})};
  // As PyTorch does for weights that are used twice.
  parts.nodes.insert(parts.nodes.begin(), onnx_node("Identity", {"bias"}, {"again"}));
  parts.inputs = {onnx_value("image", image)};
  parts.outputs = {onnx_value("row", {0, 2})};
  return parts;
}

inline void write_onnx(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace packrat::testing_data
