#include "tools/codec_options.h"

#include <fmt/format.h>

#include "compressors/registry.h"
#include "engine/experiment/run_codec.h"
#include "tools/commands.h"
#include "tools/run_option.h"

namespace packrat {

void add_codec_data_options(CLI::App& command, RunConfig& config) {
  for (const char* name : {"dataset", "data_dir", "encoder", "encoding_block", "encoder_dtype", "weights",
                           "cache_dir", "fit_on", "codec_file", "fit_images", "threads", "no_cache"})
    add_run_option(command, name, config);
}

Dataset load_test_images(const RunConfig& config) {
  Dataset dataset = load_dataset(config.dataset, config.data_dir, console_progress());
  dataset.train = {};
  return dataset;
}

std::shared_ptr<const Codec> codec_named(const std::string& spec, RunConfig config,
                                         const PreparedData& data) {
  config.codec = spec;
  if (!must_be_fitted(spec)) config.fit_on = config.codec_file = "";  // meant for the others
  const auto note = [](const std::string& line) { fmt::print(stderr, "  {}\n", line); };
  return codec_for_run(config, data, console_progress(), note).codec;
}

}  // namespace packrat
