#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compressors/rows.h"

namespace packrat {

/// Averages the positions of maps down to a grid of `height` x `width`; the default keeps all of them.
struct Pooling {
  std::int64_t height = 0, width = 0;

  bool keeps_all() const { return height == 0; }
  /// "none", "1x2".
  std::string text() const;
  friend bool operator==(const Pooling& a, const Pooling& b) {
    return a.height == b.height && a.width == b.width;
  }
};

/// Reads "none" or ROWSxCOLUMNS of what is left, such as "1x2"; UserError, which begins with `what`,
/// otherwise.
Pooling parse_pooling(std::string_view text, std::string_view what);

/// The pieces of a text at "+", empty ones too; one at least.
std::vector<std::string> split_at_plus(std::string_view text);

/// Several of them, joined by "+": "1x1+none".
std::vector<Pooling> parse_poolings(std::string_view text, std::string_view what);

/// The texts joined by "+"; one stands for equal ones.
std::string poolings_text(const std::vector<Pooling>& poolings);

/// Channels, height and width of what is left of maps of `shape`. UserError, which begins with `what`, when
/// the grid does not divide them evenly.
std::array<std::int64_t, 3> pooled_shape(const Pooling& pooling, const std::array<std::int64_t, 3>& shape,
                                         std::string_view what);

/// in: rows of maps of `shape`; out: as many rows of pooled_shape(). Each value is the float32 mean of its
/// window, added row by row.
void pool_rows(const Pooling& pooling, const std::array<std::int64_t, 3>& shape, ConstRows in, Rows out);

}  // namespace packrat
