#include "models/encoder.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <mutex>
#include <stdexcept>
#include <unordered_set>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/topology/part.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

at::ScalarType scalar_type(EncoderType type) {
  return type == EncoderType::kFloat32 ? at::kFloat : at::kBFloat16;
}

// "layer3.0.conv1.weight" begins with the modules "layer3" and "layer3.0".
std::string_view first_modules(std::string_view name, int count) {
  std::size_t end = std::string_view::npos;
  for (int i = 0; i < count; ++i) {
    const std::size_t dot = name.find('.', i == 0 ? 0 : end + 1);
    if (dot == std::string_view::npos) break;
    end = dot;
  }
  return name.substr(0, end);
}

// Tensors that stand in a module of which we use every tensor or, one level down, any, and that no network
// has there: these are the weights of another network.
void note_extra(const Network& whole, const Network& front, const StateDict& state, StateProblems& problems) {
  std::unordered_set<std::string> known, needed;
  std::unordered_set<std::string_view> used, unused_somewhere;
  const std::vector<TensorShape> all = state_shapes(whole), ours = state_shapes(front);
  for (const TensorShape& tensor : ours) {
    needed.insert(tensor.name);
    used.insert(first_modules(tensor.name, 1));
    used.insert(first_modules(tensor.name, 2));
  }
  for (const TensorShape& tensor : all) {
    known.insert(tensor.name);
    if (needed.count(tensor.name) == 0) unused_somewhere.insert(first_modules(tensor.name, 1));
  }
  for (const auto& [name, tensor] : state) {
    const std::string_view top = first_modules(name, 1), second = first_modules(name, 2);
    const bool is_ours = used.count(second) > 0 || (used.count(top) > 0 && unused_somewhere.count(top) == 0);
    const bool is_counter = name.find(".num_batches_tracked") != std::string::npos;
    if (is_ours && !is_counter && known.count(name) == 0) problems.extra(name);
  }
}

// All that the layers need of the file, and what is wrong with it.
void check_weights(const Network& front, const StateDict& state, StateProblems& problems) {
  for (const TensorShape& wanted : state_shapes(front)) {
    const at::Tensor* const tensor = problems.expect(state, wanted.name, wanted.shape);
    if (!tensor) continue;
    if (const char* const why = not_finite(*tensor)) problems.unusable(wanted.name, why);
    const bool is_variance = wanted.name.find(".running_var") != std::string::npos;
    if (is_variance && tensor->lt(0).any().item<bool>())
      problems.unusable(wanted.name, "holds negative variances");
  }
}

// ReLU and maximum commute: behind the pool there are fewer values to clamp.
void pool_before_relu(Network& network) {
  const std::vector<int> uses = layer_uses(network);
  for (std::size_t i = 0; i + 1 < network.layers.size(); ++i) {
    Layer &relu = network.layers[i], &pool = network.layers[i + 1];
    if (relu.kind != LayerKind::kRelu || pool.kind != LayerKind::kMaxPool || uses[i] != 1 ||
        pool.inputs[0] != static_cast<int>(i))
      continue;
    std::swap(relu, pool);
    std::swap(network.layers[i].inputs, network.layers[i + 1].inputs);
    network.layers[i + 1].in = network.layers[i + 1].out = network.layers[i].out;
  }
}

// Whether oneDNN's own layout has all of these layers in LibTorch.
bool has_blocked_layers(const Network& network) {
  return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
    return layer.kind == LayerKind::kConvolution || layer.kind == LayerKind::kRelu ||
           layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAdd;
  });
}

// (p/255 - mean[c]) / std[c] for every pixel value: [3][256].
std::array<std::array<float, 256>, 3> normalisation(const std::array<float, 3>& mean,
                                                    const std::array<float, 3>& std) {
  std::array<std::array<float, 256>, 3> table;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t p = 0; p < 256; ++p) table[c][p] = (static_cast<float>(p) / 255.0f - mean[c]) / std[c];
  return table;
}

// oneDNN wants every parameter once per dimension here; one value for all of them is not expanded.
at::Tensor blocked_kernel(const at::Tensor& kernel, at::ScalarType type, const Window& stride,
                          const Window& padding, std::int64_t groups) {
  return at::mkldnn_reorder_conv2d_weight(kernel.to_mkldnn(type), padding.sides(), stride.sides(), {1, 1},
                                          groups);
}

// Whether oneDNN can convolve in its own layout with this type on this machine; bfloat16 needs AVX-512.
bool has_blocked_layout(at::ScalarType type) {
  if (!at::hasMKLDNN()) return false;
  try {
    const at::Tensor image = at::ones({1, 16, 4, 4}).to_mkldnn(type);
    const at::Tensor weight = blocked_kernel(at::ones({16, 16, 3, 3}), type, 1, 1, 1);
    return at::conv2d(image, weight, at::ones({16}).to_mkldnn(type), 1, 1).to_dense().numel() == 256;
  } catch (const std::exception&) {  // c10::Error or, from below LibTorch, dnnl::error
    return false;
  }
}

}  // namespace

EncoderType parse_encoder_type(std::string_view text) {
  if (text == "float32") return EncoderType::kFloat32;
  if (text == "bfloat16") return EncoderType::kBFloat16;
  throw UserError(fmt::format("unknown encoder type '{}': choose float32 or bfloat16", text));
}

std::string_view encoder_type_name(EncoderType type) {
  return type == EncoderType::kFloat32 ? "float32" : "bfloat16";
}

Encoder::Encoder(const Backbone& backbone, const Cut& cut, const StateDict& weights, EncoderOptions options)
    : Encoder(backbone, std::vector<Cut>{cut}, weights, options) {}

Encoder::Encoder(const Backbone& backbone, std::vector<Cut> cuts, const StateDict& weights,
                 EncoderOptions options)
    : backbone_(&backbone), cuts_(std::move(cuts)), options_(options) {
  int depth = 0;
  for (const Cut& cut : cuts_) depth = backbone.depth(cut) > depth ? backbone.depth(cut) : INT_MAX;
  if (depth == 0 || depth == INT_MAX)
    throw UserError(fmt::format(
        "an encoder needs cuts from the first to the deepest: choose from block {}, or run without encoder",
        backbone.cuts_text()));
  if (options_.batch < 1)
    throw UserError(fmt::format("an encoder batch of {} images: give at least 1", options_.batch));
  const at::NoGradGuard no_grad;
  const Network front = backbone.front(cuts_.back());
  StateProblems problems;
  check_weights(front, weights, problems);
  note_extra(backbone.whole(1), front, weights, problems);
  problems.throw_if_any(fmt::format("a {} encoder cut after block {}", backbone.name(), cuts_.back().text()));

  network_ = fold_norms(front);
  pool_before_relu(network_);
  blocked_layout_ = options_.device.is_cpu() && has_blocked_layers(network_) &&
                    has_blocked_layout(scalar_type(options_.type));
  for (const Cut& cut : cuts_) cut_layers_.push_back(last_layer(network_, backbone.module(cut)));
  turns_ = schedule(network_, cut_layers_);
  for (const Layer& layer : network_.layers)
    convolutions_.push_back(layer.kind == LayerKind::kConvolution ? folded(layer, weights) : Convolution{});
}

Encoder::Convolution Encoder::folded(const Layer& layer, const StateDict& weights) {
  const auto wide = [&](const std::string& name) {
    return find_tensor(weights, name)->to(at::kCPU, at::kDouble);
  };
  const std::string& norm = layer.folded_norm;
  const at::Tensor scale = wide(norm + ".weight") / (wide(norm + ".running_var") + layer.epsilon).sqrt();
  const at::ScalarType type = scalar_type(options_.type);
  at::Tensor kernel = (wide(layer.name + ".weight") * scale.view({-1, 1, 1, 1})).to(at::kFloat);
  at::Tensor bias = (wide(norm + ".bias") - wide(norm + ".running_mean") * scale).to(at::kFloat);
  if (not_finite(kernel) || not_finite(bias))
    throw UserError(
        fmt::format("{}.weight and its batch norm together give values that are no float32 numbers: "
                    "give other weights",
                    layer.name));
  parameter_bytes_ += (kernel.numel() + bias.numel()) * static_cast<std::int64_t>(c10::elementSize(type));
  if (blocked_layout_) {
    kernel = blocked_kernel(kernel, type, layer.stride, layer.padding, layer.groups);
    bias = bias.to_mkldnn(type);
  } else {
    kernel = kernel.to(options_.device, type).contiguous(at::MemoryFormat::ChannelsLast);
    bias = bias.to(options_.device, type);
  }
  return {kernel, bias};
}

at::Tensor Encoder::enter(const at::Tensor& images) const {
  const at::ScalarType type = scalar_type(options_.type);
  if (blocked_layout_) return images.to(at::kCPU).contiguous().to_mkldnn(type);
  return images.to(options_.device, type).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor Encoder::leave(const at::Tensor& maps) const {
  return (blocked_layout_ ? maps.to_dense() : maps).to(at::kFloat).contiguous();
}

std::int64_t Encoder::output_values() const {
  std::int64_t values = 0;
  for (const Cut& cut : cuts_) values += map_shape(backbone_->output_shape(cut, options_.image)).values();
  return values;
}

at::Tensor Encoder::compute(const Turn& turn, std::vector<at::Tensor>& values) const {
  const Layer& layer = network_.layers[turn.place];
  at::Tensor& in = values[turn.inputs[0]];
  switch (layer.kind) {
    case LayerKind::kConvolution: {
      const Convolution& convolution = convolutions_[turn.place];
      return at::conv2d(in, convolution.weight, convolution.bias, layer.stride.sides(), layer.padding.sides(),
                        {1, 1}, layer.groups);
    }
    case LayerKind::kMaxPool:
      return at::max_pool2d(in, layer.kernel.sides(), layer.stride.sides(), layer.padding.sides());
    case LayerKind::kRelu:
      return turn.overwrites ? in.relu_() : in.relu();
    case LayerKind::kRelu6:
      return turn.overwrites ? in.clamp_(0, 6) : in.clamp(0, 6);
    case LayerKind::kAdd: {
      const at::Tensor& other = values[turn.inputs[1]];
      return turn.overwrites ? in.add_(other) : in.add(other);
    }
    default:
      throw std::logic_error(
          fmt::format("an encoder has no {}: {}", layer_kind_name(layer.kind), layer.name));
  }
}

std::vector<at::Tensor> Encoder::forward_all(const at::Tensor& images) const {
  const at::NoGradGuard no_grad;
  const std::vector<at::Tensor> values =
      run_schedule(turns_, enter(images),
                   [&](const Turn& turn, std::vector<at::Tensor>& known) { return compute(turn, known); });
  std::vector<at::Tensor> maps;
  for (const int layer : cut_layers_) maps.push_back(leave(values[static_cast<std::size_t>(layer) + 1]));
  return maps;
}

void Encoder::encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
                     const std::array<float, 3>& std, float* out, const ProgressFn& progress) const {
  const auto table = normalisation(mean, std);
  const std::int64_t channels = options_.image[0], height = options_.image[1], width = options_.image[2];
  const std::int64_t values = output_values(), plane_values = height * width;
  std::mutex guard;
  std::int64_t done = 0;
  const auto encode_batch = [&](std::int64_t begin, std::int64_t end) {
    if (stop_requested()) throw Interrupted("stopped while encoding");
    at::Tensor images = at::empty({end - begin, channels, height, width}, at::kFloat);
    float* to = images.data_ptr<float>();
    const std::uint8_t* from = pixels + begin * channels * plane_values;
    for (std::int64_t plane = 0; plane < (end - begin) * 3; ++plane) {
      const auto& row = table[static_cast<std::size_t>(plane % 3)];
      for (std::int64_t i = 0; i < plane_values; ++i) *to++ = row[*from++];
    }
    std::int64_t before = 0;  // values of an image in front of those of this cut
    for (const at::Tensor& at_cut : forward_all(images)) {
      const at::Tensor maps = at_cut.to(at::kCPU);
      const std::int64_t size = maps.numel() / (end - begin);
      for (std::int64_t i = begin; i < end; ++i)
        std::copy_n(maps.data_ptr<float>() + (i - begin) * size, size, out + i * values + before);
      before += size;
    }
    const std::lock_guard<std::mutex> lock(guard);
    done += end - begin;
    if (progress) progress("encode", done, count);
  };
  // A GPU works through its batches one after another; threads would only queue up before it.
  for_each_batch(count, options_.batch, options_.device.is_cpu() ? options_.threads : 1, encode_batch);
}

}  // namespace packrat
