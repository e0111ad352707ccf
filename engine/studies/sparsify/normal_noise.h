#pragma once
#include <cstdint>

namespace packrat {

/// Fills out[0, count) with draws of N(0, 1). The seed alone decides them, on every processor: the method of
/// Box and Muller on 16 streams of xoshiro128++ (Blackman and Vigna, 2021) side by side. Values lie
/// within 5.8.
void fill_normal(std::uint64_t seed, float* out, std::int64_t count);

}  // namespace packrat
