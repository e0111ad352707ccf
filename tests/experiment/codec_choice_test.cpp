#include "engine/experiment/codec_choice.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/files.h"
#include "engine/cost/exact_cost.h"
#include "models/weights_dir.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

constexpr const char* kShippedWeights = "79bb48460a1922103b47a64bbd519ba757bd02543a3af92d1bb233712b53e071";

RunConfig quantization(const std::string& strategy, const std::string& encoder = "cutr34") {
  RunConfig config;
  config.encoder = encoder;
  config.compressor = "quantization";
  config.strategy = strategy;
  return config;
}

Domain features(std::int64_t values = 1024) {
  Domain domain;
  domain.shape = {values / 4, 2, 2};
  return domain;
}

Domain pixels() {
  Domain domain;
  domain.shape = {3, 32, 32};
  domain.pixels = true;
  domain.mean = {0.4914f, 0.4822f, 0.4465f};
  domain.std = {0.2023f, 0.1994f, 0.2010f};
  return domain;
}

TEST(CodecChoice, TheShippedWeightsAreThoseOfTheTable) {
  EXPECT_EQ(sha256_of_file(shipped_file("resnet34_tinyimagenet32.safetensors")), kShippedWeights);
}

TEST(CodecChoice, EveryPublishedFlagHasItsSpec) {
  RunConfig none, thinning;
  thinning.compressor = "thinning";
  thinning.compression_factor = 0.95;
  RunConfig states = quantization("local");
  states.n_states = 32;
  RunConfig cut2 = quantization("tiny_imagenet_transfer");
  cut2.encoding_block = "2";
  struct Case {
    RunConfig config;
    std::string spec;
  };
  RunConfig on_cifar100 = quantization("cifar10_transfer");
  on_cifar100.dataset = "CIFAR100";
  RunConfig convae, fcae, vae, deep;
  convae.compressor = "convae";
  fcae.compressor = "fcae";
  fcae.encoder = "cutr34";
  vae.compressor = "vae";
  deep = fcae;
  deep.bottleneck_neurons = 8;
  deep.n_layers = 4;
  for (const Case& c :
       {Case{none, "none"}, Case{thinning, "thin:factor=0.95,index=coordinates16"},
        Case{quantization("local"), "quantize:states=4,range=local"},
        Case{states, "quantize:states=32,range=local"},
        Case{quantization("range:-0.5:2"), "quantize:states=4,range=-0.5:2"},
        Case{quantization("tiny_imagenet_transfer"), "quantize:states=4,range=0:2.197306"},
        Case{on_cifar100, "quantize:states=4,range=0:2.29998"},
        Case{quantization("cifar100_transfer", "none"), "quantize:states=4,range=-1.582319:1.925929"},
        Case{cut2, "quantize:states=4,range=0:2.376927"}, Case{convae, "convae:channels=16"},
        Case{fcae, "fcae:neurons=64"}, Case{deep, "fcae:neurons=8,layers=4"}, Case{vae, "vae:latent=32"},
        Case{quantization("local", "none"), "quantize:states=4,range=local"},
        // The published program's constant for normalised Tiny ImageNet pixels.
        Case{quantization("tiny_imagenet_transfer", "none"), "quantize:states=4,range=-2.086:2.6636"}}) {
    const bool encoded = c.config.encoder != "none";
    const std::string spec = codec_spec(c.config, encoded ? kShippedWeights : "").text();
    EXPECT_EQ(spec, c.spec);
    EXPECT_EQ(normal_form(spec), spec) << "it is canonical";
    if (must_be_fitted(spec)) continue;
    EXPECT_EQ(make_codec(spec, encoded ? features() : pixels()).spec(), spec) << "by the codec's own account";
  }
}

TEST(CodecChoice, ASpecOfOnesOwnIsTakenAsItIs) {
  RunConfig config;
  for (const std::string& example : example_specs(features())) {
    config.codec = example;
    EXPECT_EQ(codec_spec(config, kShippedWeights).text(), normal_form(example));
  }
}

TEST(CodecChoice, TransferRangesInASpecBecomeNumbersWhereverTheyStand) {
  RunConfig config;
  config.encoder = "cutr34";
  config.codec = "quantize:states=8,range=tiny_imagenet_transfer";
  EXPECT_EQ(codec_spec(config, kShippedWeights).text(), "quantize:states=8,range=0:2.197306");
  config.codec = "thin:factor=0.9|quantize:range=tiny_imagenet_transfer,states=16";
  EXPECT_EQ(codec_spec(config, kShippedWeights).text(),
            "thin:factor=0.9|quantize:states=16,range=0:2.197306");
}

TEST(CodecChoice, ARangeOfTheStreamsOwnDataSetIsNoTransfer) {
  for (const auto& [dataset, strategy] :
       {std::pair{"CIFAR10", "cifar10_transfer"}, {"cifar100", "cifar100_transfer"}})
    for (const char* encoder : {"cutr34", "none"}) {
      RunConfig config = quantization(strategy, encoder);
      config.dataset = dataset;
      EXPECT_THAT(user_error([&] { codec_spec(config, kShippedWeights); }), HasSubstr("another data set"));
    }
}

TEST(CodecChoice, ARangeThatWasNeverComputedIsAnError) {
  EXPECT_THAT(user_error([] { codec_spec(quantization("mnist_transfer"), kShippedWeights); }),
              HasSubstr("mnist"));
  EXPECT_THAT(user_error([] { codec_spec(quantization("tiny_imagenet_transfer"), "unknown weights"); }),
              HasSubstr("tiny_imagenet"));
  RunConfig config;
  config.encoder = "cutr34";
  config.codec = "quantize:states=8,range=mnist_transfer";
  EXPECT_THAT(user_error([&] { codec_spec(config, kShippedWeights); }), HasSubstr("mnist"));
}

TEST(CodecChoice, AnUnknownStrategyIsAnErrorThatListsTheKnown) {
  for (const char* strategy : {"global", "", "Local", "transfer", "_transfer", "range"})
    EXPECT_THAT(
        user_error([&] { codec_spec(quantization(strategy), kShippedWeights); }),
        AllOf(HasSubstr("'" + std::string(strategy) + "'"), HasSubstr("range:LO:HI"), HasSubstr("local")));
}

TEST(CodecChoice, ARangeThatIsNoneIsRefusedByTheCodec) {
  for (const char* strategy : {"range:", "range:1", "range:2:1", "range:a:b"})
    EXPECT_THROW(make_codec(codec_spec(quantization(strategy), kShippedWeights), features()), UserError)
        << strategy;
}

TEST(CodecChoice, AnUnknownStageIsAnErrorThatListsTheKnown) {
  RunConfig config;
  config.codec = "thin:factor=0.9|telepathy";
  EXPECT_THAT(user_error([&] { codec_spec(config, kShippedWeights); }),
              AllOf(HasSubstr("'telepathy'"), HasSubstr("quantize")));
}

}  // namespace
}  // namespace packrat
