#include "engine/experiment/run_method.h"

#include <fmt/format.h>

#include "engine/experiment/feature_form.h"
#include "engine/experiment/model_file.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/hybrid_spec.h"
#include "engine/methods/method_table.h"

namespace packrat {

int stream_classes(const RunConfig& config) {
  return static_cast<int>(config.num_tasks * config.num_classes_per_task);
}

std::unique_ptr<Method> make_run_method(const RunConfig& config, const std::array<std::int64_t, 3>& shape,
                                        int classes) {
  const auto hybrid = parse_hybrid(config.method);
  auto method = make_method(hybrid ? hybrid->head : config.method,
                            {shape, classes, thread_count(config), static_cast<std::uint64_t>(config.seed),
                             feature_form(config).parts()});
  const std::int64_t needed = kept_bytes(*method);
  if (!config.memory_bytes.empty() && needed > parse_byte_size(config.memory_bytes))
    throw UserError(fmt::format(
        "a budget of {} bytes is too small: {} keeps {} bytes for {} classes of {}x{}x{} features; "
        "raise --memory_bytes, or give pool=, --pool or a smaller precision=",
        parse_byte_size(config.memory_bytes), method->spec(), needed, classes, shape[0], shape[1], shape[2]));
  return method;
}

std::int64_t closed_form_bytes(const RunConfig& config, const std::array<std::int64_t, 3>& shape) {
  const bool entries_alone = config.method == kReplayMethod;
  return entries_alone ? 0 : kept_bytes(*make_run_method(config, shape, stream_classes(config)));
}

Budget entry_budget(const RunConfig& config, std::int64_t beside, std::int64_t offered) {
  if (config.whole_dataset) return Budget::slots(offered);
  if (config.memory_bytes.empty()) return Budget::slots(config.memory_size);
  const std::int64_t all = parse_byte_size(config.memory_bytes);
  if (beside >= all)
    throw UserError(
        fmt::format("a budget of {} bytes leaves none for entries: the state of {} takes {}; raise "
                    "--memory_bytes, or choose a smaller state",
                    all, config.method, beside));
  return Budget::bytes(all - beside);
}

Dataset load_run_images(const RunConfig& config, const ProgressFn& progress) {
  Dataset dataset = load_dataset(config.dataset, config.data_dir, progress);
  if (feature_form(config).both_views) add_mirror_images(dataset.train);
  return dataset;
}

EncodingOptions run_encoding_options(const RunConfig& config) {
  EncodingOptions options = encoding_options(config);
  options.mirror_images = options.both_views;
  return options;
}

}  // namespace packrat
