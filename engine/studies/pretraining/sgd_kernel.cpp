#include "engine/studies/pretraining/sgd_kernel.h"

#include <algorithm>

namespace packrat {
namespace {

constexpr std::int64_t kPiece = 1024;  // values whose gradient sum stays in the first cache

template <typename T>
inline __attribute__((always_inline)) void update_piece(const SgdStep& step, const T* const* gradients,
                                                        std::size_t parts, std::int64_t begin,
                                                        std::int64_t count, float* weights, float* momentum,
                                                        T* working) {
  float sum[kPiece];
  for (std::int64_t i = 0; i < count; ++i) sum[i] = to_float(gradients[0][begin + i]);
  for (std::size_t part = 1; part < parts; ++part)
    for (std::int64_t i = 0; i < count; ++i) sum[i] += to_float(gradients[part][begin + i]);
  const float share = 1.0f / static_cast<float>(parts);
  float *w = weights + begin, *m = momentum + begin;
  T* out = working + begin;
  for (std::int64_t i = 0; i < count; ++i) {
    const float gradient = sum[i] * share + step.weight_decay * w[i];
    m[i] = step.momentum * m[i] + gradient;
    w[i] -= step.lr * (gradient + step.momentum * m[i]);
    from_float(w[i], out[i]);
  }
}

#define PACKRAT_SGD_KERNEL(T)                                                                              \
  PACKRAT_WIDE void update_values(const SgdStep& step, const T* const* gradients, std::size_t parts,       \
                                  std::int64_t begin, std::int64_t count, float* weights, float* momentum, \
                                  T* working) {                                                            \
    update_piece(step, gradients, parts, begin, count, weights, momentum, working);                        \
  }
PACKRAT_SGD_KERNEL(float)
PACKRAT_SGD_KERNEL(BFloat)
#undef PACKRAT_SGD_KERNEL

}  // namespace

template <typename T>
void sgd_update(const SgdStep& step, const std::vector<const T*>& gradients, std::int64_t count,
                float* weights, float* momentum, T* working) {
  for (std::int64_t begin = 0; begin < count; begin += kPiece)
    update_values(step, gradients.data(), gradients.size(), begin, std::min(kPiece, count - begin), weights,
                  momentum, working);
}

template void sgd_update<float>(const SgdStep&, const std::vector<const float*>&, std::int64_t, float*,
                                float*, float*);
template void sgd_update<BFloat>(const SgdStep&, const std::vector<const BFloat*>&, std::int64_t, float*,
                                 float*, BFloat*);

}  // namespace packrat
