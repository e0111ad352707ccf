#pragma once
#include <cstdint>

namespace packrat {

/// `count` planes of height x width, averaged over windows of side x side that do not overlap.
struct PoolPlanes {
  std::int64_t count = 0, height = 0, width = 0, side = 1;
};

/// out[plane][y][x] = the mean of max(in, 0) over the window. in: [count, height, width]; out: [count, height
/// / side, width / side], rounded down.
void pool_relu(const PoolPlanes& planes, const float* in, float* out);

/// The derivative by `in` from that by the outputs. by_in: zeros before, as large as `in`.
void pool_relu_gradient(const PoolPlanes& planes, const float* in, const float* by_out, float* by_in);

}  // namespace packrat
