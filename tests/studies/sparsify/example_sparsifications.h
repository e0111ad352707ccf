#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "tests/data/small_dataset.h"

namespace packrat {

/// What decides one of the made-up sparsifications.
struct ExampleSparsification {
  std::string method = "vd";
  double c = 0.047, compression = 20, before = 0.88, after = 0.885;
  int seed = 0, fine_tune_epochs = 21;
  std::string model = "simpleconv";
  bool early = true;
};

/// dense.json, sparsify.json and fine-tune.json as `packrat sparsify` writes them, with fields that nobody
/// reads.
inline void write_sparsification(const std::filesystem::path& folder, const ExampleSparsification& e = {}) {
  const std::string options = fmt::format(
      R"("options": {{"model": "{}", "dataset": "fashion-mnist", "train_images": 10000, "validation_images": 10000,
         "method": "{}", "complex": false, "C": {}, "kl_scale": 0.0001, "threshold": -0.5, "epochs": [40, 75, 50],
         "early_stop": [false, false, {}], "patience": 20, "cooldown": 0, "rtol": 0.0, "atol": 0.02,
         "schedule": "trabelsi", "lr": 0.001, "clip_norm": 0.5, "batch_size": 128, "seed": {}}})",
      e.model, e.method, e.c, e.early, e.seed);
  const auto write = [&](const std::string& stage, int epochs, double accuracy, const std::string& more) {
    testing_data::write_text(
        folder / (stage + ".json"),
        fmt::format(R"({{"version": "packrat 0.1.0", "stage": "{}", "end": "{}", "epochs": {},
         "train_seconds": {}, "accuracy": {}, {} "early_history": [0.5, 0.75], "from_tomorrow": {{"bytes": 7}}, {}}})",
                    stage, epochs < 40 ? "early" : "all epochs", epochs, 2 * epochs, accuracy, more,
                    options));
  };
  const auto zeros = static_cast<std::int64_t>(431080 * (1 - 1 / e.compression));
  write("dense", 40, 0.8786, "");
  write("sparsify", 75, e.before + 0.001, fmt::format(R"("masked_accuracy": {},)", e.before));
  write("fine-tune", e.fine_tune_epochs, e.after,
        fmt::format(R"("parameters": 431080, "zeros": {}, "compression": {}, "packed": {{"bytes": 100000}},)",
                    zeros, e.compression));
}

}  // namespace packrat
