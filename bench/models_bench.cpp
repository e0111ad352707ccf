#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <torch/nn/module.h>  // clip_grad.h leans on it
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/sgd.h>

#include "engine/core/rng.h"
#include "models/head.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr std::int64_t kBatch = 16;

at::Tensor normal_tensor(at::IntArrayRef shape, std::uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty(shape);
  for (std::int64_t i = 0; i < out.numel(); ++i) out.data_ptr<float>()[i] = static_cast<float>(rng.normal());
  return out;
}

HeadSpec head_behind(Cut cut, HeadForm form) {
  return {"resnet34", cut, find_backbone("resnet18").output_shape(cut), 10, form};
}

at::Tensor loss_of(Head& head, const at::Tensor& maps, const at::Tensor& labels) {
  return at::cross_entropy_loss(head.forward(maps), labels);
}

// Loss and gradient norm of both forms, from the same seed, must agree.
bool forms_agree(Cut cut, const at::Tensor& maps, const at::Tensor& labels) {
  const auto figures = [&](HeadForm form) {
    Head head = make_head(head_behind(cut, form), 1);
    const at::Tensor loss = loss_of(head, maps, labels);
    loss.backward();
    double square = 0;
    for (const at::Tensor& p : head.parameters()) square += p.grad().square().sum().item<double>();
    return std::make_pair(loss.item<double>(), std::sqrt(square));
  };
  const auto [loss, norm] = figures(HeadForm::kPlain);
  const auto [fast_loss, fast_norm] = figures(HeadForm::kMatrix);
  return std::abs(loss - fast_loss) < 1e-4 * loss && std::abs(norm - fast_norm) < 1e-3 * norm;
}

// One step of section "retraining": forward, cross entropy, backward, clip at 10, SGD with momentum; one
// thread.
void train_step(benchmark::State& state, HeadForm form, const char* cut_text) {
  use_one_thread();
  const Cut cut = Cut(cut_text);
  const Shape3 shape = find_backbone("resnet18").output_shape(cut);
  const at::Tensor maps = normal_tensor({kBatch, shape[0], shape[1], shape[2]}, 2).relu();
  const at::Tensor labels = at::arange(kBatch, at::kLong) % 10;
  if (!forms_agree(cut, maps, labels)) state.SkipWithError("the two forms disagree");
  Head head = make_head(head_behind(cut, form), 1);
  const std::vector<at::Tensor> parameters = head.parameters();
  torch::optim::SGD sgd(parameters, torch::optim::SGDOptions(0.05).momentum(0.9).weight_decay(1e-6));
  for (auto _ : state) {
    sgd.zero_grad();
    loss_of(head, maps, labels).backward();
    torch::nn::utils::clip_grad_norm_(parameters, 10.0);
    sgd.step();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK_CAPTURE(train_step, plain_cut3, HeadForm::kPlain, "3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_step, matrix_cut3, HeadForm::kMatrix, "3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_step, plain_cut3_5, HeadForm::kPlain, "3.5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_step, matrix_cut3_5, HeadForm::kMatrix, "3.5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_step, plain_cut2, HeadForm::kPlain, "2")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_step, matrix_cut2, HeadForm::kMatrix, "2")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace packrat

BENCHMARK_MAIN();
