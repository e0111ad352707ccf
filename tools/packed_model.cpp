#include "tools/packed_model.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/core/error.h"
#include "engine/sparsify/packed_network.h"
#include "engine/sparsify/pixel_data.h"
#include "engine/sparsify/stage_trainer.h"
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

}  // namespace

void eval_packed_network(const std::string& file, const std::string& dataset, const std::string& data_dir) {
  use_one_thread();
  const PackedNetwork packed = load_packed_network(file);
  const PixelData data =
      load_test_pixels(dataset.empty() ? packed.info.dataset : dataset, data_dir, console_progress());
  check_fits(packed.info, data);
  const SparsityCount count = packed.network.count(packed.network.masks());
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(file));
  fmt::print("{} on {} test images of {}: acc {:.4f}, {} bytes, {} of {} parameters\n", file,
             data.test.count(), data.dataset, accuracy(packed.network, data.test), bytes,
             count.parameters() - count.zeros(), count.parameters());
}

}  // namespace packrat
