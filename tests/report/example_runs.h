#pragma once
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/results/codec_setting.h"
#include "engine/results/results_store.h"

namespace packrat {

/// A codec by its flags, and what an entry of it takes.
struct ExampleCodec {
  std::map<std::string, std::string> flags;
  std::string spec;
  double bytes_per_value = 4;
};

inline ExampleCodec no_codec() {
  return {{{"compressor", "none"}}, "none", 4};
}

inline ExampleCodec quantized(int states, const std::string& strategy = "local") {
  return {{{"compressor", "quantization"}, {"n_states", fmt::format("{}", states)}, {"strategy", strategy}},
          fmt::format("quantize:states={},range={}", states, strategy == "local" ? "local" : "0:1.0785"),
          std::log2(states) / 8};
}

inline ExampleCodec thinned(const std::string& factor) {
  return {{{"compressor", "thinning"}, {"compression_factor", factor}},
          "thin:factor=" + factor,
          6 * (1 - std::stod(factor))};
}

inline ExampleCodec convae(int channels, int blocks = 2) {
  return {{{"compressor", "convae"},
           {"latent_channels", fmt::format("{}", channels)},
           {"n_blocks", fmt::format("{}", blocks)}},
          "convae",
          0.1};
}

/// A run as load_runs() gives it: encoder "none" or the block after which cutr34 is cut. Bytes are those of
/// 1024 values a slot, measured 100 more than exact, published an eighth; accuracy grows with the slots.
inline StoredRun example_run(const std::string& block, const ExampleCodec& codec, std::int64_t slots,
                             std::int64_t seed = 0, const std::string& dataset = "CIFAR10") {
  StoredRun run;
  run.dataset = dataset;
  run.encoder = block == "none" ? "none" : "cutr34";
  run.encoding_block = block == "none" ? "" : block;
  run.options = codec.flags;
  run.options.insert({{"dataset", dataset},
                      {"encoder", run.encoder},
                      {"seed", fmt::format("{}", seed)},
                      {"num_passes", "8"},
                      {"memory_size", fmt::format("{}", slots)}});
  if (block != "none") run.options["encoding_block"] = block;
  run.codec = codec.spec;
  run.setting = codec_setting(run.options);
  run.family = codec_family(run.codec);
  run.name = fmt::format("{}_{}_{}_{}_s{}", dataset, block, run.setting, slots, seed);
  run.seed = seed;
  run.num_passes = 8;
  run.classes = dataset == "CIFAR10" ? 10 : 100;
  run.slots = run.held = slots;
  run.exact_bytes = std::llround(static_cast<double>(slots) * 1024 * codec.bytes_per_value);
  run.measured_bytes = *run.exact_bytes + 100;
  run.published_mib = static_cast<double>(*run.exact_bytes) / 8 / (1 << 20);
  run.final_acc = 0.1 + 0.1 * std::log10(static_cast<double>(slots)) + 0.01 * static_cast<double>(seed);
  run.best_acc = *run.final_acc + 0.05;
  run.task_acc = *run.final_acc + 0.2;
  run.why = "because";
  run.seconds = {{"encode", 1.5}, {"train", 20}, {"evaluate", 3}};
  run.peak_memory_bytes = 300 << 20;
  run.versions = {{"Packrat", "1.2.3"}};
  return run;
}

/// A run of a method that keeps no entries.
inline StoredRun closed_form_run(const std::string& method, std::int64_t bytes, double accuracy,
                                 std::int64_t seed = 0) {
  StoredRun run = example_run("3", no_codec(), 10, seed);
  for (const char* name : {"compressor", "num_passes", "memory_size"}) run.options.erase(name);
  run.options["method"] = run.method = method;
  run.codec.clear();
  run.setting = codec_setting(run.options);
  run.family = method.substr(0, method.find(':'));
  run.name = fmt::format("closed_{}_s{}", run.setting, seed);
  run.num_passes = run.slots = run.held = std::nullopt;
  run.exact_bytes = std::nullopt;
  run.published_mib = std::nullopt;
  run.measured_bytes = bytes;
  run.final_acc = run.best_acc = accuracy;
  return run;
}

/// The same with a budget in bytes in place of a number of slots.
inline StoredRun budgeted(StoredRun run, std::int64_t budget_bytes) {
  run.options.erase("memory_size");
  run.options["memory_bytes"] = fmt::format("{}", budget_bytes);
  run.budget_bytes = budget_bytes;
  run.name += fmt::format("_{}B", budget_bytes);
  return run;
}

/// Two data sets, two encoders, six codec settings, four numbers of slots, three seeds; and one budget spent
/// after every block. A small sweep of the papers' grids.
inline std::vector<StoredRun> example_runs() {
  std::vector<StoredRun> runs;
  for (const char* const dataset : {"CIFAR10", "CIFAR100"})
    for (const char* const block : {"none", "3"})
      for (const ExampleCodec& codec : {no_codec(), thinned("0.5"), thinned("0.9"), quantized(2),
                                        quantized(16), quantized(4, "tiny_imagenet_transfer")})
        for (const std::int64_t slots : {10, 100, 1000, 10000})
          for (const std::int64_t seed : {0, 1, 2})
            runs.push_back(example_run(block, codec, slots, seed, dataset));
  for (const char* const block : {"none", "1", "2", "3"})
    for (const std::int64_t seed : {0, 1, 2})
      runs.push_back(budgeted(example_run(block, quantized(4), 5000, seed), 10485760));
  return runs;
}

}  // namespace packrat
