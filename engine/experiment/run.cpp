#include "engine/experiment/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include "compressors/distortion.h"
#include "compressors/kernels/isa.h"
#include "engine/buffer/buffer_file.h"
#include "engine/core/build_info.h"
#include "engine/core/timer.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/ingest_stream.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/run_checkpoint.h"
#include "engine/experiment/run_claim.h"
#include "engine/experiment/run_codec.h"
#include "engine/experiment/run_energy.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr std::int64_t kRoundTripRows = 500;
constexpr double kCheckpointEverySeconds = 60;

/// One run from the first file to the last byte. The order of play is in run_experiment().
class Experiment {
 public:
  Experiment(const RunConfig& config, const RunHooks& hooks)
      : config_(config),
        hooks_(hooks),
        folder_(config),
        claim_(config),
        rng_(static_cast<std::uint64_t>(config.seed)) {
    if (!claim_.note().empty()) note(claim_.note());
    if (config.energy) energy_ = std::make_unique<EnergyMeter>(energy_options(config));
    use_one_thread();
    parse_device(config.device);  // a device that is not there is found before any work is done
  }

  void resume();
  void load();
  void prepare();
  void make_buffer();
  /// Offers the stream to the buffer until `end` images have arrived.
  void ingest_until(std::int64_t end);
  /// From here on nothing but the buffer can be learned from.
  void close_training_images() { data_.train.reset(); }
  /// Trains a fresh head on the buffer, which holds the tasks 0 .. task, and scores it.
  void train_and_score(std::int64_t task);
  /// Counts the bytes and writes everything that is to stay; only then the checkpoint goes.
  RunRecord finish();

  const TaskStream& stream() const { return stream_; }

 private:
  std::shared_ptr<const Codec> choose_codec();
  void round_trip_test();
  /// The test images as "raw" or "roundtrip" features.
  const FeatureRows& test_rows(const std::string& features) const;
  LearnerOptions learner_options() const;
  bool scored(std::int64_t pass) const;
  void restore(Learner& learner, TrainingRecord& training);
  void save_progress(const Learner& learner, const TrainingRecord& training);
  Accuracy accuracy_on(Learner& learner, const LabelledRows& test);
  void score(Learner& learner, std::int64_t pass, const LabelledRows& test, TrainingRecord& training);
  /// Scores the last head on the features that --test_features did not choose.
  void score_other_features();
  /// The energy of earlier starts and of this one, up to now.
  std::optional<EnergyReport> energy_with(EnergyReading (EnergyMeter::*read)()) const;
  void save_outputs();
  std::string buffer_checksum() const;
  void note(const std::string& line) const {
    if (hooks_.note) hooks_.note(line);
  }

  RunConfig config_;
  RunHooks hooks_;
  RunFolder folder_;
  RunClaim claim_;                               // before any work, and until the end
  std::unique_ptr<EnergyMeter> energy_;          // null without --energy
  std::optional<EnergyReading> earlier_energy_;  // of the starts that the checkpoint goes back to
  Rng rng_;
  Dataset dataset_;  // without its images, once they are prepared
  TaskStream stream_;
  std::vector<std::uint16_t> train_labels_, test_labels_;  // as in the data set's files
  PreparedData data_;
  std::unique_ptr<FeatureRows> test_round_trip_;  // null when the codec loses nothing of the test images
  std::unique_ptr<ReplayBuffer> buffer_;
  std::unique_ptr<Learner> learner_;
  std::int64_t ingested_ = 0;
  std::optional<RunCheckpoint> checkpoint_;
  RunRecord record_;
  Timer since_checkpoint_;
};

/// Adds the seconds of a block of code to a phase, also when it is left by an exception.
class PhaseTimer {
 public:
  explicit PhaseTimer(double& seconds) : seconds_(seconds) {}
  ~PhaseTimer() { seconds_ += timer_.seconds(); }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  double& seconds_;
  Timer timer_;
};

void Experiment::load() {
  const PhaseTimer timer(record_.seconds["load"]);
  dataset_ = load_dataset(config_.dataset, config_.data_dir, hooks_.progress);
  check_codec(config_, dataset_.info);
  record_.data_sha256 = dataset_.sha256;
  stream_ = make_task_stream(dataset_.train.labels, dataset_.info.classes, stream_options(config_));
  record_.classes = stream_.classes();
}

void Experiment::prepare() {
  const PhaseTimer timer(record_.seconds["encode"]);
  train_labels_ = dataset_.train.labels;
  test_labels_ = dataset_.test.labels;
  data_ = prepare_data(dataset_, encoding_options(config_), hooks_.progress);
  record_.weights_sha256 = data_.weights_sha256;
  record_.weights_name = data_.weights_name;
  record_.cache_note = data_.cache_note;
  if (!data_.weights_note.empty()) note("weights: " + data_.weights_note);
  if (!data_.cache_note.empty()) note("features: " + data_.cache_note);
}

std::shared_ptr<const Codec> Experiment::choose_codec() {
  const PhaseTimer timer(record_.seconds["fit"]);
  const RunCodec chosen =
      codec_for_run(config_, data_, hooks_.progress, [this](const std::string& line) { note(line); });
  record_.codec_learned_from = chosen.learned_from;
  if (!chosen.learned_from.empty()) note("codec: " + chosen.learned_from);
  return chosen.codec;
}

/// What the codec gives back for each test image, as the head sees entries in training.
void Experiment::round_trip_test() {
  const PhaseTimer timer(record_.seconds["evaluate"]);
  const ConstRows rows = data_.test->rows();
  std::vector<float> values(static_cast<std::size_t>(rows.count * rows.width));
  for_each_batch(rows.count, kRoundTripRows, thread_count(config_),
                 [&](std::int64_t begin, std::int64_t end) {
                   round_trip(buffer_->codec(), {rows.row(begin), end - begin, rows.width},
                              {values.data() + begin * rows.width, end - begin, rows.width});
                 });
  const ConstRows restored(values.data(), rows.count, rows.width);
  record_.roundtrip_mse =
      squared_error(rows, restored, data_.domain) / static_cast<double>(rows.count * rows.width);
  const bool lossless = std::equal(values.begin(), values.end(), rows.data);
  if (!lossless) test_round_trip_ = std::make_unique<FeatureRows>(std::move(values), rows.width);
}

void Experiment::make_buffer() {
  std::shared_ptr<const Codec> codec = choose_codec();
  record_.codec = codec->spec();
  const Budget budget = config_.whole_dataset ? Budget::slots(static_cast<std::int64_t>(stream_.order.size()))
                        : config_.memory_bytes.empty() ? Budget::slots(config_.memory_size)
                                                       : Budget::bytes(parse_byte_size(config_.memory_bytes));
  buffer_ =
      std::make_unique<ReplayBuffer>(std::move(codec), stream_.classes(), budget,
                                     make_sampler(config_.whole_dataset ? "keep_all" : config_.sampler));
  record_.test_features = config_.test_features;
  round_trip_test();
}

const FeatureRows& Experiment::test_rows(const std::string& features) const {
  return features == "roundtrip" && test_round_trip_ ? *test_round_trip_ : *data_.test;
}

void Experiment::ingest_until(std::int64_t end) {
  const PhaseTimer timer(record_.seconds["ingest"]);
  ingest_stream({stream_, train_labels_, *data_.train}, ingested_, end, {buffer_.get()}, rng_,
                hooks_.progress);
  ingested_ = end;
  const auto offered = static_cast<std::int64_t>(stream_.order.size());
  if (end == offered && buffer_->size() == offered && buffer_->capacity() > offered)
    note(
        fmt::format("the budget has room for {} entries, but the stream has {} images: all are kept, and {} "
                    "slots stay empty",
                    buffer_->capacity(), offered, buffer_->capacity() - offered));
}

LearnerOptions Experiment::learner_options() const {
  LearnerOptions options;
  options.head = head_spec(config_, data_.domain.shape, stream_.classes());
  options.batch_size = config_.batch_size;
  options.lr = {config_.maxlr, config_.minlr};
  options.sgd.weight_decay = config_.weight_decay;
  options.sgd.clip_norm = config_.clip;
  if (config_.regularization == "cutmix")
    options.cutmix = CutMixOptions{config_.cutmix_prob, config_.cutmix_alpha};
  options.device = config_.device;
  return options;
}

bool Experiment::scored(std::int64_t pass) const {
  return pass + 1 == config_.num_passes || LrSchedule::ends_cycle(pass) ||
         (config_.eval_every > 0 && (pass + 1) % config_.eval_every == 0);
}

/// The test images of the classes that have been seen, as the head is to be scored on them. `copy` holds the
/// rows when they are not all there are.
LabelledRows seen_rows(const FeatureRows& features, const std::vector<std::uint16_t>& labels,
                       const TaskStream& stream, int seen_classes, std::vector<float>& copy) {
  const ConstRows all = features.rows();
  LabelledRows seen{{nullptr, 0, all.width}, {}};
  std::vector<std::int64_t> chosen;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int position = stream.position_of_label[labels[i]];
    if (position < 0 || position >= seen_classes) continue;
    chosen.push_back(static_cast<std::int64_t>(i));
    seen.labels.push_back(static_cast<std::uint16_t>(position));
  }
  seen.rows = all;
  if (chosen.size() == labels.size()) return seen;
  for (const std::int64_t i : chosen) copy.insert(copy.end(), all.row(i), all.row(i) + all.width);
  seen.rows = {copy.data(), static_cast<std::int64_t>(chosen.size()), all.width};
  return seen;
}

Accuracy Experiment::accuracy_on(Learner& learner, const LabelledRows& test) {
  const PhaseTimer timer(record_.seconds["evaluate"]);
  return evaluate(learner.head(), data_.domain.shape, test,
                  {config_.num_classes_per_task, thread_count(config_), config_.device});
}

void Experiment::score_other_features() {
  if (!test_round_trip_) return;
  const std::string other = config_.test_features == "raw" ? "roundtrip" : "raw";
  std::vector<float> copy;
  const Accuracy accuracy = accuracy_on(*learner_, seen_rows(test_rows(other), test_labels_, stream_,
                                                             static_cast<int>(stream_.classes()), copy));
  record_.other_score = OtherFeaturesScore{other, accuracy.all_classes, accuracy.own_task};
  note(fmt::format("on {} test features instead: acc {:.4f}, task_acc {:.4f}", other, accuracy.all_classes,
                   accuracy.own_task));
}

void Experiment::score(Learner& learner, std::int64_t pass, const LabelledRows& test,
                       TrainingRecord& training) {
  const Accuracy accuracy = accuracy_on(learner, test);
  training.curve.push_back({pass, accuracy.all_classes, accuracy.own_task, learner.mean_loss()});
  training.of_task = accuracy.of_task;
  note(fmt::format("pass {}: acc {:.4f}, task_acc {:.4f}, loss {:.4f}", pass, accuracy.all_classes,
                   accuracy.own_task, learner.mean_loss()));
}

void Experiment::train_and_score(std::int64_t task) {
  if (checkpoint_ && task < checkpoint_->task) return;  // its training is among the finished ones
  learner_ =
      std::make_unique<Learner>(learner_options(), rng_.fork("learner", static_cast<std::uint64_t>(task)));
  Learner& learner = *learner_;
  TrainingRecord training{task, buffer_->size(), {}, {}};
  if (checkpoint_) restore(learner, training);
  std::vector<float> copy;
  const auto seen_classes = static_cast<int>((task + 1) * config_.num_classes_per_task);
  const LabelledRows test =
      seen_rows(test_rows(config_.test_features), test_labels_, stream_, seen_classes, copy);
  double decoded = 0;
  while (learner.position().pass < config_.num_passes) {
    const std::int64_t pass = learner.position().pass;
    try {
      const PhaseTimer timer(record_.seconds["train"]);
      learner.finish_pass(*buffer_);
    } catch (const Interrupted& stop) {
      save_progress(learner, training);
      throw Interrupted(fmt::format("{}; go on with --resume", stop.what()));
    }
    record_.seconds["decode"] +=
        learner.seconds_decoding() - std::exchange(decoded, learner.seconds_decoding());
    if (hooks_.progress) hooks_.progress("train", pass + 1, config_.num_passes);
    if (scored(pass)) score(learner, pass, test, training);
    // After the last pass too: should a file then not be writable, --resume has only the writing left to do.
    const bool done = pass + 1 == config_.num_passes;
    if (done || since_checkpoint_.seconds() > kCheckpointEverySeconds) save_progress(learner, training);
  }
  record_.trainings.push_back(training);
}

void Experiment::resume() {
  if (!std::filesystem::exists(folder_.checkpoint)) {
    note(fmt::format("no checkpoint in {}: the run starts from its beginning", folder_.folder.string()));
    return;
  }
  checkpoint_ = load_checkpoint(folder_.checkpoint, config_);
  record_.trainings = checkpoint_->record.trainings;
  record_.seconds = checkpoint_->record.seconds;
  if (const auto& earlier = checkpoint_->record.energy) earlier_energy_ = earlier->reading;
  if (energy_ && !earlier_energy_) earlier_energy_.emplace().why_none = "the run began without --energy";
  note(fmt::format("goes on in pass {} after batch {}", checkpoint_->position.pass,
                   checkpoint_->position.step));
}

void Experiment::restore(Learner& learner, TrainingRecord& training) {
  if (buffer_checksum() != checkpoint_->buffer_checksum)
    throw UserError(fmt::format(
        "{} belongs to another replay buffer: the data or the encoder changed; run without --resume",
        folder_.checkpoint.string()));
  learner.restore(checkpoint_->learner, checkpoint_->position);
  training.curve = checkpoint_->curve;
  training.of_task = checkpoint_->of_task;
  checkpoint_.reset();
}

void Experiment::save_progress(const Learner& learner, const TrainingRecord& training) {
  RunCheckpoint checkpoint{training.task,
                           learner.position(),
                           learner.state(),
                           training.curve,
                           training.of_task,
                           buffer_checksum(),
                           {}};
  checkpoint.record.trainings = record_.trainings;
  checkpoint.record.seconds = record_.seconds;
  checkpoint.record.energy = energy_with(&EnergyMeter::so_far);
  save_checkpoint(folder_.checkpoint, config_, checkpoint);
  since_checkpoint_ = Timer();
}

std::string Experiment::buffer_checksum() const {
  std::vector<std::uint64_t> sums;
  buffer_->visit_memory([&](ByteView piece) { sums.push_back(checksum(piece)); });
  return fmt::format("{:016x}", checksum({reinterpret_cast<const std::uint8_t*>(sums.data()),
                                          sums.size() * sizeof sums[0]}));
}

std::optional<EnergyReport> Experiment::energy_with(EnergyReading (EnergyMeter::*read)()) const {
  if (!energy_) return std::nullopt;
  const EnergyReading now = (*energy_.*read)();
  return report_of(earlier_energy_ ? *earlier_energy_ + now : now, energy_options(config_));
}

void Experiment::save_outputs() {
  if (!config_.save_buffer.empty())
    save_buffer(*buffer_,
                {dataset_.info.display_name, config_.encoder,
                 config_.encoder == "none" ? "none" : config_.encoding_block, data_.weights_sha256},
                config_.save_buffer);
  if (config_.save_model.empty()) return;
  ModelInfo info{config_,
                 {},
                 dataset_.info.mean,
                 dataset_.info.std,
                 stream_.class_order,
                 data_.weights_sha256,
                 record_.codec,
                 buffer_->codec().shared()};
  for (const int label : stream_.class_order)
    info.class_names.push_back(dataset_.class_names.at(static_cast<std::size_t>(label)));
  save_model(config_.save_model, learner_->head(), info);
}

RunRecord Experiment::finish() {
  score_other_features();
  record_.slots = buffer_->capacity();
  record_.held = buffer_->size();
  record_.buffer_checksum = buffer_checksum();
  record_.bytes = bytes_of(*buffer_);
  record_.bytes.ledger.add(Item::kEncoderWeights, data_.encoder_bytes);
  record_.bytes.ledger.add(Item::kHeadWeights, learner_->head().held_bytes());
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  record_.peak_memory_bytes = usage.ru_maxrss * std::int64_t{1024};
  for (const auto& [what, text] : runtime_info()) record_.versions[what] = text;
  record_.versions["codec kernels"] = kernels::isa_name(kernels::active_isa());
  record_.versions["Packrat"] = version();
  record_.energy = energy_with(&EnergyMeter::stop);
  write_results(folder_, config_, record_);
  save_outputs();
  std::filesystem::remove(folder_.checkpoint);
  return record_;
}

}  // namespace

RunRecord run_experiment(const RunConfig& config, bool resume, const RunHooks& hooks) {
  Experiment experiment(config, hooks);
  if (resume) experiment.resume();
  experiment.load();
  experiment.prepare();
  experiment.make_buffer();
  const std::vector<std::int64_t>& task_end = experiment.stream().task_end;
  const std::int64_t last = config.num_tasks - 1;
  if (config.eval_tasks)
    for (std::int64_t task = 0; task < last; ++task) {
      experiment.ingest_until(task_end[static_cast<std::size_t>(task)]);
      experiment.train_and_score(task);
    }
  experiment.ingest_until(task_end.back());
  experiment.close_training_images();
  experiment.train_and_score(last);
  return experiment.finish();
}

}  // namespace packrat
