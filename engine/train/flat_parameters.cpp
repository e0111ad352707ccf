#include "engine/train/flat_parameters.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "engine/core/crew.h"
#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

constexpr std::int64_t kLanes = 16, kBlock = 4096, kBlocksAtOnce = 64;

/// Of each block of 4096 values (the last may be shorter) 16 sums, of every 16th value; a remainder's squares
/// go to the first.
PACKRAT_VECTOR_CLONES void square_blocks(const float* values, std::int64_t count, float* lanes) {
  for (std::int64_t begin = 0; begin < count; begin += kBlock, lanes += kLanes) {
    const std::int64_t size = std::min(kBlock, count - begin);
    const float* v = values + begin;
    float sums[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= size; i += kLanes)
      for (std::int64_t k = 0; k < kLanes; ++k) sums[k] += v[i + k] * v[i + k];
    for (; i < size; ++i) sums[0] += v[i] * v[i];
    std::copy_n(sums, kLanes, lanes);
  }
}

}  // namespace

double sum_of_squares(const float* values, std::int64_t count, Crew* crew) {
  std::vector<float> lanes(static_cast<std::size_t>((count + kBlock - 1) / kBlock * kLanes));
  for_each_piece(crew, count, kBlocksAtOnce * kBlock, [&](std::int64_t begin, std::int64_t size) {
    square_blocks(values + begin, size, lanes.data() + begin / kBlock * kLanes);
  });
  double total = 0;
  for (const float lane : lanes) total += lane;
  return total;
}

void for_each_piece(Crew* crew, std::int64_t count, std::int64_t piece,
                    const std::function<void(std::int64_t begin, std::int64_t size)>& body) {
  const std::int64_t pieces = (count + piece - 1) / piece;
  const auto one = [&](std::int64_t p) { body(p * piece, std::min(piece, count - p * piece)); };
  if (crew != nullptr) return crew->run(pieces, one);
  for (std::int64_t p = 0; p < pieces; ++p) one(p);
}

double clip_scale(double norm, double limit) {
  return limit > 0 ? std::min(1.0, limit / (norm + 1e-6)) : 1.0;
}

FlatParameters flatten_parameters(std::vector<at::Tensor> parameters) {
  std::int64_t count = 0;
  for (const at::Tensor& p : parameters) count += p.numel();
  const at::TensorOptions kind = parameters.at(0).options().requires_grad(false);
  const FlatParameters flat{at::empty({count}, kind), at::zeros({count}, kind)};
  const at::NoGradGuard no_grad;
  std::int64_t offset = 0;
  for (at::Tensor& p : parameters) {
    const auto view_in = [&](const at::Tensor& buffer) {
      return buffer.narrow(0, offset, p.numel()).view(p.sizes());
    };
    view_in(flat.weights).copy_(p);
    p.set_data(view_in(flat.weights));
    p.mutable_grad() = view_in(flat.gradients);
    offset += p.numel();
  }
  return flat;
}

}  // namespace packrat
