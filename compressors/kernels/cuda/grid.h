#pragma once
#include <cstdint>

#include "engine/core/device_code.h"

// A kernel is a struct that holds its arguments and says what one thread does:
//
//   struct Kernel {
//     struct Shared { ... };                 // what the threads of a block share
//     static constexpr int kPhases = ...;    // all threads finish a phase before any begins the next
//     PACKRAT_DEVICE void run(int phase, const Thread& thread, Shared& shared) const;
//   };
//
// gpu_device.cu launches it. host_device.cpp runs the same body on the processor, one thread after the
// other.

namespace packrat::kernels::cuda {

/// Of a block: as many as a V16 block has groups of four values.
constexpr int kThreads = 128;

/// Blocks: `pieces` of them work on each entry.
struct Grid {
  std::int64_t entries = 0;  ///< below 2^31
  int pieces = 1;            ///< at most kMostPieces
};
constexpr int kMostPieces = 65535;

/// Where a thread stands.
struct Thread {
  std::int64_t entry;  ///< number in the batch
  int piece, pieces;
  int number;  ///< 0 .. kThreads - 1
};

/// Entries of one size in a slab, as a replay buffer has them. The slab begins at a multiple of 4 bytes.
struct Entries {
  std::uint8_t* slab = nullptr;
  std::int64_t entry_bytes = 0;
  const std::int64_t* slots = nullptr;  ///< [count], which entry i of the batch is; nullptr: slot i
  std::int64_t count = 0;

  PACKRAT_DEVICE std::uint8_t* entry(std::int64_t i) const {
    return slab + (slots != nullptr ? slots[i] : i) * entry_bytes;
  }
};

/// Pieces for entries of `steps` steps: a thread takes eight of them, unless there would be too few blocks
/// to fill a large GPU (132 processors, 16 blocks each).
inline int pieces_for(std::int64_t steps, std::int64_t entries) {
  constexpr std::int64_t kSteps = 8, kBlocks = 132 * 16;
  const std::int64_t enough = (kBlocks + entries - 1) / (entries > 0 ? entries : 1);
  std::int64_t pieces = (steps + kSteps - 1) / kSteps;
  pieces = pieces > enough ? pieces : enough;
  pieces = pieces < steps ? pieces : steps;
  return static_cast<int>(pieces < 1 ? 1 : pieces < kMostPieces ? pieces : kMostPieces);
}

}  // namespace packrat::kernels::cuda
