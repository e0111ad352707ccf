#include "models/resnet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "engine/core/error.h"

namespace packrat {
namespace {

struct CutName {
  const char* text;
  int half_blocks;
};
constexpr CutName kCuts[] = {{"none", 0}, {"1", 2}, {"2", 4}, {"2.5", 5}, {"3", 6}, {"3.5", 7}, {"4", 8}};

constexpr std::array<int, 4> kBlocks18 = {2, 2, 2, 2};
constexpr std::array<int, 4> kBlocks34 = {3, 4, 6, 3};

// Rows and columns left by a layer that pads so that stride 1 would keep them.
std::int64_t strided(std::int64_t side, std::int64_t stride) {
  return (side + stride - 1) / stride;
}

template <typename Draw>
at::Tensor drawn(at::IntArrayRef shape, const Draw& draw) {
  at::Tensor out = at::empty(shape, at::kFloat);
  float* values = out.data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) values[i] = draw();
  return out;
}

void append_batch_norm(StateDict& state, const std::string& name, std::int64_t channels) {
  state.emplace_back(name + ".weight", at::ones({channels}));
  state.emplace_back(name + ".bias", at::zeros({channels}));
  state.emplace_back(name + ".running_mean", at::zeros({channels}));
  state.emplace_back(name + ".running_var", at::ones({channels}));
  state.emplace_back(name + ".num_batches_tracked", at::zeros({}, at::kLong));
}

// A convolution without bias, and the batch norm behind it.
void append_convolution(StateDict& state, const Rng& rng, const std::string& convolution,
                        const std::string& norm, at::IntArrayRef shape) {
  const std::string name = convolution + ".weight";
  state.emplace_back(name, initial_convolution(rng, name, shape));
  append_batch_norm(state, norm, shape[0]);
}

}  // namespace

Architecture parse_architecture(std::string_view text) {
  if (text == "resnet18") return Architecture::kResNet18;
  if (text == "resnet34") return Architecture::kResNet34;
  throw UserError(fmt::format("unknown architecture '{}': choose resnet18 or resnet34", text));
}

std::string_view architecture_name(Architecture architecture) {
  return architecture == Architecture::kResNet18 ? "resnet18" : "resnet34";
}

Cut Cut::parse(std::string_view text) {
  if (text == "0") return none();
  for (const CutName& cut : kCuts)
    if (text == cut.text) return Cut(cut.half_blocks);
  throw UserError(fmt::format(
      "cannot cut a ResNet after block '{}': choose 1, 2, 2.5, 3, 3.5 or 4, or 0 for no cut", text));
}

std::vector<Cut> Cut::all() {
  std::vector<Cut> cuts;
  for (const CutName& cut : kCuts)
    if (cut.half_blocks > 0) cuts.push_back(Cut(cut.half_blocks));
  return cuts;
}

std::string Cut::text() const {
  for (const CutName& cut : kCuts)
    if (half_blocks_ == cut.half_blocks) return cut.text;
  return "";  // unreachable: the constructors admit no other value
}

Shape3 output_shape(Cut cut, Shape3 image) {
  if (cut.is_none()) return image;
  const int stages = (cut.half_blocks() + 1) / 2;
  const std::int64_t stride = std::int64_t{4}
                              << (stages - 1);  // stem and pool 2 each, every stage but the first 2
  return {std::int64_t{64} << (stages - 1), strided(image[1], stride), strided(image[2], stride)};
}

std::string BasicBlockPlace::name() const {
  return fmt::format("layer{}.{}", stage, index);
}

std::vector<BasicBlockPlace> basic_blocks(Architecture architecture, Cut from, Cut to) {
  const auto& counts = architecture == Architecture::kResNet18 ? kBlocks18 : kBlocks34;
  // Half cuts lie behind the first basic block of a stage: block i of stage s ends at half 2s-1 (first) or 2s
  // (all others).
  std::vector<BasicBlockPlace> blocks;
  for (int stage = 1; stage <= 4; ++stage)
    for (int index = 0; index < counts[static_cast<std::size_t>(stage - 1)]; ++index) {
      const int half = index == 0 ? 2 * stage - 1 : 2 * stage;
      if (half <= from.half_blocks() || half > to.half_blocks()) continue;
      const std::int64_t out = std::int64_t{64} << (stage - 1);
      const bool widens = stage > 1 && index == 0;
      blocks.push_back({stage, index, widens ? out / 2 : out, out, widens ? 2 : 1});
    }
  return blocks;
}

at::Tensor initial_convolution(const Rng& rng, std::string_view name, at::IntArrayRef shape) {
  Rng stream = rng.fork(name);
  const double deviation = std::sqrt(2.0 / static_cast<double>(shape[0] * shape[2] * shape[3]));
  return drawn(shape, [&] { return static_cast<float>(deviation * stream.normal()); });
}

at::Tensor initial_linear(const Rng& rng, std::string_view name, at::IntArrayRef shape, std::int64_t fan_in) {
  Rng stream = rng.fork(name);
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
  return drawn(shape, [&] { return static_cast<float>(bound * (2 * stream.uniform() - 1)); });
}

StateDict initial_resnet(Architecture architecture, std::int64_t classes, const Rng& rng) {
  StateDict state;
  append_convolution(state, rng, "conv1", "bn1", {64, 3, 7, 7});
  for (const BasicBlockPlace& block : basic_blocks(architecture, Cut::none(), Cut::last())) {
    const std::string name = block.name();
    const std::int64_t in = block.in_channels, out = block.out_channels;
    append_convolution(state, rng, name + ".conv1", name + ".bn1", {out, in, 3, 3});
    append_convolution(state, rng, name + ".conv2", name + ".bn2", {out, out, 3, 3});
    if (block.has_downsample())
      append_convolution(state, rng, name + ".downsample.0", name + ".downsample.1", {out, in, 1, 1});
  }
  state.emplace_back("fc.weight", initial_linear(rng, "fc.weight", {classes, 512}, 512));
  state.emplace_back("fc.bias", initial_linear(rng, "fc.bias", {classes}, 512));
  return state;
}

}  // namespace packrat
