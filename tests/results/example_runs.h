#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "tests/data/small_dataset.h"

namespace packrat {

/// A result.json as `packrat run` writes it, with what the tests of this folder look at.
inline std::string result_text(const std::string& name, int n_states, std::int64_t slots, double acc) {
  return fmt::format(R"({{
    "exp_name": "{}",
    "config": {{"dataset": "CIFAR10", "encoder": "cutr34", "encoding_block": "3", "compressor": "quantization",
               "codec": "", "n_states": {}, "strategy": "local", "memory_size": {}, "memory_bytes": "", "seed": 4,
               "num_passes": 8, "batch_size": 16, "maxlr": 0.05, "num_tasks": 5, "num_classes_per_task": 2,
               "backbone": "resnet", "whole_dataset": false}},
    "accuracy": {{"final": {}, "best": 0.875, "task": 0.9375}},
    "buffer": {{"codec": "quantize:states={},range=local", "slots": {}, "held": {}, "classes": 10}},
    "bytes": {{"published_mib": 0.5, "exact": 1000, "measured": 1100, "why": "because, \"so\""}},
    "seconds": {{"load": 1, "encode": 2, "ingest": 3, "train": 4, "decode": 0.5, "evaluate": 5}},
    "peak_memory_bytes": 12345,
    "versions": {{"Packrat": "1.2.3"}}
  }})",
                     name, n_states, slots, acc, n_states, slots, slots);
}

/// The text with its first `part` replaced; the part must be there.
inline std::string replaced(std::string text, const std::string& part, const std::string& by) {
  return text.replace(text.find(part), part.size(), by);
}

inline void write_result(const std::filesystem::path& folder, const std::string& name, int n_states = 4,
                         std::int64_t slots = 100, double acc = 0.5) {
  testing_data::write_text(folder / name / "result.json", result_text(name, n_states, slots, acc));
}

}  // namespace packrat
