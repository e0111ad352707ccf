#include "engine/onnx/onnx_model.h"
// onnx's other headers want the same names.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "engine/core/closest_name.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/onnx/onnx_model.h"

namespace packrat {
namespace {

using onnx::GraphProto;
using onnx::ModelProto;
using onnx::NodeProto;

constexpr std::int64_t kUsualSide = 224, kCountedBatch = 1;

[[noreturn]] void refuse_onnx(const OnnxSource& source, const std::string& why) {
  throw UserError(fmt::format("{}: {}", source.file.string(), why));
}

ModelProto parsed(const OnnxSource& source) {
  const google::protobuf::LogSilencer silent;
  const MappedFile file(source.file);
  ModelProto model;
  const bool read = file.bytes().size <= INT32_MAX &&
                    model.ParseFromArray(file.bytes().data, static_cast<int>(file.bytes().size));
  if (!read || !model.has_graph() || model.graph().node_size() == 0)
    refuse_onnx(source, "this is no ONNX file of at most 2 GiB, or a damaged one: export it again");
  for (const auto& tensor : model.graph().initializer())
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
      refuse_onnx(source, fmt::format("it keeps the weights '{}' in another file: export it as one file",
                                      tensor.name()));
  return model;
}

/// onnx's shape inference divides by these without a look.
constexpr std::string_view kDivisors[] = {"strides",   "dilations",   "kernel_shape", "group",
                                          "blocksize", "num_outputs", "num_groups"};

/// Refuses nodes with a stride of 0 and their like.
void check_divisors(const GraphProto& graph, const OnnxSource& source) {
  constexpr std::int64_t kMost = 1 << 20;
  const auto check = [&](const NodeProto& node, const std::string& name, std::int64_t value) {
    if (value < 1 || value > kMost)
      refuse_onnx(source, fmt::format("its {} '{}' has {} {}, but it must be from 1 to {}: export it again",
                                      node.op_type(), node.name(), name, value, kMost));
  };
  for (const NodeProto& node : graph.node())
    for (const auto& attribute : node.attribute()) {
      if (std::find(std::begin(kDivisors), std::end(kDivisors), attribute.name()) == std::end(kDivisors))
        continue;
      if (attribute.type() == onnx::AttributeProto::INT) check(node, attribute.name(), attribute.i());
      for (const std::int64_t value : attribute.ints()) check(node, attribute.name(), value);
    }
}

/// The one input that is no weight.
onnx::ValueInfoProto& image_input(ModelProto& model, const OnnxSource& source) {
  std::set<std::string> weights;
  for (const auto& tensor : model.graph().initializer()) weights.insert(tensor.name());
  onnx::ValueInfoProto* found = nullptr;
  std::vector<std::string> names;
  for (auto& input : *model.mutable_graph()->mutable_input()) {
    if (weights.count(input.name()) > 0) continue;
    found = &input;
    names.push_back(input.name());
  }
  if (names.size() != 1)
    refuse_onnx(source, fmt::format("it has {} inputs ({}), but an encoder takes images alone: export it "
                                    "with one input",
                                    names.size(), fmt::join(names, ", ")));
  return *found;
}

/// "1x3x224x224", "Nx3x?x?".
std::string dims_text(const onnx::TensorShapeProto& shape) {
  std::vector<std::string> dims;
  for (const auto& dim : shape.dim())
    dims.push_back(dim.has_dim_value()     ? std::to_string(dim.dim_value())
                   : dim.dim_param() != "" ? dim.dim_param()
                                           : "?");
  return fmt::format("{}", fmt::join(dims, "x"));
}

std::int64_t value_of(const onnx::TensorShapeProto::Dimension& dim) {
  return dim.has_dim_value() && dim.dim_value() > 0 ? dim.dim_value() : 0;
}

void set_dims(onnx::ValueInfoProto& value, const std::vector<std::int64_t>& dims) {
  auto* shape = value.mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->clear_dim();
  for (const std::int64_t dim : dims) shape->add_dim()->set_dim_value(dim);
}

std::string wanted_output(const ModelProto& model, const OnnxSource& source) {
  std::vector<std::string> outputs, all;
  for (const auto& output : model.graph().output()) outputs.push_back(output.name());
  for (const NodeProto& node : model.graph().node())
    all.insert(all.end(), node.output().begin(), node.output().end());
  const auto has = [&](const std::string& name) {
    return !name.empty() && std::find(all.begin(), all.end(), name) != all.end();
  };
  if (source.output.empty()) {
    if (outputs.size() == 1 && has(outputs[0])) return outputs[0];
    refuse_onnx(source, fmt::format("it has {} outputs: choose one with @OUTPUT: {}", outputs.size(),
                                    fmt::join(outputs, ", ")));
  }
  if (has(source.output)) return source.output;
  const std::string close = closest_name(source.output, all);
  refuse_onnx(source,
              fmt::format("it has no tensor '{}'{}: choose its output {}, or one of those that `packrat "
                          "profile {} --format csv` lists",
                          source.output, close.empty() ? "" : fmt::format("; did you mean {}?", close),
                          fmt::join(outputs, ", "), source.file.string()));
}

/// Takes out the nodes that only give a tensor another name, which OpenCV cannot do with weights. Returns
/// what `output` is called then.
std::string without_aliases(GraphProto& graph, const std::string& output) {
  std::unordered_map<std::string, std::string> aliases;
  google::protobuf::RepeatedPtrField<NodeProto> nodes;
  const auto name_of = [&](const std::string& name) {
    const auto found = aliases.find(name);
    return found == aliases.end() ? name : found->second;
  };
  for (NodeProto& node : *graph.mutable_node()) {
    for (std::string& input : *node.mutable_input()) input = name_of(input);
    if (node.op_type() == "Identity" && node.input_size() == 1 && node.output_size() == 1)
      aliases[node.output(0)] = node.input(0);
    else
      *nodes.Add() = std::move(node);
  }
  graph.mutable_node()->Swap(&nodes);
  return name_of(output);
}

/// The one float of a weight or of a constant node's tensor.
std::optional<float> constant_value(const GraphProto& graph, const std::string& name) {
  const auto value_of_tensor = [](const onnx::TensorProto& tensor) -> std::optional<float> {
    if (tensor.data_type() != onnx::TensorProto::FLOAT) return std::nullopt;
    float value = 0;
    if (tensor.float_data_size() == 1) return tensor.float_data(0);
    if (tensor.raw_data().size() != sizeof value) return std::nullopt;
    std::memcpy(&value, tensor.raw_data().data(), sizeof value);
    return value;
  };
  for (const auto& tensor : graph.initializer())
    if (tensor.name() == name) return value_of_tensor(tensor);
  for (const NodeProto& node : graph.node())
    if (node.op_type() == "Constant" && node.output_size() == 1 && node.output(0) == name)
      for (const auto& attribute : node.attribute())
        if (attribute.name() == "value") return value_of_tensor(attribute.t());
  return std::nullopt;
}

/// Gives "Clip" its bounds as attributes, as it had them before version 11 of the operators: OpenCV's
/// importer takes no others.
void name_clip_bounds(GraphProto& graph) {
  for (NodeProto& node : *graph.mutable_node()) {
    if (node.op_type() != "Clip" || node.input_size() < 2) continue;
    bool known = true;
    for (int i = 1; i < node.input_size(); ++i) {
      if (node.input(i).empty()) continue;
      const auto value = constant_value(graph, node.input(i));
      known = known && value;
      if (!value) continue;
      auto* attribute = node.add_attribute();
      attribute->set_name(i == 1 ? "min" : "max");
      attribute->set_type(onnx::AttributeProto::FLOAT);
      attribute->set_f(*value);
    }
    if (!known) continue;
    while (node.input_size() > 1) node.mutable_input()->RemoveLast();
  }
}

/// Gives convolutions the size of their kernels, which ONNX may leave to the weights.
void name_kernel_shapes(GraphProto& graph) {
  for (NodeProto& node : *graph.mutable_node()) {
    const bool named = std::any_of(node.attribute().begin(), node.attribute().end(),
                                   [](const auto& attribute) { return attribute.name() == "kernel_shape"; });
    if (node.op_type() != "Conv" || named || node.input_size() < 2) continue;
    for (const auto& tensor : graph.initializer()) {
      if (tensor.name() != node.input(1)) continue;
      auto* attribute = node.add_attribute();
      attribute->set_name("kernel_shape");
      attribute->set_type(onnx::AttributeProto::INTS);
      for (int i = 2; i < tensor.dims_size(); ++i) attribute->add_ints(tensor.dims(i));
    }
  }
}

/// Leaves the nodes that `output` depends on, and makes it the only output.
void cut_behind(GraphProto& graph, const std::string& output) {
  std::set<std::string> needed{output};
  std::vector<bool> keeps(static_cast<std::size_t>(graph.node_size()));
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const NodeProto& node = graph.node(i);
    const bool wanted = std::any_of(node.output().begin(), node.output().end(),
                                    [&](const std::string& name) { return needed.count(name) > 0; });
    if (!wanted) continue;
    keeps[static_cast<std::size_t>(i)] = true;
    needed.insert(node.input().begin(), node.input().end());
  }
  google::protobuf::RepeatedPtrField<NodeProto> nodes;
  for (int i = 0; i < graph.node_size(); ++i)
    if (keeps[static_cast<std::size_t>(i)]) *nodes.Add() = std::move(*graph.mutable_node(i));
  graph.mutable_node()->Swap(&nodes);
  google::protobuf::RepeatedPtrField<onnx::TensorProto> weights;
  for (auto& tensor : *graph.mutable_initializer())
    if (needed.count(tensor.name()) > 0) *weights.Add() = std::move(tensor);
  graph.mutable_initializer()->Swap(&weights);
  graph.clear_value_info();
  graph.clear_output();
  auto* value = graph.add_output();
  value->set_name(output);
  value->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  // OpenCV gives what the last layer gives first.
  if (graph.node_size() > 0 && graph.node(graph.node_size() - 1).output(0) == output) return;
  NodeProto* same = graph.add_node();
  same->set_op_type("Identity");
  same->set_name("packrat_output");
  same->add_input(output);
  same->add_output("packrat_output");
  value->set_name("packrat_output");
}

/// The shapes of all tensors that can be told.
void infer_shapes(ModelProto& model) {
  const google::protobuf::LogSilencer silent;
  try {
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {false, 0, true});
  } catch (const std::exception&) {
    // What cannot be told is missing below.
  }
}

/// Of an image; nothing when dimensions are not known or there is no batch in front.
std::optional<Shape3> row_shape(const onnx::TensorShapeProto& shape, std::int64_t batch) {
  if (shape.dim_size() < 2 || value_of(shape.dim(0)) != batch) return std::nullopt;
  std::int64_t values = 1;
  for (int i = 1; i < shape.dim_size(); ++i)
    if (__builtin_mul_overflow(values, value_of(shape.dim(i)), &values)) return std::nullopt;
  if (values < 1) return std::nullopt;
  if (shape.dim_size() != 4) return Shape3{values, 1, 1};
  return Shape3{value_of(shape.dim(1)), value_of(shape.dim(2)), value_of(shape.dim(3))};
}

}  // namespace

const onnx::TensorShapeProto* onnx_shape_named(const GraphProto& graph, const std::string& name) {
  for (const auto* values : {&graph.output(), &graph.value_info(), &graph.input()})
    for (const auto& value : *values)
      if (value.name() == name && value.type().tensor_type().has_shape())
        return &value.type().tensor_type().shape();
  return nullptr;
}

Shape3 onnx_shape(const OnnxSource& source, std::int64_t side) {
  static std::mutex guard;
  static std::map<std::string, Shape3> known;
  std::error_code failed;
  const auto size = std::filesystem::file_size(source.file, failed);
  const auto time = std::filesystem::last_write_time(source.file, failed).time_since_epoch().count();
  const std::string key =
      fmt::format("{}@{} {} {} {}", source.file.string(), source.output, side, size, time);
  const std::lock_guard<std::mutex> lock(guard);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known[key] = OnnxGraph(source, side).shape();
}

OnnxGraph::~OnnxGraph() = default;
OnnxGraph::OnnxGraph(OnnxGraph&&) noexcept = default;

OnnxGraph::OnnxGraph(const OnnxSource& source, std::int64_t side)
    : source_(source), model_(std::make_unique<Model>()) {
  model_->proto = parsed(source);
  ModelProto& model = model_->proto;
  check_divisors(model.graph(), source);
  const std::string wanted = wanted_output(model, source);
  cut_behind(*model.mutable_graph(), without_aliases(*model.mutable_graph(), wanted));
  onnx::ValueInfoProto& input = image_input(model, source);
  model_->input = input.name();
  const auto& type = input.type().tensor_type();
  const std::string takes = dims_text(type.shape());
  if (type.elem_type() != onnx::TensorProto::FLOAT || type.shape().dim_size() != 4 ||
      (value_of(type.shape().dim(1)) != 3 && value_of(type.shape().dim(1)) != 0))
    refuse_onnx(source, fmt::format("its input '{}' is {}{}, but an encoder takes float32 images Nx3xHxW",
                                    input.name(), takes,
                                    type.elem_type() == onnx::TensorProto::FLOAT ? "" : " of another type"));
  batch_ = value_of(type.shape().dim(0));
  const std::int64_t height = value_of(type.shape().dim(2)), width = value_of(type.shape().dim(3));
  side_ = side > 0 ? side : height > 0 ? height : kUsualSide;
  if ((height > 0 && height != side_) || (width > 0 && width != side_))
    refuse_onnx(source, height == width
                            ? fmt::format("it takes images of {}: give --image_size {}", takes, height)
                            : fmt::format("it takes images of {}, which are not square", takes));
  set_dims(input, {batch_ > 0 ? batch_ : kCountedBatch, 3, side_, side_});
  infer_shapes(model);
  const std::string& output = model.graph().output(0).name();
  const onnx::TensorShapeProto* found = onnx_shape_named(model.graph(), output);
  const auto shape = found == nullptr ? std::nullopt : row_shape(*found, batch_ > 0 ? batch_ : kCountedBatch);
  if (!shape)
    refuse_onnx(source,
                fmt::format("its tensor '{}' is {}, but an encoder gives one row or one map an image: "
                            "choose another with @OUTPUT",
                            output, found == nullptr ? "of a shape that cannot be told" : dims_text(*found)));
  shape_ = *shape;
}

std::string OnnxGraph::model_for(std::int64_t batch) const {
  ModelProto model = model_->proto;
  for (auto& input : *model.mutable_graph()->mutable_input())
    if (input.name() == model_->input) set_dims(input, {batch, 3, side_, side_});
  model.mutable_graph()->clear_value_info();
  name_clip_bounds(*model.mutable_graph());
  name_kernel_shapes(*model.mutable_graph());
  return model.SerializeAsString();
}

}  // namespace packrat
