#pragma once
#include <cstdint>
#include <vector>

#include "engine/core/rng.h"

namespace packrat {

/// Random features ReLU(P z), with a Gaussian P of deviation 1 / sqrt(values of z) that comes from the seed
/// and takes no bytes (RanPAC; McDonnell, Gong, Parvaneh, Abbasnejad, van den Hengel, NeurIPS 2023).
class RandomFeatures {
 public:
  RandomFeatures() = default;  ///< none
  RandomFeatures(std::int64_t count, std::int64_t source, Rng rng);

  std::int64_t count() const { return count_; }
  std::int64_t source() const { return source_; }
  std::int64_t bytes() const;  ///< of P, float32
  /// z: [n, source()]; out: [n, count()].
  void of(const float* z, std::int64_t n, float* out) const;

 private:
  std::int64_t count_ = 0, source_ = 0;
  std::vector<float> projection_;  // [count, source]
};

}  // namespace packrat
