#include "engine/experiment/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "engine/buffer/sampler.h"
#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "engine/core/utf8.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/option_text.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/run_energy.h"
#include "engine/experiment/toml_value.h"
#include "engine/methods/method_table.h"

namespace packrat {
namespace {

const RunConfig kDefaults;

/// Whether the option has another value than the run's recipe gives it.
bool is_set(const RunOption& option, const RunConfig& config) {
  const RunConfig& defaults = defaults_of(config.recipe);
  return std::visit([&](auto field) { return config.*field != defaults.*field; }, option.field);
}

/// The option set by the user that stands in for this one, or nullptr.
const RunOption* replacement(const RunOption& option, const RunConfig& config) {
  for (const std::string& name : option.replaced_by) {
    const RunOption& other = find_run_option(name);
    if (is_set(other, config)) return &other;
  }
  return nullptr;
}

std::string text_of(std::int64_t value) {
  return fmt::format("{}", value);
}
std::string text_of(double value) {
  return fmt::format("{}", value);
}
std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(const std::string& value) {
  return value;
}

/// Whether the option decides which entries are kept, how, or how a head is trained on them.
bool is_about_entries(const RunOption& option) {
  static const std::set<std::string> outside{"test_features", "eval_every", "save_buffer"};
  const bool buffer = option.group == "Replay buffer" && option.name != "memory_bytes";
  return buffer || option.group == "Codec" || option.group == "Head and training" ||
         outside.count(option.name) > 0;
}

void refuse_option(const RunOption& option, const RunConfig& config) {
  if (is_about_entries(option) && !keeps_entries(config.method))
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
  if (std::holds_alternative<bool RunConfig::*>(part.field))
    throw UserError(
        fmt::format("--{} belongs to --{}: give that one too, or leave it out", option.name, part.name));
  throw UserError(fmt::format(
      "--{} belongs to --{} {}, but this run has --{} {}: leave it out or change --{}", option.name,
      part.name, fmt::join(option.part_values, " or "), part.name, value_text(part, config), part.name));
}

/// What a number may be; `remedy` follows in the message.
template <typename T>
struct Allowed {
  T least, most;
  const char* remedy = "";
};

constexpr std::int64_t kMany = 1'000'000'000;

/// Of every whole number in the table of options.
const std::map<std::string, Allowed<std::int64_t>>& allowed_whole() {
  static const std::map<std::string, Allowed<std::int64_t>> table{
      {"num_classes_per_task", {1, 65535}},
      {"num_tasks", {1, 65535}},
      {"seed", {0, INT64_MAX}},
      {"class_order_seed", {-1, INT64_MAX, " (-1 keeps label order)"}},
      {"memory_size", {2, kMany, " slots"}},
      {"n_states", {2, 256}},
      {"n_blocks", {2, 16}},
      {"latent_channels", {1, 4096}},
      {"bottleneck_neurons", {1, 65536}},
      {"n_layers", {1, 64}},
      {"latent_size", {1, 65536}},
      {"vae_width", {1, 65536}},
      {"fit_images", {0, kMany, " (0 means all)"}},
      {"num_passes", {1, 1'000'000}},
      {"hidden", {1, 65536}},
      {"batch_size", {2, 65536, " (batch norm needs two)"}},
      {"eval_every", {0, 1'000'000}},
      {"threads", {0, 1024, " (0 means all cores)"}},
      {"workers", {0, 1024}},
  };
  return table;
}

/// Of every real number.
const std::map<std::string, Allowed<double>>& allowed_real() {
  static const std::map<std::string, Allowed<double>> table{
      {"compression_factor", {0, 1}},  // below 1: see validate_numbers()
      {"maxlr", {1e-12, 1e3}},
      {"minlr", {0, 1e3}},
      {"weight_decay", {0, 1}},
      {"clip", {0, 1e12, " (0 turns clipping off)"}},
      {"holdout", {0, 0.9, " (0 scores the test images)"}},
      {"cutmix_alpha", {1e-3, 1e3}},
      {"cutmix_prob", {0, 1}},
      {"dropout", {0, 0.95}},
  };
  return table;
}

/// UserError when the value is not in the option's row of the table.
template <typename T>
void require_allowed(const std::string& name, T value, const std::map<std::string, Allowed<T>>& table) {
  const auto row = table.find(name);
  if (row == table.end()) throw Error(fmt::format("--{} has no range in config.cpp", name));
  const Allowed<T>& allowed = row->second;
  if (!(value >= allowed.least && value <= allowed.most))
    throw UserError(fmt::format("--{} is {}, but must be from {} to {}{}", name, value, allowed.least,
                                allowed.most, allowed.remedy));
}

void require_one_of(const char* name, const std::string& value, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
    throw UserError(
        fmt::format("--{} is '{}', but must be one of: {}", name, value, fmt::join(allowed, ", ")));
}

struct Choices {
  std::string name;
  std::string RunConfig::*field;
  std::vector<std::string> allowed;
};

std::vector<std::string> samplers_for_runs() {
  std::vector<std::string> names;
  for (const SamplerInfo& sampler : sampler_table())
    if (sampler.for_runs) names.push_back(sampler.name);
  return names;
}

const std::vector<Choices>& choices_table() {
  using C = RunConfig;
  static const std::vector<Choices> table{
      {"test_features", &C::test_features, {"raw", "roundtrip"}},
      {"views", &C::views, {"none", "flip", "flip:keep"}},
      {"stream", &C::stream, {"class_incremental", "iid"}},
      {"encoder", &C::encoder, {"none", "cutr", "cutr34"}},
      {"encoding_block", &C::encoding_block, {"1", "2", "2.5", "3", "3.5", "4"}},
      {"encoder_dtype", &C::encoder_dtype, {"float32", "bfloat16"}},
      {"compressor", &C::compressor, {"none", "quantization", "thinning", "convae", "fcae", "vae"}},
      {"backbone", &C::backbone, {"resnet", "resnet18", "resnet34", "mlp", "mlp_bn"}},
      {"recipe", &C::recipe, {"published", "fast"}},
      {"lr_schedule", &C::lr_schedule, {"warm_restarts", "one_cycle"}},
      {"regularization", &C::regularization, {"cutmix", "none"}},
      {"sampler", &C::sampler, samplers_for_runs()}};
  return table;
}

void validate_choices(const RunConfig& c) {
  check_method(c.method);
  for (const Choices& row : choices_table()) require_one_of(row.name.c_str(), c.*row.field, row.allowed);
}

void validate_numbers(const RunConfig& c) {
  for (const RunOption& option : run_options()) check_value(option, c);
  if (c.lr_schedule == "warm_restarts" && c.minlr > c.maxlr)
    throw UserError(fmt::format("--minlr is {}, but must be from 0 to {} (--maxlr)", c.minlr, c.maxlr));
}

/// What the codec stages refuse, too, but only once all images have been encoded.
void validate_autoencoder(const RunConfig& c) {
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

/// What the features ask of the rest of the run.
void validate_features(const RunConfig& c) {
  const FeatureForm form = feature_form(c);
  if (form.mirrored && !form.both_views && form.taps.empty())
    throw UserError(
        "--views flip averages features, but --encoder none has none: give an encoder, or --views flip:keep");
  if (!form.is_plain_cut() && keeps_entries(c.method) && !has_mlp(c))
    throw UserError(
        fmt::format("--backbone {} goes on from the maps of one cut, but the features are {}: give "
                    "--backbone mlp or mlp_bn",
                    c.backbone, form.cut_text()));
}

void validate_head(const RunConfig& c) {
  if (has_mlp(c) && !c.backbone_block.empty())
    throw UserError(fmt::format(
        "--backbone_block belongs to --backbone resnet, resnet18 or resnet34: leave it out with {}",
        c.backbone));
  if (c.backbone_block.empty()) return;
  const std::string cut = c.encoder == "none" ? "0" : c.encoding_block;
  if (c.backbone_block != cut)
    throw UserError(
        fmt::format("--backbone_block is {}, but the encoder ends after block {}: they must be equal",
                    c.backbone_block, cut));
}

/// A run's folder stays inside --log_dir.
void check_exp_name(const RunConfig& c) {
  if (c.exp_name.empty()) return;
  const std::filesystem::path name(c.exp_name);
  const auto refuse = [&](const char* why) {
    throw UserError(fmt::format("--exp_name '{}' {}: give a name of a folder inside --log_dir, such as first",
                                printable(c.exp_name), why));
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
  if (c.exp_name.find('\0') != std::string::npos) refuse("holds a zero byte");
}

/// A TOML basic string: in quotes, with what may not stand there escaped.
std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += fmt::format("\\{}", c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// Whether a TOML value has the type of the option. Texts take numbers, too: encoding_block = 3, memory_bytes
/// = 1536000.
bool has_type(const RunOption& option, const toml::node& node) {
  return std::visit(
      [&](auto field) -> bool {
        using T = std::decay_t<decltype(std::declval<RunConfig&>().*field)>;
        if constexpr (std::is_same_v<T, bool>) return node.is_boolean();
        if constexpr (std::is_same_v<T, std::int64_t>) return node.is_integer();
        if constexpr (std::is_same_v<T, double>) return node.is_number();
        return node.is_string() || node.is_number();
      },
      option.field);
}

/// Whether the option tells runs apart and is not already one of the fixed parts of a run's name.
bool belongs_in_name(const RunOption& option, const RunConfig& config) {
  static const std::set<std::string> fixed{"dataset",
                                           "encoder",
                                           "encoding_block",
                                           "compressor",
                                           "codec",
                                           "n_states",
                                           "strategy",
                                           "compression_factor",
                                           "memory_size",
                                           "memory_bytes",
                                           "whole_dataset",
                                           "num_passes",
                                           "seed",
                                           "latent_channels",
                                           "bottleneck_neurons",
                                           "latent_size",
                                           "backbone_block",  // the last follows from encoding_block
                                           "method",
                                           "blocks",
                                           "pool"};
  return affects_result(option.name) && fixed.count(option.name) == 0 && applies(option, config) &&
         is_set(option, config);
}

}  // namespace

std::vector<std::string> run_option_choices(const std::string& name) {
  for (const Choices& row : choices_table())
    if (row.name == name) return row.allowed;
  return {};
}

bool applies(const RunOption& option, const RunConfig& config) {
  if (is_about_entries(option) && !keeps_entries(config.method)) return false;
  if (replacement(option, config) != nullptr) return false;
  if (option.part.empty()) return true;
  const RunOption& part = find_run_option(option.part);
  const auto& values = option.part_values;
  return applies(part, config) &&
         std::find(values.begin(), values.end(), value_text(part, config)) != values.end();
}

std::string value_text(const RunOption& option, const RunConfig& config) {
  return std::visit([&](auto field) { return text_of(config.*field); }, option.field);
}

std::string allowed_text(const RunOption& option) {
  if (std::holds_alternative<std::int64_t RunConfig::*>(option.field)) {
    const Allowed<std::int64_t>& allowed = allowed_whole().at(option.name);
    return fmt::format("must be a whole number from {} to {}, in decimal digits{}", allowed.least,
                       allowed.most, allowed.remedy);
  }
  if (std::holds_alternative<double RunConfig::*>(option.field)) {
    const Allowed<double>& allowed = allowed_real().at(option.name);
    return fmt::format("must be a decimal number from {} to {}{}", allowed.least, allowed.most,
                       allowed.remedy);
  }
  return fmt::format("needs a value like {}", value_text(option, kDefaults));
}

void check_value(const RunOption& option, const RunConfig& config) {
  const std::string& name = option.name;
  if (const auto* whole = std::get_if<std::int64_t RunConfig::*>(&option.field))
    require_allowed(name, config.*(*whole), allowed_whole());
  if (const auto* real = std::get_if<double RunConfig::*>(&option.field))
    require_allowed(name, config.*(*real), allowed_real());
  if (name == "compression_factor" && config.compression_factor >= 1)
    throw UserError(fmt::format("--compression_factor is {}, but must be at least 0 and below 1",
                                config.compression_factor));
  if (name == "memory_bytes" && !config.memory_bytes.empty()) parse_byte_size(config.memory_bytes);
  if (name == "exp_name") check_exp_name(config);
}

void read_config_file(const std::filesystem::path& file, RunConfig& config, std::set<std::string>& given) {
  if (std::filesystem::is_directory(file))  // which would read as an empty file
    throw UserError(fmt::format("{} is a folder: give a configuration file", file.string()));
  const toml::table table = [&] {
    try {
      return toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
      throw UserError(
          fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
    }
  }();
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string place = fmt::format("{}:{}", file.string(), node.source().begin.line);
    const auto& options = run_options();
    const auto option =
        std::find_if(options.begin(), options.end(), [&](const RunOption& o) { return o.name == name; });
    if (option == options.end())
      throw UserError(fmt::format("{}: unknown option '{}': `packrat run --help` lists all", place, name));
    if (given.count(name) > 0) continue;  // the command line wins
    if (!has_type(*option, node))
      throw UserError(fmt::format("{}: option '{}' needs a value like {}", place, name,
                                  value_text(*option, RunConfig{})));
    try {
      set_option(*option, toml_value_text(node), config);
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: {}", place, error.what()));
    }
    given.insert(name);
  }
}

std::string dump_config(const RunConfig& config) {
  std::string text;
  for (const RunOption& option : run_options()) {
    if (!applies(option, config)) continue;
    const std::string value = value_text(option, config);
    const bool is_text = std::holds_alternative<std::string RunConfig::*>(option.field);
    text += fmt::format("{} = {}\n", option.name, is_text ? toml_string(value) : value);
  }
  return text;
}

void validate(const RunConfig& config, const std::set<std::string>& given) {
  validate_choices(config);
  validate_numbers(config);
  for (const RunOption& option : run_options())
    if (given.count(option.name) > 0 && !applies(option, config)) refuse_option(option, config);
  validate_features(config);
  if (keeps_entries(config.method)) {
    if (config.codec.empty()) validate_autoencoder(config);
    validate_head(config);
  }
  if (config.holdout > 0 && config.views == "flip:keep")
    throw UserError(
        "--holdout takes rows of training images for tests, but --views flip:keep makes two of each: give "
        "--views flip or none");
  if (config.energy) energy_options(config);
  if (config.eval_tasks && config.stream == "iid")
    throw UserError(
        "--eval_tasks scores after every task, but --stream iid has no tasks: leave one of them out");
}

namespace {

/// "quantization-4-local", or the spec given with --codec.
std::string codec_name(const RunConfig& c) {
  if (!c.codec.empty()) return c.codec;
  if (c.compressor == "quantization") return fmt::format("{}-{}-{}", c.compressor, c.n_states, c.strategy);
  if (c.compressor == "thinning") return fmt::format("{}-{}", c.compressor, c.compression_factor);
  if (c.compressor == "convae") return fmt::format("{}-{}", c.compressor, c.latent_channels);
  if (c.compressor == "fcae") return fmt::format("{}-{}", c.compressor, c.bottleneck_neurons);
  if (c.compressor == "vae") return fmt::format("{}-{}", c.compressor, c.latent_size);
  return c.compressor;
}

/// "quantization-4-local_1000_p128", or "slda-pool-1x2".
std::string learning_name(const RunConfig& c) {
  const std::string bytes = c.memory_bytes.empty() ? "" : fmt::format("{}B", parse_byte_size(c.memory_bytes));
  if (!keeps_entries(c.method)) return c.method + (bytes.empty() ? "" : "_" + bytes);
  const std::string budget = c.whole_dataset ? "whole"
                             : bytes.empty() ? fmt::format("{}", c.memory_size)
                                             : bytes;
  const std::string state = c.method == kReplayMethod ? "" : c.method + "_";
  return fmt::format("{}{}_{}_p{}", state, codec_name(c), budget, c.num_passes);
}

}  // namespace

std::string default_exp_name(const RunConfig& c) {
  const std::string encoder =
      c.encoder == "none" ? "none" : fmt::format("{}-{}", c.encoder, feature_form(c).cut_text());
  std::string name =
      fmt::format("{}_{}_{}_s{}", dataset_file_stem(c.dataset), encoder, learning_name(c), c.seed);
  for (const RunOption& option : run_options())
    if (belongs_in_name(option, c)) name += fmt::format("_{}-{}", option.name, value_text(option, c));
  for (char& ch : name)
    if (std::string("|:,=/\" ").find(ch) != std::string::npos) ch = '-';
  return name;
}

}  // namespace packrat
