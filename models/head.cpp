#include "models/head.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "engine/core/error.h"
#include "models/head_module.h"
#include "models/initial_weights.h"

namespace packrat {
namespace {

// One tensor of the state dict: a convolution's kernel, or a parameter or buffer as it is.
struct StateEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  ConvolutionModule* convolution = nullptr;
  at::Tensor tensor;  // when it is no convolution
};

// Everything a state dict holds, in torchvision's order.
std::vector<StateEntry> state_entries(HeadModule& head) {
  std::vector<StateEntry> entries;
  for (const auto& child : head.named_modules("", /*include_self=*/false)) {
    if (auto* const convolution = dynamic_cast<ConvolutionModule*>(child.value().get())) {
      entries.push_back({child.key() + ".weight", convolution->kernel_shape(), convolution, {}});
      continue;
    }
    const auto add = [&](const auto& named) {
      for (const auto& item : named)
        entries.push_back(
            {child.key() + "." + item.key(), item.value().sizes().vec(), nullptr, item.value()});
    };
    add(child.value()->named_parameters(/*recurse=*/false));
    add(child.value()->named_buffers(/*recurse=*/false));
  }
  return entries;
}

// How many batches a batch norm has seen: of no consequence here, and absent from old files.
bool is_counter(const StateEntry& entry) {
  constexpr std::string_view kName = "num_batches_tracked";
  return entry.name.size() > kName.size() &&
         entry.name.compare(entry.name.size() - kName.size(), kName.size(), kName) == 0;
}

// Linear layers; everything else that is no convolution starts as LibTorch made it: batch norms at 1 and 0.
void initialise(HeadModule& head, const Rng& rng) {
  const at::NoGradGuard no_grad;
  for (StateEntry& entry : state_entries(head))
    if (entry.convolution) entry.convolution->set_kernel(initial_convolution(rng, entry.name, entry.shape));
  for (const auto& child : head.named_modules("", false))
    if (auto* const linear = dynamic_cast<torch::nn::LinearImpl*>(child.value().get()))
      for (auto& item : linear->named_parameters(false))
        item.value().copy_(initial_linear(rng, child.key() + "." + item.key(), item.value().sizes(),
                                          linear->weight.size(1)));
  if (head.spec().prior) head.clear_last();
}

void check(const HeadSpec& spec) {
  if (spec.classes < 2) throw UserError(fmt::format("a head needs at least 2 classes, not {}", spec.classes));
  if (spec.hidden < 1 || !(spec.dropout >= 0 && spec.dropout < 1))
    throw UserError(
        fmt::format("a head of width {} with dropout {}: give a width of at least 1 and a dropout "
                    "of at least 0, below 1",
                    spec.hidden, spec.dropout));
  const auto [channels, height, width] = spec.in_shape;
  if (channels < 1 || height < 1 || width < 1)
    throw UserError(
        fmt::format("a head takes maps of at least 1x1x1, not {}x{}x{}", channels, height, width));
}

}  // namespace

Head::Head(std::shared_ptr<HeadModule> module) : module_(std::move(module)) {}
at::Tensor Head::forward(const at::Tensor& maps) {
  return module_->run(maps);
}
at::Tensor Head::forward(const at::Tensor& maps, const at::Tensor& prior) {
  return module_->run(maps) + module_->prior_scale() * prior;
}
double Head::prior_scale() const {
  const at::NoGradGuard no_grad;
  return module_->prior_scale().item<double>();
}
std::vector<at::Tensor> Head::parameters() const {
  return module_->parameters();
}
void Head::train(bool on) {
  module_->train(on);
}
std::vector<bool> Head::train_with(const TinyTraining& training) {
  const std::vector<at::Tensor> special = module_->train_with(training);
  std::vector<bool> found;
  for (const at::Tensor& parameter : module_->parameters())
    found.push_back(training.overwrites_gradient &&
                    std::any_of(special.begin(), special.end(),
                                [&](const at::Tensor& t) { return t.is_same(parameter); }));
  return found;
}
void Head::seed_dropout(std::uint64_t seed) {
  module_->seed_dropout(seed);
}
void Head::to(c10::Device device) {
  module_->to(device);
}
const HeadSpec& Head::spec() const {
  return module_->spec();
}

std::int64_t Head::held_bytes() const {
  std::int64_t bytes = 0;
  for (const at::Tensor& t : module_->parameters()) bytes += static_cast<std::int64_t>(t.nbytes());
  for (const at::Tensor& t : module_->buffers()) bytes += static_cast<std::int64_t>(t.nbytes());
  return bytes;
}

Head make_head(const HeadSpec& spec, std::uint64_t seed) {
  check(spec);
  auto module = std::make_shared<HeadModule>(spec);
  initialise(*module, Rng(seed));
  return Head(std::move(module));
}

StateDict head_state(const Head& head) {
  const at::NoGradGuard no_grad;
  StateDict state;
  for (const StateEntry& entry : state_entries(*head.module_)) {
    const at::Tensor value = entry.convolution ? entry.convolution->kernel() : entry.tensor.detach().clone();
    state.emplace_back(entry.name, value.to(at::kCPU));
  }
  return state;
}

void load_head_state(Head& head, const StateDict& state) {
  const at::NoGradGuard no_grad;
  std::vector<StateEntry> entries = state_entries(*head.module_);
  StateProblems problems;
  for (const StateEntry& entry : entries)
    if (!is_counter(entry)) problems.expect(state, entry.name, entry.shape);
  for (const auto& [name, tensor] : state)
    if (std::none_of(entries.begin(), entries.end(),
                     [&n = name](const StateEntry& e) { return e.name == n; }))
      problems.extra(name);
  const HeadSpec& spec = head.spec();
  problems.throw_if_any(
      fmt::format("a {} head behind cut {} with {} classes", spec.kind, spec.after.text(), spec.classes));
  for (StateEntry& entry : entries) {
    const at::Tensor* const value = find_tensor(state, entry.name);
    if (is_counter(entry)) {
      if (value && value->numel() == 1) entry.tensor.fill_(value->item());
    } else if (entry.convolution) {
      entry.convolution->set_kernel(value->to(entry.convolution->parameters()[0].device(), at::kFloat));
    } else {
      entry.tensor.copy_(*value);
    }
  }
}

}  // namespace packrat
