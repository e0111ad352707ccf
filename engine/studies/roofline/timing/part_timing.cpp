#include "engine/studies/roofline/timing/part_timing.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/timer.h"
#include "engine/studies/roofline/machine/together.h"
#include "models/encoder.h"
#include "models/encoder_weights.h"
#include "models/head.h"
#include "models/torch_runtime.h"
#include "models/weights_dir.h"

namespace packrat {
namespace {

constexpr std::int64_t kLargeBatch = 256;

using Forward = std::function<at::Tensor(const at::Tensor& maps)>;

/// A part that can be run, the shape of one of its inputs, and how far it may be from its reference.
struct Part {
  std::string network;
  Precision precision;
  Shape3 in_shape;
  Forward forward, reference;
  double tolerance = 0;  ///< of the greatest value of the reference
};

const Backbone& timed() {
  return find_backbone("resnet34");
}

Part encoder_part(const Cut& cut, const StateDict& weights, EncoderType type) {
  const auto forward = [&](EncoderType as) {
    EncoderOptions options;
    options.type = as;
    const auto encoder = std::make_shared<Encoder>(timed(), cut, weights, options);
    return [encoder](const at::Tensor& images) { return encoder->forward(images); };
  };
  const bool exact = type == EncoderType::kFloat32;
  return {timed().name() + "-encoder-" + cut.text(),
          exact ? Precision::kFp32 : Precision::kBf16,
          Shape3{3, 32, 32},
          forward(type),
          forward(EncoderType::kFloat32),
          exact ? 1e-4 : 0.1};
}

Part head_part(const Cut& cut) {
  const auto head = std::make_shared<Head>(make_head({timed().name(), cut, timed().output_shape(cut)}, 1));
  head->train(false);
  const auto forward = [head](const at::Tensor& maps) { return head->forward(maps); };
  return {timed().name() + "-head-" + cut.text(),
          Precision::kFp32,
          timed().output_shape(cut),
          forward,
          forward,
          1e-4};
}

/// Maps that differ from each other, the same in every run.
at::Tensor some_maps(std::int64_t batch, const Shape3& shape, int number) {
  const auto [channels, height, width] = shape;
  const at::Tensor steps = at::arange(batch * channels * height * width, at::kFloat).mul(0.37 + number).sin();
  return steps.view({batch, channels, height, width}).contiguous();
}

/// An image's answer must not depend on the batch around it.
void check_answers(const Part& part, const at::Tensor& maps) {
  const at::Tensor together = part.forward(maps);
  for (const std::int64_t image : {std::int64_t{0}, maps.size(0) - 1}) {
    const at::Tensor alone = part.reference(maps.narrow(0, image, 1).contiguous());
    const double scale = alone.abs().max().item<double>();
    const double error = (together.narrow(0, image, 1) - alone).abs().max().item<double>();
    if (!(scale > 0 && error <= part.tolerance * scale))
      throw Error(
          fmt::format("{} in {}: the answer for image {} of {} is off by {}, of {} at most: it was not timed",
                      part.network, precision_name(part.precision), image, maps.size(0), error, scale));
  }
}

TimedPart time_case(const Part& part, const TimingCase& how, const MachineProfile& machine, double seconds) {
  std::vector<at::Tensor> inputs;
  for (int t = 0; t < how.threads; ++t) inputs.push_back(some_maps(how.batch, part.in_shape, t));
  const auto run = [&](std::int64_t calls) {
    return machine::run_together(how.threads, [&](int t) {
      use_one_thread();
      const at::NoGradGuard no_grad;
      for (std::int64_t c = 0; c < calls; ++c) part.forward(inputs[static_cast<std::size_t>(t)]);
    });
  };
  {
    use_one_thread();
    const at::NoGradGuard no_grad;
    for (const at::Tensor& maps : inputs) check_answers(part, maps);
  }
  std::vector<std::pair<double, double>> rates;
  const auto keep = [&](const machine::Elapsed& elapsed, std::int64_t calls) {
    rates.emplace_back(static_cast<double>(calls * how.batch * how.threads) / elapsed.seconds,
                       std::min(1.0, elapsed.cpu_share));
  };
  const machine::Elapsed first = run(1);  // makes buffers and compiles kernels
  if (first.seconds > 10 * seconds) {
    keep(first, 1);  // without instructions for the type a batch takes long, beside which that is nothing
  } else {
    const std::int64_t calls =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(0.02 / std::max(1e-6, run(1).seconds)));
    for (const Timer timer; rates.size() < 3 || timer.seconds() < seconds;) keep(run(calls), calls);
  }
  std::sort(rates.begin(), rates.end());
  return {how, rates.back().first, rates[rates.size() / 2].first, rates.back().second,
          part_roof(how, machine)};
}

std::vector<Cut> parse_cuts(const std::vector<std::string>& texts) {
  std::vector<Cut> cuts;
  for (const std::string& text : texts) {
    cuts.emplace_back(text);
    if (timed().depth(cuts.back()) == 0)
      throw UserError(fmt::format("there is no encoder before the cut 'none': use {}", timed().cuts_text()));
  }
  return cuts;
}

}  // namespace

std::vector<TimedPart> time_parts(const TimingOptions& options, const MachineProfile& machine,
                                  const ProgressFn& progress) {
  const std::vector<Cut> cuts = parse_cuts(options.cuts);
  Cut deepest = timed().cuts().front();
  for (const Cut& cut : cuts)
    if (timed().depth(cut) > timed().depth(deepest)) deepest = cut;
  const StateDict weights =
      read_encoder_weights(options.weights.empty() ? shipped_weights(timed()) : options.weights, timed(),
                           deepest)
          .tensors;
  std::vector<std::pair<std::int64_t, int>> loads{{1, 1}, {kLargeBatch, 1}};
  if (machine.threads > 1) loads.emplace_back(kLargeBatch, machine.threads);
  std::vector<EncoderType> types{EncoderType::kFloat32};
  if (options.bfloat16) types.push_back(EncoderType::kBFloat16);
  const auto total = static_cast<std::int64_t>((types.size() + 1) * cuts.size() * loads.size());
  std::vector<TimedPart> out;
  const auto time_part = [&](const Part& part) {
    for (const auto& [batch, threads] : loads) {
      if (stop_requested()) throw Interrupted("stopped while timing: nothing was stored");
      if (progress) progress("time", static_cast<std::int64_t>(out.size()), total);
      out.push_back(
          time_case(part, {part.network, part.precision, batch, threads}, machine, options.seconds));
    }
  };
  for (const EncoderType type : types)
    for (const Cut& cut : cuts) time_part(encoder_part(cut, weights, type));
  for (const Cut& cut : cuts) time_part(head_part(cut));
  if (progress) progress("time", total, total);
  return out;
}

}  // namespace packrat
