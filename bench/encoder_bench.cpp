#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "engine/core/rng.h"
#include "models/encoder.h"
#include "tests/models/reference_resnet.h"

namespace packrat {
namespace {

constexpr std::int64_t kImages = 1024, kCompared = 64, kPlainBatch = 16;
constexpr int kThreads = 2;
constexpr std::array<float, 3> kMean{0.48f, 0.45f, 0.40f}, kStd{0.23f, 0.23f, 0.23f};
const Cut kCut = Cut("3");

const StateDict& weights() {
  static const StateDict state = [] {
    StateDict fresh = initial_state(find_backbone("resnet34").whole(10), Rng(1));
    scramble_batch_norms(fresh, Rng(2));
    return fresh;
  }();
  return state;
}

const std::vector<std::uint8_t>& pixels() {
  static const std::vector<std::uint8_t> values = [] {
    Rng rng(3);
    std::vector<std::uint8_t> drawn(kImages * 3 * 32 * 32);
    for (std::uint8_t& p : drawn) p = static_cast<std::uint8_t>(rng.below(256));
    return drawn;
  }();
  return values;
}

at::Tensor images(std::int64_t begin, std::int64_t count) {
  const at::Tensor raw =
      at::from_blob(const_cast<std::uint8_t*>(pixels().data()) + begin * 3072, {count, 3, 32, 32}, at::kByte);
  const auto channels = [](const std::array<float, 3>& v) {
    return at::tensor({v[0], v[1], v[2]}).view({3, 1, 1});
  };
  return (raw.to(at::kFloat) / 255 - channels(kMean)) / channels(kStd);
}

ReferenceResNet plain_module() {
  ReferenceResNet module(find_backbone("resnet34"), kCut);
  module.load(weights());
  module.eval();
  return module;
}

// What one would write first: the unfolded module on batches of 16, LibTorch's own threads inside each
// operation.
void encode_plain_module(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  at::set_num_threads(kThreads);
  ReferenceResNet module = plain_module();
  for (auto _ : state)
    for (std::int64_t i = 0; i < kImages; i += kPlainBatch)
      benchmark::DoNotOptimize(module.forward(images(i, kPlainBatch)));
  state.SetItemsProcessed(state.iterations() * kImages);
}
BENCHMARK(encode_plain_module)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

// Without instructions for it bfloat16 takes tens of times as long; a few images then tell as much.
std::int64_t images_for(EncoderType type) {
  const bool slow = type == EncoderType::kBFloat16 && !__builtin_cpu_supports("avx512bf16");
  return slow ? kCompared : kImages;
}

void encode(benchmark::State& state, EncoderType type, double tolerance) {
  const at::NoGradGuard no_grad;
  EncoderOptions options;
  options.type = type;
  options.threads = kThreads;
  const Encoder encoder(find_backbone("resnet34"), kCut, weights(), options);
  const std::int64_t count = images_for(type);
  std::vector<float> out(static_cast<std::size_t>(count) * 1024);
  encoder.encode(pixels().data(), count, kMean, kStd, out.data());
  const at::Tensor expected = plain_module().forward(images(0, kCompared));
  const at::Tensor got = at::from_blob(out.data(), expected.sizes(), at::kFloat);
  const double error = ((got - expected).norm() / expected.norm()).item<double>();
  if (!(error < tolerance)) state.SkipWithError("features differ from the plain module's");
  for (auto _ : state) encoder.encode(pixels().data(), count, kMean, kStd, out.data());
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["relative_error"] = error;
}
BENCHMARK_CAPTURE(encode, float32, EncoderType::kFloat32, 1e-4)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(encode, bfloat16, EncoderType::kBFloat16, 3e-2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace packrat
