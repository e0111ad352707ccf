// quantize with zero=exact and with per=channel.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compressors/distortion.h"
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/level_codes.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

std::string states(int k) {
  return "quantize:states=" + std::to_string(k);
}

TEST(ZeroExact, ZerosComeBackAsZeroAndNothingElseDoes) {
  Rng rng(1);
  const Domain domain = features(256, 2, 2);
  const std::vector<float> rows = rows_for(domain, 5, rng);
  for (const int k : {2, 3, 4, 5, 16, 255, 256})
    for (const char* rest : {",range=local,zero=exact", ",range=0:3,zero=exact", ",range=fit,zero=exact"}) {
      const Codec codec = codec_for(states(k) + rest, domain);
      const std::vector<float> decoded = decode(codec, views(encode(codec, rows)));
      for (std::size_t i = 0; i < rows.size(); ++i)
        ASSERT_EQ(decoded[i] == 0.0f, rows[i] == 0.0f) << codec.spec() << ", " << rows[i];
    }
}

TEST(ZeroExact, TheOtherStatesAreEqualBinsOfThePositiveRange) {
  // hi = 6 in three bins of 2: 0.5 and 2 (a boundary) fall below and above, middles 1, 3, 5.
  const Codec codec = make_codec("quantize:states=4,range=local,zero=exact", features(1, 1, 6));
  EXPECT_EQ(decode(codec, views(encode(codec, {0, 0.5f, 2, 3.9f, 4, 6}))),
            (std::vector<float>{0, 1, 3, 3, 5, 5}));
  EXPECT_EQ(codec.entry_bytes(), 4 + 2);
  const Codec two = make_codec("quantize:states=2,range=local,zero=exact", features(1, 1, 3));
  EXPECT_EQ(decode(two, views(encode(two, {0, 0.1f, 6}))), (std::vector<float>{0, 3, 3})) << "one bin";
}

TEST(ZeroExact, AMapOfZerosAndTheSmallestFloatsSurvive) {
  const Codec codec = make_codec("quantize:states=16,range=local,zero=exact", features(1, 1, 3));
  EXPECT_EQ(decode(codec, views(encode(codec, {0, -0.0f, 0}))), (std::vector<float>{0, 0, 0}));
  for (const float value : decode(codec, views(encode(codec, {1e-45f, 0, 3e-45f})))) EXPECT_LE(value, 3e-45f);
  for (const float value : decode(codec, views(encode(codec, {3.4e38f, 0, 1})))) EXPECT_GE(value, 0.0f);
}

TEST(ZeroExact, RefusesANegativeValueAndNamesTheImage) {
  for (const char* spec :
       {"quantize:states=4,range=local,zero=exact", "quantize:states=4,range=0:1,zero=exact",
        "quantize:states=4,range=fit,zero=exact,per=channel"}) {
    const Codec codec = codec_for(spec, features(1, 1, 2));
    const std::string message = message_of<UserError>([&] { encode(codec, {0, 1, 0.5f, -0.25f}); });
    EXPECT_NE(message.find("image 1 of the batch holds -0.25"), std::string::npos) << message;
  }
}

TEST(ZeroExact, RefusesARangeThatNoEncoderWrites) {
  const Codec codec = make_codec("quantize:states=4,range=local,zero=exact", features(1, 1, 4));
  const std::vector<std::uint8_t> good = encode(codec, {0, 1, 2, 3}).bytes;
  for (const float bad : {-1.0f, NAN, INFINITY, 0.0f}) {  // 0 with codes
    std::vector<std::uint8_t> bytes = good;
    std::memcpy(bytes.data(), &bad, 4);
    EXPECT_THROW(decode(codec, {{bytes.data(), bytes.size()}}), CorruptEntry) << bad;
  }
}

TEST(ZeroExact, HasASmallerErrorOnReluMapsThanEqualBins) {
  Rng rng(2);
  const Domain domain = features(256, 2, 2);
  const std::vector<float> rows = rows_for(domain, 50, rng);
  const ConstRows view(rows.data(), 50, domain.values());
  for (const int k : {2, 4, 16, 64}) {
    const double plain = measure_distortion(codec_for(states(k) + ",range=local", domain), view).mse;
    const double zero =
        measure_distortion(codec_for(states(k) + ",range=local,zero=exact", domain), view).mse;
    EXPECT_TRUE(zero < plain || k == 2)
        << k << " states: " << zero << "; with two, half the maximum is the other level";
    EXPECT_LE(measure_distortion(codec_for(states(k) + ",range=fit,zero=exact", domain), view).mse, plain)
        << k;
  }
}

TEST(LevelCodes, OneValuesCodeIsThatOfThePackedKernel) {
  Rng rng(3);
  for (const auto& [lo, hi] : std::vector<std::pair<float, float>>{
           {0, 1}, {-2.5f, 3}, {1, 1}, {1e8f, 1e8f + 64}, {0, 1e-44f}, {-3e38f, 3e37f}, {5, 5.000001f}})
    for (const int k : {2, 3, 7, 16, 256}) {
      const kernels::UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, k);
      std::vector<float> x = normal_values(600, rng);
      for (float& value : x) value = lo + (hi - lo) * (value + 0.5f);
      for (int i = 1; i < k; ++i) x[static_cast<std::size_t>(i)] = kernels::bin_boundary(q, i);
      x[300] = lo;
      x[301] = hi;
      std::vector<std::uint8_t> packed(static_cast<std::size_t>(kernels::packed_bytes(600, q.width))),
          codes(600);
      kernels::reference::quantize_pack(x.data(), 600, q, packed.data());
      kernels::unpack(packed.data(), 600, q.width, codes.data());
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(kernels::uniform_code(q, x[i]), codes[i])
            << x[i] << " of " << lo << " to " << hi << ", " << k;
    }
}

// Channel 0 lies in 0..1, channel 1 in 0..100, channel 2 is always 7.
std::vector<float> uneven_rows(std::int64_t count, Rng& rng) {
  std::vector<float> rows;
  for (std::int64_t i = 0; i < count; ++i)
    for (int c = 0; c < 3; ++c)
      for (int p = 0; p < 4; ++p)
        rows.push_back(c == 2 ? 7.0f : static_cast<float>(rng.uniform()) * (c == 0 ? 1.0f : 100.0f));
  return rows;
}

Codec fitted_on_all(const std::string& spec, const Domain& domain, const std::vector<float>& rows) {
  const ConstRows view(rows.data(), static_cast<std::int64_t>(rows.size()) / domain.values(),
                       domain.values());
  return fit_codec(spec, domain, {view, view}, {});
}

TEST(PerChannel, EveryChannelHasItsOwnRange) {
  Rng rng(4);
  const Domain domain = features(3, 2, 2);
  const std::vector<float> rows = uneven_rows(300, rng);
  for (const char* zero : {"", ",zero=exact"}) {
    const Codec codec =
        fitted_on_all(std::string("quantize:states=16,range=fit") + zero + ",per=channel", domain, rows);
    EXPECT_EQ(codec.shared().size(), *zero == 0 ? 3 * 8u : 3 * 4u);
    EXPECT_EQ(codec.entry_bytes(), 6) << "12 codes of 4 bits";
    const std::vector<float> decoded = decode(codec, views(encode(codec, rows)));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t channel = i / 4 % 3;
      const float tolerance = channel == 0 ? 0.05f : channel == 1 ? 5.0f : *zero == 0 ? 0.0f : 0.25f;
      ASSERT_NEAR(decoded[i], rows[i], tolerance) << codec.spec() << ", channel " << channel;
    }
  }
}

TEST(PerChannel, ACodeInAConstantChannelIsDamage) {
  Rng rng(5);
  const Domain domain = features(3, 2, 2);
  const Codec codec =
      fitted_on_all("quantize:states=256,range=fit,per=channel", domain, uneven_rows(50, rng));
  std::vector<std::uint8_t> bytes = encode(codec, uneven_rows(1, rng)).bytes;
  bytes[9] = 1;  // channel 2 holds bytes 8 to 11
  EXPECT_THROW(decode(codec, {{bytes.data(), bytes.size()}}), CorruptEntry);
}

TEST(PerChannel, RefusesLearnedRangesThatRunBackwardsOrAreNotFinite) {
  const Domain domain = features(1, 1, 4);
  for (const auto& [lo, hi] : std::vector<std::pair<float, float>>{{1, 0}, {NAN, 1}, {0, INFINITY}}) {
    const float range[2] = {lo, hi};
    EXPECT_THROW(make_codec("quantize:states=4,range=fit,per=channel", domain,
                            {reinterpret_cast<const std::uint8_t*>(range), sizeof range}),
                 CorruptEntry);
  }
}

}  // namespace
}  // namespace packrat
