#include "bench/scaling/measure.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "bench/processor_time.h"
#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/buffer_file.h"
#include "engine/core/error.h"
#include "engine/data/task_stream.h"
#include "engine/experiment/ingest_stream.h"
#include "engine/train/learner.h"
#include "tests/support/temp_folder.h"

namespace packrat::bench {
namespace {

constexpr std::int64_t kPoolValues = std::int64_t{1} << 22, kBatch = 128;
constexpr double kEnoughSeconds = 0.2;
constexpr int kMostRuns = 5;

/// Rows of rectified normal numbers; a few thousand, which come again and again.
class MadeUpRows : public RowSource {
 public:
  explicit MadeUpRows(std::int64_t values) : values_(values) {
    Rng rng(1);
    for (std::int64_t i = 0; i < std::max(values, kPoolValues); ++i)
      pool_.push_back(std::max(0.0f, static_cast<float>(rng.normal())));
  }
  void gather(const std::vector<std::int64_t>& indices, Rows out) const override {
    const std::int64_t rows = static_cast<std::int64_t>(pool_.size()) / values_;
    for (std::size_t i = 0; i < indices.size(); ++i)
      std::copy_n(pool_.data() + indices[i] % rows * values_, values_, out.row(static_cast<std::int64_t>(i)));
  }

 private:
  std::int64_t values_;
  std::vector<float> pool_;
};

double mib_in_status(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(key + ":", 0) == 0) return std::stod(line.substr(key.size() + 1)) / 1024;
  throw Error("/proc/self/status has no " + key);
}

/// Runs a part a few times.
Cost cost_of(const std::string& part, const std::function<void()>& run) {
  Cost cost{part, INFINITY, 0};
  double spent = 0;
  for (int i = 0; i < kMostRuns && spent < kEnoughSeconds; ++i) {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5;  // the highest so far begins anew
    const double before = mib_in_status("VmRSS");
    const double start = processor_seconds();
    run();
    const double seconds = processor_seconds() - start;
    cost.seconds = std::min(cost.seconds, seconds);
    spent += seconds;
    cost.peak_mib = std::max(cost.peak_mib, mib_in_status("VmHWM") - before);
  }
  return cost;
}

Domain domain_of(const Work& work) {
  Domain domain;
  domain.shape = {work.values / 4, 2, 2};
  return domain;
}

ReplayBuffer filled(const Work& work, const RowSource& rows) {
  std::vector<std::uint16_t> labels;
  for (std::int64_t i = 0; i < 2 * work.slots; ++i)
    labels.push_back(static_cast<std::uint16_t>(i % work.classes));
  const TaskStream stream =
      make_task_stream(labels, work.classes, {work.tasks, work.classes / work.tasks, 0, {}, false});
  ReplayBuffer buffer(std::make_shared<const Codec>(make_codec(work.codec, domain_of(work))), work.classes,
                      Budget::slots(work.slots), make_sampler(work.sampler));
  std::int64_t begin = 0;
  for (const std::int64_t end : stream.task_end) {
    ingest_stream({stream, labels, rows}, begin, end, {&buffer}, Rng(2), {});
    begin = end;
  }
  return buffer;
}

/// All entries, in random order. Returns the sum of their values.
double decode_all(const ReplayBuffer& buffer) {
  const std::int64_t values = buffer.codec().domain().values();
  std::vector<float> out(static_cast<std::size_t>(kBatch * values));
  const std::vector<std::int64_t> order = Rng(3).permutation(buffer.size());
  double sum = 0;
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = begin + std::min<std::ptrdiff_t>(kBatch, order.end() - begin);
    buffer.decode({begin, end}, {out.data(), end - begin, values});
    sum += static_cast<double>(out[0]);
    begin = end;
  }
  return sum;
}

double train_pass(const Work& work, const ReplayBuffer& buffer) {
  LearnerOptions options;
  options.head.kind = "linear";
  options.head.in_shape = domain_of(work).shape;
  options.head.classes = work.classes;
  options.batch_size = kBatch;
  Learner learner(options, Rng(4));
  learner.finish_pass(buffer);
  return learner.mean_loss();
}

void require(bool right, const Work& work, const char* what) {
  if (!right)
    throw Error(fmt::format("{} slots of {} values, {} classes, {} tasks, {}, {}: {}", work.slots,
                            work.values, work.classes, work.tasks, work.codec, work.sampler, what));
}

}  // namespace

const std::vector<std::string>& work_parts() {
  static const std::vector<std::string> parts{"ingest", "decode", "train", "save", "load"};
  return parts;
}

Costs measure_work(const Work& work, bool ingest_alone) {
  const MadeUpRows rows(work.values);
  Costs costs{work, {}, 0};
  std::optional<ReplayBuffer> buffer;
  costs.costs.push_back(cost_of("ingest", [&] {
    buffer.reset();
    buffer.emplace(filled(work, rows));
  }));
  require(buffer->size() == work.slots, work, "the buffer is not full");
  costs.buffer_mib = static_cast<double>(buffer->ledger().buffer_total()) / 1048576;
  if (ingest_alone) return costs;
  double sum = 0, loss = 0;
  costs.costs.push_back(cost_of("decode", [&] { sum = decode_all(*buffer); }));
  costs.costs.push_back(cost_of("train", [&] { loss = train_pass(work, *buffer); }));
  require(std::isfinite(loss), work, "the loss is not finite");
  const TempFolder folder;
  std::optional<SavedBuffer> loaded;
  costs.costs.push_back(cost_of("save", [&] {
    save_buffer(*buffer, {"made up", "none", "none", ""}, folder / "buffer");
  }));
  costs.costs.push_back(cost_of("load", [&] {
    loaded.reset();
    loaded.emplace(load_buffer(folder / "buffer"));
  }));
  require(decode_all(loaded->buffer) == sum, work, "the loaded buffer holds other entries");
  return costs;
}

}  // namespace packrat::bench
