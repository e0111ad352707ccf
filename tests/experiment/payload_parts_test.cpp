#include "engine/experiment/payload_parts.h"

#include <gtest/gtest.h>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/cost/exact_cost.h"
#include "engine/experiment/codec_choice.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

const std::vector<Domain>& domains() {
  static const std::vector<Domain> all{testing::features(64, 8, 8), testing::features(256, 2, 2),
                                       testing::features(512, 1, 1), testing::pixels()};
  return all;
}

// The formulas know nothing of the codecs' code; every byte of every fixed-size codec must be one of theirs.
TEST(PayloadParts, ExactIsMeasuredForEveryPartOfEveryFixedSizeCodec) {
  int fixed = 0;
  for (const Domain& domain : domains())
    for (const std::string& spec : example_specs(domain)) {
      SCOPED_TRACE(spec + " on " + testing::name_of(domain));
      const Codec codec = testing::codec_for(spec, domain);
      const StorageDescription description = describe_storage(codec, 10);
      const auto exact = exact_cost(description);
      ASSERT_EQ(exact.has_value(), codec.entry_bytes().has_value());
      const std::vector<PayloadPart> parts = payload_parts(codec, description);
      EXPECT_EQ(parts.empty(), !exact);
      if (!exact) continue;
      ++fixed;
      EXPECT_EQ(exact->entry_bytes(), *codec.entry_bytes());
      EXPECT_EQ(exact->shared, static_cast<std::int64_t>(codec.shared().size()));
      for (const PayloadPart& part : parts) EXPECT_EQ(part.measured_bytes, part.exact_bytes) << part.name;
    }
  EXPECT_GT(fixed, 40);
}

TEST(PayloadParts, TellValuesIndexAndRangeOfAChainApart) {
  const Domain domain = testing::features(256, 2, 2);
  const Codec codec = make_codec("thin:factor=0.95|quantize:states=16,range=local", domain);
  const std::vector<PayloadPart> parts = payload_parts(codec, describe_storage(codec, 10));
  ASSERT_EQ(parts.size(), 3U);
  const char* names[] = {"values", "index", "side"};
  const std::int64_t bytes[] = {26, 40, 8};  // 51 codes of 4 bits, 318 bits of Elias-Fano, two floats
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(parts[i].name, names[i]);
    EXPECT_EQ(parts[i].exact_bytes, bytes[i]);
    EXPECT_EQ(parts[i].measured_bytes, bytes[i]);
  }
}

}  // namespace
}  // namespace packrat
