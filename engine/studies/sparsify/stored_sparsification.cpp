#include "engine/studies/sparsify/stored_sparsification.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/json_text.h"
#include "engine/results/option_text.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

void read_options(const json& options, StoredSparsification& run) {
  for (const auto& [name, value] : options.items()) run.options[name] = option_text(value);
  run.dataset = options.at("dataset");
  run.model = options.at("model");
  run.method = options.at("method");
  run.complex = options.at("complex");
  run.c = options.at("C");
  run.threshold = options.at("threshold");
  run.seed = options.at("seed");
  run.train_images = options.at("train_images");
}

/// index: of the stage in the lists of options.
StoredStage stage_of(const json& file, const json& options, std::size_t index) {
  StoredStage stage;
  stage.epochs = file.at("epochs");
  stage.end = file.at("end");
  stage.seconds = file.at("train_seconds");
  stage.validation = file.at("early_history").get<std::vector<double>>();
  stage.may_stop = options.at("early_stop").at(index);
  stage.most_epochs = options.at("epochs").at(index);
  return stage;
}

}  // namespace

std::optional<double> StoredSparsification::byte_compression() const {
  if (!packed_bytes) return std::nullopt;
  return static_cast<double>(parameters) * sizeof(float) / static_cast<double>(*packed_bytes);
}

StoredSparsification load_sparsification(const fs::path& file, const ReadText& read) try {
  const json dense = parse_json(read(file.parent_path() / "dense.json"));
  const json sparsify = parse_json(read(file.parent_path() / "sparsify.json"));
  const json fine_tune = parse_json(read(file));
  const json& options = fine_tune.at("options");
  StoredSparsification run;
  run.file = file;
  run.name = file.parent_path().filename().string();
  read_options(options, run);
  run.dense_acc = dense.at("accuracy");
  run.before_acc = sparsify.at("masked_accuracy");
  run.after_acc = fine_tune.at("accuracy");
  run.parameters = fine_tune.at("parameters");
  run.zeros = fine_tune.at("zeros");
  run.compression = fine_tune.at("compression");
  if (fine_tune.contains("packed")) run.packed_bytes = fine_tune.at("packed").at("bytes");
  run.dense = stage_of(dense, options, 0);
  run.sparsify = stage_of(sparsify, options, 1);
  run.fine_tune = stage_of(fine_tune, options, 2);
  return run;
} catch (const json::exception&) {
  throw UserError(fmt::format(
      "{} or a file beside it is not of `packrat sparsify`, or is damaged: delete it and run again",
      file.string()));
}

std::vector<StoredSparsification> load_sparsifications(const fs::path& place,
                                                       const PassedOverFn& passed_over) {
  std::vector<StoredSparsification> runs =
      load_all<StoredSparsification>(place, kSparsificationResult, load_sparsification, passed_over);
  runs.erase(std::remove_if(runs.begin(), runs.end(), [](const auto& run) { return run.has_diverged(); }),
             runs.end());
  return runs;
}

}  // namespace packrat
