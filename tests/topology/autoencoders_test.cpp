#include "engine/topology/autoencoders.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "compressors/autoencoder/network.h"
#include "engine/core/error.h"
#include "engine/topology/counting.h"
#include "engine/topology/networks.h"

namespace packrat {
namespace {

constexpr MapShape kImage{3, 32, 32}, kFeatures{256, 2, 2};

std::int64_t parameters_in(const Network& network) {
  return count_network(network, find_counting_rule("strict")).parameters;
}

std::int64_t parameters_in(const std::string& name, const MapShape& shape) {
  return parameters_in(find_network(name).build(shape, 0));
}

struct Published {
  const char* name;
  MapShape shape;
  double mib;
};
// Sizes of the models in the FETCH notebooks' storage formulas, MiB in float32.
constexpr Published kPublished[] = {
    {"convae-1", kImage, 0.00452423095703125}, {"convae-2", kImage, 0.0056304931640625},
    {"convae-4", kImage, 0.007843017578125},   {"convae-8", kImage, 0.01226806640625},
    {"convae-16", kImage, 0.0211181640625},    {"fcae-2", kImage, 23.205177307128906},
    {"fcae-4", kImage, 26.713584899902344},    {"fcae-8", kImage, 30.972145080566406},
    {"fcae-16", kImage, 36.295753479003906},   {"fcae-32", kImage, 43.0804443359375},
    {"fcae-64", kImage, 52.08887481689453},    {"fcae-2", kFeatures, 3.2361679077148438},
    {"fcae-4", kFeatures, 3.7687225341796875}, {"fcae-8", kFeatures, 4.450263977050781},
    {"fcae-16", kFeatures, 5.3397216796875},   {"fcae-32", kFeatures, 6.5640106201171875},
    {"fcae-64", kFeatures, 8.331954956054688},
};

// One row is the whole autoencoder's size: fcae-16 on 3072 values, 9 514 714 parameters of 4 bytes. Twice
// its encoder half would be 36.2841 MiB.
bool is_the_whole_model(const Published& row) {
  return row.name == std::string("fcae-16") && row.shape == kImage;
}

TEST(AutoencodersTest, ThePublishedSizesAreTwiceTheEncoderHalfButForOne) {
  for (const Published& row : kPublished) {
    const std::int64_t counted = is_the_whole_model(row)
                                     ? parameters_in(row.name, row.shape)
                                     : 2 * parameters_in(row.name + std::string("-encoder"), row.shape);
    EXPECT_EQ(static_cast<double>(4 * counted) / 1048576.0, row.mib)
        << row.name << " on " << map_text(row.shape);
  }
}

TEST(AutoencodersTest, WholeOnesHoldTheParametersOfBothHalves) {
  // 3*16*9+16 + 16*16*9+16 + 16*16*4+16 + 16*3*4+3
  EXPECT_EQ(parameters_in("convae-16", kImage), 4003);
  EXPECT_EQ(parameters_in("fcae-64", kFeatures), 2185132);
  // 1024*400+400 + 2*(400*8+8) + 8*400+400 + 400*1024+1024
  EXPECT_EQ(parameters_in("vae-8", kFeatures), 410000 + 6416 + 3600 + 410624);
  for (const Published& row : kPublished)
    EXPECT_EQ(parameters_in(row.name, row.shape),
              parameters_in(row.name + std::string("-encoder"), row.shape) +
                  parameters_in(row.name + std::string("-decoder"), row.shape))
        << row.name;
}

/// Multiply-adds that the stage's network runs for one row: with every input, weight and bias 1 an output is
/// one more than the products in it.
std::int64_t multiply_adds(const CodingNetwork& stage) {
  double sum = 0;
  for (const auto& layer : stage.layers()) {
    if (layer->parameters() == 0) continue;
    const std::vector<float> ones(static_cast<std::size_t>(std::max(layer->parameters(), layer->width_in())),
                                  1);
    std::vector<float> out(static_cast<std::size_t>(layer->width_out()));
    layer->forward(ones.data(), {ones.data(), 1, layer->width_in()}, {out.data(), 1, layer->width_out()});
    sum = std::accumulate(out.begin(), out.end(), sum) - static_cast<double>(layer->width_out());
  }
  return static_cast<std::int64_t>(sum);
}

/// Products with the zeros around a map, which every counting rule counts: an output at an edge reads a row
/// or a column of them, so that 3H - 2 of 3H rows lie inside.
std::int64_t products_with_padding(const Network& network) {
  std::int64_t sum = 0;
  for (const Layer& layer : network.layers)
    if (layer.kind == LayerKind::kConvolution) {
      const auto [channels, height, width] = layer.out;
      sum += layer.in.channels * channels * (9 * height * width - (3 * height - 2) * (3 * width - 2));
    }
  return sum;
}

// compressors/autoencoder builds the networks that are counted here.
TEST(AutoencodersTest, HoldAndMultiplyAsMuchAsTheCodecStages) {
  const auto expect_half = [](const std::string& name, const MapShape& shape, const CodingNetwork& stage) {
    SCOPED_TRACE(name + " on " + map_text(shape));
    const Network network = find_network(name).build(shape, 0);
    const NetworkCount count = count_network(network, find_counting_rule("strict"));
    EXPECT_EQ(count.parameters, stage.parameters());
    EXPECT_EQ(count.macs - products_with_padding(network), multiply_adds(stage));
  };
  const auto expect_equal = [&](const std::string& name, const MapShape& shape, const Autoencoder& stage) {
    expect_half(name + "-encoder", shape, stage.encoder);
    expect_half(name + "-decoder", shape, stage.decoder);
  };
  for (const std::int64_t c : {1, 2, 4, 8, 16})
    expect_equal("convae-" + std::to_string(c), kImage, convae_networks({3, 32, 32}, c, 2));
  for (const std::int64_t z : {2, 4, 8, 16, 32, 64})
    for (const MapShape& shape : {kImage, kFeatures}) {
      expect_equal("fcae-" + std::to_string(z), shape, fcae_networks(shape.values(), z, 6));
      expect_equal("vae-" + std::to_string(z), shape, vae_networks(shape.values(), z, 400));
    }
}

TEST(AutoencodersTest, HalvesMeetAtTheLatentAndGiveTheMapBack) {
  for (const NetworkInfo& row : networks()) {
    if (row.family != "autoencoder" || row.name.find("coder") != std::string::npos) continue;
    const Network encoder = find_network(row.name + "-encoder").build(row.input, 0),
                  decoder = find_network(row.name + "-decoder").build(row.input, 0);
    EXPECT_EQ(encoder.input, row.input) << row.name;
    EXPECT_EQ(encoder.output(), decoder.input) << row.name;
    EXPECT_EQ(decoder.output().values(), row.input.values()) << row.name;
    EXPECT_EQ(row.build(row.input, 0).output(), decoder.output()) << row.name;
  }
}

TEST(AutoencodersTest, AMapThatCannotBeHalvedOrNarrowedIsAUserError) {
  const auto whole = AutoencoderPart::kWhole;
  EXPECT_THROW(convolutional_autoencoder({3, 30, 32}, 4, 2, whole), UserError);
  EXPECT_THROW(convolutional_autoencoder(kImage, 4, 1, whole), UserError);
  EXPECT_THROW(convolutional_autoencoder(kImage, 0, 2, whole), UserError);
  EXPECT_THROW(fully_connected_autoencoder(kFeatures, 1025, 6, whole), UserError);
  EXPECT_THROW(fully_connected_autoencoder(kFeatures, 2, 0, whole), UserError);
  EXPECT_THROW(variational_autoencoder(kFeatures, 0, 400, whole), UserError);
}

}  // namespace
}  // namespace packrat
