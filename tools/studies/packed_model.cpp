#include "tools/studies/packed_model.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/core/error.h"
#include "engine/studies/sparsify/packed_network.h"
#include "engine/studies/sparsify/pixel_data.h"
#include "engine/studies/sparsify/stage_trainer.h"
#include "engine/studies/sparsify/trained_head.h"
#include "models/torch_runtime.h"
#include "tools/commands.h"

namespace packrat {
namespace {

/// Other images of the same form would be scored without a sign that they mean something else.
void check_fits(const PackedInfo& info, const PixelData& data) {
  if (data.dataset == info.dataset && data.image_shape() == info.image && data.classes == info.classes)
    return;
  throw UserError(fmt::format(
      "the packed network knows the {} classes of {}, not those of {}: give that data set with --dataset",
      info.classes, info.dataset, data.dataset));
}

PixelData test_data(const PackedInfo& info, const EvalRequest& options) {
  if (info.head) {
    ModelInfo head = *info.head;
    head.config.threads = options.threads;
    if (!options.weights.empty()) head.config.weights = options.weights;
    return head_test_data(head, info.image, options.dataset, options.data_dir, console_progress());
  }
  PixelData data = load_test_pixels(options.dataset.empty() ? info.dataset : options.dataset,
                                    options.data_dir, console_progress());
  check_fits(info, data);
  return data;
}

}  // namespace

void eval_packed_network(const EvalRequest& options) {
  use_one_thread();
  const PackedNetwork packed = load_packed_network(options.file);
  const PixelData data = test_data(packed.info, options);
  const SparsityCount count = packed.network.count(packed.network.masks());
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(options.file));
  fmt::print("{} on {} test images of {}: acc {:.4f}, {} bytes, {} of {} parameters\n", options.file,
             data.test.count(), data.dataset, accuracy(packed.network, data.test), bytes,
             count.parameters() - count.zeros(), count.parameters());
}

}  // namespace packrat
