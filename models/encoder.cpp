#include "models/encoder.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr double kBatchNormEpsilon = 1e-5;  // torchvision's
constexpr std::int64_t kSide = 32, kPlane = kSide * kSide, kImageValues = 3 * kPlane;

at::ScalarType scalar_type(EncoderType type) {
  return type == EncoderType::kFloat32 ? at::kFloat : at::kBFloat16;
}

// One convolution of the file and the batch norm behind it, found but not yet folded.
struct Found {
  std::string name;  // of the convolution
  const at::Tensor* weight;
  std::array<const at::Tensor*, 4> norm;  // weight, bias, running mean, running variance
};

class Finder {
 public:
  Finder(const StateDict& state, StateProblems& problems) : state_(state), problems_(problems) {}

  Found find(const std::string& convolution, const std::string& norm, at::IntArrayRef shape) {
    const auto expect = [&](const std::string& name, at::IntArrayRef wanted) {
      known_.push_back(name);
      const at::Tensor* const tensor = problems_.expect(state_, name, wanted);
      if (const char* const why = tensor ? not_finite(*tensor) : nullptr) problems_.unusable(name, why);
      return tensor;
    };
    const std::int64_t out = shape[0];
    known_.push_back(norm + ".num_batches_tracked");
    const at::Tensor* const weight = expect(convolution + ".weight", shape);
    const Found found{convolution,
                      weight,
                      {expect(norm + ".weight", {out}), expect(norm + ".bias", {out}),
                       expect(norm + ".running_mean", {out}), expect(norm + ".running_var", {out})}};
    if (const at::Tensor* const variance = found.norm[3]; variance && variance->lt(0).any().item<bool>())
      problems_.unusable(norm + ".running_var", "holds negative variances");
    return found;
  }

  // Tensors that stand in a layer we use, and that no one asked for: these are the weights of another
  // network.
  void note_extra(Cut cut) {
    for (const auto& [name, tensor] : state_)
      if (is_needed_layer(name, cut) && std::find(known_.begin(), known_.end(), name) == known_.end())
        problems_.extra(name);
  }

 private:
  static bool is_needed_layer(const std::string& name, Cut cut) {
    if (name.rfind("conv1.", 0) == 0 || name.rfind("bn1.", 0) == 0) return true;
    for (int stage = 1; 2 * stage - 1 <= cut.half_blocks(); ++stage) {
      const bool whole = 2 * stage <= cut.half_blocks();
      if (name.rfind(fmt::format("layer{}.{}", stage, whole ? "" : "0."), 0) == 0) return true;
    }
    return false;
  }

  const StateDict& state_;
  StateProblems& problems_;
  std::vector<std::string> known_;
};

// (p/255 - mean[c]) / std[c] for every pixel value: [3][256].
std::array<std::array<float, 256>, 3> normalisation(const std::array<float, 3>& mean,
                                                    const std::array<float, 3>& std) {
  std::array<std::array<float, 256>, 3> table;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t p = 0; p < 256; ++p) table[c][p] = (static_cast<float>(p) / 255.0f - mean[c]) / std[c];
  return table;
}

// oneDNN wants every parameter once per dimension here; one value for all of them is not expanded.
at::Tensor blocked_kernel(const at::Tensor& kernel, at::ScalarType type, std::int64_t stride,
                          std::int64_t padding) {
  return at::mkldnn_reorder_conv2d_weight(kernel.to_mkldnn(type), {padding, padding}, {stride, stride},
                                          {1, 1});
}

// Whether oneDNN can convolve in its own layout with this type on this machine; bfloat16 needs AVX-512.
bool has_blocked_layout(at::ScalarType type) {
  if (!at::hasMKLDNN()) return false;
  try {
    const at::Tensor image = at::ones({1, 16, 4, 4}).to_mkldnn(type);
    const at::Tensor weight = blocked_kernel(at::ones({16, 16, 3, 3}), type, 1, 1);
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

Encoder::Encoder(Architecture architecture, Cut cut, const StateDict& weights, EncoderOptions options)
    : Encoder(architecture, std::vector<Cut>{cut}, weights, options) {}

Encoder::Encoder(Architecture architecture, std::vector<Cut> cuts, const StateDict& weights,
                 EncoderOptions options)
    : cuts_(std::move(cuts)), options_(options) {
  for (std::size_t i = 0; i < cuts_.size(); ++i)
    if (cuts_[i].half_blocks() <= (i > 0 ? cuts_[i - 1].half_blocks() : 0)) cuts_[i] = Cut::none();
  if (cuts_.empty() || std::any_of(cuts_.begin(), cuts_.end(), [](Cut c) { return c.is_none(); }))
    throw UserError(
        "an encoder needs cuts from the first to the deepest: choose from block 1, 2, 2.5, 3, 3.5 and 4, or "
        "run "
        "without encoder");
  const Cut cut = cuts_.back();
  if (options_.batch < 1)
    throw UserError(fmt::format("an encoder batch of {} images: give at least 1", options_.batch));
  const at::NoGradGuard no_grad;
  blocked_layout_ = options_.device.is_cpu() && has_blocked_layout(scalar_type(options_.type));

  StateProblems problems;
  Finder finder(weights, problems);
  const Found stem = finder.find("conv1", "bn1", {64, 3, 7, 7});
  struct FoundBlock {
    BasicBlockPlace place;
    Found first, second, shortcut;
  };
  std::vector<FoundBlock> found;
  for (const BasicBlockPlace& place : basic_blocks(architecture, Cut::none(), cut)) {
    const std::string name = place.name();
    const std::int64_t in = place.in_channels, out = place.out_channels;
    FoundBlock block{place,
                     finder.find(name + ".conv1", name + ".bn1", {out, in, 3, 3}),
                     finder.find(name + ".conv2", name + ".bn2", {out, out, 3, 3}),
                     {}};
    if (place.has_downsample())
      block.shortcut = finder.find(name + ".downsample.0", name + ".downsample.1", {out, in, 1, 1});
    found.push_back(block);
  }
  finder.note_extra(cut);
  problems.throw_if_any(
      fmt::format("a {} encoder cut after block {}", architecture_name(architecture), cut.text()));

  const auto fold = [&](const Found& f, std::int64_t stride) {
    return folded(f.name, *f.weight, {*f.norm[0], *f.norm[1], *f.norm[2], *f.norm[3]}, stride);
  };
  stem_ = fold(stem, 2);
  for (const FoundBlock& block : found) {
    const std::int64_t stride = block.place.stride;
    blocks_.push_back({fold(block.first, stride), fold(block.second, 1),
                       block.place.has_downsample() ? fold(block.shortcut, stride) : Convolution{}});
  }
  for (const Cut c : cuts_) blocks_[basic_blocks(architecture, Cut::none(), c).size() - 1].is_cut = true;
}

Encoder::Convolution Encoder::folded(const std::string& name, const at::Tensor& weight,
                                     const std::array<at::Tensor, 4>& norm, std::int64_t stride) {
  const auto wide = [](const at::Tensor& t) { return t.to(at::kCPU, at::kDouble); };
  const at::Tensor scale = wide(norm[0]) / (wide(norm[3]) + kBatchNormEpsilon).sqrt();
  const at::ScalarType type = scalar_type(options_.type);
  at::Tensor kernel = (wide(weight) * scale.view({-1, 1, 1, 1})).to(at::kFloat);
  at::Tensor bias = (wide(norm[1]) - wide(norm[2]) * scale).to(at::kFloat);
  if (not_finite(kernel) || not_finite(bias))
    throw UserError(
        fmt::format("{}.weight and its batch norm together give values that are no float32 numbers: "
                    "give other weights",
                    name));
  parameter_bytes_ += (kernel.numel() + bias.numel()) * static_cast<std::int64_t>(c10::elementSize(type));
  const std::int64_t padding = weight.size(2) / 2;
  if (blocked_layout_) {
    kernel = blocked_kernel(kernel, type, stride, padding);
    bias = bias.to_mkldnn(type);
  } else {
    kernel = kernel.to(options_.device, type).contiguous(at::MemoryFormat::ChannelsLast);
    bias = bias.to(options_.device, type);
  }
  return {kernel, bias, stride, padding};
}

at::Tensor Encoder::convolve(const Convolution& convolution, const at::Tensor& in) const {
  return at::conv2d(in, convolution.weight, convolution.bias, convolution.stride, convolution.padding);
}

at::Tensor Encoder::enter(const at::Tensor& images) const {
  const at::ScalarType type = scalar_type(options_.type);
  if (blocked_layout_) return images.to(at::kCPU).contiguous().to_mkldnn(type);
  return images.to(options_.device, type).contiguous(at::MemoryFormat::ChannelsLast);
}

std::int64_t Encoder::output_values() const {
  std::int64_t values = 0;
  for (const Cut c : cuts_) {
    const Shape3 shape = packrat::output_shape(c);
    values += shape[0] * shape[1] * shape[2];
  }
  return values;
}

std::vector<at::Tensor> Encoder::forward_all(const at::Tensor& images) const {
  const at::NoGradGuard no_grad;
  // ReLU and maximum commute: after the pool there are four times fewer values to clamp.
  at::Tensor x = at::max_pool2d(convolve(stem_, enter(images)), 3, 2, 1).relu_();
  std::vector<at::Tensor> maps;
  for (const Block& block : blocks_) {
    at::Tensor y = convolve(block.second, convolve(block.first, x).relu_());
    x = y.add_(block.shortcut.weight.defined() ? convolve(block.shortcut, x) : x).relu_();
    if (block.is_cut) maps.push_back((blocked_layout_ ? x.to_dense() : x).to(at::kFloat).contiguous());
  }
  return maps;
}

void Encoder::encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
                     const std::array<float, 3>& std, float* out, const ProgressFn& progress) const {
  const auto table = normalisation(mean, std);
  const std::int64_t values = output_values();
  std::mutex guard;
  std::int64_t done = 0;
  const auto encode_batch = [&](std::int64_t begin, std::int64_t end) {
    if (stop_requested()) throw Interrupted("stopped while encoding");
    at::Tensor images = at::empty({end - begin, 3, kSide, kSide}, at::kFloat);
    float* to = images.data_ptr<float>();
    const std::uint8_t* from = pixels + begin * kImageValues;
    for (std::int64_t plane = 0; plane < (end - begin) * 3; ++plane) {
      const auto& row = table[static_cast<std::size_t>(plane % 3)];
      for (std::int64_t i = 0; i < kPlane; ++i) *to++ = row[*from++];
    }
    std::int64_t before = 0;  // values of an image in front of those of this cut
    for (const at::Tensor& at_cut : forward_all(images)) {
      const at::Tensor maps = at_cut.to(at::kCPU);
      const std::int64_t width = maps.numel() / (end - begin);
      for (std::int64_t i = begin; i < end; ++i)
        std::copy_n(maps.data_ptr<float>() + (i - begin) * width, width, out + i * values + before);
      before += width;
    }
    const std::lock_guard<std::mutex> lock(guard);
    done += end - begin;
    if (progress) progress("encode", done, count);
  };
  // A GPU works through its batches one after another; threads would only queue up before it.
  for_each_batch(count, options_.batch, options_.device.is_cpu() ? options_.threads : 1, encode_batch);
}

}  // namespace packrat
