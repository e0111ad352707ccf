#pragma once
#include <memory>

#include "engine/buffer/budget.h"
#include "engine/buffer/entry_storage.h"

namespace packrat {

class Codec;
namespace kernels::cuda {
class Device;
}

/// What a buffer holds beside its entries.
struct StorageNeeds {
  int classes = 0;
  std::int64_t shared_bytes = 0;   ///< what the codec keeps once for all entries
  std::int64_t sampler_bytes = 0;  ///< what the sampler keeps, beside its notes
  Beside beside;
};

/// Slots of a slab. UserError as for make_storage().
std::int64_t slab_slots(std::int64_t entry_bytes, const StorageNeeds& needs, Budget budget);

/// The storage that a budget buys: a slab for entries of one size, on the device when there is one, else a
/// log. UserError that names the minimum when the budget is too small (see ReplayBuffer), and for entries
/// that the device does not decode.
std::unique_ptr<EntryStorage> make_storage(const Codec& codec, const StorageNeeds& needs, Budget budget,
                                           const std::shared_ptr<kernels::cuda::Device>& device = nullptr);

/// The same, filled with what EntryStorage::visit_image() showed, `held` entries. CorruptEntry when the bytes
/// are not such a storage.
std::unique_ptr<EntryStorage> restore_storage(const Codec& codec, const StorageNeeds& needs, Budget budget,
                                              const std::shared_ptr<kernels::cuda::Device>& device,
                                              std::int64_t held, ByteReader& reader);

/// UserError unless a device decodes the codec's entries.
void check_decoded_on_device(const Codec& codec);

}  // namespace packrat
