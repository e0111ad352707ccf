#include "engine/sparsify/head_plan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/sparsify/sparsify_options.h"
#include "models/live_taps.h"

namespace packrat {
namespace {

/// The rows of taps, and columns alike, that meet an input; all of them when leaving some out would move the
/// windows.
struct LiveWindow {
  std::int64_t first, kernel, padding;
};

LiveWindow live_window(std::int64_t kernel, std::int64_t stride, std::int64_t side) {
  const LiveTaps taps(kernel, stride, side);
  const std::int64_t first = taps.live.front() / kernel, last = taps.live.back() / kernel;
  const LiveWindow live{first, last - first + 1, kernel / 2 - first};
  const bool fits = live.padding >= 0 && side + 2 * live.padding >= live.kernel &&
                    (side + 2 * live.padding - live.kernel) / stride + 1 == taps.side_out;
  return fits ? live : LiveWindow{0, kernel, kernel / 2};
}

/// Lists the layers of a ResNet's remainder, map by map.
class HeadPlanner {
 public:
  explicit HeadPlanner(const HeadSpec& spec) : spec_(spec), side_(spec.in_shape[1]) {
    if (spec.in_shape[1] != spec.in_shape[2])
      throw UserError(fmt::format("a head is sparsified on square maps, not on {}x{}", spec.in_shape[1],
                                  spec.in_shape[2]));
  }

  std::vector<PlannedLayer> resnet() {
    if (spec_.after.is_none()) add_stem();
    const auto architecture =
        spec_.kind == HeadKind::kResNet18 ? Architecture::kResNet18 : Architecture::kResNet34;
    std::int64_t channels = spec_.in_shape[0];
    for (const BasicBlockPlace& place : basic_blocks(architecture, spec_.after, Cut::last())) {
      add_block(place);
      channels = place.out_channels;
    }
    if (side_ > 1 && layers_.empty()) throw UserError("a head behind block 4 takes maps of 1x1");
    if (side_ > 1) layers_.back().pool = side_;
    add_linear("fc", channels, spec_.classes, "fc_bn");
    return layers_;
  }

  std::vector<PlannedLayer> mlp() {
    constexpr std::int64_t kWidth = 400;
    PlannedLayer first, second;
    first.shape = {"hidden1", NumberField::kReal, spec_.in_shape[0] * side_ * side_, kWidth};
    second.shape = {"hidden2", NumberField::kReal, kWidth, kWidth};
    first.relu = second.relu = true;
    layers_ = {first, second};
    add_linear("fc", kWidth, spec_.classes, "fc_bn");
    return layers_;
  }

 private:
  /// Output 0 is that of the cut.
  std::int64_t last_output() const { return static_cast<std::int64_t>(layers_.size()); }

  PlannedLayer& add_convolution(const std::string& name, const std::string& norm, std::int64_t in,
                                std::int64_t out, std::int64_t kernel, std::int64_t stride) {
    const LiveWindow live = live_window(kernel, stride, side_);
    PlannedLayer layer;
    layer.shape = {name, NumberField::kReal, in, out, live.kernel, stride, live.padding};
    layer.shape.bias = false;
    layer.norm.name = norm;
    if (live.kernel == side_ && live.padding == 0) {  // one place
      layer.shape.inputs = in * side_ * side_;
      layer.shape.kernel = 0;
      layer.shape.stride = 1;
    }
    layers_.push_back(layer);
    return layers_.back();
  }

  void add_linear(const std::string& name, std::int64_t in, std::int64_t out, const std::string& norm) {
    PlannedLayer layer;
    layer.shape = {name, NumberField::kReal, in, out};
    layer.shape.bias = false;
    layer.norm = {norm, 1e-6};
    layers_.push_back(layer);
  }

  void add_stem() {
    PlannedLayer& stem = add_convolution("conv1", "bn1", 3, 64, 7, 2);
    stem.relu = stem.stem_pool = true;
    side_ = (side_ + 1) / 2;
    side_ = (side_ + 1) / 2;
  }

  void add_block(const BasicBlockPlace& place) {
    const std::string name = place.name();
    const std::int64_t in = place.in_channels, out = place.out_channels, input = last_output();
    if (place.has_downsample())
      add_convolution(name + ".downsample.0", name + ".downsample.1", in, out, 1, place.stride);
    const std::int64_t shortcut = last_output();
    PlannedLayer& first = add_convolution(name + ".conv1", name + ".bn1", in, out, 3, place.stride);
    first.from = input;
    first.relu = true;
    side_ = (side_ + place.stride - 1) / place.stride;
    PlannedLayer& second = add_convolution(name + ".conv2", name + ".bn2", out, out, 3, 1);
    second.add = shortcut;
    second.relu = true;
  }

  HeadSpec spec_;
  std::int64_t side_;  ///< of the maps that the next layer takes
  std::vector<PlannedLayer> layers_;
};

std::vector<PlannedLayer> head_layers(const HeadSpec& spec) {
  if (spec.kind == HeadKind::kNormMlp)
    throw UserError("a head of --backbone mlp_bn is not sparsified: choose a model with resnet or mlp");
  return spec.kind == HeadKind::kMlp ? HeadPlanner(spec).mlp() : HeadPlanner(spec).resnet();
}

/// Side of the window that the plan has left of a convolution's, also when it has become a linear layer.
std::int64_t planned_kernel(const LayerShape& shape, const at::Tensor& full) {
  if (shape.convolution()) return shape.kernel;
  std::int64_t side = 1;
  while (side * side * full.size(1) < shape.inputs) ++side;
  return side;
}

}  // namespace

NetworkPlan head_plan(const HeadSpec& spec) {
  return {std::string(kHeadModel), "what a cut leaves of a ResNet",
          [spec](std::array<std::int64_t, 3>, std::int64_t) { return head_layers(spec); }};
}

StateDict head_plan_weights(const HeadSpec& spec, const StateDict& state) {
  StateDict weights = state;
  for (const PlannedLayer& layer : head_layers(spec))
    for (auto& [name, tensor] : weights) {
      if (name != layer.shape.name + ".weight" || tensor.dim() != 4) continue;
      const std::int64_t left = planned_kernel(layer.shape, tensor);
      const std::int64_t first = tensor.size(2) / 2 - layer.shape.padding;
      const std::int64_t begin = left == tensor.size(2) ? 0 : first;
      tensor = tensor.narrow(2, begin, left).narrow(3, begin, left).contiguous();
      if (!layer.shape.convolution()) tensor = tensor.flatten(1);
    }
  return weights;
}

}  // namespace packrat
