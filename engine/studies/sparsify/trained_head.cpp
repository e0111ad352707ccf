#include "engine/studies/sparsify/trained_head.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "compressors/codec.h"
#include "engine/buffer/buffer_file.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/data/dataset.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/model_test_set.h"
#include "engine/studies/sparsify/head_plan.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

PixelSet empty_set(const Shape3& shape, std::int64_t count) {
  return {at::empty({count, shape[0], shape[1], shape[2]}), at::empty({count}, at::kLong)};
}

PixelSet entries(const ReplayBuffer& buffer, const std::vector<std::int64_t>& slots) {
  PixelSet set = empty_set(buffer.codec().domain().shape, static_cast<std::int64_t>(slots.size()));
  buffer.decode(slots, {set.images.data_ptr<float>(), set.count(), buffer.codec().domain().values()});
  auto* label = set.labels.data_ptr<std::int64_t>();
  for (const std::int64_t slot : slots) *label++ = buffer.label(slot);
  return set;
}

PixelSet test_set(const ModelTestSet& test, const Shape3& shape) {
  PixelSet set = empty_set(shape, static_cast<std::int64_t>(test.labels.size()));
  std::copy(test.values.begin(), test.values.end(), set.images.data_ptr<float>());
  std::copy(test.labels.begin(), test.labels.end(), set.labels.data_ptr<std::int64_t>());
  return set;
}

std::string shape_of(const Shape3& s) {
  return fmt::format("{}x{}x{}", s[0], s[1], s[2]);
}

/// The two files are of one run, as far as they can tell.
void check_pair(const TrainedHead& head, const SavedBuffer& saved, const std::string& display_name) {
  const RunConfig& config = head.info.config;
  const auto check = [](std::string_view what, const std::string& model, const std::string& buffer) {
    if (model != buffer)
      throw UserError(
          fmt::format("the model's {} is {}, but the buffer's is {}: give --head and --buffer of one run",
                      what, model, buffer));
  };
  check("data set", display_name, saved.origin.data_set);
  check("encoder", config.encoder, saved.origin.encoder);
  check("cut", feature_form(config).cut_text(), saved.origin.cut);
  check("encoder's weights", head.info.weights_sha256, saved.origin.weights);
  check("codec", head.info.codec, saved.buffer.codec().spec());
  check("shape of maps", shape_of(head.spec.in_shape), shape_of(saved.buffer.codec().domain().shape));
  check("number of classes", std::to_string(head.spec.classes), std::to_string(saved.buffer.classes()));
}

void take_entries(const ReplayBuffer& buffer, std::int64_t train_images, PixelData& data) {
  const std::int64_t there = buffer.size();
  if (there < 1) throw UserError("the buffer holds no entries: choose another --buffer");
  if (train_images < 0 || train_images > there)
    throw UserError(fmt::format("--train_images {}: choose 1 to {}, or 0 for all", train_images, there));
  std::vector<std::int64_t> labels, all(static_cast<std::size_t>(there));
  std::iota(all.begin(), all.end(), 0);
  for (const std::int64_t slot : all) labels.push_back(buffer.label(slot));
  if (train_images == 0) {
    data.train = entries(buffer, all);
    return;
  }
  data.train = entries(buffer, stratified_choice(labels, data.classes, train_images, 0));
  const std::int64_t held_out = std::min(train_images, there - train_images);
  if (held_out > 0)
    data.validation = entries(buffer, stratified_choice(labels, data.classes, held_out, train_images));
}

std::string checksum_of(const std::filesystem::path& file) {
  return fmt::format("{:016x}", checksum(MappedFile(file).bytes()));
}

}  // namespace

PixelData head_test_data(const ModelInfo& info, const Shape3& shape, const std::string& dataset,
                         const std::filesystem::path& data_dir, const ProgressFn& progress) {
  const Dataset images = load_dataset(dataset.empty() ? info.config.dataset : dataset, data_dir, progress,
                                      image_form(info.config));
  return {images.info.name,
          images.sha256,
          static_cast<std::int64_t>(info.class_order.size()),
          empty_set(shape, 0),
          empty_set(shape, 0),
          test_set(model_test_set(info, shape, images, progress), shape)};
}

HeadTask load_head_task(const HeadFiles& files, const ProgressFn& progress) {
  use_one_thread();
  SavedModel model = load_head_model(files.model);
  model.info.config.device = "cpu";
  model.info.config.threads = files.threads;
  if (!files.weights.empty()) model.info.config.weights = files.weights;
  const HeadSpec spec = model.head->spec();
  TrainedHead head{model.info, spec, head_plan_weights(spec, head_state(*model.head)),
                   model.head->held_bytes()};
  const SavedBuffer saved = load_buffer(files.buffer);
  const std::string& named = files.dataset.empty() ? model.info.config.dataset : files.dataset;
  check_pair(head, saved,
             describe_dataset(named, files.data_dir, progress, image_form(head.info.config)).display_name);
  PixelData entries;  // before the test images: a wrong --train_images is told before the encoder works
  entries.classes = spec.classes;
  take_entries(saved.buffer, files.train_images, entries);
  PixelData data = head_test_data(head.info, spec.in_shape, files.dataset, files.data_dir, progress);
  data.train = std::move(entries.train);
  if (entries.validation.count() > 0) data.validation = std::move(entries.validation);
  data.id += fmt::format(", head {}, buffer {}", checksum_of(files.model), checksum_of(files.buffer));
  return {std::move(head), std::move(data)};
}

}  // namespace packrat
