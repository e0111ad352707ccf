#pragma once
#include <cstdint>
#include <vector>

namespace packrat {

/// Which taps of a k x k convolution (odd k, padding k/2) ever meet an input value, when the maps are tiny.
/// Positions of a map are numbered row by row, and so are the taps of a kernel.
///
/// On a 1x1 map a 3x3 kernel has one live tap, its centre. With stride 2 on a 2x2 map it has four, one for
/// each input position. With stride 1 on a 2x2 map all nine are live, but each output position uses four of
/// them. The others multiply padding: they get no gradient.
struct LiveTaps {
  LiveTaps(std::int64_t kernel, std::int64_t stride, std::int64_t side_in);

  std::int64_t side_in, side_out;
  std::vector<std::int64_t> live, dead;  ///< ascending; together 0 .. kernel^2 - 1

  /// Output rows [out, out + count) meet input rows [in, in + count) under one row of taps; the same holds
  /// for columns.
  struct Stretch {
    std::int64_t in, out, count;
  };
  /// For tap row (or column) t, at stride 1.
  Stretch stretch(std::int64_t t) const;
  std::int64_t kernel() const { return kernel_; }

 private:
  std::int64_t kernel_;
};

/// Whether a convolution is computed as products over its live taps: square maps of at most 2x2 in and out,
/// and either one output position (which reads all inputs it needs as one piece) or stride 1.
bool is_tiny_convolution(std::int64_t kernel, std::int64_t stride, std::int64_t height, std::int64_t width);

}  // namespace packrat
