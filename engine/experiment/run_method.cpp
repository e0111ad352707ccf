#include "engine/experiment/run_method.h"

#include <fmt/format.h>

#include "engine/buffer/mapped_buffer.h"
#include "engine/core/bytes.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/model_file.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/hybrid_spec.h"
#include "engine/methods/method_table.h"

namespace packrat {

int stream_classes(const RunConfig& config) {
  return static_cast<int>(config.num_tasks * config.num_classes_per_task);
}

std::unique_ptr<Method> make_run_method(const RunConfig& config, const std::array<std::int64_t, 3>& shape,
                                        int classes) {
  const auto hybrid = parse_hybrid(config.method);
  auto method = make_method(hybrid ? hybrid->head : config.method,
                            {shape, classes, thread_count(config), static_cast<std::uint64_t>(config.seed),
                             feature_form(config).parts()});
  const std::int64_t needed = kept_bytes(*method);
  if (!config.memory_bytes.empty() && needed > parse_byte_size(config.memory_bytes))
    throw UserError(fmt::format(
        "a budget of {} bytes is too small: {} keeps {} bytes for {} classes of {}x{}x{} features; "
        "raise --memory_bytes, or give pool=, --pool or a smaller precision=",
        parse_byte_size(config.memory_bytes), method->spec(), needed, classes, shape[0], shape[1], shape[2]));
  return method;
}

void check_head(const RunConfig& config, const std::array<std::int64_t, 3>& shape) {
  if (!keeps_entries(config.method)) return;
  const HeadSpec head = head_spec(config, shape, 2);
  head_network(head.kind, head.after, map_shape(shape), 2);
}

std::int64_t closed_form_bytes(const RunConfig& config, const std::array<std::int64_t, 3>& shape) {
  const bool entries_alone = config.method == kReplayMethod;
  return entries_alone ? 0 : kept_bytes(*make_run_method(config, shape, stream_classes(config)));
}

Budget entry_budget(const RunConfig& config, std::int64_t beside, std::int64_t offered) {
  if (config.whole_dataset) return Budget::slots(offered);
  if (config.memory_bytes.empty()) return Budget::slots(config.memory_size);
  const std::int64_t all = parse_byte_size(config.memory_bytes);
  if (beside >= all)
    throw UserError(
        fmt::format("a budget of {} bytes leaves none for entries: the state of {} takes {}; raise "
                    "--memory_bytes, or choose a smaller state",
                    all, config.method, beside));
  return Budget::bytes(all - beside);
}

Dataset load_run_images(const RunConfig& config, const ProgressFn& progress) {
  Dataset dataset = load_dataset(config.dataset, config.data_dir, progress, image_form(config));
  if (feature_form(config).both_views) dataset.train.add_mirror_images();
  return dataset;
}

EncodingOptions run_encoding_options(const RunConfig& config) {
  EncodingOptions options = encoding_options(config);
  options.mirror_images = options.both_views;
  return options;
}

BufferBytes RunMethod::bytes() const {
  return hybrid ? bytes_of(*hybrid) : replay ? bytes_of(replay->buffer()) : bytes_of(*method);
}

std::string RunMethod::checksum() const {
  const auto sum_of = [](const std::vector<std::uint8_t>& bytes) {
    return packrat::checksum({bytes.data(), bytes.size()});
  };
  if (!replay) return fmt::format("{:016x}", sum_of(method->state()));
  std::vector<std::uint64_t> sums;
  replay->buffer().visit_memory([&](ByteView piece) { sums.push_back(packrat::checksum(piece)); });
  if (hybrid) sums.push_back(sum_of(hybrid->closed().state()));
  return fmt::format("{:016x}", packrat::checksum({reinterpret_cast<const std::uint8_t*>(sums.data()),
                                                   sums.size() * sizeof sums[0]}));
}

void RunMethod::save(const std::filesystem::path& path, const std::array<std::int64_t, 3>& shape,
                     const ModelInfo& info) const {
  if (hybrid)
    save_model(path, *hybrid, info);
  else if (replay)
    save_model(path, replay->learner().head(), info);
  else
    save_model(path, *method, shape, info);
}

RunMethod make_method_of_run(const RunConfig& config, const std::array<std::int64_t, 3>& shape, int classes,
                             const std::function<LearnerOptions()>& options, const MakeReplay& make_replay) {
  if (!keeps_entries(config.method)) return {make_run_method(config, shape, classes)};
  const auto spec = parse_hybrid(config.method);
  if (!spec) {
    auto replay = make_replay(options(), 0);
    Gdumb* const entries = replay.get();
    return {std::move(replay), entries};
  }
  auto closed = make_run_method(config, shape, classes);
  auto replay = make_replay(Hybrid::head_options(*spec, *closed, options()), kept_bytes(*closed));
  Gdumb* const entries = replay.get();
  auto hybrid = std::make_unique<Hybrid>(*spec, std::move(closed), std::move(replay),
                                         config.test_features == "roundtrip");
  Hybrid* const both = hybrid.get();
  return {std::move(hybrid), entries, both};
}

LrSchedule lr_schedule(const RunConfig& config) {
  return {config.maxlr, config.minlr, config.lr_schedule == "one_cycle" ? config.num_passes : 0};
}

LearnerOptions learner_options(const RunConfig& config, const std::array<std::int64_t, 3>& shape,
                               int classes) {
  LearnerOptions options;
  options.head = head_spec(config, shape, classes);
  options.batch_size = config.batch_size;
  options.lr = lr_schedule(config);
  options.sgd.weight_decay = config.weight_decay;
  options.sgd.clip_norm = config.clip;
  if (config.regularization == "cutmix")
    options.cutmix = CutMixOptions{config.cutmix_prob, config.cutmix_alpha};
  options.device = config.device;
  options.threads = thread_count(config);
  return options;
}

ReplayBuffer make_run_buffer(const RunConfig& config, std::shared_ptr<const Codec> codec, int classes,
                             Budget budget, const std::shared_ptr<kernels::cuda::Device>& device) {
  std::unique_ptr<Sampler> sampler = make_sampler(config.whole_dataset ? kKeepAllSampler : config.sampler);
  const std::filesystem::path file = mapped_file(config.buffer_storage, "--buffer_storage");
  if (file.empty()) return ReplayBuffer(std::move(codec), classes, budget, std::move(sampler), {}, device);
  return replace_mapped_buffer(file, std::move(codec), classes, budget, std::move(sampler), {}, 0).buffer;
}

}  // namespace packrat
