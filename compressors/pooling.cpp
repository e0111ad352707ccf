#include "compressors/pooling.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// A whole number from 1 to 9999 at the start of `text`, which is taken off it; 0 when there is none.
std::int64_t take_side(std::string_view& text) {
  std::int64_t side = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (failure != std::errc() || side < 1 || side > 9999) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return side;
}

}  // namespace

std::string Pooling::text() const {
  return keeps_all() ? "none" : fmt::format("{}x{}", height, width);
}

Pooling parse_pooling(std::string_view text, std::string_view what) {
  if (text == "none") return {};
  std::string_view rest = text;
  Pooling pooling;
  pooling.height = take_side(rest);
  if (pooling.height > 0 && !rest.empty() && rest.front() == 'x') {
    rest.remove_prefix(1);
    pooling.width = take_side(rest);
    if (pooling.width > 0 && rest.empty()) return pooling;
  }
  throw UserError(fmt::format(
      "{} is '{}': give the rows and columns that are left, such as 1x1 or 1x2, or none", what, text));
}

std::vector<std::string> split_at_plus(std::string_view text) {
  std::vector<std::string> pieces;
  for (std::size_t end; (end = text.find('+')) != std::string_view::npos; text.remove_prefix(end + 1))
    pieces.emplace_back(text.substr(0, end));
  pieces.emplace_back(text);
  return pieces;
}

std::vector<Pooling> parse_poolings(std::string_view text, std::string_view what) {
  std::vector<Pooling> poolings;
  for (const std::string& piece : split_at_plus(text)) poolings.push_back(parse_pooling(piece, what));
  return poolings;
}

std::string poolings_text(const std::vector<Pooling>& poolings) {
  std::string text;
  bool equal = true;
  for (const Pooling& pooling : poolings) {
    text += (text.empty() ? "" : "+") + pooling.text();
    equal &= pooling == poolings.front();
  }
  return equal && !poolings.empty() ? poolings.front().text() : text;
}

std::array<std::int64_t, 3> pooled_shape(const Pooling& pooling, const std::array<std::int64_t, 3>& shape,
                                         std::string_view what) {
  if (pooling.keeps_all()) return shape;
  if (shape[1] % pooling.height != 0 || shape[2] % pooling.width != 0)
    throw UserError(fmt::format("{} is {}, which does not divide maps of {}x{}: choose from their divisors",
                                what, pooling.text(), shape[1], shape[2]));
  return {shape[0], pooling.height, pooling.width};
}

void pool_rows(const Pooling& pooling, const std::array<std::int64_t, 3>& shape, ConstRows in, Rows out) {
  if (pooling.keeps_all()) {
    for (std::int64_t i = 0; i < in.count; ++i) std::copy_n(in.row(i), in.width, out.row(i));
    return;
  }
  const auto [channels, height, width] = shape;
  const std::int64_t window_height = height / pooling.height, window_width = width / pooling.width;
  const auto area = static_cast<float>(window_height * window_width);
  for (std::int64_t i = 0; i < in.count; ++i) {
    float* to = out.row(i);
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t y = 0; y < pooling.height; ++y)
        for (std::int64_t x = 0; x < pooling.width; ++x) {
          const float* window = in.row(i) + (c * height + y * window_height) * width + x * window_width;
          float sum = 0;
          for (std::int64_t v = 0; v < window_height; ++v)
            for (std::int64_t u = 0; u < window_width; ++u) sum += window[v * width + u];
          *to++ = sum / area;
        }
  }
}

}  // namespace packrat
