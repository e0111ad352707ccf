#include "engine/roofline/timing/part_timing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/timer.h"
#include "engine/roofline/machine/together.h"
#include "engine/roofline/network_work.h"
#include "engine/topology/networks.h"
#include "models/encoder.h"
#include "models/head.h"
#include "models/torch_runtime.h"
#include "models/weights_dir.h"
#include "models/weights_io.h"

namespace packrat {
namespace {

constexpr std::int64_t kLargeBatch = 256;

using Forward = std::function<void(const at::Tensor& maps)>;

/// A part that can be run, and the shape of one of its inputs.
struct Part {
  std::string network;
  Precision precision;
  Shape3 in_shape;
  Forward forward;
};

Part encoder_part(Cut cut, const StateDict& weights, EncoderType type) {
  EncoderOptions options;
  options.type = type;
  const auto encoder = std::make_shared<Encoder>(Architecture::kResNet34, cut, weights, options);
  return {"resnet34-encoder-" + cut.text(), type == EncoderType::kFloat32 ? Precision::kFp32 : Precision::kBf16,
          Shape3{3, 32, 32}, [encoder](const at::Tensor& images) { encoder->forward(images); }};
}

Part head_part(Cut cut) {
  const auto head = std::make_shared<Head>(make_head({HeadKind::kResNet34, cut, output_shape(cut)}, 1));
  head->train(false);
  return {"resnet34-head-" + cut.text(), Precision::kFp32, output_shape(cut),
          [head](const at::Tensor& maps) { head->forward(maps); }};
}

TimedPart time_case(const Part& part, const TimingCase& how, const MachineProfile& machine, double seconds) {
  std::vector<at::Tensor> inputs;
  for (int t = 0; t < how.threads; ++t)
    inputs.push_back(at::full({how.batch, part.in_shape[0], part.in_shape[1], part.in_shape[2]}, 0.1 * (t + 1)));
  const auto run = [&](std::int64_t calls) {
    return machine::run_together(how.threads, [&](int t) {
      use_one_thread();
      const at::NoGradGuard no_grad;
      for (std::int64_t c = 0; c < calls; ++c) part.forward(inputs[static_cast<std::size_t>(t)]);
    });
  };
  run(1);  // the first call makes buffers and compiles kernels
  const std::int64_t calls =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(0.02 / std::max(1e-6, run(1).seconds)));
  std::vector<std::pair<double, double>> rates;
  for (const Timer timer; rates.size() < 3 || timer.seconds() < seconds;) {
    const machine::Elapsed elapsed = run(calls);
    rates.emplace_back(static_cast<double>(calls * how.batch * how.threads) / elapsed.seconds,
                       std::min(1.0, elapsed.cpu_share));
  }
  std::sort(rates.begin(), rates.end());
  TimedPart out{how, rates.back().first, rates[rates.size() / 2].first, rates.back().second, {}, 0};
  out.roof = predict(machine_platform(machine, how.threads), how.precision, how.network,
                     live_work(build_network(how.network)), Traffic::kAll, how.batch);
  out.fraction = out.inputs_per_second / out.roof.inputs_per_second;
  return out;
}

}  // namespace

std::vector<TimedPart> time_parts(const TimingOptions& options, const MachineProfile& machine,
                                  const ProgressFn& progress) {
  const StateDict weights =
      read_weights(options.weights.empty() ? shipped_file("resnet34_tinyimagenet32.safetensors") : options.weights)
          .tensors;
  std::vector<std::pair<std::int64_t, int>> loads{{1, 1}, {kLargeBatch, 1}};
  if (machine.threads > 1) loads.emplace_back(kLargeBatch, machine.threads);
  const auto total = static_cast<std::int64_t>(3 * options.cuts.size() * loads.size());
  std::vector<TimedPart> out;
  const auto time_part = [&](const Part& part) {
    for (const auto& [batch, threads] : loads) {
      if (stop_requested()) throw Interrupted("stopped while timing");
      if (progress) progress("time", static_cast<std::int64_t>(out.size()), total);
      out.push_back(time_case(part, {part.network, part.precision, batch, threads}, machine, options.seconds));
    }
  };
  std::vector<Cut> cuts;
  for (const std::string& text : options.cuts) {
    cuts.push_back(Cut::parse(text));
    if (cuts.back().is_none()) throw UserError("there is no encoder before the cut 'none': use 1, 2, 2.5, 3, 3.5 or 4");
  }
  for (const EncoderType type : {EncoderType::kFloat32, EncoderType::kBFloat16})
    for (const Cut cut : cuts) time_part(encoder_part(cut, weights, type));
  for (const Cut cut : cuts) time_part(head_part(cut));
  if (progress) progress("time", total, total);
  return out;
}

}  // namespace packrat
