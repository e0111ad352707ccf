// What autoencoders cost: by formula, and as the notebooks add it.
#include <gtest/gtest.h>

#include "compressors/autoencoder/network.h"
#include "compressors/registry.h"
#include "compressors/stage_cost.h"
#include "engine/core/bytes.h"
#include "engine/cost/exact_cost.h"
#include "engine/cost/published_cost.h"
#include "tests/cost/descriptions.h"

namespace packrat {
namespace {

struct Published {
  StorageDescription description;
  double mib;  // of the model, as the notebooks add it
};

std::vector<Published> published() {
  return {{pixels(1, {convae(1)}), 0.00452423095703125}, {pixels(1, {convae(2)}), 0.0056304931640625},
          {pixels(1, {convae(4)}), 0.007843017578125},   {pixels(1, {convae(8)}), 0.01226806640625},
          {pixels(1, {convae(16)}), 0.0211181640625},    {pixels(1, {fcae(2)}), 23.205177307128906},
          {pixels(1, {fcae(4)}), 26.713584899902344},    {pixels(1, {fcae(8)}), 30.972145080566406},
          {pixels(1, {fcae(16)}), 36.295753479003906},   {pixels(1, {fcae(32)}), 43.0804443359375},
          {pixels(1, {fcae(64)}), 52.08887481689453},    {features(1, {fcae(2)}), 3.2361679077148438},
          {features(1, {fcae(4)}), 3.7687225341796875},  {features(1, {fcae(8)}), 4.450263977050781},
          {features(1, {fcae(16)}), 5.3397216796875},    {features(1, {fcae(32)}), 6.5640106201171875},
          {features(1, {fcae(64)}), 8.331954956054688}};
}

Autoencoder networks_of(const StorageDescription& d) {
  const StageSpec& stage = d.codec.stages().front();
  const auto number = [&](const char* key) { return stage.options.integer(key, 1, 65536); };
  if (stage.name == "convae") return convae_networks(d.domain.shape, number("channels"), number("blocks"));
  if (stage.name == "fcae") return fcae_networks(d.domain.values(), number("neurons"), number("layers"));
  return vae_networks(d.domain.values(), number("latent"), number("width"));
}

TEST(AutoencoderCost, ThePublishedModelSizesAreReproducedToTheLastDigit) {
  for (const Published& row : published())
    EXPECT_EQ(published_cost(row.description)->shared / kBytesPerMiB, row.mib)
        << row.description.codec.text();
}

TEST(AutoencoderCost, CountsTheParametersOfTheNetworksThatStagesHold) {
  std::vector<StorageDescription> all{pixels(1, {convae(3, 3)}), pixels(1, {convae(40, 4)}),
                                      pixels(1, {fcae(7, 1)}),   features(1, {fcae(100, 9)}),
                                      features(1, {vae(8)}),     pixels(1, {vae(32, 17)})};
  for (const Published& row : published()) all.push_back(row.description);
  for (const StorageDescription& d : all) {
    const StageCost cost = stage_costs(d.codec, d.domain)->front();
    const Autoencoder networks = networks_of(d);
    EXPECT_EQ(cost.shared.encoder, 4 * networks.encoder.parameters()) << d.codec.text();
    EXPECT_EQ(cost.shared.decoder, 4 * networks.decoder.parameters()) << d.codec.text();
    EXPECT_EQ(cost.values, 4 * networks.latent()) << d.codec.text();
  }
}

TEST(AutoencoderCost, LatentsAreFloatsUnlessAStageFollows) {
  // 4003 parameters of 4 bytes; 16 channels of 8 x 8
  const ExactCost plain = *exact_cost(pixels(1000, {convae(16)}));
  EXPECT_EQ(plain.shared, 16012);
  EXPECT_EQ(plain.entry_bytes(), 4096);
  const ExactCost coded = *exact_cost(pixels(1000, {convae(16), quantization(16, false)}));
  EXPECT_EQ(coded.shared, 16012 + 8);
  EXPECT_EQ(coded.entry_bytes(), 512);
  EXPECT_EQ(exact_cost(features(1, {fcae(64)}))->shared, 4 * 2185132);
  EXPECT_EQ(exact_cost(features(1, {vae(8)}))->shared, 4 * (416416 + 414224 + 2))
      << "and the range of features";
  EXPECT_EQ(exact_cost(pixels(1, {vae(8)}))->shared,
            4 * (3072 * 400 + 400 + 6416 + 3600 + 400 * 3072 + 3072));
}

TEST(AutoencoderCost, ThePublishedTotalAddsTheModelAndFloatLatents) {
  // 22 144 + 8 x 8 x 16 x 4 x 1000
  EXPECT_EQ(published_cost(pixels(1000, {convae(16)}))->mib() * kBytesPerMiB, 22144 + 4096000);
  // 8.331954956054688 MiB + 64 x 4 x 10
  EXPECT_EQ(published_cost(features(10, {fcae(64)}))->mib() * kBytesPerMiB, 8736688 + 2560);
}

TEST(AutoencoderCost, NothingIsPublishedForOtherSettings) {
  for (const StorageDescription& d :
       {pixels(1, {convae(3)}), pixels(1, {convae(16, 3)}), features(1, {fcae(64, 5)}),
        features(1, {fcae(128)}), pixels(1, {vae(32)}), pixels(1, {convae(16), quantization(16, false)})})
    EXPECT_FALSE(published_cost(d)) << d.codec.text();
}

}  // namespace
}  // namespace packrat
