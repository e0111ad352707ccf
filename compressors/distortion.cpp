#include "compressors/distortion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "compressors/codec.h"
#include "compressors/kernels/quantize.h"

namespace packrat {
namespace {

constexpr std::int64_t kDistortionRows = 512;  // rows

/// Calls piece(first row, entries, decoded rows) for every piece of the rows.
void for_each_piece(const Codec& codec, ConstRows rows,
                    const std::function<void(std::int64_t, const EntryBatch&, ConstRows)>& piece) {
  std::vector<float> decoded(static_cast<std::size_t>(std::min(kDistortionRows, rows.count) * rows.width));
  for (std::int64_t begin = 0; begin < rows.count; begin += kDistortionRows) {
    const std::int64_t count = std::min(kDistortionRows, rows.count - begin);
    const EntryBatch batch = codec.encode({rows.row(begin), count, rows.width});
    const Rows out{decoded.data(), count, rows.width};
    codec.decode(batch.entries(), out);
    piece(begin, batch, out);
  }
}

/// Of one row; every value times `scale` of its channel.
double row_error(const float* a, const float* b, const Domain& domain) {
  const std::int64_t plane = domain.shape[1] * domain.shape[2];
  double sum = 0;
  for (std::int64_t c = 0; c < domain.shape[0]; ++c) {
    double channel = 0;
    for (std::int64_t i = c * plane; i < (c + 1) * plane; ++i) {
      const double difference = static_cast<double>(a[i]) - b[i];
      channel += difference * difference;
    }
    const double scale = domain.pixels ? domain.std[static_cast<std::size_t>(c)] : 1.0;
    sum += channel * scale * scale;
  }
  return sum;
}

}  // namespace

double squared_error(ConstRows a, ConstRows b, const Domain& domain) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.count; ++i) sum += row_error(a.row(i), b.row(i), domain);
  return sum;
}

Distortion measure_distortion(const Codec& codec, ConstRows rows) {
  Distortion result;
  result.least_entry_bytes = std::numeric_limits<std::int64_t>::max();
  double error = 0, bytes = 0;
  for_each_piece(codec, rows, [&](std::int64_t first, const EntryBatch& batch, ConstRows decoded) {
    error += squared_error({rows.row(first), decoded.count, rows.width}, decoded, codec.domain());
    for (std::int64_t i = 0; i < decoded.count; ++i) {
      const auto size = static_cast<std::int64_t>(batch.entry(i).size);
      bytes += static_cast<double>(size);
      result.least_entry_bytes = std::min(result.least_entry_bytes, size);
      result.greatest_entry_bytes = std::max(result.greatest_entry_bytes, size);
    }
  });
  const kernels::ValueRange range = kernels::value_range(rows.data, rows.count * rows.width);
  result.peak = codec.domain().pixels ? 1.0 : static_cast<double>(range.hi) - range.lo;
  result.mse = error / static_cast<double>(rows.count * rows.width);
  result.psnr_db = 10 * std::log10(result.peak * result.peak / result.mse);
  result.mean_entry_bytes = bytes / static_cast<double>(rows.count);
  return result;
}

std::string entry_bytes_text(const Distortion& d) {
  if (d.least_entry_bytes == d.greatest_entry_bytes) return fmt::format("{}", d.greatest_entry_bytes);
  return fmt::format("{:.0f} ({}-{})", d.mean_entry_bytes, d.least_entry_bytes, d.greatest_entry_bytes);
}

void round_trip(const Codec& codec, ConstRows rows, Rows out) {
  for_each_piece(codec, rows, [&](std::int64_t first, const EntryBatch&, ConstRows decoded) {
    std::copy(decoded.data, decoded.data + decoded.count * decoded.width, out.row(first));
  });
}

}  // namespace packrat
