#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "engine/buffer/replay_buffer.h"
#include "engine/cost/audit.h"
#include "engine/experiment/payload_parts.h"
#include "engine/methods/method.h"
#include "engine/train/hybrid.h"

namespace packrat {

/// The bytes of a buffer: of an entry, of all it holds, and beside the formulas.
struct BufferBytes {
  std::optional<std::int64_t> entry_bytes;  ///< nullopt when entries differ in size
  std::vector<PayloadPart> entry_parts;     ///< of an entry; empty when entries differ in size
  ByteLedger ledger;
  AuditRow audit;
};

/// Counts and compares the bytes of a buffer.
BufferBytes bytes_of(const ReplayBuffer& buffer);

/// Counts those of a method that keeps no entries; nothing is published for it.
BufferBytes bytes_of(const Method& method);

/// Of both halves: the buffer, and beside it the closed form's state.
BufferBytes bytes_of(const Hybrid& hybrid);

/// Published, exact and measured bytes with their ratios, the ledger by item, an entry by part, and why the
/// totals differ; what does not exist is null.
nlohmann::json to_json(const BufferBytes& bytes);

}  // namespace packrat
