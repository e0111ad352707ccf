#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "engine/core/bytes.h"
#include "engine/core/files.h"
#include "engine/data/dataset_name.h"
#include "engine/data/feature_files.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/experiment/run_method.h"
#include "engine/experiment/validate.h"
#include "engine/features/encode_files.h"
#include "models/torch_runtime.h"
#include "tools/commands.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using C = RunConfig;

const std::initializer_list<RunField> kEncodeOptions{
    &C::dataset,        &C::data_dir,      &C::image_size, &C::image_crop, &C::encoder,
    &C::encoding_block, &C::blocks,        &C::pool,       &C::views,      &C::encoder_dtype,
    &C::normalise,      &C::channel_order, &C::weights,    &C::threads,    &C::device};

struct EncodeCommand {
  RunConfig config;
  std::string folder, type = "float32", format = "safetensors";
  bool overwrite = false;
};

FeatureFileForm form_of(const EncodeCommand& options) {
  FeatureFileForm form{options.folder, FeatureType::kFloat32, options.format == "npy"};
  for (const FeatureType type : {FeatureType::kFloat16, FeatureType::kBfloat16})
    if (options.type == feature_type_name(type)) form.type = type;
  return form;
}

std::set<std::string> encode_options_given(const CLI::App& command) {
  std::set<std::string> given;
  for (const RunField field : kEncodeOptions)
    if (const std::string& name = find_run_option(field).name; command.get_option("--" + name)->count() > 0)
      given.insert(name);
  return given;
}

/// Features that are there are not lost by mistake, and two forms of them would leave open which to read.
void refuse_other_features(const EncodeCommand& options, const FeatureFileForm& form) {
  const std::vector<fs::path> to_write = feature_file_paths(form);
  for (const char* const split : {"train", "test"})
    for (const fs::path& there : feature_forms_in(form.folder, split)) {
      const bool replaced = std::find(to_write.begin(), to_write.end(), there) != to_write.end();
      if (replaced && options.overwrite) continue;
      throw UserError(fmt::format("{} is there already: name another folder with --out, or {}",
                                  there.string(), replaced ? "give --overwrite" : "delete it"));
    }
}

void encode(const CLI::App& command, EncodeCommand& options) {
  RunConfig& config = options.config;
  if (names_features(config.dataset))
    throw UserError(
        fmt::format("--dataset {} holds features already: name a data set of images", config.dataset));
  config.backbone = "mlp";  // of no consequence here: it goes with features of every kind
  const std::set<std::string> given = encode_options_given(command);
  apply_onnx_defaults(config, given);
  validate(config, given);
  const FeatureFileForm form = form_of(options);
  refuse_other_features(options, form);
  std::vector<NamedFile> outputs;
  for (const fs::path& path : feature_file_paths(form)) outputs.push_back({"--out", path});
  check_outputs(outputs, {{"--weights", config.weights}});
  need_tensors();
  use_one_thread();
  const Dataset dataset = load_run_images(config, console_progress());
  const EncodedFiles encoded =
      encode_to_files(dataset, run_encoding_options(config), form, console_progress());
  if (!encoded.weights_note.empty()) fmt::print(stderr, "weights: {}\n", encoded.weights_note);
  std::int64_t bytes = 0;
  for (const fs::path& path : feature_file_paths(form))
    bytes += static_cast<std::int64_t>(fs::file_size(path));
  fmt::print(
      "{} training and {} test images of {}: rows of {} {} values, {}\nWritten, for --dataset features:{}:\n",
      dataset.train.count(), dataset.test.count(), dataset.info.display_name, fmt::join(encoded.shape, "x"),
      options.type, format_byte_size(bytes), options.folder);
  for (const fs::path& path : feature_file_paths(form)) fmt::print("  {}\n", path.string());
}

}  // namespace

void add_encode_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "encode",
      "Write a data set's images as features into files, which --dataset features:DIR and others read");
  const auto options = std::make_shared<EncodeCommand>();
  options->config.encoder = "cutr34";
  add_run_options(*command, kEncodeOptions, options->config);
  command->add_option("--out", options->folder, "Folder of the files, such as embeddings")
      ->required()
      ->type_name("DIR");
  command->add_option("--dtype", options->type, "Type of the values in the files")
      ->check(CLI::IsMember({"float32", "float16", "bfloat16"}))
      ->capture_default_str();
  command->add_option("--format", options->format, "safetensors, or npy (no bfloat16)")
      ->check(CLI::IsMember({"safetensors", "npy"}))
      ->capture_default_str();
  command->add_flag("--overwrite", options->overwrite, "Replace the files that are there");
  command->callback([command, options] { encode(*command, *options); });
}

}  // namespace packrat
