#include "engine/experiment/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/class_counts.h"
#include "engine/buffer/replay_buffer.h"
#include "engine/core/files.h"
#include "engine/cost/exact_cost.h"
#include "engine/cost/published_cost.h"
#include "engine/data/dataset.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/run_codec.h"
#include "engine/experiment/run_method.h"
#include "engine/experiment/validate.h"
#include "engine/methods/method_table.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

/// Slots of an empty log that only bytes limit.
constexpr std::int64_t kAnyNumber = std::numeric_limits<std::int64_t>::max();

/// Training rows of the stream's classes.
std::int64_t rows_of_stream(const RunConfig& config, const DatasetInfo& info) {
  const std::int64_t views = feature_form(config).both_views ? 2 : 1;
  if (info.train_of_class.empty())
    return views * info.images(Split::kTrain) * config.num_tasks * config.num_classes_per_task / info.classes;
  std::int64_t images = 0;
  for (const int label : make_task_stream({}, info.classes, stream_options(config)).class_order)
    images += info.train_of_class[static_cast<std::size_t>(label)];
  return views * images;
}

/// Slots of a budget in bytes, by the formula: for codecs that cannot be built before they have learned.
/// Entries that an entropy coder shrinks count as they go into it: an estimate, a low one. kAnyNumber when
/// nothing is known.
std::int64_t slots_by_formula(std::int64_t budget, int classes, const CodecSpec& codec, const Domain& domain,
                              Sampler& sampler) {
  std::optional<ExactCost> exact = exact_cost({codec, domain, 1});
  if (!exact) exact = exact_cost({codec.without_coder(), domain, 1});
  if (!exact) return kAnyNumber;
  const ExactCost& cost = *exact;
  sampler.start(classes, domain.values());
  const std::int64_t each = cost.entry_bytes() + label_bytes(classes) + sampler.note_bytes();
  const std::int64_t slots =
      (budget - cost.shared - ClassCounts::bytes_for(classes) - sampler.state_bytes()) / each;
  if (slots < classes)
    throw UserError(
        fmt::format("a budget of {} bytes is too small: the codec shares {} bytes, and an entry with its "
                    "label takes {}; raise the budget or choose a smaller codec",
                    budget, cost.shared, each));
  return slots;
}

std::int64_t slots_of(const RunConfig& config, const DatasetInfo& info, const CodecSpec& codec,
                      const Domain& domain) {
  if (config.whole_dataset) return rows_of_stream(config, info);
  if (config.memory_bytes.empty()) return config.memory_size;
  const auto classes = static_cast<int>(config.num_tasks * config.num_classes_per_task);
  const std::int64_t budget = entry_budget(config, closed_form_bytes(config, domain.shape), 0).amount;
  std::unique_ptr<Sampler> sampler = make_sampler(config.sampler);
  if (codec.learns()) return slots_by_formula(budget, classes, codec, domain, *sampler);
  return ReplayBuffer(std::make_shared<const Codec>(make_codec(codec, domain)), classes,
                      Budget::bytes(budget), std::move(sampler))
      .capacity();
}

RunForecast forecast(const RunConfig& config, const DatasetInfo& info, const std::string& weights_sha256) {
  const Domain domain = domain_of(config, info);
  RunForecast forecast;
  if (!keeps_entries(config.method)) {
    forecast.exact_bytes = kept_bytes(*make_run_method(config, domain.shape, stream_classes(config)));
    return forecast;
  }
  if (info.feature_shape) {
    check_codec(config, info);
    check_head(config, *info.feature_shape);
  }
  const CodecSpec codec = codec_spec(config, weights_sha256);
  forecast.codec_learns = codec.learns();
  forecast.codec = forecast.codec_learns ? codec.text() : make_codec(codec, domain).spec();
  forecast.slots = slots_of(config, info, codec, domain);
  forecast.held = std::min(forecast.slots, rows_of_stream(config, info));
  if (forecast.slots == kAnyNumber) forecast.slots = forecast.held;
  const StorageDescription description{codec, domain, forecast.slots};
  const std::int64_t beside = closed_form_bytes(config, domain.shape);
  if (const auto exact = exact_cost(description)) forecast.exact_bytes = exact->total() + beside;
  if (beside > 0) return forecast;  // for which nothing is published
  if (const auto published = published_cost(description)) forecast.published_mib = published->mib();
  return forecast;
}

DatasetInfo info_of(const RunConfig& config) {
  return describe_dataset(config.dataset, config.data_dir, {}, image_form(config));
}

}  // namespace

ForecastFn make_forecaster() {
  const auto digests = std::make_shared<std::map<std::string, std::string>>();
  const auto infos = std::make_shared<std::map<std::vector<std::string>, DatasetInfo>>();
  return [digests, infos](const RunConfig& config, const std::set<std::string>& given) {
    validate(config, given);
    const std::string file = encoding_options(config).weights_file.string();
    if (!file.empty() && digests->count(file) == 0) (*digests)[file] = sha256_of_file(file);
    const std::vector<std::string> data{config.dataset, config.data_dir, image_form(config).suffix()};
    if (infos->count(data) == 0) (*infos)[data] = info_of(config);
    return forecast(config, infos->at(data), (*digests)[file]);
  };
}

RunForecast formula_bytes(RunConfig config) {
  if (config.strategy != "local") config.strategy = "range:0:1";  // bytes do not depend on the numbers
  validate(config, {});
  return forecast(config, info_of(config), "");
}

void prepare_shared(const RunConfig& config, const ProgressFn& progress) {
  use_one_thread();
  Dataset dataset = load_run_images(config, progress);
  if (config.no_cache) return;
  const PreparedData data = prepare_data(dataset, run_encoding_options(config), progress);
  if (keeps_entries(config.method) && codec_spec(config, data.weights_sha256).learns())
    codec_for_run(config, data, progress, [](const std::string&) {});
}

}  // namespace packrat
