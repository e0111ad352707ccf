#include <gtest/gtest.h>

#include "compressors/transfer_rule.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

constexpr const char* kLearned = "quantize:states=4,range=fit";

FittingRows all_of(const std::vector<float>& values, std::int64_t width) {
  const ConstRows rows(values.data(), static_cast<std::int64_t>(values.size()) / width, width);
  return {rows, rows};
}

TEST(MustBeFitted, HoldsForTheStagesThatLearnAndThoseAlone) {
  for (const char* spec :
       {"none", "quantize:states=4,range=local", "thin:factor=0.5|quantize:states=4,range=0:1"})
    EXPECT_FALSE(must_be_fitted(spec)) << spec;
  for (const char* spec : {kLearned, "thin:factor=0.5|quantize:states=4,range=fit"})
    EXPECT_TRUE(must_be_fitted(spec)) << spec;
}

TEST(MakeCodec, RefusesACodecThatHasNotLearned) {
  EXPECT_NE(message_of<UserError>([] { make_codec(kLearned, features(256, 2, 2)); }).find("packrat fit"),
            std::string::npos);
}

TEST(MakeCodec, TakesOnlyTheBytesThatSuchACodecShares) {
  const Domain domain = features(1, 1, 8);
  for (const char* spec : {kLearned, "quantize:states=4,range=0:1", "none"}) {
    std::vector<std::uint8_t> shared = codec_for(spec, domain).shared();
    const auto make = [&] { make_codec(spec, domain, ByteView{shared.data(), shared.size()}); };
    EXPECT_NO_THROW(make()) << spec;
    shared.push_back(0);
    EXPECT_THROW(make(), CorruptEntry) << spec;
    shared.pop_back();
    if (shared.empty()) continue;
    shared.pop_back();
    EXPECT_THROW(make(), CorruptEntry) << spec;
  }
  const float backwards[2] = {1, 0};
  EXPECT_THROW(make_codec(kLearned, domain, {reinterpret_cast<const std::uint8_t*>(backwards), 8}),
               CorruptEntry);
}

TEST(FitCodec, QuantizeLearnsTheLeast5AndGreatest95PercentQuantileOfAny100Rows) {
  // Batch 1 holds 0..99 and batch 2 holds 100..199, one value a row; 5 % of the way from 0 to 99 is 4.95.
  std::vector<float> values;
  for (int i = 0; i < 250; ++i) values.push_back(static_cast<float>(i));
  const kernels::ValueRange range = transfer_rule({values.data(), 250, 1});
  EXPECT_FLOAT_EQ(range.lo, 4.95f);
  EXPECT_FLOAT_EQ(range.hi, 194.05f);
  const Codec codec = fit_codec(kLearned, features(1, 1, 1), all_of(values, 1), {});
  float learned[2];
  ASSERT_EQ(codec.shared().size(), sizeof learned);
  std::memcpy(learned, codec.shared().data(), sizeof learned);
  EXPECT_EQ(learned[0], range.lo);
  EXPECT_EQ(learned[1], range.hi);
}

TEST(FitCodec, ALaterStageLearnsFromWhatTheEarlierOnesHandOn) {
  Rng rng(3);
  const std::vector<float> values = relu_like(300 * 64, rng);
  const Codec plain = fit_codec(kLearned, features(16, 2, 2), all_of(values, 64), {});
  const Codec chain =
      fit_codec("thin:factor=0.9|quantize:states=4,range=fit", features(16, 2, 2), all_of(values, 64), {});
  float all[2], largest[2];
  std::memcpy(all, plain.shared().data(), 8);
  std::memcpy(largest, chain.shared().data(), 8);
  EXPECT_EQ(all[0], 0.0f);
  EXPECT_GT(largest[0], 0.5f) << "only the largest tenth arrives at the quantizer";
}

TEST(FitCodec, RefusesRowsThatDoNotFit) {
  std::vector<float> constant(64 * 10, 0.5f);
  EXPECT_THROW(fit_codec(kLearned, features(16, 2, 2), all_of(constant, 64), {}), UserError)
      << "an empty range";
  EXPECT_THROW(fit_codec(kLearned, features(16, 2, 2), all_of(constant, 32), {}), UserError)
      << "another width";
  const FittingRows none{{constant.data(), 10, 64}, {constant.data(), 0, 64}};
  EXPECT_THROW(fit_codec(kLearned, features(16, 2, 2), none, {}), UserError) << "nothing held out";
}

}  // namespace
}  // namespace packrat
