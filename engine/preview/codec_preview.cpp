#include "engine/preview/codec_preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "compressors/value_coder.h"

namespace packrat {
namespace {

constexpr int kPicture = 32, kMapColumns = 4, kMapGap = 2;

std::string psnr_text(double psnr_db) {
  return std::isinf(psnr_db) ? "no error" : fmt::format("{:.1f} dB", psnr_db);
}

}  // namespace

Tile picture_tile(const std::uint8_t* planes, int width, int height) {
  const int plane = width * height;
  Tile tile{width, height, {}};
  for (int i = 0; i < plane; ++i)
    for (int c = 0; c < 3; ++c) tile.rgb.push_back(planes[c * plane + i]);
  return tile;
}

CodecPreview::CodecPreview(const Domain& domain, ConstRows shown, ConstRows measured, const Options& options)
    : domain_(domain), shown_(shown), measured_(measured), options_(options) {
  if (!domain.pixels) channels_ = varied_channels();
}

/// Those of the greatest variance over the rows shown, greatest first.
std::vector<std::int64_t> CodecPreview::varied_channels() const {
  const std::int64_t plane = domain_.shape[1] * domain_.shape[2];
  std::vector<double> variance;
  for (std::int64_t c = 0; c < domain_.shape[0]; ++c) {
    double sum = 0, squares = 0;
    for (std::int64_t r = 0; r < shown_.count; ++r)
      for (std::int64_t i = 0; i < plane; ++i) {
        const double value = shown_.row(r)[c * plane + i];
        sum += value;
        squares += value * value;
      }
    const auto n = static_cast<double>(shown_.count * plane);
    variance.push_back(squares / n - sum / n * (sum / n));
  }
  std::vector<std::int64_t> order(variance.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return variance[static_cast<std::size_t>(a)] > variance[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(options_.maps)));
  return order;
}

Tile CodecPreview::tile(const float* row, const float* original) const {
  if (!domain_.pixels) return map_tile(row, original);
  std::vector<std::uint8_t> planes(static_cast<std::size_t>(domain_.values()));
  ValueCoder(domain_).write_row(row, domain_.values(), planes.data());
  return enlarged(
      picture_tile(planes.data(), static_cast<int>(domain_.shape[2]), static_cast<int>(domain_.shape[1])),
      options_.scale);
}

Tile CodecPreview::map_tile(const float* row, const float* original) const {
  const int height = static_cast<int>(domain_.shape[1]), width = static_cast<int>(domain_.shape[2]);
  const int factor = std::max(1, options_.scale * kPicture / kMapColumns / std::max(width, height));
  std::vector<Tile> maps;
  for (const std::int64_t c : channels_) {
    const float* before = original + c * height * width;
    const auto [lo, hi] = std::minmax_element(before, before + height * width);
    Tile map{width, height, {}};
    for (int i = 0; i < height * width; ++i) {
      const float share = *hi > *lo ? (row[c * height * width + i] - *lo) / (*hi - *lo) : 0.5F;
      map.rgb.insert(map.rgb.end(), 3,
                     static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0F, 1.0F))));
    }
    maps.push_back(enlarged(map, factor));
  }
  return grid_of(maps, kMapColumns, kMapGap);
}

std::vector<Tile> CodecPreview::tiles(ConstRows rows) const {
  std::vector<Tile> all;
  for (std::int64_t i = 0; i < rows.count; ++i) all.push_back(tile(rows.row(i), shown_.row(i)));
  return all;
}

SheetRow CodecPreview::originals() const {
  return {domain_.pixels ? "original" : fmt::format("{} of {} channels", channels_.size(), domain_.shape[0]),
          {fmt::format("{} bytes", domain_.values() * (domain_.pixels ? 1 : 4))},
          tiles(shown_)};
}

SheetRow CodecPreview::row_of(const Codec& codec) const {
  std::vector<float> values(static_cast<std::size_t>(shown_.count * shown_.width));
  round_trip(codec, shown_, {values.data(), shown_.count, shown_.width});
  const Distortion here = measure_distortion(codec, shown_), all = measure_distortion(codec, measured_);
  return {codec.spec(),
          {entry_bytes_text(all) + " bytes", psnr_text(here.psnr_db),
           fmt::format("{} over {}", psnr_text(all.psnr_db), measured_.count)},
          tiles({values.data(), shown_.count, shown_.width})};
}

}  // namespace packrat
