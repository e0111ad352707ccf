#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <memory>
#include <optional>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "compressors/entropy_bound.h"
#include "engine/core/interrupt.h"
#include "engine/core/timer.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/train/evaluation.h"
#include "models/torch_runtime.h"
#include "tools/codec_options.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

constexpr std::int64_t kBatch = 64;  // rows handled at a time, as in training

struct BenchCommand {
  RunConfig config;
  std::vector<std::string> codecs;
  std::int64_t images = 1000;
  std::string model;  // whose head is asked; empty: none
};

/// Calls per second of the best of three stretches of a fifth of a second.
template <class F>
double calls_per_second(const F& call) {
  double best = 0;
  for (int stretch = 0; stretch < 3; ++stretch) {
    const Timer timer;
    std::int64_t calls = 0;
    for (; timer.seconds() < 0.2; ++calls) {
      if (stop_requested()) throw Interrupted("stopped while codecs were measured");
      call();
    }
    best = std::max(best, static_cast<double>(calls) / timer.seconds());
  }
  return best;
}

/// Rows cut into batches, so that neither encoding nor decoding always finds the same ones in the cache.
struct Batches {
  explicit Batches(ConstRows all) : rows(all), size(std::min(kBatch, all.count)), count(all.count / size) {}
  ConstRows rows;
  std::int64_t size, count;
  ConstRows batch(std::int64_t i) const { return {rows.row(i % count * size), size, rows.width}; }
};

double encoded_rows_per_second(const Codec& codec, const Batches& batches) {
  std::int64_t i = 0;
  return static_cast<double>(batches.size) * calls_per_second([&] { codec.encode(batches.batch(i++)); });
}

double decoded_rows_per_second(const Codec& codec, const Batches& batches) {
  std::vector<EntryBatch> encoded;
  for (std::int64_t i = 0; i < batches.count; ++i) encoded.push_back(codec.encode(batches.batch(i)));
  std::vector<std::vector<ByteView>> views(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i)
    for (std::int64_t e = 0; e < batches.size; ++e) views[i].push_back(encoded[i].entry(e));
  std::vector<float> out(static_cast<std::size_t>(batches.size * batches.rows.width));
  std::size_t i = 0;
  return static_cast<double>(batches.size) * calls_per_second([&] {
           codec.decode(views[i++ % views.size()], {out.data(), batches.size, batches.rows.width});
         });
}

double copied_rows_per_second(const Batches& batches) {
  std::vector<float> out(static_cast<std::size_t>(batches.size * batches.rows.width));
  std::int64_t i = 0;
  return static_cast<double>(batches.size) * calls_per_second([&] {
           std::memcpy(out.data(), batches.batch(i++).data, out.size() * sizeof(float));
           asm volatile("" : : "r"(out.data()) : "memory");  // somebody may read what was copied
         });
}

/// Bits a value of entries, and of the zeroth-order entropy of what the stages wrote: of the values alone,
/// and of all.
std::string bits_text(const Codec& codec, const Distortion& d, ConstRows rows) {
  const auto width = static_cast<double>(rows.width);
  const std::string taken = fmt::format("{:>10.4f}", 8 * d.mean_entry_bytes / width);
  const auto bound = entropy_bound(codec, rows);
  return bound ? fmt::format("{} | {:>9.4f} | {:>8.4f}", taken, bound->values / width, bound->all() / width)
               : fmt::format("{} | {:>9} | {:>8}", taken, "-", "-");
}

/// A trained head that is shown what codecs give back.
class Witness {
 public:
  Witness(const std::string& file, const RunConfig& config, const PreparedData& data, ConstRows rows)
      : head_(std::move(*load_head_model(file).head)), rows_(rows) {
    evaluation_.threads = thread_count(config);
    if (head_.spec().in_shape != data.domain.shape)
      throw UserError(
          fmt::format("--model {}: its head takes maps of {}, the rows here are maps of {}: give the "
                      "encoder and cut that it was trained with",
                      file, fmt::join(head_.spec().in_shape, "x"), fmt::join(data.domain.shape, "x")));
    plain_ = predictions(head_, rows, evaluation_);
  }

  /// The fraction of rows that it takes for the same class before and after the codec.
  double agreement(const Codec& codec) {
    std::vector<float> values(static_cast<std::size_t>(rows_.count * rows_.width));
    round_trip(codec, rows_, {values.data(), rows_.count, rows_.width});
    const auto after = predictions(head_, {values.data(), rows_.count, rows_.width}, evaluation_);
    std::int64_t same = 0;
    for (std::size_t i = 0; i < after.size(); ++i) same += after[i] == plain_[i] ? 1 : 0;
    return static_cast<double>(same) / static_cast<double>(after.size());
  }

 private:
  Head head_;
  ConstRows rows_;
  EvaluationOptions evaluation_;
  std::vector<std::uint16_t> plain_;
};

void bench(const CLI::App& command, BenchCommand options) {
  need_tensors();
  fit_encoder_to_dataset(command, options.config);
  apply_onnx_defaults(options.config);
  use_one_thread();
  Dataset dataset = load_test_images(options.config);
  const PreparedData data = prepare_data(dataset, encoding_options(options.config), console_progress());
  if (!data.weights_note.empty()) fmt::print(stderr, "weights: {}\n", data.weights_note);
  const ConstRows all = data.test->rows();
  const Batches batches({all.data, std::min(options.images, all.count), all.width});
  std::optional<Witness> witness;
  if (!options.model.empty()) witness.emplace(options.model, options.config, data, batches.rows);
  const double copied = copied_rows_per_second(batches), width = static_cast<double>(all.width);
  fmt::print("{} test images of {} as {} of {} values; memcpy of their float32 values: {:.0f} Mvalues/s\n\n",
             batches.rows.count, options.config.dataset, data.domain.pixels ? "images" : "maps", all.width,
             copied * width / 1e6);
  fmt::print(
      "| {:<48} | {:>16} | {:>10} | {:>9} | {:>8} | {:>8} | {:>10} | {:>11} | {:>10} | {:>11} | {:>8} | "
      "{:>10} | {:>7} | {:>9} |\n",
      "codec", "bytes per entry", "bits/value", "H(values)", "H(entry)", "shared", "encode/s", "Mvalues/s",
      "decode/s", "Mvalues/s", "memcpy", "mse", "PSNR dB", "agreement");
  fmt::print("|{:-<50}|", "");
  for (const int dashes : {18, 12, 11, 10, 10, 12, 13, 12, 13, 10, 12, 9, 11})
    fmt::print("{:->{}}|", ":", dashes);
  fmt::print("\n");
  std::string coders;
  for (const std::string& spec : options.codecs) {
    const std::shared_ptr<const Codec> codec = codec_named(spec, options.config, data);
    const Distortion d = measure_distortion(*codec, batches.rows);
    const double encoded = encoded_rows_per_second(*codec, batches),
                 decoded = decoded_rows_per_second(*codec, batches);
    fmt::print(
        "| {:<48} | {:>16} | {} | {:>8} | {:>10.0f} | {:>11.1f} | {:>10.0f} | {:>11.1f} | {:>7.3f}x | "
        "{:>10.4g} | {:>7.2f} | {:>9} |\n",
        codec->spec(), entry_bytes_text(d), bits_text(*codec, d, batches.rows), codec->shared().size(),
        encoded, encoded * width / 1e6, decoded, decoded * width / 1e6, decoded / copied, d.mse, d.psnr_db,
        witness ? fmt::format("{:.4f}", witness->agreement(*codec)) : "-");
    if (codec->coder() != nullptr)
      coders += fmt::format("{}: {}.\n", codec->spec(), codec->coder()->summary());
    std::fflush(stdout);
  }
  fmt::print(
      "\nOne thread, {} rows at a time. memcpy: the rate of decoding as a multiple of copying the same "
      "values "
      "as float32.\nH: zeroth-order entropy of an entry's symbols in bits a value, of its values alone and "
      "with ranges and indexes.\nagreement: fraction of the rows that --model's head takes for the same "
      "class "
      "before and after the codec.\n{}",
      kBatch, coders);
}

}  // namespace

void add_codec_bench_command(CLI::App& codec) {
  CLI::App* command =
      codec.add_subcommand("bench", "Bytes, error and speed of codecs on real features or images");
  const auto options = std::make_shared<BenchCommand>();
  options->config.encoder = "cutr34";
  command->add_option("--codec", options->codecs, "One codec or more")->required();
  add_codec_data_options(*command, options->config);
  add_number(*command, "--images", options->images, "Test images to measure on", {1, 1'000'000'000});
  command->add_option(
      "--model", options->model,
      "File written by `packrat run --save_model`: how often its head takes a row for the same class "
      "before and after the codec");
  command->callback([command, options] { bench(*command, *options); });
}

}  // namespace packrat
