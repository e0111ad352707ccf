#pragma once
#include <cstdint>

namespace packrat {

/// What limits a replay buffer: a number of entries (--memory_size) or of bytes, every charged one counted
/// (--memory_bytes).
struct Budget {
  enum class Unit { kSlots, kBytes };
  Unit unit = Unit::kSlots;
  std::int64_t amount = 0;

  static Budget slots(std::int64_t count) { return {Unit::kSlots, count}; }
  static Budget bytes(std::int64_t count) { return {Unit::kBytes, count}; }
};

}  // namespace packrat
