#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "compressors/registry.h"
#include "engine/core/file_lock.h"
#include "engine/core/files.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/experiment/run_codec.h"
#include "models/encoder_weights.h"
#include "models/torch_runtime.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct FitCommand {
  RunConfig config;
  FittingOptions fitting;
  std::int64_t images = 0, seed = 0;
  std::string out;
  bool overwrite = false;
};

/// The command again, for the file's record.
std::string command_text(const FitCommand& options) {
  std::string text =
      fmt::format("packrat fit '{}' --dataset {}", options.config.codec, options.config.dataset);
  if (options.config.encoder == "none")
    text += " --encoder none";
  else
    text += fmt::format(" --encoder {} --encoding_block {}", options.config.encoder,
                        options.config.encoding_block);
  for (const RunField field :
       {RunField(&RunConfig::image_size), RunField(&RunConfig::image_crop), RunField(&RunConfig::pool),
        RunField(&RunConfig::normalise), RunField(&RunConfig::channel_order)})
    if (const RunOption& option = find_run_option(field); is_set(option, options.config))
      text += fmt::format(" --{} {}", option.name, value_text(option, options.config));
  const FittingOptions& f = options.fitting;
  return text + fmt::format(
                    " --images {} --seed {} --max_epochs {} --patience {} --batch_size {} --learning_rate {}",
                    options.images, options.seed, f.max_epochs, f.patience, f.batch_size, f.learning_rate);
}

/// What another command made is not lost by mistake.
void refuse_other_codec(const FitCommand& options) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(options.out, failed) ||
      std::filesystem::is_empty(options.out, failed))
    return;
  std::string there = "something else";
  try {
    there = load_fitted_codec(options.out).origin.command;
  } catch (const Error&) {  // no codec at all, or a damaged one
  }
  if (there != command_text(options))
    throw UserError(fmt::format("{} is there already, made by `{}`: name another file, or give --overwrite",
                                options.out, there));
}

/// The spec with its transfer ranges as numbers.
CodecSpec spec_of(const RunConfig& config) {
  const EncodingOptions encoding = encoding_options(config);
  if (!encoding.encodes()) return codec_spec(config, "");
  if (encoding.onnx) return codec_spec(config, sha256_of_file(encoding.weights_file));
  const EncoderWeights weights =
      read_encoder_weights(encoding.weights_file, find_backbone(encoding.backbone), encoding.cut);
  if (!weights.note.empty()) fmt::print(stderr, "weights: {}\n", weights.note);
  return codec_spec(config, weights.sha256);
}

void fit(FitCommand options) {
  need_tensors();
  use_one_thread();
  RunConfig& config = options.config;
  apply_onnx_defaults(config);
  if (config.dataset.empty()) throw UserError("--dataset is missing: name the data set to learn from");
  const CodecSpec spec = spec_of(config);
  if (!spec.learns())
    throw UserError(fmt::format("{} has nothing to learn: use it as it is with --codec", spec.text()));
  check_outputs({{"--out", options.out}, {"the checkpoint", options.out + ".part"}},
                {{"--weights", config.weights}});
  const FileLock alone(options.out + ".lock", refuse_while_held(options.out));
  if (!options.overwrite) refuse_other_codec(options);
  options.fitting.seed = static_cast<std::uint64_t>(options.seed);
  options.fitting.threads = thread_count(config);
  options.fitting.checkpoint = options.out + ".part";
  options.fitting.progress = console_progress();
  FittedCodec fitted = fit_on_dataset(spec, config.dataset, config, options.images, options.fitting);
  fitted.origin.command = command_text(options);
  save_fitted_codec(options.out, fitted);

  std::int64_t shared = 0;
  for (const auto& part : fitted.learned) shared += static_cast<std::int64_t>(part.size());
  const std::int64_t held_out = std::max<std::int64_t>(1, fitted.origin.images / 10);
  fmt::print("{}: fitted on {} images of {}, {} more held out\n", fitted.spec,
             fitted.origin.images - held_out, fitted.origin.dataset, held_out);
  fmt::print(
      "  held-out mse {:.6g}, PSNR {:.2f} dB\n  {:g} bytes per entry, {} bytes shared by all "
      "entries\nWritten: {}\n",
      fitted.origin.mse, fitted.origin.psnr_db, fitted.origin.entry_bytes, shared, options.out);
}

}  // namespace

void add_fit_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "fit", "Let a codec learn what its entries share (ranges, codebooks, weights) and keep it in a file");
  const auto options = std::make_shared<FitCommand>();
  options->config.dataset.clear();
  command->add_option("CODEC", options->config.codec, "The codec, such as \"quantize:states=16,range=fit\"")
      ->required();
  using C = RunConfig;
  add_run_options(*command,
                  {&C::dataset, &C::data_dir, &C::image_size, &C::image_crop, &C::encoder, &C::encoding_block,
                   &C::encoder_dtype, &C::weights, &C::pool, &C::normalise, &C::channel_order, &C::cache_dir,
                   &C::no_cache, &C::threads, &C::device},
                  options->config);
  command->add_option("--out", options->out, "File to write; `packrat run --codec_file` reads it")
      ->required();
  command->add_flag("--overwrite", options->overwrite, "Replace a file that was made with other options");
  add_number(*command, "--images", options->images,
             "Training images to use, a tenth of them held out; 0: all", {0, 1'000'000'000});
  add_number(*command, "--seed", options->seed, "Seed of the choice of images and of the learning",
             {0, INT64_MAX});
  FittingOptions& fitting = options->fitting;
  add_number(*command, "--max_epochs", fitting.max_epochs, "Autoencoders: passes over the images at most",
             {1, 100000});
  add_number(*command, "--patience", fitting.patience,
             "Autoencoders: stop after so many passes without a better held-out loss", {1, 100000});
  add_number(*command, "--batch_size", fitting.batch_size, "Autoencoders: images in a batch", {1, 65536});
  add_number(*command, "--learning_rate", fitting.learning_rate, "Autoencoders: Adam's step size",
             {1e-8, 1.0});
  command->callback([options] { fit(*options); });
}

}  // namespace packrat
