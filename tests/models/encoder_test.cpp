#include "models/encoder.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/topology/counting.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/models/reference_resnet.h"

namespace packrat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<float, 3> kMean{0.4802f, 0.4481f, 0.3975f}, kStd{0.2302f, 0.2265f, 0.2262f};

StateDict scrambled(const Backbone& architecture) {
  StateDict state = initial_state(architecture.whole(5), Rng(1));
  scramble_batch_norms(state, Rng(2));
  return state;
}

double relative_error(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).norm() / expected.norm()).item<double>();
}

std::vector<std::uint8_t> random_pixels(std::int64_t images) {
  Rng rng(5);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(images * 3072));
  for (std::uint8_t& p : pixels) p = static_cast<std::uint8_t>(rng.below(256));
  return pixels;
}

TEST(Encoder, FoldingBatchNormsKeepsTheFeatures) {
  const at::NoGradGuard no_grad;
  for (const char* const name : {"resnet18", "resnet34"}) {
    const Backbone& architecture = find_backbone(name);
    const StateDict weights = scrambled(architecture);
    at::manual_seed(3);
    const at::Tensor images = at::randn({5, 3, 32, 32});
    for (const Cut& cut : find_backbone("resnet18").cuts()) {
      ReferenceResNet plain(architecture, cut);
      plain.load(weights);
      plain.eval();
      const at::Tensor expected = plain.forward(images);
      EXPECT_LT(relative_error(Encoder(architecture, cut, weights).forward(images), expected), 1e-4)
          << architecture.name() << " " << cut.text();
      EncoderOptions options;
      options.type = EncoderType::kBFloat16;
      EXPECT_LT(relative_error(Encoder(architecture, cut, weights, options).forward(images), expected), 3e-2)
          << architecture.name() << " " << cut.text();
    }
  }
}

TEST(Encoder, LargerImagesGoThroughTheSameNetwork) {
  const at::NoGradGuard no_grad;
  const Backbone& backbone = find_backbone("resnet18");
  const StateDict weights = scrambled(backbone);
  ReferenceResNet plain(backbone, Cut("4"));
  plain.load(weights);
  plain.eval();
  for (const std::int64_t side : {33, 64, 224}) {
    EncoderOptions options;
    options.image = {3, side, side};
    options.batch = 1;
    const Encoder encoder(backbone, Cut("4"), weights, options);
    const at::Tensor pixels = at::randint(256, {2, 3, side, side}, at::kByte);
    const at::Tensor expected = plain.forward((pixels.to(at::kFloat) / 255 - 0.5) / 0.25);
    EXPECT_EQ(encoder.output_shape(), (Shape3{expected.size(1), expected.size(2), expected.size(3)}));
    at::Tensor got = at::empty(expected.sizes());
    encoder.encode(pixels.data_ptr<std::uint8_t>(), 2, {0.5F, 0.5F, 0.5F}, {0.25F, 0.25F, 0.25F},
                   got.data_ptr<float>());
    EXPECT_LT(relative_error(got, expected), 1e-4) << side;
  }
}

std::vector<std::uint8_t> golden_pixels() {
  std::vector<std::uint8_t> pixels(2 * 3072);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>((i * 7 + i / 5) % 256);
  return pixels;
}

nlohmann::json golden(const char* name) {
  return nlohmann::json::parse(read_text(source_dir() / "tests/golden/models" / name));
}

/// Features of golden_pixels(), in float32, beside a plain network's in float64.
void expect_golden(const Encoder& encoder, const nlohmann::json& expected, double tolerance) {
  ASSERT_EQ(encoder.output_shape(), expected["shape"].get<Shape3>());
  const auto values = static_cast<std::size_t>(encoder.output_values());
  std::vector<float> out(2 * values);
  encoder.encode(golden_pixels().data(), 2, kMean, kStd, out.data());
  double square = 0;
  for (const float value : out) square += static_cast<double>(value) * value;
  const double norm = expected["norm"];
  EXPECT_NEAR(std::sqrt(square), norm, 1e-4 * norm) << encoder.cut().text();
  const std::size_t step = expected.value("step", 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(out[values + step * i], expected["first"][i].get<double>(), tolerance)
        << encoder.cut().text() << " value " << i;
}

TEST(Encoder, GivesTheFeaturesThatPythonsPyTorchGivesWithTheShippedWeights) {
  const auto features = golden("features.json");
  const StateDict weights =
      read_weights(source_dir() / "models/weights/resnet34_tinyimagenet32.safetensors").tensors;
  const Backbone& backbone = find_backbone("resnet34");
  for (const Cut& cut : backbone.cuts())
    expect_golden(Encoder(backbone, cut, weights), features[cut.text()], 1e-3);
}

/// The weights of tests/golden/models/make_mobilenet.py.
StateDict formula_weights(const Network& network) {
  StateDict state;
  for (const TensorShape& tensor : state_shapes(network)) {
    at::Tensor values = at::empty(tensor.shape);
    const bool scales = tensor.name.find("running_var") != std::string::npos ||
                        (tensor.shape.size() == 1 && tensor.name.find(".weight") != std::string::npos);
    const double fan_in = static_cast<double>(values.numel()) / static_cast<double>(tensor.shape[0]);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      const std::uint64_t mixed = static_cast<std::uint64_t>(i) * 2654435761u + state.size() * 40503u;
      const double unit = static_cast<double>(mixed & 0xffffffffu) / 4294967296.0;
      values.data_ptr<float>()[i] =
          static_cast<float>(scales                     ? 0.5 + unit
                             : tensor.shape.size() == 1 ? 0.5 * (unit - 0.5)
                                                        : std::sqrt(24 / fan_in) * (unit - 0.5));
    }
    state.emplace_back(tensor.name, values);
  }
  return state;
}

TEST(Encoder, GivesTheFeaturesThatTorchvisionsMobileNetV2GivesAndHoldsItsTensors) {
  const auto expected = golden("mobilenet_v2.json");
  const Backbone& backbone = find_backbone("mobilenet_v2");
  const StateDict weights = formula_weights(backbone.whole(1000));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights) names.push_back(name);
  EXPECT_EQ(names, expected["tensors"].get<std::vector<std::string>>());
  EXPECT_EQ(backbone.cuts().size(), expected["cuts"].size());
  const auto count = [](const Network& network) {
    return count_network(network, find_counting_rule("strict"));
  };
  EXPECT_EQ(count(build_network("mobilenet_v2")).parameters, expected["parameters"]);
  EXPECT_EQ(count(build_network("mobilenet_v2")).macs, expected["macs"]);
  for (const Cut& cut : backbone.cuts()) {
    const auto& at_cut = expected["cuts"][cut.text()];
    EXPECT_EQ(count(backbone.front(cut)).parameters, at_cut["parameters"]) << cut.text();
    EXPECT_EQ(count(backbone.front(cut)).macs, at_cut["macs"]) << cut.text();
    expect_golden(Encoder(backbone, cut, weights), at_cut, 1e-3);
  }
  EncoderOptions options;
  options.type = EncoderType::kBFloat16;
  const at::Tensor images = at::rand({2, 3, 32, 32});
  EXPECT_LT(relative_error(Encoder(backbone, Cut("6"), weights, options).forward(images),
                           Encoder(backbone, Cut("6"), weights).forward(images)),
            5e-2);
}

TEST(Encoder, GivesTheSameBytesForAnyNumberOfThreads) {
  const std::int64_t count = 70;
  const auto pixels = random_pixels(count);
  const StateDict weights = scrambled(find_backbone("resnet18"));
  for (const auto type : {EncoderType::kFloat32, EncoderType::kBFloat16}) {
    const auto encoded = [&](int threads) {
      EncoderOptions options;
      options.type = type;
      options.threads = threads;
      options.batch = 16;  // several batches, the last one ragged
      const Encoder encoder(find_backbone("resnet18"), Cut("3"), weights, options);
      std::vector<float> out(static_cast<std::size_t>(count * 1024), -1);
      std::int64_t last_done = 0;
      encoder.encode(pixels.data(), count, kMean, kStd, out.data(),
                     [&](std::string_view, std::int64_t done, std::int64_t total) {
                       EXPECT_EQ(total, count);
                       EXPECT_GT(done, last_done);
                       last_done = done;
                     });
      EXPECT_EQ(last_done, count);
      return out;
    };
    const auto one = encoded(1);
    for (const int threads : {2, 3}) {
      const auto many = encoded(threads);
      EXPECT_EQ(std::memcmp(one.data(), many.data(), one.size() * sizeof(float)), 0)
          << encoder_type_name(type) << " " << threads << " threads";
    }
  }
}

TEST(Encoder, NamesEveryTensorThatDoesNotFitInOneLine) {
  StateDict weights = scrambled(find_backbone("resnet18"));
  for (auto& [name, tensor] : weights) {
    if (name == "conv1.weight") tensor = at::zeros({64, 3, 3, 3});
    if (name == "bn1.weight") name = "bn1.scale";
  }
  const std::string text =
      testing_data::user_error([&] { Encoder(find_backbone("resnet18"), Cut("2"), weights); });
  EXPECT_THAT(text, AllOf(HasSubstr("missing bn1.weight"), HasSubstr("conv1.weight (64x3x3x3, not 64x3x7x7)"),
                          HasSubstr("unexpected bn1.scale"), HasSubstr("resnet18 encoder cut after block 2"),
                          Not(HasSubstr("\n"))));
  const std::string empty =
      testing_data::user_error([] { Encoder(find_backbone("resnet18"), Cut("1"), StateDict()); });
  EXPECT_THAT(empty, HasSubstr("and 22 more"));  // 5 convolutions of 5 tensors each, 3 named
}

TEST(Encoder, RefusesTheWeightsOfADeeperNetwork) {
  const StateDict weights = scrambled(find_backbone("resnet34"));
  EXPECT_THAT(testing_data::user_error([&] { Encoder(find_backbone("resnet18"), Cut("1"), weights); }),
              HasSubstr("unexpected layer1.2."));
}

TEST(Encoder, DoesNotLookAtLayersBehindTheCut) {
  StateDict weights;
  for (auto& entry : scrambled(find_backbone("resnet34"))) {
    const auto begins = [&](const char* prefix) { return entry.first.rfind(prefix, 0) == 0; };
    if (!begins("layer4") && !begins("fc") && !begins("layer3.1")) weights.push_back(entry);
  }
  EXPECT_NO_THROW(Encoder(find_backbone("resnet34"), Cut("2.5"), weights));
  EXPECT_THROW(Encoder(find_backbone("resnet34"), Cut("3"), weights), UserError);
}

TEST(Encoder, RefusesNoCut) {
  EXPECT_THROW(Encoder(find_backbone("resnet18"), Cut(), scrambled(find_backbone("resnet18"))), UserError);
}

TEST(Encoder, CountsTheBytesItHolds) {
  // Up to block 1 of ResNet-18: the stem 64x3x7x7 and four 64x64x3x3 convolutions, each with 64 biases.
  const std::int64_t values = 64 * 3 * 49 + 4 * 64 * 64 * 9 + 5 * 64;
  const StateDict weights = scrambled(find_backbone("resnet18"));
  EXPECT_EQ(Encoder(find_backbone("resnet18"), Cut("1"), weights).parameter_bytes(), 4 * values);
  EncoderOptions options;
  options.type = EncoderType::kBFloat16;
  EXPECT_EQ(Encoder(find_backbone("resnet18"), Cut("1"), weights, options).parameter_bytes(), 2 * values);
}

TEST(Encoder, StopsBetweenBatchesWhenAsked) {
  const Encoder encoder(find_backbone("resnet18"), Cut("1"), scrambled(find_backbone("resnet18")));
  const auto pixels = random_pixels(1);
  std::vector<float> out(4096);
  stop_requested() = true;
  EXPECT_THROW(encoder.encode(pixels.data(), 1, kMean, kStd, out.data()), Interrupted);
  stop_requested() = false;
}

TEST(EncoderType, IsReadByName) {
  for (const auto type : {EncoderType::kFloat32, EncoderType::kBFloat16})
    EXPECT_EQ(parse_encoder_type(encoder_type_name(type)), type);
  EXPECT_THROW(parse_encoder_type("float16"), UserError);
}

}  // namespace
}  // namespace packrat
