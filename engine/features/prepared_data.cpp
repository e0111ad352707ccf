#include "engine/features/prepared_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/encoder_weights.h"

namespace packrat {
namespace {

/// Pixels that are held at a time while images are encoded: whole chunks of the cache for 32 x 32 pixels.
constexpr std::int64_t kPixelBytes = std::int64_t{32} << 20;

struct SplitKey {
  FeatureKey key;
  std::filesystem::path file;
};

/// "3", "2+3_pool-1x1+none".
std::string taps_text(const EncodingOptions& options) {
  if (options.taps.empty()) return options.cut.text();
  std::vector<std::string> cuts, poolings;
  bool pooled = false;
  for (const TappedMaps& tap : options.taps) {
    cuts.push_back(tap.cut.text());
    poolings.push_back(tap.pooling.text());
    pooled |= !tap.pooling.keeps_all();
  }
  return fmt::format("{}{}", fmt::join(cuts, "+"),
                     pooled ? fmt::format("_pool-{}", fmt::join(poolings, "+")) : "");
}

SplitKey key_of(const Dataset& dataset, const std::string& split, std::int64_t count, bool mirrored,
                const EncodingOptions& options, const std::string& weights_sha256, const Shape3& shape) {
  const bool both = options.mirror_images && split == "train";
  const std::string what =
      fmt::format("{}-{}{}_{}-{}_{}{}", dataset.info.file_stem(), split, options.image.suffix(),
                  options.backbone, taps_text(options), encoder_type_name(options.encoder.type),
                  mirrored ? "_flip"
                  : both   ? "_both"
                           : "");
  const std::string text = fmt::format("{} data={} weights={}", what, dataset.sha256, weights_sha256);
  const std::uint64_t hash = checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return {{text, count, shape[0] * shape[1] * shape[2]},
          options.cache_dir.value_or("") / fmt::format("{}_{:016x}.features", what, hash)};
}

/// Batches of larger images are smaller, and hold about as many pixels.
EncoderOptions for_images(EncoderOptions options, const ImageForm& image) {
  constexpr std::int64_t kLeast = 8;
  const std::int64_t usual = ImageForm().plane_bytes();
  options.image = image.shape();
  if (image.plane_bytes() > usual)
    options.batch = std::min(options.batch, std::max(kLeast, options.batch * usual / image.plane_bytes()));
  return options;
}

FeatureRows encode_split(const RowEncoder& encoder, const Dataset& dataset, const ImageSet& images,
                         const SplitKey& split, bool mirrored, const EncodingOptions& options,
                         const ProgressFn& progress, std::string& note) {
  if (images.count() == 0)
    return FeatureRows({}, split.key.width);  // dropped by the caller: no file for the cache
  const ComputeRows compute = [&](std::int64_t begin, std::int64_t end, float* out) {
    encode_images(encoder, images, begin, end, dataset.info.mean, dataset.info.std, mirrored, out, {});
  };
  if (!options.cache_dir) return computed_features(split.key, compute, progress);
  CacheReport report;
  FeatureRows rows = cached_features(split.file, split.key, compute, progress, &report);
  if (!note.empty()) note += "; ";
  note += fmt::format("{}: {} of {} chunks from the cache{}", split.file.filename().string(), report.reused,
                      report.chunks, report.damaged ? ", the damaged ones were encoded again" : "");
  return rows;
}

std::vector<Cut> cuts_of(const std::vector<TappedMaps>& taps) {
  std::vector<Cut> cuts;
  for (const TappedMaps& tap : taps) cuts.push_back(tap.cut);
  return cuts;
}

/// One image's planes, each row from right to left.
void mirror_image(std::int64_t side, const std::uint8_t* from, std::uint8_t* to) {
  for (std::int64_t row = 0; row < kImageChannels * side; ++row)
    std::reverse_copy(from + row * side, from + (row + 1) * side, to + row * side);
}

}  // namespace

std::vector<float> normalised_pixels(const ImageSet& images, const Domain& domain) {
  const std::int64_t width = domain.values();
  std::vector<float> values(static_cast<std::size_t>(images.count() * width));
  const ValueCoder coder(domain);
  std::vector<std::uint8_t> image(static_cast<std::size_t>(width));
  for (std::int64_t i = 0; i < images.count(); ++i) {
    images.read(i, 1, image.data());
    coder.read_row(image.data(), width, values.data() + i * width);
  }
  return values;
}

Domain pixel_domain(const std::array<float, 3>& mean, const std::array<float, 3>& std,
                    const ImageForm& form) {
  Domain domain;
  domain.shape = form.shape();
  domain.pixels = true;
  domain.mean = mean;
  domain.std = std;
  return domain;
}

Domain pixel_domain(const DatasetInfo& info) {
  return pixel_domain(info.mean, info.std, info.image);
}

RowEncoder::RowEncoder(const EncodingOptions& options, const StateDict& weights)
    : taps_(options.taps.empty() ? std::vector<TappedMaps>{{options.cut, {}}} : options.taps),
      image_(options.image),
      backbone_(&find_backbone(options.backbone)),
      encoder_(*backbone_, cuts_of(taps_), weights, for_images(options.encoder, options.image)) {
  std::int64_t values = 0;
  for (const TappedMaps& tap : taps_) {
    shape_ = pooled_shape(tap.pooling, maps_of(tap), "--pool");
    values += shape_[0] * shape_[1] * shape_[2];
  }
  if (taps_.size() > 1) shape_ = {values, 1, 1};
}

/// Averages the positions of `count` images' maps.
void RowEncoder::form(const float* maps, std::int64_t count, float* out) const {
  for (std::int64_t i = 0; i < count; ++i)
    for (const TappedMaps& tap : taps_) {
      const Shape3 from = maps_of(tap), to = pooled_shape(tap.pooling, from, "--pool");
      const std::int64_t width = from[0] * from[1] * from[2], pooled = to[0] * to[1] * to[2];
      pool_rows(tap.pooling, from, {maps, 1, width}, {out, 1, pooled});
      maps += width;
      out += pooled;
    }
}

void RowEncoder::encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
                        const std::array<float, 3>& std, bool mirrored, float* out,
                        const ProgressFn& progress) const {
  const bool plain = taps_.size() == 1 && taps_[0].pooling.keeps_all();
  if (plain && !mirrored) return encoder_.encode(pixels, count, mean, std, out, progress);
  std::vector<float> maps(static_cast<std::size_t>(count * encoder_.output_values()));
  encoder_.encode(pixels, count, mean, std, maps.data(), progress);
  form(maps.data(), count, out);
  if (!mirrored) return;
  const std::int64_t size = image_.image_bytes();
  std::vector<std::uint8_t> mirror(static_cast<std::size_t>(count * size));
  for (std::int64_t i = 0; i < count; ++i)
    mirror_image(image_.side, pixels + i * size, mirror.data() + i * size);
  encoder_.encode(mirror.data(), count, mean, std, maps.data(), progress);
  std::vector<float> rows(static_cast<std::size_t>(count * shape_[0] * shape_[1] * shape_[2]));
  form(maps.data(), count, rows.data());
  for (const float& other : rows) *out = (*out + other) / 2, ++out;
}

void encode_images(const RowEncoder& encoder, const ImageSet& images, std::int64_t begin, std::int64_t end,
                   const std::array<float, 3>& mean, const std::array<float, 3>& std, bool mirrored,
                   float* out, const ProgressFn& progress) {
  const std::int64_t width = map_shape(encoder.shape()).values();
  const std::int64_t piece = std::max(
      encoder.batch(), kPixelBytes / encoder.image().image_bytes() / encoder.batch() * encoder.batch());
  std::vector<std::uint8_t> pixels;
  for (std::int64_t from = begin; from < end; from += piece) {
    const std::int64_t count = std::min(piece, end - from);
    pixels.resize(static_cast<std::size_t>(count * encoder.image().image_bytes()));
    images.read(from, count, pixels.data());
    encoder.encode(pixels.data(), count, mean, std, mirrored, out + (from - begin) * width);
    if (progress) progress("encode", from + count - begin, end - begin);
  }
}

PreparedData prepare_data(Dataset& dataset, const EncodingOptions& options, const ProgressFn& progress) {
  PreparedData prepared;
  ImageSet train = std::move(dataset.train);
  const ImageSet test = std::move(dataset.test);
  if (options.cut.is_none()) {
    prepared.domain = pixel_domain(dataset.info);
    prepared.test =
        std::make_unique<FeatureRows>(normalised_pixels(test, prepared.domain), prepared.domain.values());
    prepared.train = std::make_unique<PixelRows>(std::move(train), prepared.domain);
    return prepared;
  }
  const EncoderWeights weights =
      read_encoder_weights(options.weights_file, find_backbone(options.backbone), options.cut);
  prepared.weights_note = weights.note;
  const RowEncoder encoder(options, weights.tensors);
  prepared.domain.shape = encoder.shape();
  prepared.weights_sha256 = weights.sha256;
  prepared.weights_name = options.weights_file.filename().string();
  prepared.encoder_bytes = encoder.parameter_bytes();
  const auto encode = [&](const ImageSet& images, const char* split, bool mirrored) {
    return encode_split(
        encoder, dataset, images,
        key_of(dataset, split, images.count(), mirrored, options, weights.sha256, encoder.shape()), mirrored,
        options, progress, prepared.cache_note);
  };
  prepared.test = std::make_unique<FeatureRows>(encode(test, "test", options.mirrored));
  prepared.train =
      std::make_unique<EncodedRows>(encode(train, "train", options.mirrored && !options.both_views));
  return prepared;
}

}  // namespace packrat
