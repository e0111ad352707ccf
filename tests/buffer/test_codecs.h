#pragma once
#include <algorithm>
#include <memory>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/rng.h"
#include "tests/compressors/testing.h"

namespace packrat {

inline Domain feature_domain(std::int64_t channels = 4, std::int64_t side = 2) {
  Domain domain;
  domain.shape = {channels, side, side};
  return domain;
}

inline Domain pixel_domain() {
  Domain domain;
  domain.shape = {3, 4, 4};
  domain.pixels = true;
  domain.mean = {0.4914f, 0.4822f, 0.4465f};
  domain.std = {0.2023f, 0.1994f, 0.2010f};
  return domain;
}

/// Entries of differing size: the values that are not 0, each with its coordinate. Four bytes are shared.
class NonZeroStage : public Stage {
 public:
  explicit NonZeroStage(std::int64_t width) : width_(width) {}

  std::string spec() const override { return "nonzero"; }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return std::nullopt; }
  std::vector<std::uint8_t> shared() const override { return {1, 2, 3, 4}; }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    ByteWriter out(section.bytes);
    for (std::int64_t i = 0; i < in.count; ++i) {
      for (std::int64_t j = 0; j < width_; ++j)
        if (in.row(i)[j] != 0) {
          out.value(static_cast<std::uint8_t>(j));
          out.value(in.row(i)[j]);
        }
      section.offset.push_back(static_cast<std::int64_t>(section.bytes.size()));
    }
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i) {
      std::fill(out.row(i), out.row(i) + width_, 0.0f);
      auto& reader = readers[static_cast<std::size_t>(i)];
      while (reader.left() > 0) {
        const auto at = reader.value<std::uint8_t>();
        if (at >= width_) throw CorruptEntry("a coordinate behind the map");
        out.row(i)[at] = reader.value<float>();
      }
    }
  }

 private:
  std::int64_t width_;
};

/// make_codec() that also knows "nonzero".
inline Codec make_test_codec(std::string_view spec, const Domain& domain, ByteView shared) {
  if (spec != "nonzero") return make_codec(spec, domain, shared);
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<NonZeroStage>(domain.values()));
  return Codec(domain, std::move(stages));
}

inline std::shared_ptr<const Codec> test_codec(std::string_view spec, const Domain& domain) {
  if (spec == "nonzero") return std::make_shared<const Codec>(make_test_codec(spec, domain, {}));
  return std::make_shared<const Codec>(testing::codec_for(spec, domain));
}

/// Every codec of the table's examples, and one with entries of differing size.
inline std::vector<std::string> codec_specs(const Domain& domain) {
  std::vector<std::string> specs = example_specs(domain);
  specs.insert(specs.begin(), "nonzero");
  return specs;
}

/// Rows that the domain's encoder could have made: features of which about half are 0, or normalised pixels.
inline std::vector<float> random_rows(const Domain& domain, std::int64_t count, Rng rng) {
  std::vector<float> rows;
  const std::int64_t plane = domain.shape[1] * domain.shape[2];
  for (std::int64_t i = 0; i < count * domain.values(); ++i) {
    const auto channel = static_cast<std::size_t>(i % domain.values() / plane);
    if (domain.pixels)
      rows.push_back((static_cast<float>(rng.below(256)) / 255.0f - domain.mean[channel]) /
                     domain.std[channel]);
    else
      rows.push_back(std::max(0.0f, static_cast<float>(rng.normal())));
  }
  return rows;
}

inline std::vector<int> random_labels(int classes, std::int64_t count, Rng rng) {
  std::vector<int> labels;
  for (std::int64_t i = 0; i < count; ++i)
    labels.push_back(static_cast<int>(rng.below(static_cast<std::uint64_t>(classes))));
  return labels;
}

}  // namespace packrat
