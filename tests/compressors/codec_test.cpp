// What holds for every codec of the table, on every shape.
#include "compressors/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

template <class F>
void for_every_codec(const F& check) {
  for (const Domain& domain : all_domains())
    for (const std::string& spec : example_specs(domain)) {
      SCOPED_TRACE(spec + " on " + name_of(domain));
      check(codec_for(spec, domain));
    }
}

TEST(EveryCodec, FillsExactlyTheBytesItAnnounces) {
  Rng rng(1);
  for_every_codec([&](const Codec& codec) {
    const EntryBatch batch = encode(codec, rows_for(codec.domain(), 4, rng));
    ASSERT_EQ(batch.count(), 4);
    const bool differ =
        codec.spec().find("jpeg") == 0 || codec.spec().find("webp") == 0 || codec.coder() != nullptr;
    ASSERT_NE(codec.entry_bytes().has_value(), differ) << "entries of these alone differ";
    for (std::int64_t i = 0; i < 4 && !differ; ++i)
      EXPECT_EQ(static_cast<std::int64_t>(batch.entry(i).size), *codec.entry_bytes());
    EXPECT_EQ(batch.offset.back(), static_cast<std::int64_t>(batch.bytes.size()));
  });
}

TEST(EveryCodec, DecodesABatchAsItDecodesOneByOne) {
  Rng rng(2);
  for_every_codec([&](const Codec& codec) {
    const EntryBatch batch = encode(codec, rows_for(codec.domain(), 5, rng));
    const std::vector<float> together = decode(codec, views(batch));
    std::vector<float> singly;
    for (const ByteView& entry : views(batch)) {
      const auto one = decode(codec, {entry});
      singly.insert(singly.end(), one.begin(), one.end());
    }
    EXPECT_TRUE(same_bits(together, singly));
  });
}

TEST(EveryCodec, EncodesARowTheSameWhateverStandsBesideIt) {
  Rng rng(3);
  for_every_codec([&](const Codec& codec) {
    const std::int64_t n = codec.domain().values();
    const std::vector<float> rows = rows_for(codec.domain(), 4, rng);
    const EntryBatch batch = encode(codec, rows);
    EXPECT_EQ(batch.bytes, encode(codec, rows).bytes);
    for (std::int64_t i = 0; i < 4; ++i) {
      const EntryBatch alone = codec.encode(ConstRows(rows.data() + i * n, 1, n));
      const ByteView entry = batch.entry(i);
      EXPECT_EQ(alone.bytes, std::vector<std::uint8_t>(entry.data, entry.data + entry.size)) << "row " << i;
    }
  });
}

// A fixed range and learned levels map each level to itself. A thinned non-negative map keeps its survivors.
// Levels of a local range shift when the range is recomputed, and a thinned image may prefer a deleted value
// (grey) to a kept dark one. Pictures are blurred again, and autoencoders recode what they decoded.
TEST(EveryCodec, LeavesWhatItDecodedUnchangedWhereItShould) {
  Rng rng(4);
  for_every_codec([&](const Codec& codec) {
    const std::string spec = codec.spec();
    const bool thins = spec.find("thin") != std::string::npos,
               quantizes = spec.find('|') != std::string::npos;
    const std::string name = spec.substr(0, spec.find(':'));
    if (name == "jpeg" || name == "webp" || name == "resize") return;
    if (name == "convae" || name == "fcae" || name == "vae") return;
    if (spec.find("local") != std::string::npos || (thins && (quantizes || codec.domain().pixels))) return;
    const std::vector<float> once = decode(codec, views(encode(codec, rows_for(codec.domain(), 3, rng))));
    EXPECT_TRUE(same_bits(once, decode(codec, views(encode(codec, once)))));
  });
}

TEST(EveryCodec, NamesTheImageThatHoldsNanOrInfinity) {
  Rng rng(5);
  for_every_codec([&](const Codec& codec) {
    const std::int64_t n = codec.domain().values();
    for (float bad : {NAN, INFINITY, -INFINITY}) {
      std::vector<float> rows = rows_for(codec.domain(), 3, rng);
      rows[static_cast<std::size_t>(2 * n - 1)] = bad;
      const std::string message = message_of<UserError>([&] { encode(codec, rows); });
      EXPECT_NE(message.find("image 1 of the batch"), std::string::npos) << message;
    }
  });
}

TEST(EveryCodec, ReadsAConstantMapBackAsThatConstant) {
  for_every_codec([&](const Codec& codec) {
    if (codec.domain().pixels || codec.spec().find("range=local") == std::string::npos) return;
    // its levels are 0 and the middles of bins
    if (codec.spec().find("zero=exact") != std::string::npos) return;
    const bool thins = codec.spec().find("thin") != std::string::npos;
    for (float constant : {0.0f, 0.1f, -3.3e38f, 1e-44f}) {
      const std::vector<float> rows(static_cast<std::size_t>(codec.domain().values()), constant);
      for (float value : decode(codec, views(encode(codec, rows))))
        ASSERT_TRUE(value == constant || (thins && value == 0.0f)) << value << " for " << constant;
    }
  });
}

TEST(EveryCodec, TakesNoRowsAndGivesNoEntries) {
  for_every_codec([&](const Codec& codec) {
    const EntryBatch batch = codec.encode(ConstRows(nullptr, 0, codec.domain().values()));
    EXPECT_EQ(batch.count(), 0);
    EXPECT_TRUE(batch.bytes.empty());
    codec.decode({}, Rows{nullptr, 0, codec.domain().values()});
  });
}

TEST(EveryCodec, RefusesRowsOfAnotherWidthAndTheWrongNumberOfThem) {
  Rng rng(6);
  for_every_codec([&](const Codec& codec) {
    const std::int64_t n = codec.domain().values();
    std::vector<float> rows = rows_for(codec.domain(), 2, rng);
    EXPECT_THROW(codec.encode(ConstRows(rows.data(), 1, n + 1)), UserError);
    const EntryBatch batch = encode(codec, rows);
    EXPECT_THROW(codec.decode(views(batch), Rows{rows.data(), 2, n - 1}), UserError);
    EXPECT_THROW(codec.decode(views(batch), Rows{rows.data(), 1, n}), UserError);
  });
}

TEST(EveryCodec, ServesSeveralThreadsAtOnce) {
  Rng rng(7);
  for (const std::string& spec : example_specs(features(256, 2, 2))) {
    const Codec codec = codec_for(spec, features(256, 2, 2));
    const std::vector<float> rows = rows_for(codec.domain(), 20, rng);
    const EntryBatch expected = encode(codec, rows);
    const std::vector<float> decoded = decode(codec, views(expected));
    std::vector<int> good(4, 0);
    std::vector<std::thread> threads;
    for (int& flag : good)
      threads.emplace_back([&codec, &rows, &expected, &decoded, &flag] {
        const EntryBatch batch = encode(codec, rows);
        flag = batch.bytes == expected.bytes && same_bits(decode(codec, views(batch)), decoded);
      });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, std::vector<int>(4, 1)) << spec;
  }
}

// A stage that leaves entries of different sizes: the chain must not need a fixed one.
class RunLengthStage final : public Stage {
 public:
  std::string spec() const override { return "zeros"; }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return std::nullopt; }
  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    for (std::int64_t i = 0; i < in.count; ++i) {
      std::uint8_t used = static_cast<std::uint8_t>(in.width);
      while (used > 0 && in.row(i)[used - 1] == 0) --used;
      std::uint8_t* bytes = section.append(1, 1 + 4 * used);
      bytes[0] = used;
      std::memcpy(bytes + 1, in.row(i), 4u * used);
    }
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const auto used = reader.value<std::uint8_t>();
      if (used > out.width) throw CorruptEntry("more values than the row holds");
      std::fill(out.row(i), out.row(i) + out.width, 0.0f);
      std::memcpy(out.row(i), reader.bytes(4u * used), 4u * used);
    }
  }
};

Codec zeros_codec(const Domain& domain) {
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<RunLengthStage>());
  return {domain, std::move(stages)};
}

TEST(Codec, HoldsEntriesOfDifferentSizes) {
  const Codec codec = zeros_codec(features(1, 1, 4));
  const std::vector<float> rows{1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
  const EntryBatch batch = encode(codec, rows);
  EXPECT_EQ(codec.entry_bytes(), std::nullopt);
  EXPECT_EQ(batch.offset, (std::vector<std::int64_t>{0, 9, 10, 27}));
  EXPECT_EQ(decode(codec, views(batch)), rows);
  EXPECT_THROW(decode(codec, {ByteView{batch.bytes.data(), 8}}), CorruptEntry);
  EXPECT_THROW(decode(codec, {ByteView{batch.bytes.data(), 10}}), CorruptEntry);
}

TEST(Codec, RefusesStagesThatDoNotMakeAChain) {
  std::vector<std::unique_ptr<Stage>> none, two;
  EXPECT_THROW(Codec(features(1, 1, 4), std::move(none)), UserError);
  two.push_back(std::make_unique<RunLengthStage>());
  two.push_back(std::make_unique<RunLengthStage>());
  EXPECT_THROW(Codec(features(1, 1, 4), std::move(two)), UserError);
}

}  // namespace
}  // namespace packrat
