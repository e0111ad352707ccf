#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

TEST(Quantize, ReadsEveryValueBackWithinHalfABinOfItsOwnRange) {
  Rng rng(1);
  for (const Domain& domain : all_domains())
    for (int states : {2, 3, 4, 5, 8, 16, 32, 100, 255, 256}) {
      const Codec codec = make_codec("quantize:states=" + std::to_string(states) + ",range=local", domain);
      const std::vector<float> row = rows_for(domain, 1, rng),
                               back = decode(codec, views(encode(codec, row)));
      const auto [lo, hi] = std::minmax_element(row.begin(), row.end());
      const double half = (double{*hi} - *lo) / states / 2;
      for (std::size_t i = 0; i < row.size(); ++i)
        ASSERT_LE(std::fabs(double{row[i]} - back[i]), half * (1 + 1e-5) + 1e-6)
            << codec.spec() << ", value " << i;
    }
}

TEST(Quantize, ReadsBackOnlyTheMiddlesOfItsBins) {
  const Codec codec = make_codec("quantize:states=4,range=0:8", features(1, 1, 9));
  const std::vector<float> row{-5, 0, 1.99f, 2, 3.99f, 4, 6, 8, 100};
  EXPECT_EQ(decode(codec, views(encode(codec, row))), (std::vector<float>{1, 1, 1, 3, 3, 5, 7, 7, 7}));
}

TEST(Quantize, KeepsTheSharedRangeAsTwoFloats) {
  const std::vector<std::uint8_t> shared =
      make_codec("quantize:states=4,range=-1:2.5", features(1, 1, 9)).shared();
  float range[2];
  ASSERT_EQ(shared.size(), sizeof range);
  std::memcpy(range, shared.data(), sizeof range);
  EXPECT_EQ(range[0], -1.0f);
  EXPECT_EQ(range[1], 2.5f);
}

TEST(Quantize, NamesTheImageWhoseRangeIsTooWideForFloat32) {
  const Codec codec = make_codec("quantize:states=4,range=local", features(1, 1, 2));
  const std::string message = message_of<UserError>([&] { encode(codec, {0, 1, -3e38f, 3e38f}); });
  EXPECT_NE(message.find("image 1 of the batch"), std::string::npos) << message;
}

TEST(Quantize, WorksOnNormalisedPixels) {
  const Domain domain = pixels(4, 4);
  Rng rng(2);
  const std::vector<float> row = rows_for(domain, 1, rng);
  Domain same = domain;
  same.pixels = false;
  for (const char* spec : {"quantize:states=16,range=local", "quantize:states=16,range=-2.086:2.6636"})
    EXPECT_EQ(encode(make_codec(spec, domain), row).bytes, encode(make_codec(spec, same), row).bytes) << spec;
}

}  // namespace
}  // namespace packrat
