// An ONNX graph as layers that can be counted.
#include <algorithm>
#include <map>
#include <optional>

#include "engine/onnx/onnx_model.h"

namespace packrat {
namespace {

const std::map<std::string, LayerKind>& plain_kinds() {
  static const std::map<std::string, LayerKind> kinds{{"BatchNormalization", LayerKind::kBatchNorm},
                                                      {"Relu", LayerKind::kRelu},
                                                      {"Clip", LayerKind::kRelu6},
                                                      {"Sigmoid", LayerKind::kSigmoid},
                                                      {"Dropout", LayerKind::kDropout},
                                                      {"MaxPool", LayerKind::kMaxPool},
                                                      {"AveragePool", LayerKind::kAveragePool},
                                                      {"GlobalAveragePool", LayerKind::kAdaptiveAveragePool},
                                                      {"Add", LayerKind::kAdd},
                                                      {"Concat", LayerKind::kConcat},
                                                      {"Flatten", LayerKind::kFlatten}};
  return kinds;
}

/// [N, C, H, W], [N, C], or [N, tokens, C] as C x tokens x 1, without N.
std::optional<MapShape> map_of(const onnx::TensorShapeProto* shape) {
  if (shape == nullptr || shape->dim_size() < 2 || shape->dim_size() > 4) return std::nullopt;
  for (const auto& dim : shape->dim())
    if (dim.dim_value() < 1) return std::nullopt;
  const auto at = [&](int i) { return shape->dim(i).dim_value(); };
  if (shape->dim_size() == 2) return MapShape{at(1)};
  if (shape->dim_size() == 3) return MapShape{at(2), at(1)};
  return MapShape{at(1), at(2), at(3)};
}

class OnnxLayers {
 public:
  OnnxLayers(const onnx::GraphProto& graph, const std::string& input) : graph_(graph) {
    for (const auto& tensor : graph.initializer()) weights_[tensor.name()] = &tensor;
    places_[input] = kNetworkInput;
  }

  std::vector<Layer> list(std::vector<std::string>& left_out) {
    for (const onnx::NodeProto& node : graph_.node())
      if (!add(node) && node.op_type() != "Constant" &&
          std::find(left_out.begin(), left_out.end(), node.op_type()) == left_out.end())
        left_out.push_back(node.op_type());
    return std::move(layers_);
  }

 private:
  const onnx::TensorProto* weight(const onnx::NodeProto& node, int input) const {
    if (node.input_size() <= input) return nullptr;
    const auto found = weights_.find(node.input(input));
    return found == weights_.end() ? nullptr : found->second;
  }

  static Window window(const onnx::NodeProto& node, const char* name, Window otherwise) {
    for (const auto& attribute : node.attribute())
      if (attribute.name() == name && attribute.ints_size() >= 2)
        return {attribute.ints(0), attribute.ints(1)};
    return otherwise;
  }

  static std::int64_t number(const onnx::NodeProto& node, const char* name, std::int64_t otherwise) {
    for (const auto& attribute : node.attribute())
      if (attribute.name() == name) return attribute.i();
    return otherwise;
  }

  bool add(const onnx::NodeProto& node) {
    if (node.input_size() < 1 || node.output_size() < 1) return false;
    const auto in = map_of(onnx_shape_named(graph_, node.input(0))),
               out = map_of(onnx_shape_named(graph_, node.output(0)));
    if (!in || !out) return false;
    Layer layer;
    layer.name = node.output(0);
    layer.in = *in;
    layer.out = *out;
    if (!fill(node, layer)) return false;
    for (const std::string& input : node.input())
      if (const auto found = places_.find(input); found != places_.end())
        layer.inputs.push_back(found->second);
    if (layer.inputs.empty()) layer.inputs.push_back(kNetworkInput);
    places_[layer.name] = static_cast<int>(layers_.size());
    layers_.push_back(layer);
    return true;
  }

  bool fill(const onnx::NodeProto& node, Layer& layer) const {
    if (node.op_type() == "Conv") return fill_convolution(node, layer);
    if (node.op_type() == "Gemm" || node.op_type() == "MatMul") return fill_product(node, layer);
    const auto kind = plain_kinds().find(node.op_type());
    if (kind == plain_kinds().end()) return false;
    layer.kind = kind->second;
    if (layer.kind == LayerKind::kAdd && (weight(node, 0) || weight(node, 1))) return false;  // a bias
    layer.kernel = window(node, "kernel_shape", 1);
    layer.stride = window(node, "strides", 1);
    layer.padding = window(node, "pads", 0);
    return true;
  }

  bool fill_convolution(const onnx::NodeProto& node, Layer& layer) const {
    const onnx::TensorProto* const kernel = weight(node, 1);
    if (kernel == nullptr || kernel->dims_size() != 4) return false;
    layer.kind = LayerKind::kConvolution;
    layer.kernel = {kernel->dims(2), kernel->dims(3)};
    layer.stride = window(node, "strides", 1);
    layer.padding = window(node, "pads", 0);
    layer.groups = number(node, "group", 1);
    layer.bias = node.input_size() > 2;
    return true;
  }

  /// With a matrix that was learned. Of tokens it is a convolution of 1x1.
  bool fill_product(const onnx::NodeProto& node, Layer& layer) const {
    const onnx::TensorProto* const matrix = weight(node, 1);
    if (matrix == nullptr || matrix->dims_size() != 2) return false;
    const bool tokens = layer.in.height > 1;
    layer.kind = tokens ? LayerKind::kConvolution : LayerKind::kLinear;
    layer.bias = node.input_size() > 2;
    return true;
  }

  const onnx::GraphProto& graph_;
  std::map<std::string, const onnx::TensorProto*> weights_;
  std::map<std::string, int> places_;
  std::vector<Layer> layers_;
};

}  // namespace

Network OnnxGraph::network(std::vector<std::string>& left_out) const {
  Network network;
  network.name = source_.file.filename().string();
  network.input = {3, side_, side_};
  network.layers = OnnxLayers(model_->proto.graph(), model_->input).list(left_out);
  return network;
}

}  // namespace packrat
