#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "engine/core/progress.h"
#include "engine/topology/network.h"

namespace packrat {

/// A frozen network that turns images into maps. Immutable; safe to use from several threads at once.
class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  /// Of an image's maps, which stand one behind the other.
  virtual std::vector<Shape3> shapes() const = 0;
  /// Of what is held while it encodes: what the ledger charges.
  virtual std::int64_t bytes() const = 0;
  /// Images that it takes at a time; batches start at multiples of it.
  virtual std::int64_t batch() const = 0;
  /// `count` images (planes, uint8 [count, 3, H, W]); a pixel p of channel c enters the network as
  /// (p/255 - mean[c]) / std[c]. out: float32 [count, values of all shapes()]. Interrupted when
  /// stop_requested().
  virtual void encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
                      const std::array<float, 3>& std, float* out, const ProgressFn& progress) const = 0;
};

}  // namespace packrat
