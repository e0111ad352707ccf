#include "engine/studies/sparsify/head_plan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <numeric>

#include "engine/core/error.h"
#include "engine/studies/sparsify/sparsify_options.h"
#include "engine/topology/fused.h"
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

std::int64_t pooled_side(const FusedLayer& fused) {
  return (fused.pool ? *fused.pool : fused.layer).out.height;
}

PlannedLayer planned_convolution(const Layer& layer) {
  const std::int64_t in = layer.in.channels, side = layer.in.height, stride = layer.stride.height;
  const LiveWindow live = live_window(layer.kernel.height, stride, side);
  PlannedLayer planned;
  planned.shape = {layer.name, NumberField::kReal, in, layer.out.channels, live.kernel, stride, live.padding};
  if (live.kernel == side && live.padding == 0) {  // one place
    planned.shape.inputs = in * side * side;
    planned.shape.kernel = 0;
    planned.shape.stride = 1;
  }
  return planned;
}

PlannedLayer planned_layer(const FusedLayer& fused) {
  const Layer& layer = fused.layer;
  PlannedLayer planned;
  if (layer.kind == LayerKind::kConvolution)
    planned = planned_convolution(layer);
  else  // pooled maps are averaged by the layer in front
    planned.shape = {layer.name, NumberField::kReal, layer.in.values(), layer.out.channels};
  planned.shape.bias = layer.bias;
  planned.relu = fused.relu;
  planned.stem_pool = fused.pool.has_value();
  if (fused.norm) planned.norm = {fused.norm->name, fused.norm->epsilon};
  return planned;
}

/// A plan lists the convolution of a shortcut in front of the layer that shares its input.
std::vector<FusedLayer> shortcuts_first(std::vector<FusedLayer> layers) {
  std::vector<int> places(layers.size());  // in the new order, of the old one
  std::iota(places.begin(), places.end(), 0);
  for (std::size_t i = 1; i < places.size(); ++i) {
    const FusedLayer& layer = layers[static_cast<std::size_t>(places[i])];
    const FusedLayer& before = layers[static_cast<std::size_t>(places[i - 1])];
    if (!layer.relu && before.relu && layer.from == before.from) std::swap(places[i], places[i - 1]);
  }
  std::vector<int> now(layers.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    now[static_cast<std::size_t>(places[i])] = static_cast<int>(i);
  std::vector<FusedLayer> ordered;
  for (const int place : places) ordered.push_back(std::move(layers[static_cast<std::size_t>(place)]));
  for (FusedLayer& layer : ordered)
    for (int* const source : {&layer.from, &layer.add})
      if (*source >= 0) *source = now[static_cast<std::size_t>(*source)];
  return ordered;
}

std::vector<PlannedLayer> head_layers(const HeadSpec& spec) {
  if (spec.in_shape[1] != spec.in_shape[2])
    throw UserError(
        fmt::format("a head is sparsified on square maps, not on {}x{}", spec.in_shape[1], spec.in_shape[2]));
  if (spec.kind == "mlp_bn")
    throw UserError("a head of --backbone mlp_bn is not sparsified: choose a model with resnet or mlp");
  const std::vector<FusedLayer> layers = shortcuts_first(
      fused_layers(head_network(spec.kind, spec.after, map_shape(spec.in_shape), spec.classes)));
  std::vector<PlannedLayer> plan;  // output 0 is the maps, output i + 1 that of layer i
  for (const FusedLayer& fused : layers) {
    if (fused.averages && spec.in_shape[1] > 1 && plan.empty())
      throw UserError("a head behind block 4 takes maps of 1x1");
    if (fused.averages && !plan.empty()) plan.back().pool = pooled_side(layers.at(plan.size() - 1));
    plan.push_back(planned_layer(fused));
    if (fused.from + 1 != static_cast<int>(plan.size()) - 1) plan.back().from = fused.from + 1;
    if (fused.add != kNothing) plan.back().add = fused.add + 1;
  }
  return plan;
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
