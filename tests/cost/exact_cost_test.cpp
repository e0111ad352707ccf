#include "engine/cost/exact_cost.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/error.h"
#include "engine/cost/published_cost.h"
#include "tests/cost/descriptions.h"

namespace packrat {
namespace {

struct Case {
  StorageDescription description;
  const char* spec;
  std::int64_t entry_bytes, shared;
};

std::vector<Case> cases() {
  return {
      {features(1, {no_codec()}), "none", 4096, 0},
      {pixels(1, {no_codec()}), "none", 3072, 0},
      {features(1, {quantization(4, true)}), "quantize:states=4,range=local", 256 + 8, 0},
      {features(1, {quantization(5, true)}), "quantize:states=5,range=local", 384 + 8, 0},
      {features(1, {quantization(2, false)}), "quantize:states=2,range=0:1", 128, 8},
      {pixels(1, {quantization(32, true)}), "quantize:states=32,range=local", 1920 + 8, 0},
      {features(1, {thinning(0.95)}), "thin:factor=0.95,index=coordinates16", 51 * 6, 0},
      {features(1, {thinning(0.9)}), "thin:factor=0.9,index=coordinates16", 102 * 6, 0},
      {pixels(1, {thinning(0.8)}), "thin:factor=0.8,index=coordinates16", 614 * 3, 0},
      // 102 coordinates of 2 bytes, 102 codes of 4 bits, lo and hi
      {features(1, {thinning(0.9), quantization(16, true)}),
       "thin:factor=0.9,index=coordinates16|quantize:states=16,range=local", 204 + 51 + 8, 0},
  };
}

Domain domain_of(const StorageDescription& description) {
  Domain domain;
  domain.shape = {description.values / 4, 2, 2};
  domain.pixels = description.pixels;
  if (description.pixels) {
    domain.shape = {3, 32, 32};
    domain.mean = {0.4914f, 0.4822f, 0.4465f};
    domain.std = {0.2023f, 0.1994f, 0.2010f};
  }
  return domain;
}

TEST(ExactCostTest, IsTheSpecificationsFigure) {
  for (const Case& c : cases()) {
    const ExactCost cost = exact_cost(c.description).value();
    EXPECT_EQ(cost.entry_bytes(), c.entry_bytes) << c.spec;
    EXPECT_EQ(cost.shared, c.shared) << c.spec;
  }
}

// A loop over all codecs is in tests/experiment/payload_parts_test.cpp.
TEST(ExactCostTest, IsWhatTheCodecsStore) {
  for (const Case& c : cases()) {
    const Codec codec = make_codec(c.spec, domain_of(c.description));
    EXPECT_EQ(codec.entry_bytes(), c.entry_bytes) << c.spec;
    EXPECT_EQ(static_cast<std::int64_t>(codec.shared().size()), c.shared) << c.spec;
  }
}

TEST(ExactCostTest, MultipliesByTheSlotsAndAddsTheShared) {
  EXPECT_EQ(exact_cost(features(1000, {quantization(2, false)}))->total(), 128008);
  EXPECT_EQ(exact_cost(features(1000, {quantization(2, true)}))->total(), 136000);
}

// The two formulas agree without a codec, for two local states but for the division by 8, and for whole kept
// values.
TEST(ExactCostTest, AgreesWithThePublishedFormulaWhereThatHasNoSlip) {
  for (const StorageDescription& d : {features(100, {no_codec()}), pixels(7, {no_codec()}),
                                      features(100, {thinning(0.5)}), features(3, {thinning(0)})})
    EXPECT_EQ(published_cost(d)->mib() * 1048576.0, static_cast<double>(exact_cost(d)->total()));
  for (const bool local : {true, false}) {
    const auto d = features(100, {quantization(2, local)});
    EXPECT_EQ(published_cost(d)->mib() * 1048576.0 * 8, static_cast<double>(exact_cost(d)->total()));
  }
}

TEST(ExactCostTest, BitsAreTheCeilingOfTheLogarithm) {
  for (std::int64_t states = 2; states <= 4096; ++states)
    EXPECT_EQ(bits_for(states), static_cast<std::int64_t>(std::ceil(std::log2(static_cast<double>(states)))))
        << states;
}

TEST(ExactCostTest, KeptValuesHaveNoFloatingPointSurprises) {
  EXPECT_EQ(kept_values(1024, 0.95), 51);
  EXPECT_EQ(kept_values(100, 0.07), 93) << "0.07 x 100 is 7.000000000000001";
  EXPECT_EQ(kept_values(1, 0.99), 1) << "one value always stays";
  for (std::int64_t percent = 0; percent < 100; ++percent)
    for (const std::int64_t n : {100, 500, 1000, 3072, 4096}) {
      const std::int64_t deleted = std::min((n * percent + 99) / 100, n - 1);
      EXPECT_EQ(kept_values(n, static_cast<double>(percent) / 100), n - deleted)
          << n << " at " << percent << " %";
    }
}

TEST(ExactCostTest, AnIndexTakesWhatItsFormulaSays) {
  using Index = StageDescription::Index;
  EXPECT_EQ(index_bytes(Index::kCoordinates, 1024, 51), 102);
  EXPECT_EQ(index_bytes(Index::kPacked, 1024, 51), 64) << "51 x 10 bits";
  EXPECT_EQ(index_bytes(Index::kBitmap, 1024, 51), 128);
  EXPECT_EQ(index_bytes(Index::kEliasFano, 1024, 51), 40) << "51 x 5 + floor(1023 / 16) = 318 bits";
  EXPECT_EQ(index_bytes(Index::kDelta, 1024, 307), 122) << "307 x 2 + floor(717 / 2) = 972 bits";
  EXPECT_EQ(index_bytes(Index::kSmallest, 1024, 51), 40);
  EXPECT_EQ(index_bytes(Index::kSmallest, 1024, 512), 128) << "the bitmap";
}

TEST(ExactCostTest, StagesWithoutAPublishedFormulaAreCountedFromWhatTheyMustStore) {
  StageDescription zero = quantization(16, true), channels = quantization(16, false), codebook, half, pq,
                   resize;
  zero.zero_exact = channels.per_channel = true;
  codebook.kind = Kind::kCodebook;
  codebook.states = 5;
  half.kind = Kind::kHalf;
  pq.kind = Kind::kProductQuantization;
  pq.subspaces = 32;
  pq.bits = 8;
  resize.kind = Kind::kResize;
  resize.size = 16;
  struct Expected {
    StageDescription stage;
    std::int64_t values, side, shared;
  };
  for (const Expected& e :
       {Expected{zero, 512, 4, 0}, Expected{channels, 512, 0, 256 * 8}, Expected{codebook, 384, 0, 20},
        Expected{half, 2048, 0, 0}, Expected{pq, 4 * 32, 0, 256 * 256 * 4}}) {
    StorageDescription description = features(1, {e.stage});
    description.channels = 256;
    const ExactCost cost = exact_cost(description).value();
    EXPECT_EQ(cost.entry_values, e.values) << static_cast<int>(e.stage.kind);
    EXPECT_EQ(cost.entry_side, e.side) << static_cast<int>(e.stage.kind);
    EXPECT_EQ(cost.shared, e.shared) << static_cast<int>(e.stage.kind);
    EXPECT_FALSE(published_cost(description)) << static_cast<int>(e.stage.kind);
  }
  StorageDescription images = pixels(1, {resize});
  images.channels = 3;
  EXPECT_EQ(exact_cost(images)->entry_bytes(), 768);
}

TEST(ExactCostTest, EntriesThatDifferHaveNoFormula) {
  StageDescription variable;
  variable.kind = Kind::kVariable;
  EXPECT_FALSE(exact_cost(pixels(1, {variable})));
  EXPECT_FALSE(published_cost(pixels(1, {variable})));
}

TEST(ExactCostTest, NothingFollowsAStageThatStoresTheValues) {
  EXPECT_THROW(exact_cost(features(1, {quantization(4, true), thinning(0.5)})), UserError);
  EXPECT_THROW(exact_cost(features(1, {no_codec(), thinning(0.5)})), UserError);
}

}  // namespace
}  // namespace packrat
