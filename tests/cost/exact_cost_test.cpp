#include "engine/cost/exact_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "compressors/stage_cost.h"
#include "engine/core/error.h"
#include "engine/cost/published_cost.h"
#include "tests/cost/descriptions.h"

namespace packrat {
namespace {

struct Case {
  StorageDescription description;
  std::int64_t entry_bytes, shared;
};

std::vector<Case> cases() {
  return {
      {features(1, {"none"}), 4096, 0},
      {pixels(1, {"none"}), 3072, 0},
      {features(1, {quantization(4, true)}), 256 + 8, 0},
      {features(1, {quantization(5, true)}), 384 + 8, 0},
      {features(1, {quantization(2, false)}), 128, 8},
      {pixels(1, {quantization(32, true)}), 1920 + 8, 0},
      {features(1, {thinning(0.95)}), 51 * 6, 0},
      {features(1, {thinning(0.9)}), 102 * 6, 0},
      {pixels(1, {thinning(0.8)}), 614 * 3, 0},
      // 102 coordinates of 2 bytes, 102 codes of 4 bits, lo and hi
      {features(1, {thinning(0.9), quantization(16, true)}), 204 + 51 + 8, 0},
  };
}

TEST(ExactCostTest, IsTheSpecificationsFigure) {
  for (const Case& c : cases()) {
    const ExactCost cost = exact_cost(c.description).value();
    EXPECT_EQ(cost.entry_bytes(), c.entry_bytes) << c.description.codec.text();
    EXPECT_EQ(cost.shared, c.shared) << c.description.codec.text();
  }
}

// A loop over all codecs is in tests/experiment/payload_parts_test.cpp.
TEST(ExactCostTest, IsWhatTheCodecsStore) {
  for (const Case& c : cases()) {
    const Codec codec = make_codec(c.description.codec, c.description.domain);
    EXPECT_EQ(codec.entry_bytes(), c.entry_bytes) << c.description.codec.text();
    EXPECT_EQ(static_cast<std::int64_t>(codec.shared().size()), c.shared) << c.description.codec.text();
  }
}

TEST(ExactCostTest, MultipliesByTheSlotsAndAddsTheShared) {
  EXPECT_EQ(exact_cost(features(1000, {quantization(2, false)}))->total(), 128008);
  EXPECT_EQ(exact_cost(features(1000, {quantization(2, true)}))->total(), 136000);
}

// The two formulas agree without a codec, for two local states but for the division by 8, and for whole kept
// values.
TEST(ExactCostTest, AgreesWithThePublishedFormulaWhereThatHasNoSlip) {
  for (const StorageDescription& d : {features(100, {"none"}), pixels(7, {"none"}),
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

/// Values that thinning keeps of n: they are float32 in the published layout.
std::int64_t kept_values(std::int64_t n, double factor) {
  Domain domain;
  domain.shape = {n, 1, 1};
  return exact_cost(described({thinning(factor)}, domain, 1))->entry_values / 4;
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
  const auto index_bytes = [](const char* index, double factor) {
    return exact_cost(features(1, {fmt::format("thin:factor={},index={}", factor, index)}))->entry_index;
  };
  EXPECT_EQ(index_bytes("coordinates16", 0.95), 102) << "of 51 of 1024 values";
  EXPECT_EQ(index_bytes("packed", 0.95), 64) << "51 x 10 bits";
  EXPECT_EQ(index_bytes("bitmap", 0.95), 128);
  EXPECT_EQ(index_bytes("eliasfano", 0.95), 40) << "51 x 5 + floor(1023 / 16) = 318 bits";
  EXPECT_EQ(index_bytes("delta", 0.7), 122) << "307 x 2 + floor(717 / 2) = 972 bits";
  EXPECT_EQ(index_bytes("auto", 0.95), 40);
  EXPECT_EQ(index_bytes("auto", 0.5), 128) << "the bitmap";
}

TEST(ExactCostTest, StagesWithoutAPublishedFormulaAreCountedFromWhatTheyMustStore) {
  struct Expected {
    const char* stage;
    std::int64_t values, side, shared;
  };
  for (const Expected& e : {Expected{"quantize:states=16,range=local,zero=exact", 512, 4, 0},
                            Expected{"quantize:states=16,range=fit,per=channel", 512, 0, 256 * 8},
                            Expected{"codebook:states=5", 384, 0, 20}, Expected{"float16", 2048, 0, 0},
                            Expected{"pq:subspaces=32", 4 * 32, 0, 256 * 256 * 4}}) {
    const StorageDescription description = features(1, {e.stage});
    const ExactCost cost = exact_cost(description).value();
    EXPECT_EQ(cost.entry_values, e.values) << e.stage;
    EXPECT_EQ(cost.entry_side, e.side) << e.stage;
    EXPECT_EQ(cost.shared, e.shared) << e.stage;
    EXPECT_FALSE(published_cost(description)) << e.stage;
  }
  EXPECT_EQ(exact_cost(pixels(1, {"resize:size=16"}))->entry_bytes(), 768);
}

TEST(ExactCostTest, EntriesThatDifferHaveNoFormula) {
  for (const char* stage : {"jpeg:quality=50", "webp:quality=50", "none|entropy"}) {
    EXPECT_FALSE(exact_cost(pixels(1, {stage}))) << stage;
    EXPECT_FALSE(published_cost(pixels(1, {stage}))) << stage;
  }
}

TEST(ExactCostTest, NothingFollowsAStageThatStoresTheValues) {
  EXPECT_THROW(exact_cost(features(1, {quantization(4, true), thinning(0.5)})), UserError);
  EXPECT_THROW(exact_cost(features(1, {"none", thinning(0.5)})), UserError);
}

}  // namespace
}  // namespace packrat
