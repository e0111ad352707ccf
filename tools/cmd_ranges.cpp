#include <fmt/format.h>

#include <memory>

#include "compressors/transfer_rule.h"
#include "engine/data/feature_dataset.h"
#include "engine/experiment/model_file.h"
#include "models/torch_runtime.h"
#include "tools/commands.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct RangesCommand {
  RunConfig config;
  std::vector<std::string> blocks;  ///< empty: none and all of the encoder's
};

void print_ranges(RangesCommand options) {
  require_images(options.config.dataset, "packrat ranges");
  need_tensors();
  use_one_thread();
  options.config.no_cache = true;  // so many cuts would fill the disk with features that are read once
  fmt::print("{:<8} {:>12} {:>12}\n", "cut", "lo", "hi");
  const std::string encoder = options.config.encoder == "none" ? "cutr34" : options.config.encoder;
  if (options.blocks.empty()) {
    options.blocks = find_encoder(encoder).cut_names();
    options.blocks.insert(options.blocks.begin(), Cut().text());
  }
  for (const std::string& block : options.blocks) {
    find_encoder(encoder).depth(Cut(block));  // refuses others
    options.config.encoder = Cut(block).is_none() ? "none" : encoder;
    options.config.encoding_block = block;
    Dataset dataset = load_dataset(options.config.dataset, options.config.data_dir, console_progress());
    dataset.train = {};  // the rule is applied to the test images: 10 000 suffice
    const PreparedData data = prepare_data(dataset, encoding_options(options.config), console_progress());
    if (!data.weights_note.empty()) fmt::print(stderr, "weights: {}\n", data.weights_note);
    const auto [lo, hi] = transfer_rule(data.test->rows());
    fmt::print("{:<8} {:>12.6f} {:>12.6f}\n", Cut(block).text(), lo, hi);
  }
}

}  // namespace

void add_ranges_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "ranges", "Compute the quantizer's transfer ranges of an encoder on a data set's test images");
  const auto options = std::make_shared<RangesCommand>();
  options->config.encoder = "cutr34";
  using C = RunConfig;
  add_run_options(*command, {&C::dataset, &C::data_dir, &C::encoder, &C::weights, &C::encoder_dtype},
                  options->config);
  command->add_option("--encoding_block", options->blocks,
                      "Cuts; none means normalised pixels; default: none and all of the encoder's");
  command->callback([options] { print_ranges(*options); });
}

}  // namespace packrat
