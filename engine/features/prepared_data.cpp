#include "engine/features/prepared_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/features/mapped_features.h"

namespace packrat {
namespace {

/// Pixels that are held at a time while images are encoded: whole chunks of the cache for 32 x 32 pixels.
constexpr std::int64_t kPixelBytes = std::int64_t{32} << 20;

struct SplitKey {
  FeatureKey key;
  std::filesystem::path file;
};

SplitKey key_of(const Dataset& dataset, const std::string& split, std::int64_t count, bool mirrored,
                const EncodingOptions& options, const std::string& weights_sha256, const Shape3& shape) {
  const bool both = options.mirror_images && split == "train";
  const std::string what =
      fmt::format("{}-{}{}_{}-{}_{}{}", dataset.info.file_stem(), split, options.image.suffix(),
                  options.backbone, taps_text(options), encoder_type_name(options.encoder.type),
                  mirrored ? "_flip"
                  : both   ? "_both"
                           : "");
  std::string text = fmt::format("{} data={} weights={}", what, dataset.sha256, weights_sha256);
  if (options.onnx)
    text += fmt::format(" output={} order={}", options.onnx->output, options.onnx->bgr ? "bgr" : "rgb");
  if (options.normalisation)
    text += fmt::format(" mean={} std={}", fmt::join(options.normalisation->mean, ","),
                        fmt::join(options.normalisation->std, ","));
  const std::uint64_t hash = checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  const std::int64_t width = map_shape(shape).values();
  return {{text, count, width, feature_chunk_rows(options.image, width)},
          options.cache_dir.value_or("") / fmt::format("{}_{:016x}.features", what, hash)};
}

FeatureRows encode_split(const RowEncoder& encoder, const Dataset& dataset, const ImageSet& images,
                         const SplitKey& split, bool mirrored, const EncodingOptions& options,
                         const ProgressFn& progress, std::string& note) {
  if (images.count() == 0)
    return FeatureRows({}, split.key.width);  // dropped by the caller: no file for the cache
  const ComputeRows compute = [&](std::int64_t begin, std::int64_t end, float* out) {
    const auto [mean, std] = options.normalisation_for(dataset.info.mean, dataset.info.std);
    encode_images(encoder, images, begin, end, mean, std, mirrored, out, {});
  };
  if (!options.cache_dir) return computed_features(split.key, compute, progress);
  CacheReport report;
  FeatureRows rows = cached_features(split.file, split.key, compute, progress, &report);
  if (!note.empty()) note += "; ";
  note += fmt::format("{}: {} of {} chunks from the cache{}", split.file.filename().string(), report.reused,
                      report.chunks, report.damaged ? ", the damaged ones were encoded again" : "");
  return rows;
}

PreparedData prepare_features(const ImageSet& train, const ImageSet& test, const DatasetInfo& info,
                              const EncodingOptions& options) {
  if (options.encodes())
    throw UserError(
        fmt::format("{} holds features, which no encoder is run on: give --encoder none", info.name));
  PreparedData prepared;
  prepared.domain.shape = info.feature_shape.value();
  const std::int64_t width = prepared.domain.values();
  const auto rows_of = [&](const ImageSet& set) {
    return set.rows ? mapped_feature_rows(set.rows) : FeatureRows({}, width);
  };
  prepared.test = std::make_unique<FeatureRows>(rows_of(test));
  if (train.rows)
    prepared.train = std::make_unique<MappedFeatures>(train.rows);
  else
    prepared.train = std::make_unique<EncodedRows>(FeatureRows({}, width));
  const ImageSet& any = train.rows ? train : test;
  prepared.cache_note = fmt::format(
      "{} rows of {} {} values to train with and {} to test with, from {}; no encoder is run, so 0 bytes are "
      "counted for one",
      train.count(), width, any.rows ? feature_type_name(any.rows->type) : "", test.count(), info.name);
  return prepared;
}

}  // namespace

std::int64_t feature_chunk_rows(const ImageForm& image, std::int64_t width) {
  constexpr std::int64_t kWideRow = 16384, kLargeImages = 128;
  const std::int64_t usual = kFeatureChunkRows, pixels = ImageForm().plane_bytes();
  const std::int64_t rows = std::min(usual, std::max(kLargeImages, usual * pixels / image.plane_bytes()));
  return width > kWideRow ? std::max(std::int64_t{1}, std::min(rows, usual * kWideRow / width)) : rows;
}

void normalise_pixels(const ImageSet& images, std::int64_t begin, std::int64_t end, const Domain& domain,
                      float* out) {
  const std::int64_t width = domain.values();
  const ValueCoder coder(domain);
  std::vector<std::uint8_t> image(static_cast<std::size_t>(width));
  for (std::int64_t i = begin; i < end; ++i, out += width) {
    images.read(i, 1, image.data());
    coder.read_row(image.data(), width, out);
  }
}

std::vector<float> normalised_pixels(const ImageSet& images, const Domain& domain) {
  std::vector<float> values(static_cast<std::size_t>(images.count() * domain.values()));
  normalise_pixels(images, 0, images.count(), domain, values.data());
  return values;
}

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

RowEncoder::RowEncoder(const EncodingOptions& options, std::unique_ptr<ImageEncoder> encoder)
    : image_(options.image),
      encoder_(std::move(encoder)),
      maps_(encoder_->shapes()),
      poolings_(maps_.size()) {
  std::int64_t values = 0;
  for (std::size_t i = 0; i < maps_.size(); ++i) {
    if (!options.taps.empty()) poolings_[i] = options.taps[i].pooling;
    shape_ = pooled_shape(poolings_[i], maps_[i], "--pool");
    values += map_shape(shape_).values();
  }
  if (maps_.size() > 1) shape_ = {values, 1, 1};
}

/// Averages the positions of `count` images' maps.
void RowEncoder::form(const float* maps, std::int64_t count, float* out) const {
  for (std::int64_t i = 0; i < count; ++i)
    for (std::size_t m = 0; m < maps_.size(); ++m) {
      const std::int64_t width = map_shape(maps_[m]).values(),
                         pooled = map_shape(pooled_shape(poolings_[m], maps_[m], "--pool")).values();
      pool_rows(poolings_[m], maps_[m], {maps, 1, width}, {out, 1, pooled});
      maps += width;
      out += pooled;
    }
}

void RowEncoder::encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
                        const std::array<float, 3>& std, bool mirrored, float* out,
                        const ProgressFn& progress) const {
  const bool plain = maps_.size() == 1 && poolings_[0].keeps_all();
  if (plain && !mirrored) return encoder_->encode(pixels, count, mean, std, out, progress);
  std::int64_t values = 0;
  for (const Shape3& shape : maps_) values += map_shape(shape).values();
  std::vector<float> maps(static_cast<std::size_t>(count * values));
  encoder_->encode(pixels, count, mean, std, maps.data(), progress);
  form(maps.data(), count, out);
  if (!mirrored) return;
  const std::int64_t size = image_.image_bytes();
  std::vector<std::uint8_t> mirror(pixels, pixels + count * size);
  for (std::int64_t i = 0; i < count; ++i) mirror_image(image_, mirror.data() + i * size);
  encoder_->encode(mirror.data(), count, mean, std, maps.data(), progress);
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
  if (dataset.info.feature_shape) return prepare_features(train, test, dataset.info, options);
  if (!options.encodes()) {
    prepared.domain = pixel_domain(dataset.info);
    prepared.test =
        std::make_unique<FeatureRows>(normalised_pixels(test, prepared.domain), prepared.domain.values());
    prepared.train = std::make_unique<PixelRows>(std::move(train), prepared.domain);
    return prepared;
  }
  const OpenedEncoder opened = open_encoder(options);
  const RowEncoder& encoder = opened.rows;
  prepared.weights_note = opened.note;
  prepared.domain.shape = encoder.shape();
  prepared.weights_sha256 = opened.sha256;
  prepared.weights_name = options.weights_file.filename().string();
  prepared.encoder_bytes = encoder.parameter_bytes();
  const auto encode = [&](const ImageSet& images, const char* split, bool mirrored) {
    return encode_split(
        encoder, dataset, images,
        key_of(dataset, split, images.count(), mirrored, options, opened.sha256, encoder.shape()), mirrored,
        options, progress, prepared.cache_note);
  };
  prepared.test = std::make_unique<FeatureRows>(encode(test, "test", options.mirrored));
  prepared.train =
      std::make_unique<EncodedRows>(encode(train, "train", options.mirrored && !options.both_views));
  return prepared;
}

}  // namespace packrat
