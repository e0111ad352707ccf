// The published procedure as one would first write it with LibTorch, whole: what tools/end_to_end sets beside
// `packrat run`. Batches of 16 go through the encoder's modules as they are (convolution, batch norm, ReLU);
// all training images are encoded, quantized to 4 states and back, and offered to a greedy class-balanced
// memory of dense float32 maps; a convolutional head learns from it in batches of 16; and every pass encodes
// the whole test set again. Prints a line of JSON for the filling and for each pass.
//
// Shared with the product, where it makes nothing slower: the files of images, the order of the stream, the
// layers' description and weights, the schedule, and where CutMix cuts.
#include <fmt/format.h>

#include <cstdio>

#include "bench/plain_head.h"
#include "bench/processor_time.h"
#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/core/timer.h"
#include "engine/data/dataset.h"
#include "engine/data/task_stream.h"
#include "engine/studies/roofline/machine/machine_profile.h"
#include "models/encoder.h"
#include "models/encoder_weights.h"
#include "models/network_module.h"
#include "models/torch_runtime.h"
#include "models/weights_dir.h"

namespace packrat {
namespace {

constexpr std::int64_t kBatch = 16, kSlots = 1000, kStates = 4;
const Cut kCut("3");

struct Entry {
  at::Tensor map;  ///< float32 [C, H, W]
  int label;
};

/// A batch as it leaves the loader: float32 [B, 3, 32, 32], normalised.
at::Tensor images_of(const Dataset& dataset, const ImageSet& set, const std::vector<std::int64_t>& which) {
  const auto count = static_cast<std::int64_t>(which.size()), side = set.form().side;
  at::Tensor pixels = at::empty({count, 3, side, side}, at::kByte);
  for (std::int64_t i = 0; i < count; ++i)
    set.read(which[static_cast<std::size_t>(i)], 1,
             pixels.data_ptr<std::uint8_t>() + i * set.form().image_bytes());
  const auto channels = [](const std::array<float, 3>& of) {
    return at::tensor({of[0], of[1], of[2]}).view({1, 3, 1, 1});
  };
  return (pixels.to(at::kFloat) / 255).sub(channels(dataset.info.mean)).div(channels(dataset.info.std));
}

/// The frozen layers in evaluation mode.
class PlainEncoder {
 public:
  PlainEncoder(const Backbone& backbone, const StateDict& weights)
      : module_(std::make_shared<NetworkModule>(backbone.front(kCut), 0)) {
    const at::NoGradGuard no_grad;
    module_->add_layers(HeadForm::kPlain);
    for (auto& named : module_->named_parameters()) named.value().copy_(*find_tensor(weights, named.key()));
    for (auto& named : module_->named_buffers())
      if (const at::Tensor* const value = find_tensor(weights, named.key())) named.value().copy_(*value);
    module_->eval();
  }
  at::Tensor maps(const at::Tensor& images) const {
    const at::NoGradGuard no_grad;
    return module_->run(images);
  }

 private:
  std::shared_ptr<NetworkModule> module_;
};

/// Equal bins between a map's least and greatest value, read back as their middles.
at::Tensor quantized(const at::Tensor& maps) {
  const at::Tensor rows = maps.flatten(1);
  const at::Tensor low = rows.amin(1, true), step = (rows.amax(1, true) - low) / kStates;
  const at::Tensor bin = ((rows - low) / step).floor().clamp(0, kStates - 1);
  return at::where(step > 0, low + (bin + 0.5) * step, low).view_as(maps);
}

/// The greedy class-balanced sampler over dense entries (GDumb).
class PlainMemory {
 public:
  void offer(Entry entry, Rng& rng) {
    const auto label = static_cast<std::size_t>(entry.label);
    if (label >= of_class_.size()) of_class_.resize(label + 1);
    std::vector<Entry>& own = of_class_[label];
    seen_ += own.empty() ? 1 : 0;
    if (!own.empty() && static_cast<std::int64_t>(own.size()) >= kSlots / seen_) return;
    own.push_back(std::move(entry));
    if (++held_ > kSlots) evict(rng);
  }
  std::vector<Entry> entries() const {
    std::vector<Entry> all;
    for (const auto& of : of_class_) all.insert(all.end(), of.begin(), of.end());
    return all;
  }

 private:
  void evict(Rng& rng) {
    auto& largest = *std::max_element(of_class_.begin(), of_class_.end(),
                                      [](const auto& a, const auto& b) { return a.size() < b.size(); });
    largest.erase(largest.begin() + static_cast<std::ptrdiff_t>(rng.below(largest.size())));
    --held_;
  }
  std::vector<std::vector<Entry>> of_class_;
  std::int64_t seen_ = 0, held_ = 0;
};

class PlainReplay {
 public:
  PlainReplay(const Dataset& dataset, const Backbone& backbone, const StateDict& weights)
      : dataset_(dataset),
        encoder_(backbone, weights),
        stream_(make_task_stream(dataset.train.labels, dataset.info.classes, {5, 2, 0, {}, false})),
        head_(learner_options(backbone, stream_.classes()), Rng(0).fork("head").next()) {}

  const PlainEncoder& encoder() const { return encoder_; }

  /// Encodes the stream and keeps what the sampler chooses. Returns the number of entries.
  std::size_t fill() {
    PlainMemory memory;
    Rng rng = Rng(0).fork("memory");
    for_each_sixteen(stream_.order, [&](const std::vector<std::int64_t>& batch) {
      const at::Tensor maps = quantized(encoder_.maps(images_of(dataset_, dataset_.train, batch)));
      for (std::size_t i = 0; i < batch.size(); ++i)
        memory.offer({maps[static_cast<std::int64_t>(i)].clone(), class_of(dataset_.train, batch[i])}, rng);
    });
    entries_ = memory.entries();
    return entries_.size();
  }

  void train_pass(std::int64_t pass) {
    const auto index = static_cast<std::uint64_t>(pass);
    Rng mixing = Rng(0).fork("cutmix", index);
    head_.head().train(true);
    head_.set_pass(pass);
    for_each_sixteen(Rng(0).fork("pass", index).permutation(static_cast<std::int64_t>(entries_.size())),
                     [&](const std::vector<std::int64_t>& batch) {
                       if (batch.size() > 1) train_step(batch, mixing);
                     });
  }

  /// The share of the test set that is right, every image encoded.
  double accuracy() {
    const at::NoGradGuard no_grad;
    head_.head().train(false);
    std::int64_t right = 0;
    const std::vector<std::int64_t> chosen = chosen_images(dataset_.test.labels, stream_);
    for_each_sixteen(chosen, [&](const std::vector<std::int64_t>& batch) {
      const at::Tensor maps = encoder_.maps(images_of(dataset_, dataset_.test, batch));
      const at::Tensor named = head_.head().forward(maps).argmax(1);
      for (std::size_t i = 0; i < batch.size(); ++i)
        right += named.data_ptr<std::int64_t>()[i] == class_of(dataset_.test, batch[i]) ? 1 : 0;
    });
    return static_cast<double>(right) / static_cast<double>(chosen.size());
  }

 private:
  static LearnerOptions learner_options(const Backbone& backbone, int classes) {
    LearnerOptions options;
    options.head = {backbone.name(), kCut, backbone.output_shape(kCut), classes, HeadForm::kPlain};
    return options;
  }
  template <class Work>
  static void for_each_sixteen(const std::vector<std::int64_t>& of, const Work& work) {
    for (std::size_t begin = 0; begin < of.size(); begin += kBatch)
      work({of.begin() + static_cast<std::ptrdiff_t>(begin),
            of.begin() + static_cast<std::ptrdiff_t>(std::min(of.size(), begin + kBatch))});
  }
  int class_of(const ImageSet& set, std::int64_t image) const {
    return stream_.position_of_label[set.labels[static_cast<std::size_t>(image)]];
  }
  void train_step(const std::vector<std::int64_t>& batch, Rng& mixing) {
    std::vector<at::Tensor> stacked;
    std::vector<std::int64_t> classes;
    for (const std::int64_t i : batch) {
      stacked.push_back(entries_[static_cast<std::size_t>(i)].map);
      classes.push_back(entries_[static_cast<std::size_t>(i)].label);
    }
    const at::Tensor maps = at::stack(stacked);
    CutMixPlan plan;
    if (mixing.uniform() < 0.5) {
      plan = plan_cutmix(maps.size(0), maps.size(2), maps.size(3), 1, mixing);
      apply_cutmix(plan, maps);
    }
    head_.train_step(maps, at::tensor(classes, at::kLong), plan);
  }

  const Dataset& dataset_;
  PlainEncoder encoder_;
  TaskStream stream_;
  std::vector<Entry> entries_;
  bench::PlainHead head_;
};

/// The plain layers compute what the product's encoder does.
void check_maps(const PlainReplay& plain, const Dataset& dataset, const Backbone& backbone,
                const StateDict& weights) {
  const at::Tensor images = images_of(dataset, dataset.test, {0, 1, 2, 3, 4, 5, 6, 7});
  const at::Tensor expected = Encoder(backbone, kCut, weights).forward(images);
  const auto off = (plain.encoder().maps(images) - expected).abs().max().item<float>();
  if (!(off <= 1e-4f * expected.abs().max().item<float>()))
    throw Error(fmt::format("the plain encoder's maps are up to {} away from the product's", off));
}

struct Options {
  std::string data_dir;
  int threads = 1;
  std::int64_t passes = 4, whole = 0;
};

Options options_of(int argc, char** argv) {
  Options options;
  const auto number = [&](int place, auto& value) {
    return argc <= place || (read_number(argv[place], value) == NumberText::kNumber && value >= 1);
  };
  if (argc < 2 || argc > 5 || !number(2, options.threads) || !number(3, options.passes) ||
      !number(4, options.whole))
    throw UserError(
        "usage: end_to_end DATA_DIR [THREADS [PASSES [WHOLE]]]: PASSES are timed and scored; training then "
        "goes on to pass WHOLE, "
        "scored once");
  options.data_dir = argv[1];
  return options;
}

/// Seconds since it was asked last: of processor time where one thread works, else of the clock on the wall.
class Clock {
 public:
  explicit Clock(int threads) : one_thread_(threads == 1), last_(now()) {}
  double lap() {
    const double before = last_;
    return (last_ = now()) - before;
  }

 private:
  double now() const { return one_thread_ ? bench::processor_seconds() : timer_.seconds(); }
  bool one_thread_;
  Timer timer_;
  double last_;
};

void print(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void run(const Options& options) {
  const Dataset dataset = load_dataset(find_dataset("CIFAR10"), options.data_dir);
  const Backbone& backbone = find_encoder("cutr34");
  const StateDict weights = read_encoder_weights(shipped_weights(backbone), backbone, kCut).tensors;
  PlainReplay plain(dataset, backbone, weights);
  use_one_thread();
  check_maps(plain, dataset, backbone, weights);
  at::set_num_threads(options.threads);
  Clock clock(options.threads);
  const std::size_t entries = plain.fill();
  print(fmt::format(R"({{"cpu": "{}", "fill_seconds": {:.3f}, "images": {}, "entries": {}}})", cpu_name(),
                    clock.lap(), dataset.train.count(), entries));
  std::int64_t pass = 0;
  for (; pass < options.passes; ++pass) {
    plain.train_pass(pass);
    const double train_seconds = clock.lap(), accuracy = plain.accuracy();
    print(
        fmt::format(R"({{"pass": {}, "train_seconds": {:.3f}, "test_seconds": {:.3f}, "accuracy": {:.4f}}})",
                    pass, train_seconds, clock.lap(), accuracy));
  }
  if (pass >= options.whole) return;
  for (; pass < options.whole; ++pass) plain.train_pass(pass);
  print(fmt::format(R"({{"whole": {}, "accuracy": {:.4f}}})", options.whole, plain.accuracy()));
}

}  // namespace
}  // namespace packrat

int main(int argc, char** argv) try {
  packrat::run(packrat::options_of(argc, argv));
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "end_to_end: {}\n", error.what());
  return 2;
}
