#pragma once
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace packrat {

/// Every option of `packrat run`, under the names of the published scripts where those have one.
struct RunConfig {
  // stream
  std::string dataset = "CIFAR10";
  std::int64_t num_classes_per_task = 2;
  std::int64_t num_tasks = 5;
  std::int64_t seed = 0;
  std::string stream = "class_incremental";
  std::int64_t class_order_seed = -1;
  // method
  std::string method = "gdumb";
  // replay buffer
  std::string sampler = "greedy_sampler";
  std::int64_t memory_size = 1000;
  std::string memory_bytes;
  bool whole_dataset = false;
  // encoder
  std::string encoder = "none";
  std::string encoding_block = "3";
  std::string blocks;
  std::string pool = "none";
  std::string views = "none";
  std::string encoder_dtype = "float32";
  std::string weights;
  // codec
  std::string compressor = "none";
  double compression_factor = 0.5;
  std::int64_t n_states = 4;
  std::string strategy = "local";
  std::string codec;
  std::string codec_file;
  std::string fit_on;
  std::int64_t fit_images = 0;
  std::int64_t n_blocks = 2;
  std::int64_t latent_channels = 16;
  std::int64_t bottleneck_neurons = 64;
  std::int64_t n_layers = 6;
  std::int64_t latent_size = 32;
  std::int64_t vae_width = 400;
  // head and its training
  std::string recipe = "published";
  std::string backbone = "resnet";
  std::string backbone_block;
  std::int64_t hidden = 512;
  double dropout = 0.5;
  std::int64_t num_passes = 128;
  std::int64_t batch_size = 16;
  std::string lr_schedule = "warm_restarts";
  double maxlr = 0.05;
  double minlr = 0.0005;
  double weight_decay = 1e-6;
  double clip = 10;
  std::string regularization = "cutmix";
  double cutmix_alpha = 1;
  double cutmix_prob = 0.5;
  // evaluation
  std::string test_features = "roundtrip";
  std::int64_t eval_every = 0;
  bool eval_tasks = false;
  double holdout = 0;
  // machine
  std::string device = "cpu";
  std::int64_t threads = 0;
  std::int64_t workers = 0;
  std::string data_dir = "data";
  std::string cache_dir;
  bool no_cache = false;
  // energy
  bool energy = false;
  std::string power_log;
  std::string time_zone;
  std::string idle_watts;
  std::string carbon = "uk-published";
  std::string carbon_intensity;
  std::string powercap_dir = "/sys/class/powercap";
  // results
  std::string log_dir = "runs";
  std::string exp_name;
  std::string save_buffer;
  std::string save_model;
  bool overwrite = false;
};

using RunField =
    std::variant<std::int64_t RunConfig::*, double RunConfig::*, std::string RunConfig::*, bool RunConfig::*>;

/// One option: the only place that knows its name, its help and when it applies. The command line,
/// configuration files, the log's first line and result.json all loop over the table.
struct RunOption {
  std::string name;
  RunField field;
  std::string group;  ///< heading in --help
  std::string help;
  std::string part;  ///< the option that decides whether this one applies ("compressor"), or empty
  std::vector<std::string> part_values;  ///< ... by having one of these values
  bool published = false;                ///< an option of the published scripts: part of the log's first line
  std::vector<std::string> replaced_by = {};  ///< options that, once set, stand in for this one
};
const std::vector<RunOption>& run_options();
/// UserError when there is none of that name.
const RunOption& find_run_option(const std::string& name);

/// Whether an option can change what a run computes. Those of the machine but --device, of energy and of
/// results cannot. True for a name that is no option (of an imported run).
bool affects_result(const std::string& name);

/// Whether an option is part of how the codec is spelled: --codec, --compressor and what belongs to it.
bool spells_codec(const std::string& name);

/// The only values an option may have; empty when it is not one of a fixed list.
std::vector<std::string> run_option_choices(const std::string& name);

/// True when the option matters for this run (--n_states without quantization does not, nor does a codec for
/// a --method that keeps no entries).
bool applies(const RunOption& option, const RunConfig& config);

/// A value as text: 0.5, 4, true, local. Doubles print as the shortest text that reads back the same.
std::string value_text(const RunOption& option, const RunConfig& config);

/// UserError when the option's value in `config` is out of its range, whatever the other options say: names
/// the value and the range.
void check_value(const RunOption& option, const RunConfig& config);

/// Reads a TOML file of options (`memory_size = 1000`) into `config`, leaving alone the options in `given`,
/// to which it adds the ones it set. UserError names file, line and key for unknown keys and values of the
/// wrong type.
void read_config_file(const std::filesystem::path& file, RunConfig& config, std::set<std::string>& given);

/// The options that apply, as a TOML file that read_config_file() reads back to the same run.
std::string dump_config(const RunConfig& config);

/// Checks everything that can be checked before data is touched. `given` are the options the user wrote: one
/// that does not belong to the chosen parts is an error that says which part it belongs to. Every message
/// names the value, the range and the remedy.
void validate(const RunConfig& config, const std::set<std::string>& given);

/// A name for the run's folder that tells runs apart: data set, encoder, codec, budget, passes and seed, and
/// every other option that changes results and was changed from its default:
/// "cifar10_cutr34-3_quantization-4-local_1000_p128_s0", "..._s0_maxlr-0.1".
std::string default_exp_name(const RunConfig& config);

}  // namespace packrat
