#include "compressors/registry.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "compressors/codec.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

TEST(StageTable, HasOneRowAStageWithWordsAndExamples) {
  std::set<std::string> names;
  for (const StageInfo& info : stage_table()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " twice";
    EXPECT_FALSE(info.summary.empty()) << info.name;
    EXPECT_FALSE(info.examples.empty() && info.feature_examples.empty() && info.pixel_examples.empty())
        << info.name;
    for (const auto* part : {&info.examples, &info.feature_examples, &info.pixel_examples})
      for (const std::string& example : *part)
        EXPECT_TRUE(example.rfind(info.name, 0) == 0 || example.find('|' + info.name) != std::string::npos)
            << example;
  }
}

TEST(MakeCodec, BuildsEveryExampleOnEveryShapeAndItsSpecRebuildsIt) {
  Rng rng(1);
  for (const Domain& domain : all_domains())
    for (const std::string& spec : example_specs(domain)) {
      const Codec codec = codec_for(spec, domain);
      EXPECT_EQ(codec.spec(), spec);
      const Codec again = rebuilt(codec);
      EXPECT_EQ(again.spec(), codec.spec());
      EXPECT_EQ(again.entry_bytes(), codec.entry_bytes()) << spec;
      EXPECT_EQ(again.shared(), codec.shared()) << spec;
      const std::vector<float> rows = rows_for(domain, 2, rng);
      EXPECT_EQ(encode(again, rows).bytes, encode(codec, rows).bytes) << spec;
    }
}

TEST(MakeCodec, WritesASpecInItsOneCanonicalForm) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {" none ", "none"},
      {"quantize:range=local,states=16", "quantize:states=16,range=local"},
      {"quantize: states=16, range=0.0:1.50", "quantize:states=16,range=0:1.5"},
      {"quantize:states=2,range=-0:0.7106434106826782", "quantize:states=2,range=0:0.7106434"},
      {"quantize:states=2,range=1e-20:1E20", "quantize:states=2,range=1e-20:1e+20"},
      {"thin:factor=0.50", "thin:factor=0.5"},
      {"thin:factor=-0", "thin:factor=0"},
      {"thin:index=auto,factor=0.5", "thin:factor=0.5"},
      {"thin:index=packed,factor=0.5", "thin:factor=0.5,index=packed"},
      {"thin:factor=1e-7", "thin:factor=1e-07"},
      {"thin:factor=.9 | quantize:range=local,states=4", "thin:factor=0.9|quantize:states=4,range=local"}};
  for (const auto& [given, canonical] : cases) {
    const Codec codec = make_codec(given, features(256, 2, 2));
    EXPECT_EQ(codec.spec(), canonical) << given;
    EXPECT_EQ(make_codec(canonical, codec.domain()).spec(), canonical) << given;
  }
}

TEST(MakeCodec, RangesSurviveTheirTextBitForBit) {
  Rng rng(2);
  for (int i = 0; i < 2000; ++i) {
    const auto lo = static_cast<float>(rng.normal()), hi = lo + static_cast<float>(rng.uniform()) + 0.01f;
    char text[100];
    std::snprintf(text, sizeof text, "quantize:states=4,range=%.9g:%.9g", lo, hi);
    const Codec codec = make_codec(text, features(1, 1, 8));
    float range[2];
    std::memcpy(range, codec.shared().data(), sizeof range);
    ASSERT_EQ(range[0], lo);
    ASSERT_EQ(range[1], hi);
    ASSERT_EQ(make_codec(codec.spec(), codec.domain()).shared(), codec.shared());
  }
}

// Each with a piece of the message that tells the user what to do.
TEST(MakeCodec, RefusesWhatItDoesNotKnowAndSaysWhatItTakes) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "choose from none, quantize, codebook"},
      {"zip", "choose from none, quantize, codebook"},
      {"thin:factor=0.5|", "choose from"},
      {"NONE", "choose from"},
      {"none:level=3", "'none' takes no options"},
      {"none:", "'none' takes no options"},
      {"quantize", "states=2..256"},
      {"quantize:", "states=2..256"},
      {"quantize:states=16", "'range' is missing"},
      {"quantize:range=local", "'states' is missing"},
      {"quantize:states=16,range=local,bits=4", "'bits' is unknown"},
      {"quantize:states=16,states=16,range=local", "'states' is given twice"},
      {"quantize:states=16,range", "'range' is not an option"},
      {"quantize:states=1,range=local", "from 2 to 256"},
      {"quantize:states=257,range=local", "from 2 to 256"},
      {"quantize:states=-4,range=local", "from 2 to 256"},
      {"quantize:states=4.5,range=local", "from 2 to 256"},
      {"quantize:states=99999999999999999999,range=local", "from 2 to 256"},
      {"quantize:states=,range=local", "from 2 to 256"},
      {"quantize:states=4,range=global", "LO:HI"},
      {"quantize:states=4,range=1", "LO:HI"},
      {"quantize:states=4,range=0:1:2", "LO:HI"},
      {"quantize:states=4,range=0:1x", "LO:HI"},
      {"quantize:states=4,range=:1", "LO:HI"},
      {"quantize:states=4,range=1:1", "below HI"},
      {"quantize:states=4,range=2:1", "below HI"},
      {"quantize:states=4,range=nan:1", "below HI"},
      {"quantize:states=4,range=0:inf", "below HI"},
      {"quantize:states=4,range=-3e38:3e38", "finite"},
      {"quantize:states=4,range=0:1e99", "LO:HI"},
      {"thin", "factor"},
      {"thin:factor=1", "not including 1"},
      {"thin:factor=-0.1", "not including 1"},
      {"thin:factor=nan", "not including 1"},
      {"thin:factor=half", "not including 1"},
      {"thin:factor=0.5x", "not including 1"},
      {"thin:factor=0.5,index=huffman", "choose from auto, coordinates16, packed, bitmap, delta, eliasfano"},
      {"quantize:states=4,range=local|thin:factor=0.5", "put it last"},
      {"thin:factor=0.5|thin:factor=0.5", "put it first"},
      {"quantize:states=4,range=local,zero=near", "choose from binned, exact"},
      {"quantize:states=4,range=1:2,zero=exact", "write 0:HI"},
      {"quantize:states=4,range=local,per=channel", "write range=fit"},
      {"quantize:states=4,range=local,per=pixel", "choose from map, channel"},
      {"codebook", "'states' is missing"},
      {"pq:bits=8", "'subspaces' is missing"},
      {"float16:bits=16", "'float16' takes no options"},
      {"float16|float16", "put it last"},
      {"jpeg:quality=50", "without an encoder"},
      {"webp:quality=50", "without an encoder"},
      {"resize:size=1", "without an encoder"},
      {"none|thin:factor=0.5", "stands alone"},
      {"thin:factor=0.5|none", "stands alone"}};
  for (const auto& [spec, remedy] : cases) {
    const std::string expected = in_build(spec) ? remedy : "is not in this build";
    const std::string message =
        message_of<UserError>([spec = spec] { make_codec(spec, features(256, 2, 2)); });
    EXPECT_NE(message.find(expected), std::string::npos) << "'" << spec << "' says: " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

// Each is only found when the codec learns, or on another domain.
TEST(MakeCodec, RefusesWhatDoesNotSuitTheDomainOrTheChain) {
  const Domain maps = features(6, 2, 2);
  const std::vector<std::tuple<std::string, Domain, std::string>> cases{
      {"codebook:states=257", maps, "from 2 to 256"},
      {"codebook:states=4,range=local", maps, "choose from fit"},
      {"codebook:states=4|float16", maps, "put it last"},
      {"thin:factor=0.5|quantize:states=4,range=fit,per=channel", maps, "values have no channel"},
      {"pq:subspaces=7", maps, "from 1 to 6"},
      {"pq:subspaces=2,bits=3", maps, "from 4 to 8"},
      {"pq:subspaces=2,bits=9", maps, "from 4 to 8"},
      {"thin:factor=0.5|pq:subspaces=2", maps, "stands alone"},
      {"quantize:states=4,range=local,zero=exact", pixels(), "negative as well as positive"},
      {"thin:factor=0.5|quantize:states=4,range=local,zero=exact", pixels(), "negative as well as positive"},
      {"convae:channels=4", maps, "halves maps 2 times, which 2x2 ones do not allow"},
      {"convae:channels=4,blocks=3", features(6, 4, 4), "halves maps 3 times"},
      {"convae:channels=96", features(6, 4, 4), "a latent of 96 values saves nothing on maps of 96"},
      {"convae:channels=0", pixels(), "from 1 to 4096"},
      {"convae:channels=4,blocks=1", pixels(), "from 2 to 16"},
      {"fcae:neurons=24", maps, "a latent of 24 values saves nothing on maps of 24"},
      {"fcae:neurons=4,layers=0", maps, "from 1 to 64"},
      {"vae:latent=24", maps, "saves nothing"},
      {"vae:latent=4,store=median", maps, "choose from mean, sample"},
      {"thin:factor=0.5|fcae:neurons=4", maps, "put it first"},
      {"jpeg:quality=0", pixels(), "from 1 to 100"},
      {"webp:quality=101", pixels(), "from 1 to 100"},
      {"resize:size=8", pixels(5, 7), "from 1 to 5"},
      {"thin:factor=0.5|jpeg:quality=5", pixels(), "stands alone"},
      {"thin:factor=0.5|resize:size=5", pixels(), "stands alone"},
      {"jpeg:quality=5", pixels(70000, 1), "65500 pixels"},
      {"webp:quality=5", pixels(1, 20000), "16383 pixels"}};
  for (const auto& [spec, domain, remedy] : cases) {
    const std::string expected = in_build(spec) ? remedy : "is not in this build";
    const std::string message =
        message_of<UserError>([&, spec = spec, domain = domain] { codec_for(spec, domain); });
    EXPECT_NE(message.find(expected), std::string::npos) << "'" << spec << "' says: " << message;
  }
  Domain two = pixels();
  two.shape[0] = 2;
  for (const char* spec : {"jpeg:quality=50", "webp:quality=50"})
    EXPECT_THROW(make_codec(spec, two), UserError);
}

TEST(MakeCodec, RefusesShapesThatCannotBe) {
  EXPECT_THROW(make_codec("none", features(0, 4, 4)), UserError);
  EXPECT_THROW(make_codec("none", features(3, -1, 4)), UserError);
  Domain domain = pixels();
  domain.shape[0] = 4;
  EXPECT_THROW(make_codec("none", domain), UserError);
  domain = pixels();
  domain.std[1] = 0;
  EXPECT_THROW(make_codec("none", domain), UserError);
}

TEST(Registry, ChecksASpecWithoutLearning) {
  for (const Domain& domain : all_domains())
    for (const std::string& spec : example_specs(domain))
      EXPECT_NO_THROW(check_codec(spec, domain)) << spec << " on " << name_of(domain);
  const Domain maps = features(256, 2, 2);
  for (const char* spec :
       {"convae:channels=2", "fcae:neurons=4000", "vae:latent=1024", "pq:subspaces=300",
        "fcae:neurons=4|quantize:states=300,range=fit", "none|none", "entropy",
        "quantize:states=4,range=local|entropy:coder=lzma", "codebook:states=1", "jpeg:quality=5"})
    EXPECT_THROW(check_codec(spec, maps), UserError) << spec;
}

}  // namespace
}  // namespace packrat
