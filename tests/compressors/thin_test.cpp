#include <gtest/gtest.h>

#include <algorithm>

#include "compressors/kernels/select.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

TEST(Thin, KeepsTheLargestValuesAndDeletesTheRest) {
  const Codec codec = make_codec("thin:factor=0.5", features(1, 2, 4));
  EXPECT_EQ(decode(codec, views(encode(codec, {3, -1, 7, 2, 7, 0.5f, 2, 9}))),
            (std::vector<float>{3, 0, 7, 0, 7, 0, 0, 9}));
}

TEST(Thin, KeepsExactlyWhatSortingKeepsOnEveryShape) {
  Rng rng(1);
  for (const Domain& domain : all_domains())
    for (const char* factor : {"0", "0.5", "0.9", "0.99"}) {
      const Codec codec = make_codec(std::string("thin:factor=") + factor, domain);
      const std::vector<float> row = rows_for(domain, 1, rng);
      const std::int64_t kept = codec.parts().back().bytes / (domain.pixels ? 1 : 4);
      std::vector<std::uint16_t> at(static_cast<std::size_t>(kept));
      kernels::reference::select_largest(row.data(), domain.values(), kept, at.data());
      std::vector<float> expected(row.size(), 0.0f);
      for (std::uint16_t i : at) expected[i] = row[i];
      EXPECT_TRUE(same_bits(decode(codec, views(encode(codec, row))), expected))
          << codec.spec() << ", " << name_of(domain);
    }
}

TEST(Thin, AlwaysKeepsOneValue) {
  const Codec codec = make_codec("thin:factor=0.9999", features(1, 1, 3));
  EXPECT_EQ(decode(codec, views(encode(codec, {1, 5, 4}))), (std::vector<float>{0, 5, 0}));
  EXPECT_EQ(make_codec("thin:factor=0.9", features(1, 1, 1)).entry_bytes(), 4)
      << "one of one needs no coordinate";
}

TEST(Thin, TreatsAFactorThatIsAQuotientAsTheQuotient) {
  // 2/3 printed in full is a little above 2/3; the user means that 2048 of 3072 values go.
  EXPECT_EQ(make_codec("thin:factor=0.6666666666666667,index=coordinates16", pixels()).entry_bytes(),
            1024 * 3);
}

TEST(Thin, HandsItsSurvivorsToTheNextStage) {
  Rng rng(2);
  const Domain domain = features(256, 2, 2);
  const std::vector<float> row = rows_for(domain, 1, rng);
  const Codec thin = make_codec("thin:factor=0.9", domain);
  const Codec chain = make_codec("thin:factor=0.9|quantize:states=256,range=local", domain);
  const std::vector<float> kept = decode(thin, views(encode(thin, row)));
  const std::vector<float> both = decode(chain, views(encode(chain, row)));
  const float hi = *std::max_element(row.begin(), row.end());
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_EQ(kept[i] == 0.0f, both[i] == 0.0f) << i;
    EXPECT_NEAR(kept[i], both[i], hi / 500) << i;
  }
}

TEST(Thin, DecodesTheSameWhateverTheIndexAndAChainWithAnyOfThem) {
  Rng rng(3);
  for (const Domain& domain : all_domains())
    for (const char* tail : {"", "|quantize:states=16,range=local"}) {
      const std::vector<float> rows = rows_for(domain, 3, rng);
      const Codec published = make_codec(std::string("thin:factor=0.9,index=coordinates16") + tail, domain);
      const std::vector<float> expected = decode(published, views(encode(published, rows)));
      for (const char* index : {"auto", "packed", "bitmap", "delta", "eliasfano"}) {
        const Codec codec = make_codec(std::string("thin:factor=0.9,index=") + index + tail, domain);
        EXPECT_TRUE(same_bits(decode(codec, views(encode(codec, rows))), expected))
            << codec.spec() << ", " << name_of(domain);
      }
      EXPECT_LE(*make_codec(std::string("thin:factor=0.9") + tail, domain).entry_bytes(),
                *published.entry_bytes());
    }
}

TEST(Thin, RefusesMapsThatTwoByteCoordinatesCannotName) {
  EXPECT_NO_THROW(make_codec("thin:factor=0.9", features(1, 256, 256)));
  const std::string message =
      message_of<UserError>([] { make_codec("thin:factor=0.9", features(1, 256, 257)); });
  EXPECT_NE(message.find("65536"), std::string::npos) << message;
}

}  // namespace
}  // namespace packrat
