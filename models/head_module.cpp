#include "models/head_module.h"

#include <ATen/ATen.h>

#include "models/tiny_convolution.h"

namespace packrat {
namespace {

constexpr std::int64_t kMlpWidth = 400;

// Batch norm sees [B, P, C] as [B * P, C, 1, 1]: the same statistics, a channel's values being all its
// positions in the batch.
Maps normalised(torch::nn::BatchNorm2d& norm, const Maps& maps) {
  if (!maps.by_position) return {norm(maps.data), maps.height, maps.width, false};
  const std::int64_t channels = maps.data.size(2);
  return {norm(maps.data.view({-1, channels, 1, 1})).view(maps.data.sizes()), maps.height, maps.width, true};
}

// In place where the maps are large; by position they are views, for which autograd would copy more than it
// saves.
Maps rectified(Maps maps) {
  maps.data = maps.by_position ? maps.data.relu() : maps.data.relu_();
  return maps;
}

Maps sum(Maps maps, const Maps& residual) {
  maps.data =
      maps.by_position ? maps.data + residual.as_positions().data : maps.data.add_(residual.as_images().data);
  return maps;
}

}  // namespace

Maps Maps::as_images() const {
  if (!by_position) return *this;
  return {data.transpose(1, 2).reshape({data.size(0), data.size(2), height, width}), height, width, false};
}

Maps Maps::as_positions() const {
  if (by_position) return *this;
  return {data.flatten(2).transpose(1, 2).contiguous(), height, width, true};
}

ConvolutionModule::ConvolutionModule(Places places, HeadForm form) : places_(places) {
  if (form == HeadForm::kMatrix &&
      is_tiny_convolution(places.kernel, places.stride, places.height, places.width))
    taps_.emplace(places.kernel, places.stride, places.height);
  const auto columns = [&](const std::vector<std::int64_t>& taps) {
    return at::zeros({places.out, static_cast<std::int64_t>(taps.size()) * places.in});
  };
  weight_ = register_parameter("weight", taps_ ? columns(taps_->live) : at::zeros(kernel_shape()));
  if (taps_) dead_ = register_buffer("dead_taps", columns(taps_->dead));
}

Shape3 ConvolutionModule::out_shape() const {
  const auto strided = [&](std::int64_t side) { return (side + places_.stride - 1) / places_.stride; };
  return {places_.out, strided(places_.height), strided(places_.width)};
}

Maps ConvolutionModule::forward(const Maps& maps) const {
  const Shape3 out = out_shape();
  if (taps_) return {tiny_convolution(maps.as_positions().data, weight_, *taps_), out[1], out[2], true};
  return {at::conv2d(maps.as_images().data, weight_, {}, places_.stride, places_.kernel / 2), out[1], out[2],
          false};
}

at::Tensor ConvolutionModule::kernel() const {
  const at::NoGradGuard no_grad;
  if (!taps_) return weight_.detach().clone();
  at::Tensor kernel = at::empty(kernel_shape(), weight_.options().requires_grad(false));
  scatter_taps(weight_.detach(), taps_->live, kernel);
  scatter_taps(dead_, taps_->dead, kernel);
  return kernel;
}

void ConvolutionModule::set_kernel(const at::Tensor& kernel) {
  const at::NoGradGuard no_grad;
  weight_.copy_(taps_ ? gather_taps(kernel, taps_->live) : kernel);
  if (taps_) dead_.copy_(gather_taps(kernel, taps_->dead));
}

BasicBlockModule::BasicBlockModule(const BasicBlockPlace& place, std::int64_t height, std::int64_t width,
                                   HeadForm form) {
  const std::int64_t in = place.in_channels, out = place.out_channels;
  const auto convolution = [&](ConvolutionModule::Places places) {
    return std::make_shared<ConvolutionModule>(places, form);
  };
  conv1_ = register_module("conv1", convolution({in, out, 3, place.stride, height, width}));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(out));
  const Shape3 middle = conv1_->out_shape();
  conv2_ = register_module("conv2", convolution({out, out, 3, 1, middle[1], middle[2]}));
  bn2_ = register_module("bn2", torch::nn::BatchNorm2d(out));
  if (!place.has_downsample()) return;
  const auto downsample = register_module("downsample", std::make_shared<torch::nn::Module>());
  shortcut_ = downsample->register_module("0", convolution({in, out, 1, place.stride, height, width}));
  shortcut_bn_ = downsample->register_module("1", torch::nn::BatchNorm2d(out));
}

Maps BasicBlockModule::forward(const Maps& maps) {
  Maps out = rectified(normalised(bn1_, conv1_->forward(maps)));
  out = normalised(bn2_, conv2_->forward(out));
  const Maps residual = shortcut_ ? normalised(shortcut_bn_, shortcut_->forward(maps)) : maps;
  return rectified(sum(out, residual));
}

HeadModule::HeadModule(const HeadSpec& spec) : spec_(spec) {
  if (spec.prior) prior_ = register_module("prior", std::make_shared<PriorScaleModule>());
}

void HeadModule::clear_last() {
  const at::NoGradGuard no_grad;
  fc_bn_->weight.zero_();  // the norm of a layer of zeros would have no use for its gradients
}

void HeadModule::add_classifier(std::int64_t in) {
  fc_ = register_module("fc", torch::nn::Linear(torch::nn::LinearOptions(in, spec_.classes).bias(false)));
  fc_bn_ = register_module("fc_bn",
                           torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(spec_.classes).eps(1e-6)));
}

ResNetHeadModule::ResNetHeadModule(const HeadSpec& spec) : HeadModule(spec) {
  Shape3 shape = spec.after.is_none() ? add_stem() : spec.in_shape;
  const auto architecture =
      spec.kind == HeadKind::kResNet18 ? Architecture::kResNet18 : Architecture::kResNet34;
  for (const BasicBlockPlace& place : basic_blocks(architecture, spec.after, Cut::last())) {
    add_block(place, shape[1], shape[2]);
    shape = blocks_.back()->out_shape();
  }
  add_classifier(shape[0]);
}

Shape3 ResNetHeadModule::add_stem() {
  const Shape3 in = spec().in_shape;
  conv1_ = register_module("conv1", std::make_shared<ConvolutionModule>(
                                        ConvolutionModule::Places{3, 64, 7, 2, in[1], in[2]}, spec().form));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(64));
  const Shape3 out = conv1_->out_shape();
  return {out[0], (out[1] + 1) / 2, (out[2] + 1) / 2};  // behind the max pool
}

void ResNetHeadModule::add_block(const BasicBlockPlace& place, std::int64_t height, std::int64_t width) {
  const std::string stage_name = "layer" + std::to_string(place.stage);
  std::shared_ptr<torch::nn::Module> stage;
  if (const auto* known = named_children().find(stage_name))
    stage = *known;
  else
    stage = register_module(stage_name, std::make_shared<torch::nn::Module>());
  blocks_.push_back(stage->register_module(
      std::to_string(place.index), std::make_shared<BasicBlockModule>(place, height, width, spec().form)));
}

at::Tensor ResNetHeadModule::forward(const at::Tensor& in) {
  Maps maps{in, in.size(2), in.size(3), false};
  if (conv1_) {
    maps = rectified(normalised(bn1_, conv1_->forward(maps)));
    maps.data = at::max_pool2d(maps.data, 3, 2, 1);
    maps.height = maps.data.size(2);
    maps.width = maps.data.size(3);
  }
  for (const auto& block : blocks_) maps = block->forward(maps);
  return classify(maps.by_position ? maps.data.mean(1) : maps.data.mean({2, 3}));
}

MlpHeadModule::MlpHeadModule(const HeadSpec& spec) : HeadModule(spec) {
  const std::int64_t in = spec.in_shape[0] * spec.in_shape[1] * spec.in_shape[2];
  hidden1_ = register_module("hidden1", torch::nn::Linear(in, kMlpWidth));
  hidden2_ = register_module("hidden2", torch::nn::Linear(kMlpWidth, kMlpWidth));
  add_classifier(kMlpWidth);
}

at::Tensor MlpHeadModule::forward(const at::Tensor& maps) {
  return classify(hidden2_(hidden1_(maps.flatten(1)).relu_()).relu_());
}

NormMlpHeadModule::NormMlpHeadModule(const HeadSpec& spec) : HeadModule(spec) {
  const std::int64_t in = spec.in_shape[0] * spec.in_shape[1] * spec.in_shape[2];
  norm_ = register_module("norm", torch::nn::BatchNorm1d(in));
  hidden1_ = register_module("hidden1", torch::nn::Linear(in, spec.hidden));
  norm1_ = register_module("norm1", torch::nn::BatchNorm1d(spec.hidden));
  hidden2_ = register_module("hidden2", torch::nn::Linear(spec.hidden, spec.hidden));
  norm2_ = register_module("norm2", torch::nn::BatchNorm1d(spec.hidden));
  fc_ = register_module("fc", torch::nn::Linear(spec.hidden, spec.classes));
}

void NormMlpHeadModule::clear_last() {
  const at::NoGradGuard no_grad;
  fc_->weight.zero_();
  fc_->bias.zero_();
}

at::Tensor NormMlpHeadModule::dropped(const at::Tensor& values) {
  const double dropout = spec().dropout;
  if (!is_training() || dropout == 0) return values;
  const at::Tensor kept = at::empty(values.sizes(), at::kFloat).bernoulli_(1 - dropout, generator_);
  return values * kept.div_(1 - dropout).to(values.device());
}

at::Tensor NormMlpHeadModule::forward(const at::Tensor& maps) {
  const at::Tensor first = dropped(norm1_(hidden1_(norm_(maps.flatten(1)))).relu_());
  return fc_(dropped(norm2_(hidden2_(first)).relu_()));
}

}  // namespace packrat
