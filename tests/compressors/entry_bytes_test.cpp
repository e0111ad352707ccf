// The bytes of an entry, against the formulas of the field: nothing is rounded up beyond a byte an entry.
#include <gtest/gtest.h>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

TEST(EntryBytes, NoneTakesFourBytesAValueAndOneAPixel) {
  for (const Domain& domain : all_domains())
    EXPECT_EQ(make_codec("none", domain).entry_bytes(), domain.values() * (domain.pixels ? 1 : 4))
        << name_of(domain);
}

TEST(EntryBytes, QuantizeTakesCeilOfBitsAndEightMoreForALocalRange) {
  for (const Domain& domain : all_domains())
    for (int states = 2; states <= 256; ++states) {
      int bits = 1;
      while ((1 << bits) < states) ++bits;
      const std::int64_t codes = (domain.values() * bits + 7) / 8;
      const std::string spec = "quantize:states=" + std::to_string(states);
      const Codec local = make_codec(spec + ",range=local", domain),
                  fixed = make_codec(spec + ",range=0:1", domain);
      ASSERT_EQ(local.entry_bytes(), codes + 8) << spec;
      ASSERT_EQ(fixed.entry_bytes(), codes) << spec;
      ASSERT_EQ(local.shared().size(), 0u) << spec;
      ASSERT_EQ(fixed.shared().size(), 8u) << spec;
    }
}

// Factors as exact fractions, so that the expected number of deleted values is integer arithmetic.
struct Factor {
  const char* text;
  std::int64_t numerator, denominator;
};
const std::vector<Factor> kFactors{
    {"0", 0, 1},       {"0.1", 1, 10},    {"0.3", 3, 10},      {"0.333", 333, 1000},
    {"0.5", 1, 2},     {"0.07", 7, 100},  {"0.28", 7, 25},     {"0.55", 11, 20},
    {"0.7", 7, 10},    {"0.8", 4, 5},     {"0.9", 9, 10},      {"0.95", 19, 20},
    {"0.975", 39, 40}, {"0.99", 99, 100}, {"0.998", 499, 500}, {"0.9999", 9999, 10000}};

std::int64_t kept_of(std::int64_t n, const Factor& f) {
  return n - std::min((n * f.numerator + f.denominator - 1) / f.denominator, n - 1);
}

TEST(EntryBytes, ThinKeepsWhatTheExactFractionLeavesForEveryLength) {
  std::vector<Domain> domains = all_domains();
  for (std::int64_t n = 1; n <= 4200; ++n) domains.push_back(features(n, 1, 1));
  for (const Factor& factor : kFactors)
    for (const Domain& domain : domains) {
      const std::int64_t kept = kept_of(domain.values(), factor);
      const Codec codec =
          make_codec(std::string("thin:factor=") + factor.text + ",index=coordinates16", domain);
      ASSERT_EQ(codec.entry_bytes(), kept * (domain.pixels ? 1 + 2 : 4 + 2))
          << factor.text << ", " << name_of(domain);
    }
}

TEST(EntryBytes, ThinOf1024At095Keeps51) {
  EXPECT_EQ(make_codec("thin:factor=0.95,index=coordinates16", features(256, 2, 2)).entry_bytes(), 51 * 6);
  EXPECT_EQ(make_codec("thin:factor=0.95,index=coordinates16", pixels()).entry_bytes(), 153 * 3);
  EXPECT_EQ(make_codec("thin:factor=0.95", features(256, 2, 2)).entry_bytes(), 51 * 4 + 40) << "Elias-Fano";
}

TEST(EntryBytes, AChainAddsItsSections) {
  for (const Domain& domain : all_domains())
    for (const Factor& factor : kFactors) {
      const std::int64_t kept = kept_of(domain.values(), factor);
      const Codec codec = make_codec(
          std::string("thin:factor=") + factor.text + ",index=coordinates16|quantize:states=5,range=local",
          domain);
      ASSERT_EQ(codec.entry_bytes(), 2 * kept + 8 + (3 * kept + 7) / 8)
          << factor.text << ", " << name_of(domain);
    }
}

TEST(EntryBytes, ThePartsOfAnEntryAddUpToIt) {
  for (const Domain& domain : all_domains())
    for (const std::string& spec : example_specs(domain)) {
      const Codec codec = codec_for(spec, domain);
      std::int64_t sum = 0;
      for (const EntryPart& part : codec.parts()) {
        EXPECT_GE(part.bytes, 0) << spec;
        EXPECT_FALSE(part.what.empty()) << spec;
        EXPECT_NE(spec.find(part.stage), std::string::npos) << spec;
        sum += part.bytes;
      }
      EXPECT_EQ(sum, codec.entry_bytes().value_or(0)) << spec << ", " << name_of(domain);
    }
}

TEST(EntryBytes, ThePartsSayWhichIndexWasChosen) {
  const Codec codec = make_codec("thin:factor=0.95|quantize:states=16,range=local", features(256, 2, 2));
  std::vector<std::string> parts;
  for (const EntryPart& part : codec.parts())
    parts.push_back(std::string(part_name(part.part)) + " " + part.what + " " + std::to_string(part.bytes));
  EXPECT_EQ(parts, (std::vector<std::string>{"index Elias-Fano, 4 low bits 40", "side lo and hi 8",
                                             "values 51 codes of 4 bits 26"}));
}

}  // namespace
}  // namespace packrat
