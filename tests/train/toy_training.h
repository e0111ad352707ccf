#pragma once
#include <functional>
#include <memory>

#include "engine/train/learner.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {

/// Rows as they are, float32; tells `on_decode` the size of every batch that is read.
class WatchedStage : public Stage {
 public:
  using OnDecode = std::function<void(std::int64_t)>;
  WatchedStage(std::int64_t width, OnDecode on_decode) : width_(width), on_decode_(std::move(on_decode)) {}

  std::string spec() const override { return "watched"; }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return width_ * 4; }
  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::memcpy(section.append(in.count, width_ * 4), in.data,
                static_cast<std::size_t>(in.count * width_ * 4));
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    if (on_decode_) on_decode_(out.count);
    for (std::int64_t i = 0; i < out.count; ++i)
      std::memcpy(out.row(i),
                  readers[static_cast<std::size_t>(i)].bytes(static_cast<std::size_t>(width_) * 4),
                  static_cast<std::size_t>(width_) * 4);
  }

 private:
  std::int64_t width_;
  OnDecode on_decode_;
};

inline std::shared_ptr<const Codec> watched_codec(const Domain& domain, WatchedStage::OnDecode on_decode) {
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<WatchedStage>(domain.values(), std::move(on_decode)));
  return std::make_shared<const Codec>(domain, std::move(stages));
}

/// `count` entries whose class, i % classes, can be told from its rows: the first values of a row are raised
/// where their number is the class's.
inline ReplayBuffer toy_buffer(std::shared_ptr<const Codec> codec, int classes, std::int64_t count,
                               std::uint64_t seed = 1) {
  const Domain domain = codec->domain();
  std::vector<float> rows = random_rows(domain, count, Rng(seed));
  std::vector<int> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    labels.push_back(static_cast<int>(i) % classes);
    rows[static_cast<std::size_t>(i * domain.values() + labels.back())] += 4;
  }
  ReplayBuffer buffer(std::move(codec), classes, Budget::slots(1000));
  buffer.ingest(ConstRows(rows.data(), count, domain.values()), labels, 0, Rng(seed));
  return buffer;
}

inline ReplayBuffer toy_buffer(int classes, std::int64_t count, std::uint64_t seed = 1,
                               WatchedStage::OnDecode on_decode = {}) {
  return toy_buffer(watched_codec(feature_domain(8, 2), std::move(on_decode)), classes, count, seed);
}

/// A small head for toy_buffer().
inline LearnerOptions toy_options(int classes) {
  LearnerOptions options;
  options.head = {"mlp", Cut(), {8, 2, 2}, classes};
  options.cutmix = CutMixOptions{};
  return options;
}

}  // namespace packrat
