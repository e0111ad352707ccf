#include "engine/experiment/forecast.h"

#include <algorithm>
#include <map>
#include <memory>

#include "compressors/registry.h"
#include "engine/buffer/storage_plan.h"
#include "engine/core/files.h"
#include "engine/cost/exact_cost.h"
#include "engine/cost/published_cost.h"
#include "engine/data/dataset.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/model_file.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

Domain domain_of(const RunConfig& config) {
  if (config.encoder == "none") return pixel_domain(find_dataset(config.dataset));
  Domain domain;
  domain.shape = output_shape(Cut::parse(config.encoding_block));
  return domain;
}

/// Training images of the stream's classes: the data sets of the table have as many of each.
std::int64_t stream_images(const RunConfig& config) {
  const DatasetInfo& info = find_dataset(config.dataset);
  std::int64_t images = 0;
  for (const RecordFile& file : info.files)
    if (file.split == Split::kTrain) images += file.records;
  return images * config.num_tasks * config.num_classes_per_task / info.classes;
}

std::int64_t slots_of(const RunConfig& config, const Codec& codec) {
  if (config.whole_dataset) return stream_images(config);
  if (config.memory_bytes.empty()) return config.memory_size;
  const auto classes = static_cast<int>(config.num_tasks * config.num_classes_per_task);
  const Budget budget = Budget::bytes(parse_byte_size(config.memory_bytes));
  return make_storage(codec, static_cast<std::int64_t>(codec.shared().size()), classes, budget)->capacity();
}

RunForecast forecast(const RunConfig& config, const std::string& weights_sha256) {
  const Domain domain = domain_of(config);
  const Codec codec = make_codec(codec_spec(config, weights_sha256), domain);
  RunForecast forecast;
  forecast.codec = codec.spec();
  forecast.slots = slots_of(config, codec);
  forecast.held = std::min(forecast.slots, stream_images(config));
  const StorageDescription description = describe_storage(forecast.codec, domain, forecast.slots);
  forecast.exact_bytes = exact_cost(description).total();
  if (const auto published = published_cost(description)) forecast.published_mib = published->mib();
  return forecast;
}

}  // namespace

ForecastFn make_forecaster() {
  const auto digests = std::make_shared<std::map<std::string, std::string>>();
  return [digests](const RunConfig& config, const std::set<std::string>& given) {
    validate(config, given);
    const std::string file = encoding_options(config).weights_file.string();
    if (!file.empty() && digests->count(file) == 0) (*digests)[file] = sha256_of_file(file);
    return forecast(config, (*digests)[file]);
  };
}

RunForecast formula_bytes(RunConfig config) {
  if (config.strategy != "local") config.strategy = "range:0:1";  // bytes do not depend on the numbers
  return forecast(config, "");
}

void encode_ahead(const RunConfig& config, const ProgressFn& progress) {
  use_one_thread();
  Dataset dataset = load_dataset(config.dataset, config.data_dir);
  if (config.encoder != "none" && !config.no_cache) prepare_data(dataset, encoding_options(config), progress);
}

}  // namespace packrat
