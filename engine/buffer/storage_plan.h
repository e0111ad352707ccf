#pragma once
#include <memory>

#include "engine/buffer/budget.h"
#include "engine/buffer/entry_storage.h"

namespace packrat {

class Codec;

/// The storage that a budget buys: a slab for entries of one size, else a log. shared_bytes is what the codec
/// keeps once for all entries. UserError that names the minimum when the budget is too small (see
/// ReplayBuffer).
std::unique_ptr<EntryStorage> make_storage(const Codec& codec, std::int64_t shared_bytes, int classes,
                                           Budget budget);

/// The same, filled from EntryStorage::image(), `held` entries. CorruptEntry when the bytes are not such a
/// storage.
std::unique_ptr<EntryStorage> restore_storage(const Codec& codec, std::int64_t shared_bytes, int classes,
                                              Budget budget, std::int64_t held, ByteReader& reader);

}  // namespace packrat
