#include "tools/codec_options.h"

#include <fmt/format.h>

#include "compressors/registry.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/run_codec.h"
#include "tools/commands.h"

namespace packrat {

void fit_encoder_to_dataset(const CLI::App& command, RunConfig& config) {
  if (names_features(config.dataset) && command.get_option("--encoder")->count() == 0)
    config.encoder = "none";
}

Dataset load_test_images(const RunConfig& config) {
  Dataset dataset = load_dataset(config.dataset, config.data_dir, console_progress(), image_form(config));
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
