#pragma once
#include <cstdint>
#include <vector>

namespace packrat::machine {

/// Loops over memory with the widest registers of an instruction set. Buffers hold `words` 64-bit words, a
/// multiple of kWordsAtOnce, and begin at a multiple of 64 bytes.
struct MemoryKernels {
  const char* instructions;
  bool (*is_supported)();
  std::uint64_t (*read)(const std::uint64_t* from, std::int64_t words);  ///< their sum
  void (*write)(std::uint64_t* to, std::int64_t words, std::uint64_t value);
  void (*copy)(const std::uint64_t* from, std::uint64_t* to, std::int64_t words);
  /// Writes past the caches; nullptr where there is no way to.
  void (*stream)(std::uint64_t* to, std::int64_t words, std::uint64_t value);
};

constexpr std::int64_t kWordsAtOnce = 64;

/// All of this build, the widest first; the last one needs nothing special.
const std::vector<MemoryKernels>& memory_kernels();

/// The widest that this CPU supports.
const MemoryKernels& best_memory_kernels();

}  // namespace packrat::machine
