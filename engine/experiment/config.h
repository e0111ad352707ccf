#pragma once
#include <cstdint>
#include <set>
#include <string>

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
  std::int64_t image_size = 32;
  std::string image_crop = "none";
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
  std::string normalise = "dataset";
  std::string channel_order = "rgb";
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
  std::string buffer_device = "cpu";
  std::string buffer_storage = "memory";
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

/// A name for the run's folder that tells runs apart: data set, encoder, codec, budget, passes and seed, and
/// every other option that changes results and was changed from its default:
/// "cifar10_cutr34-3_quantization-4-local_1000_p128_s0", "..._s0_maxlr-0.1".
std::string default_exp_name(const RunConfig& config);

}  // namespace packrat
