#include "engine/experiment/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include "compressors/codec.h"
#include "compressors/kernels/cuda/device.h"
#include "compressors/kernels/isa.h"
#include "engine/buffer/buffer_file.h"
#include "engine/core/build_info.h"
#include "engine/core/timer.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/ingest_stream.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/run_checkpoint.h"
#include "engine/experiment/run_claim.h"
#include "engine/experiment/run_codec.h"
#include "engine/experiment/run_energy.h"
#include "engine/experiment/run_method.h"
#include "engine/experiment/test_images.h"
#include "engine/methods/method_table.h"
#include "engine/train/hybrid.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

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
    // A device that is not there is found before any work is done.
    const auto device = parse_device(config.device);
    if (config.buffer_device == "cuda") buffer_device_ = kernels::cuda::gpu_device(device.index());
  }

  void resume();
  void load();
  void prepare();
  void make_method();
  /// Lets the method observe the stream until the end of a task.
  void ingest_task(std::size_t task);
  /// From here on nothing but what the method keeps can be learned from.
  void close_training_images() { data_.train.reset(); }
  /// Fits the method, which has seen the tasks 0 .. task, and scores it.
  void fit_and_score(std::int64_t task);
  /// Counts the bytes and writes everything that is to stay; only then the checkpoint goes.
  RunRecord finish();

  const TaskStream& stream() const { return stream_; }

 private:
  std::shared_ptr<const Codec> choose_codec();
  std::unique_ptr<Gdumb> make_replay(const LearnerOptions& options, std::int64_t bytes_beside);
  /// The test images of the first classes as "raw" or "roundtrip" features.
  LabelledRows test_rows(const std::string& features, std::int64_t classes, std::vector<float>& copy) const;
  bool scored(std::int64_t pass) const;
  void restore(TrainingRecord& training);
  void save_progress(const TrainingRecord& training);
  Accuracy accuracy_on(const LabelledRows& test);
  void score(std::int64_t pass, double mean_loss, const LabelledRows& test, TrainingRecord& training);
  /// Scores the last head on the features that --test_features did not choose.
  void score_other_features();
  /// The energy of earlier starts and of this one, up to now.
  std::optional<EnergyReport> energy_with(EnergyReading (EnergyMeter::*read)()) const;
  void count_bytes();
  void save_outputs();
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
  std::vector<std::int64_t> held_out_;       // training images that are scored in place of the test images
  std::vector<std::uint16_t> train_labels_;  // as in the data set's files
  PreparedData data_;
  TestImages test_;
  RunMethod method_;
  std::shared_ptr<kernels::cuda::Device> buffer_device_;  // null for entries in this process
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
  dataset_ = load_run_images(config_, hooks_.progress);
  // A budget that is too small is an error before anything is encoded.
  const std::int64_t beside = closed_form_bytes(config_, domain_of(config_, dataset_.info).shape);
  if (keeps_entries(config_.method)) {
    check_codec(config_, dataset_.info);
    if (dataset_.info.feature_shape) check_head(config_, *dataset_.info.feature_shape);
    entry_budget(config_, beside, 0);
  }
  record_.data_sha256 = dataset_.sha256;
  if (config_.eval_tasks && !dataset_.train.tasks.empty())
    throw UserError(fmt::format(
        "--eval_tasks scores the classes of each task, but the tasks of {} are those in its files, of "
        "whatever classes: leave it out",
        config_.dataset));
  stream_ = make_task_stream(dataset_.train.labels, dataset_.info.classes, stream_options(config_),
                             dataset_.train.tasks);
  if (config_.holdout > 0) {
    held_out_ =
        hold_out(stream_, dataset_.train.labels, config_.holdout, static_cast<std::uint64_t>(config_.seed));
    dataset_.test = {};  // no option is chosen on these
  }
  record_.classes = stream_.classes();
}

void Experiment::prepare() {
  const PhaseTimer timer(record_.seconds["encode"]);
  train_labels_ = dataset_.train.labels;
  std::vector<std::uint16_t> test_labels = dataset_.test.labels;
  data_ = prepare_data(dataset_, run_encoding_options(config_), hooks_.progress);
  test_ = held_out_.empty() ? TestImages(std::move(data_.test), std::move(test_labels))
                            : TestImages(*data_.train, data_.domain.values(), train_labels_, held_out_);
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

std::unique_ptr<Gdumb> Experiment::make_replay(const LearnerOptions& options, std::int64_t bytes_beside) {
  std::shared_ptr<const Codec> codec = choose_codec();
  record_.codec = codec->spec();
  const Budget budget = entry_budget(config_, bytes_beside, static_cast<std::int64_t>(stream_.order.size()));
  return std::make_unique<Gdumb>(
      make_run_buffer(config_, std::move(codec), stream_.classes(), budget, buffer_device_), options,
      config_.num_passes, rng_);
}

void Experiment::make_method() {
  const auto& shape = data_.domain.shape;
  const int classes = stream_.classes();
  method_ = make_method_of_run(
      config_, shape, classes, [&] { return learner_options(config_, shape, classes); },
      [&](const LearnerOptions& options, std::int64_t beside) { return make_replay(options, beside); });
  record_.method = method_.method->spec();
  record_.test_features = method_.replay ? config_.test_features : "raw";
  if (!method_.replay) return;
  const PhaseTimer timer(record_.seconds["evaluate"]);
  record_.roundtrip_mse =
      test_.round_trip(method_.replay->buffer().codec(), data_.domain, thread_count(config_));
}

void Experiment::ingest_task(std::size_t task) {
  const PhaseTimer timer(record_.seconds["ingest"]);
  const std::int64_t end = stream_.task_end[task];
  stream_rows(
      {stream_, train_labels_, *data_.train}, ingested_, end, data_.domain.values(),
      [&](ConstRows rows, const std::vector<int>& labels, std::int64_t) {
        method_.method->observe(rows, labels);
      },
      hooks_.progress);
  method_.method->end_of_task();
  ingested_ = end;
  const auto offered = static_cast<std::int64_t>(stream_.order.size());
  if (!method_.replay || end < offered) return;
  const std::int64_t held = method_.replay->buffer().size(), slots = method_.replay->buffer().capacity();
  if (held == offered && slots > offered)
    note(
        fmt::format("the budget has room for {} entries, but the stream has {} images: all are kept, and {} "
                    "slots stay empty",
                    slots, offered, slots - offered));
}

bool Experiment::scored(std::int64_t pass) const {
  return pass + 1 == config_.num_passes || lr_schedule(config_).ends_cycle(pass) ||
         (config_.eval_every > 0 && (pass + 1) % config_.eval_every == 0);
}

Accuracy Experiment::accuracy_on(const LabelledRows& test) {
  const PhaseTimer timer(record_.seconds["evaluate"]);
  return evaluate([&](ConstRows rows, float* out) { method_.method->scores(rows, out); }, test,
                  {stream_.classes(), config_.num_classes_per_task, thread_count(config_)});
}

LabelledRows Experiment::test_rows(const std::string& features, std::int64_t classes,
                                   std::vector<float>& copy) const {
  // A hybrid shows its head what the codec gives back, and its closed form the rows as they are.
  return test_.of_classes(method_.hybrid ? "raw" : features, stream_, static_cast<int>(classes), copy);
}

void Experiment::score_other_features() {
  if (!test_.differ()) return;
  const std::string other = config_.test_features == "raw" ? "roundtrip" : "raw";
  std::vector<float> copy;
  if (method_.hybrid) method_.hybrid->show_round_trip(other == "roundtrip");
  const Accuracy accuracy = accuracy_on(test_rows(other, stream_.classes(), copy));
  record_.other_score = OtherFeaturesScore{other, accuracy.all_classes, accuracy.own_task};
  note(fmt::format("on {} test features instead: acc {:.4f}, task_acc {:.4f}", other, accuracy.all_classes,
                   accuracy.own_task));
}

void Experiment::score(std::int64_t pass, double mean_loss, const LabelledRows& test,
                       TrainingRecord& training) {
  const Accuracy accuracy = accuracy_on(test);
  training.curve.push_back({pass, accuracy.all_classes, accuracy.own_task, mean_loss});
  training.of_task = accuracy.of_task;
  note(method_.replay ? fmt::format("pass {}: acc {:.4f}, task_acc {:.4f}, loss {:.4f}", pass,
                                    accuracy.all_classes, accuracy.own_task, mean_loss)
                      : fmt::format("task {}: acc {:.4f}, task_acc {:.4f}", training.task,
                                    accuracy.all_classes, accuracy.own_task));
}

void Experiment::fit_and_score(std::int64_t task) {
  if (checkpoint_ && task < checkpoint_->task) return;  // its training is among the finished ones
  TrainingRecord training{task, method_.replay ? method_.replay->buffer().size() : 0, {}, {}};
  if (checkpoint_) restore(training);
  std::vector<float> copy;
  const LabelledRows test = test_rows(record_.test_features, (task + 1) * config_.num_classes_per_task, copy);
  Timer since_pass;
  double decoded = 0;
  const auto count_seconds = [&] {
    record_.seconds["train"] += since_pass.seconds();
    if (method_.replay)
      record_.seconds["decode"] += method_.replay->learner().seconds_decoding() -
                                   std::exchange(decoded, method_.replay->learner().seconds_decoding());
  };
  const auto after_pass = [&](std::int64_t pass, double mean_loss) {
    count_seconds();
    if (hooks_.progress) hooks_.progress("train", pass + 1, config_.num_passes);
    if (scored(pass)) score(pass, mean_loss, test, training);
    // After the last pass too: should a file then not be writable, --resume has only the writing left to do.
    const bool done = pass + 1 == config_.num_passes;
    if (done || since_checkpoint_.seconds() > kCheckpointEverySeconds) save_progress(training);
    since_pass = Timer();
  };
  try {
    method_.method->fit(task, after_pass);
  } catch (const Interrupted& stop) {
    count_seconds();
    save_progress(training);
    throw Interrupted(fmt::format("{}; continue with --resume", stop.what()));
  }
  if (!method_.replay) {
    count_seconds();
    score(0, 0, test, training);
  }
  record_.method_note = method_.method->note();
  if (!record_.method_note.empty()) note(fmt::format("{}: {}", method_.method->spec(), record_.method_note));
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
  note(fmt::format("continues in pass {} after batch {}", checkpoint_->position.pass,
                   checkpoint_->position.step));
}

void Experiment::restore(TrainingRecord& training) {
  if (method_.checksum() != checkpoint_->buffer_checksum)
    throw UserError(fmt::format(
        "{} belongs to another replay buffer: the data or the encoder changed; run without --resume",
        folder_.checkpoint.string()));
  method_.replay->resume_fit(std::move(checkpoint_->learner), checkpoint_->position);
  training.curve = checkpoint_->curve;
  training.of_task = checkpoint_->of_task;
  checkpoint_.reset();
}

void Experiment::save_progress(const TrainingRecord& training) {
  RunCheckpoint checkpoint{training.task,
                           method_.replay->learner().position(),
                           method_.replay->learner().state(),
                           training.curve,
                           training.of_task,
                           method_.checksum(),
                           {}};
  checkpoint.record.trainings = record_.trainings;
  checkpoint.record.seconds = record_.seconds;
  checkpoint.record.energy = energy_with(&EnergyMeter::so_far);
  save_checkpoint(folder_.checkpoint, config_, checkpoint);
  since_checkpoint_ = Timer();
}

std::optional<EnergyReport> Experiment::energy_with(EnergyReading (EnergyMeter::*read)()) const {
  if (!energy_) return std::nullopt;
  const EnergyReading now = (*energy_.*read)();
  return report_of(earlier_energy_ ? *earlier_energy_ + now : now, energy_options(config_));
}

void Experiment::save_outputs() {
  if (!config_.save_buffer.empty())
    save_buffer(
        method_.replay->buffer(),
        {dataset_.info.display_name, config_.encoder, feature_form(config_).cut_text(), data_.weights_sha256},
        config_.save_buffer);
  if (config_.save_model.empty()) return;
  ModelInfo info{config_,
                 {},
                 dataset_.info.mean,
                 dataset_.info.std,
                 stream_.class_order,
                 data_.weights_sha256,
                 record_.codec,
                 method_.replay ? method_.replay->buffer().codec().shared() : std::vector<std::uint8_t>{}};
  for (const int label : stream_.class_order)
    info.class_names.push_back(dataset_.class_names.at(static_cast<std::size_t>(label)));
  method_.save(config_.save_model, data_.domain.shape, info);
}

void Experiment::count_bytes() {
  if (method_.replay) {
    record_.slots = method_.replay->buffer().capacity();
    record_.held = method_.replay->buffer().size();
  }
  record_.buffer_checksum = method_.checksum();
  record_.bytes = method_.bytes();
  record_.bytes.ledger.add(Item::kEncoderWeights, data_.encoder_bytes);
  record_.bytes.ledger.add(Item::kHeadWeights, method_.method->head_bytes());
}

RunRecord Experiment::finish() {
  score_other_features();
  count_bytes();
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
  experiment.make_method();
  const std::size_t tasks = experiment.stream().task_end.size();  // 1 for an iid stream
  for (std::size_t task = 0; task < tasks; ++task) {
    experiment.ingest_task(task);
    if (config.eval_tasks && task + 1 < tasks) experiment.fit_and_score(static_cast<std::int64_t>(task));
  }
  experiment.close_training_images();
  experiment.fit_and_score(config.num_tasks - 1);
  return experiment.finish();
}

}  // namespace packrat
