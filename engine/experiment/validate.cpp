#include "engine/experiment/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "compressors/codec_spec.h"
#include "engine/buffer/mapped_buffer.h"
#include "engine/core/error.h"
#include "engine/core/utf8.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/run_energy.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"
#include "engine/topology/heads.h"

namespace packrat {
namespace {

/// The option was given, but does not apply: says why not.
void refuse_option(const RunOption& option, const RunConfig& config) {
  if (option.about_entries && !keeps_entries(config.method))
    throw UserError(
        fmt::format("--{} belongs to --method {}, but this run has --method {}, which keeps no "
                    "entries: leave it out or change --method",
                    option.name, kReplayMethod, config.method));
  if (const RunOption* other = replacement(option, config))
    throw UserError(
        fmt::format("--{} and --{} exclude each other: give one of them", option.name, other->name));
  const RunOption& part = find_run_option(option.part);
  if (const RunOption* other = replacement(part, config))
    throw UserError(fmt::format("--{} belongs to --{} {}, which --{} replaces: give one of them", option.name,
                                part.name, fmt::join(option.part_values, " or "), other->name));
  if (part.is_flag())
    throw UserError(
        fmt::format("--{} belongs to --{}: give that one too, or leave it out", option.name, part.name));
  throw UserError(fmt::format(
      "--{} belongs to --{} {}, but this run has --{} {}: leave it out or change --{}", option.name,
      part.name, fmt::join(option.part_values, " or "), part.name, value_text(part, config), part.name));
}

void validate_values(const RunConfig& c) {
  check_method(c.method);
  for (const RunOption& option : run_options())
    if (option.is_text()) check_choice(option.name, value_text(option, c), option.choices);
  if (has_network_encoder(c)) {
    check_choice("encoding_block", c.encoding_block, find_encoder(c.encoder).cut_names());
    if (c.weights.empty()) find_encoder(c.encoder).require_shipped();
  }
  for (const RunOption& option : run_options()) check_value(option, c);
  normalisation_of(c);
  if (c.lr_schedule == "warm_restarts" && c.minlr > c.maxlr)
    throw UserError(fmt::format("--minlr is {}, but must be from 0 to {} (--maxlr)", c.minlr, c.maxlr));
}

/// What the codec stages refuse, too, but only once all images have been encoded.
void validate_autoencoder(const RunConfig& c) {
  if (names_features(c.dataset)) return;  // check_codec(), once their shape is known
  const FeatureForm form = feature_form(c);
  const auto [channels, height, width] = form.shape();
  const std::int64_t least = std::int64_t{1} << c.n_blocks;
  if (c.compressor == "convae" && (height % least != 0 || width % least != 0))
    throw UserError(fmt::format(
        "--compressor convae with --n_blocks {} halves maps {} times, but block {} gives {}x{} ones: "
        "give --encoder none or an earlier --encoding_block, or take fcae",
        c.n_blocks, c.n_blocks, form.cut_text(), height, width));
  const auto require_below = [&](const char* compressor, const char* option, std::int64_t latent,
                                 std::int64_t most) {
    if (c.compressor == compressor && latent >= most)
      throw UserError(
          fmt::format("--{} is {}, but must be below {}: a latent as large as the map saves nothing", option,
                      latent, most));
  };
  const std::int64_t values = channels * height * width;
  require_below("convae", "latent_channels", c.latent_channels, channels << (2 * c.n_blocks));
  require_below("fcae", "bottleneck_neurons", c.bottleneck_neurons, values);
  require_below("vae", "latent_size", c.latent_size, values);
}

/// Features from files come without an encoder; what they are is known when they are opened.
void validate_feature_files(const RunConfig& c, const std::set<std::string>& given) {
  for (const RunOption& option : run_options()) {
    const bool of_images = option.name == "image_size" || option.name == "image_crop";
    if (option.group != "Encoder" && !of_images) continue;
    const bool of_encoder = given.count(option.name) > 0 && !option.part.empty();
    if (of_encoder || is_set(option, c))
      throw UserError(
          fmt::format("--{} is for images that are encoded, but --dataset {} holds features, which are "
                      "used as they are: leave it out",
                      option.name, c.dataset));
  }
  if (keeps_entries(c.method) && !head_takes_any_maps(c) && c.backbone_block.empty())
    throw UserError(fmt::format(
        "--backbone {} continues from an encoder's maps, but --dataset {} has no encoder: give --backbone "
        "mlp, mlp_bn or linear, or --backbone_block, the block behind which the features are maps",
        c.backbone, c.dataset));
}

/// What the features ask of the rest of the run.
void validate_features(const RunConfig& c) {
  if (names_features(c.dataset)) return;
  const FeatureForm form = feature_form(c);
  if (form.mirrored && !form.both_views && form.taps.empty())
    throw UserError(
        "--views flip averages features, but --encoder none has none: give an encoder, or --views flip:keep");
  if (!form.is_plain_cut() && keeps_entries(c.method) && !head_takes_any_maps(c))
    throw UserError(
        fmt::format("--backbone {} continues from the maps of one cut, but the features are {}: give "
                    "--backbone mlp, mlp_bn or linear",
                    c.backbone, form.cut_text()));
  if (form.is_plain_cut() && keeps_entries(c.method))  // refuses a head of another network's maps
    head_network(head_kind(c), Cut(names_onnx_file(c.encoder) ? head_begins_after(c) : form.cut_text()),
                 map_shape(form.shape()), 2);
}

void validate_head(const RunConfig& c) {
  if (head_takes_any_maps(c) && !c.backbone_block.empty())
    throw UserError(fmt::format(
        "--backbone_block belongs to --backbone resnet, resnet18 or resnet34: leave it out with {}",
        c.backbone));
  if (c.backbone_block.empty() || names_onnx_file(c.encoder)) return;
  if (names_features(c.dataset)) {
    if (c.backbone_block != "0") find_backbone(head_kind(c)).depth(Cut(c.backbone_block));
    return;
  }
  const std::string cut = c.encoder == "none" ? "0" : c.encoding_block;
  if (c.backbone_block != cut)
    throw UserError(
        fmt::format("--backbone_block is {}, but the encoder ends after block {}: they must be equal",
                    c.backbone_block, cut));
}

}  // namespace

void check_exp_name(const std::string& text) {
  if (text.empty()) return;
  const std::filesystem::path name(text);
  const auto refuse = [&](const char* why) {
    throw UserError(fmt::format("--exp_name '{}' {}: give a name of a folder inside --log_dir, such as first",
                                printable(text), why));
  };
  if (name.is_absolute()) refuse("is an absolute path");
  bool names_folder = false;
  for (const std::filesystem::path& part : name) {
    constexpr std::size_t kMostBytes = 255;
    if (part == "..") refuse("leads out of --log_dir");
    if (part.string().size() > kMostBytes) refuse("is longer than the 255 bytes that names may have");
    names_folder = names_folder || (!part.empty() && part != ".");
  }
  if (!names_folder) refuse("is no name of its own");
  if (text.find('\0') != std::string::npos) refuse("holds a zero byte");
}

void validate(const RunConfig& config, const std::set<std::string>& given) {
  if (names_features(config.dataset)) validate_feature_files(config, given);
  validate_values(config);
  for (const RunOption& option : run_options())
    if (given.count(option.name) > 0 && !applies(option, config)) refuse_option(option, config);
  validate_features(config);
  if (keeps_entries(config.method)) {
    if (config.codec.empty())
      validate_autoencoder(config);
    else
      CodecSpec::parse(config.codec);  // names and keys; values are checked with the data set's shape
    validate_head(config);
  }
  if (config.holdout > 0 && config.views == "flip:keep")
    throw UserError(
        "--holdout takes rows of training images for tests, but --views flip:keep makes two of each: give "
        "--views flip or none");
  if (config.buffer_device == "cuda" && config.device.rfind("cuda", 0) != 0)
    throw UserError(
        fmt::format("--buffer_device cuda decodes entries on the GPU that trains, but --device is {}: give "
                    "--device cuda, or leave --buffer_device out",
                    config.device));
  if (!mapped_file(config.buffer_storage, "--buffer_storage").empty() && config.buffer_device == "cuda")
    throw UserError(
        "--buffer_storage mapped:FILE keeps entries in a file and --buffer_device cuda on a GPU: choose one");
  if (config.energy) energy_options(config);
  if (config.eval_tasks && config.stream == "iid")
    throw UserError(
        "--eval_tasks scores after every task, but --stream iid has no tasks: leave one of them out");
}

}  // namespace packrat
