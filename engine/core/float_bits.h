#pragma once
#include <cstdint>
#include <cstring>

#include "engine/core/device_code.h"

/// In front of a function that loops with PACKRAT_VECTOR_CLONES call: it becomes part of each clone.
#define PACKRAT_VECTOR_INLINE inline __attribute__((always_inline))

namespace packrat {
namespace {

// Every source that includes this has its own copies, compiled with its flags.

PACKRAT_DEVICE std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

PACKRAT_DEVICE float float_of(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace
}  // namespace packrat
