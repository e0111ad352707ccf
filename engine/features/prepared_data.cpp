#include "engine/features/prepared_data.h"

#include <fmt/format.h>

#include <numeric>

#include "models/encoder_weights.h"

namespace packrat {
namespace {

struct SplitKey {
  FeatureKey key;
  std::filesystem::path file;
};

SplitKey key_of(const Dataset& dataset, const std::string& split, std::int64_t count,
                const EncodingOptions& options, const std::string& weights_sha256) {
  const std::string what =
      fmt::format("{}-{}_{}-{}_{}", dataset.info.file_stem(), split, architecture_name(options.architecture),
                  options.cut.text(), encoder_type_name(options.encoder.type));
  const std::string text = fmt::format("{} data={} weights={}", what, dataset.sha256, weights_sha256);
  const std::uint64_t hash = checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  const auto& shape = output_shape(options.cut);
  return {{text, count, shape[0] * shape[1] * shape[2]},
          options.cache_dir.value_or("") / fmt::format("{}_{:016x}.features", what, hash)};
}

FeatureRows encode_split(const Encoder& encoder, const Dataset& dataset, const ImageSet& images,
                         const SplitKey& split, const EncodingOptions& options, const ProgressFn& progress,
                         std::string& note) {
  if (images.count() == 0)
    return FeatureRows({}, split.key.width);  // dropped by the caller: no file for the cache
  const ComputeRows compute = [&](std::int64_t begin, std::int64_t end, float* out) {
    encoder.encode(images.image(begin), end - begin, dataset.info.mean, dataset.info.std, out);
  };
  if (!options.cache_dir) return computed_features(split.key, compute, progress);
  CacheReport report;
  FeatureRows rows = cached_features(split.file, split.key, compute, progress, &report);
  if (!note.empty()) note += "; ";
  note += fmt::format("{}: {} of {} chunks from the cache{}", split.file.filename().string(), report.reused,
                      report.chunks, report.damaged ? ", the damaged ones were encoded again" : "");
  return rows;
}

FeatureRows normalised_pixels(const ImageSet& images, const Domain& domain) {
  const std::int64_t width = domain.values();
  std::vector<float> values(static_cast<std::size_t>(images.count() * width));
  const ValueCoder coder(domain);
  for (std::int64_t i = 0; i < images.count(); ++i)
    coder.read_row(images.image(i), width, values.data() + i * width);
  return FeatureRows(std::move(values), width);
}

}  // namespace

Domain pixel_domain(const std::array<float, 3>& mean, const std::array<float, 3>& std) {
  Domain domain;
  domain.shape = {kImageChannels, kImageSide, kImageSide};
  domain.pixels = true;
  domain.mean = mean;
  domain.std = std;
  return domain;
}

Domain pixel_domain(const DatasetInfo& info) {
  return pixel_domain(info.mean, info.std);
}

PreparedData prepare_data(Dataset& dataset, const EncodingOptions& options, const ProgressFn& progress) {
  PreparedData prepared;
  ImageSet train = std::move(dataset.train);
  const ImageSet test = std::move(dataset.test);
  if (options.cut.is_none()) {
    prepared.domain = pixel_domain(dataset.info);
    prepared.test = std::make_unique<FeatureRows>(normalised_pixels(test, prepared.domain));
    prepared.train = std::make_unique<PixelRows>(std::move(train), prepared.domain);
    return prepared;
  }
  const EncoderWeights weights =
      read_encoder_weights(options.weights_file, options.architecture, options.cut);
  prepared.weights_note = weights.note;
  const Encoder encoder(options.architecture, options.cut, weights.tensors, options.encoder);
  prepared.domain.shape = encoder.output_shape();
  prepared.weights_sha256 = weights.sha256;
  prepared.weights_name = options.weights_file.filename().string();
  prepared.encoder_bytes = encoder.parameter_bytes();
  const auto encode = [&](const ImageSet& images, const char* split) {
    return encode_split(encoder, dataset, images,
                        key_of(dataset, split, images.count(), options, weights.sha256), options, progress,
                        prepared.cache_note);
  };
  prepared.test = std::make_unique<FeatureRows>(encode(test, "test"));
  prepared.train = std::make_unique<EncodedRows>(encode(train, "train"));
  return prepared;
}

}  // namespace packrat
