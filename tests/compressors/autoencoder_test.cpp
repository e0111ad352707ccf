// The networks that stages learn: their size, their arithmetic and how they are trained.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "compressors/autoencoder/gradient.h"
#include "compressors/autoencoder/training.h"
#include "compressors/kernels/half.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

constexpr MapSize kImage{3, 32, 32};

TEST(Autoencoders, HoldTheParametersOfThePublishedArchitectures) {
  // 3x3x3x16 + 16, 9x16xc + c; 4xcx16 + 16, 4x16x3 + 3. Twice the encoder half is the published size: c = 16
  // 22 144 bytes.
  for (const std::int64_t c : {1, 2, 4, 8, 16}) {
    const Autoencoder model = convae_networks(kImage, c, 2);
    EXPECT_EQ(model.encoder.parameters(), 448 + 145 * c) << c;
    EXPECT_EQ(model.decoder.parameters(), 64 * c + 16 + 195) << c;
  }
  EXPECT_EQ(convae_networks(kImage, 16, 2).parameters(), 4003);
  EXPECT_EQ(fcae_networks(1024, 64, 6).parameters(), 2185132);
  EXPECT_EQ(2 * fcae_networks(1024, 64, 6).encoder.parameters(), 2184172);
  // 1024x400 + 400 + 2 (400x8 + 8), 8x400 + 400 + 400x1024 + 1024
  EXPECT_EQ(vae_networks(1024, 8, 400).encoder.parameters(), 410000 + 6416);
  EXPECT_EQ(vae_networks(1024, 8, 400).decoder.parameters(), 3600 + 410624);
}

struct Model {
  const char* name;
  Autoencoder networks;
  std::int64_t width;
};

std::vector<Model> small_models() {
  std::vector<Model> all;
  all.push_back({"fcae", fcae_networks(40, 5, 3), 40});
  all.push_back({"convae", convae_networks({3, 8, 4}, 4, 2), 96});
  all.push_back({"convae of more channels than a panel", convae_networks({70, 4, 4}, 4, 2), 1120});
  all.push_back({"convae of three blocks", convae_networks({2, 8, 16}, 3, 3), 256});
  all.push_back({"vae", vae_networks(40, 5, 35), 40});
  return all;
}

/// Rows that an autoencoder can learn: two numbers between 0 and 1 decide all values.
std::vector<float> simple_rows(std::int64_t count, std::int64_t width) {
  Rng rng(40);
  std::vector<float> rows;
  for (std::int64_t i = 0; i < count; ++i) {
    const double a = rng.uniform(), b = rng.uniform();
    for (std::int64_t j = 0; j < width; ++j) rows.push_back(static_cast<float>(j % 2 == 0 ? a : b));
  }
  return rows;
}

std::vector<float> transposed_of(const Autoencoder& model, const std::vector<float>& parameters) {
  std::vector<float> transposed(static_cast<std::size_t>(transposed_values(model)));
  const float* from = parameters.data();
  float* to = transposed.data();
  for (const CodingNetwork* half : {&model.encoder, &model.decoder})
    for (const auto& layer : half->layers()) {
      layer->transpose(from, to);
      from += layer->parameters();
      to += layer->transposed();
    }
  return transposed;
}

// Where a ReLU or a pool changes its mind between the two losses the quotient says nothing: a few in a
// hundred may differ.
TEST(Autoencoders, GradientsAreTheQuotientsOfLosses) {
  for (const Model& m : small_models()) {
    SCOPED_TRACE(m.name);
    Rng rng(41);
    const std::vector<float> rows = simple_rows(4, m.width);
    std::vector<float> parameters(static_cast<std::size_t>(m.networks.parameters()));
    for (float& value : parameters) value = static_cast<float>(0.2 * rng.normal());
    std::vector<float> gradient(parameters.size(), 0.0f), unused(parameters.size());
    GradientWorker worker(m.networks, 4);
    const auto loss = [&](std::vector<float>& into) {
      return worker.add_gradient(parameters.data(), transposed_of(m.networks, parameters).data(),
                                 {rows.data(), 4, m.width}, 1, Rng(42), into.data());
    };
    loss(gradient);
    double greatest = 0;
    for (const float value : gradient) greatest = std::max(greatest, std::abs(static_cast<double>(value)));
    int tried = 0, wrong = 0;
    for (std::size_t i = 0; i < parameters.size(); i += 1 + parameters.size() / 150, ++tried) {
      const float before = parameters[i];
      parameters[i] = before + 1e-3f;
      const double above = loss(unused);
      parameters[i] = before - 1e-3f;
      const double below = loss(unused);
      parameters[i] = before;
      wrong +=
          std::abs((above - below) / 2e-3 - gradient[i]) > 2e-3 * greatest + 1e-3 * std::abs(gradient[i]);
    }
    EXPECT_LE(wrong, tried / 20) << "of " << tried;
  }
}

/// The same convolution, ReLU and pool as the encoder of one block, written out.
double plain_value(const std::vector<float>& map, std::int64_t side, const std::vector<float>& weights,
                   float bias, std::int64_t y, std::int64_t x) {
  double sum = bias;
  for (std::int64_t dy = -1; dy <= 1; ++dy)
    for (std::int64_t dx = -1; dx <= 1; ++dx) {
      const std::int64_t yy = y + dy, xx = x + dx;
      if (yy < 0 || yy >= side || xx < 0 || xx >= side) continue;
      sum += map[static_cast<std::size_t>(yy * side + xx)] *
             weights[static_cast<std::size_t>((dy + 1) * 3 + dx + 1)];
    }
  return sum;
}

TEST(Layers, AConvolutionSeesZerosAroundTheMap) {
  Rng rng(43);
  const std::int64_t side = 6;
  const std::vector<float> map = normal_values(side * side, rng), weights = normal_values(9, rng);
  std::vector<float> parameters(weights), out(map.size());
  parameters.push_back(0.25f);
  const auto layer = make_convolution({1, side, side}, 1);
  layer->forward(parameters.data(), {map.data(), 1, side * side}, {out.data(), 1, side * side});
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x)
      EXPECT_NEAR(out[static_cast<std::size_t>(y * side + x)], plain_value(map, side, weights, 0.25f, y, x),
                  1e-5)
          << y << ", " << x;
}

TEST(Layers, ATransposedConvolutionTurnsEveryPositionIntoASquare) {
  const std::vector<float> map{1, 2, 3, 4, 5, 6}, parameters{1, 10, 100, 1000, 0.5f};  // 2 x 3 positions
  std::vector<float> out(24);
  make_transposed_convolution({1, 2, 3}, 1)
      ->forward(parameters.data(), {map.data(), 1, 6}, {out.data(), 1, 24});
  const std::vector<float> expected{1.5f,   10.5f,   2.5f,   20.5f,   3.5f,   30.5f,   100.5f, 1000.5f,
                                    200.5f, 2000.5f, 300.5f, 3000.5f, 4.5f,   40.5f,   5.5f,   50.5f,
                                    6.5f,   60.5f,   400.5f, 4000.5f, 500.5f, 5000.5f, 600.5f, 6000.5f};
  EXPECT_EQ(out, expected);
}

TEST(Layers, APoolKeepsTheGreatestOfEachSquareOfEachChannel) {
  // 2 x 4 positions of two channels
  const std::vector<float> map{1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 0, -6, 7, -7, 8, -8};
  std::vector<float> out(4);
  make_max_pool({2, 2, 4})->forward(nullptr, {map.data(), 1, 16}, {out.data(), 1, 4});
  EXPECT_EQ(out, (std::vector<float>{5, -1, 8, -3}));
}

class TrainingTest : public ::testing::Test {
 protected:
  TrainingTest() { std::filesystem::create_directories(folder_); }
  ~TrainingTest() override {
    stop_requested() = false;
    std::filesystem::remove_all(folder_);
  }

  FittingRows rows_of(std::int64_t width) {
    values_ = simple_rows(220, width);
    return {{values_.data(), 200, width}, {values_.data() + 200 * width, 20, width}};
  }
  std::vector<float> train(const Model& m, const FittingOptions& options, bool keep = false) {
    return train_autoencoder(m.networks, rows_of(m.width), options,
                             {m.name, {}, Rng(options.seed), keep ? checkpoint_ : std::filesystem::path()});
  }
  double loss(const Model& m, const std::vector<float>& parameters) {
    const FittingRows rows = rows_of(m.width);
    GradientWorker worker(m.networks, rows.held_out.count);
    return worker.loss(parameters.data(), rows.held_out) / static_cast<double>(rows.held_out.count);
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("packrat_training_" + std::to_string(::getpid()));
  const std::filesystem::path checkpoint_ = folder_ / "fit.part";

 private:
  std::vector<float> values_;
};

FittingOptions options_of(std::int64_t epochs, std::int64_t batch = 32) {
  FittingOptions options;
  options.max_epochs = epochs;
  options.patience = 100;
  options.batch_size = batch;
  return options;
}

// The rows' values have a variance of 1/12.
TEST_F(TrainingTest, LearnsRowsThatTwoNumbersDecide) {
  for (const Model& m : small_models()) {
    FittingOptions options = options_of(40);
    options.learning_rate = 0.003;
    const double before = loss(m, train(m, options_of(1, 200))), after = loss(m, train(m, options));
    if (m.networks.variational)
      EXPECT_LT(after, before) << m.name;
    else
      EXPECT_LT(after, 0.01) << m.name;
  }
}

TEST_F(TrainingTest, GivesTheSameParametersForAnyNumberOfThreads) {
  for (const Model& m : small_models()) {
    FittingOptions options = options_of(2, 100);
    const std::vector<float> one = train(m, options);
    for (const int threads : {2, 3, 8}) {
      options.threads = threads;
      EXPECT_TRUE(same_bits(train(m, options), one)) << m.name << ", " << threads << " threads";
    }
    options.seed = 1;
    EXPECT_FALSE(same_bits(train(m, options), one)) << m.name << ", another seed";
  }
}

TEST_F(TrainingTest, GoesOnAfterAStopAsIfThereHadBeenNone) {
  for (const Model& m : small_models()) {
    FittingOptions options = options_of(4, 50);
    const std::vector<float> whole = train(m, options);
    std::int64_t calls = 0;
    for (const std::int64_t stop_at : {1, 7, 11}) {
      calls = 0;
      options.progress = [&](std::string_view, std::int64_t, std::int64_t) {
        stop_requested() = ++calls == stop_at;
      };
      EXPECT_THROW(train(m, options, true), Interrupted) << m.name;
      EXPECT_TRUE(std::filesystem::exists(checkpoint_));
    }
    stop_requested() = false;
    options.progress = {};
    EXPECT_TRUE(same_bits(train(m, options, true), whole)) << m.name;
    EXPECT_FALSE(std::filesystem::exists(checkpoint_)) << "it has done its duty";
  }
}

TEST_F(TrainingTest, TakesOnlyACheckpointOfTheSameFit) {
  const std::vector<Model> models = small_models();
  FittingOptions options = options_of(2);
  const auto stop = [](std::string_view, std::int64_t, std::int64_t) { stop_requested() = true; };
  options.progress = stop;
  EXPECT_THROW(train(models[0], options, true), Interrupted);
  stop_requested() = false;
  options.progress = {};
  FittingOptions other = options;
  other.seed = 5;
  EXPECT_NE(message_of<UserError>([&] { train(models[0], other, true); }).find("other rows or options"),
            std::string::npos);
  EXPECT_THROW(train(models[1], options, true), UserError) << "another network";

  const std::vector<std::uint8_t> good = read_file(checkpoint_);
  for (const std::size_t damage : {std::size_t{0}, std::size_t{9}, std::size_t{20}, good.size() - 1}) {
    std::vector<std::uint8_t> bytes = good;
    bytes[damage] ^= 1;
    write_file_atomically(checkpoint_, [&](std::ostream& out) {
      out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    });
    EXPECT_NE(message_of<UserError>([&] { train(models[0], options, true); }).find("the fit starts over"),
              std::string::npos)
        << "byte " << damage;
  }
}

TEST_F(TrainingTest, EndsWhenTheHeldOutLossGetsNoBetterAndGivesTheBestBack) {
  const Model m = std::move(small_models()[0]);
  FittingOptions options = options_of(500);
  options.patience = 2;
  options.learning_rate = 0.02;
  std::string last;
  options.progress = [&](std::string_view phase, std::int64_t, std::int64_t) { last = phase; };
  const std::vector<float> parameters = train(m, options);
  EXPECT_EQ(last.find("epoch 500"), std::string::npos) << last;
  const std::size_t at = last.find("best held-out loss ");
  ASSERT_NE(at, std::string::npos) << last;
  EXPECT_NEAR(loss(m, parameters), std::stod(last.substr(at + 19)), 1e-4);
}

TEST_F(TrainingTest, GivesParametersThatHalfPrecisionHolds) {
  for (const Model& m : small_models()) {
    const std::vector<float> parameters = train(m, options_of(1));
    std::vector<std::uint8_t> half(2 * parameters.size());
    std::vector<float> back(parameters.size());
    const auto count = static_cast<std::int64_t>(parameters.size());
    EXPECT_TRUE(kernels::to_float16(parameters.data(), count, half.data()));
    EXPECT_TRUE(kernels::from_float16(half.data(), count, back.data()));
    EXPECT_TRUE(same_bits(parameters, back)) << m.name;
  }
}

TEST_F(TrainingTest, SaysSoWhenTheLossIsNoLongerFinite) {
  FittingOptions options = options_of(3);
  options.learning_rate = 1e30;
  const Model m = std::move(small_models()[0]);
  EXPECT_NE(message_of<UserError>([&] { train(m, options); }).find("--learning_rate"), std::string::npos);
}

TEST(AutoencoderStages, KeepTheHalvesApartAndShareNothingElse) {
  const Codec codec = codec_for("convae:channels=1", pixels());
  EXPECT_EQ(codec.shared_bytes().encoder, 4 * (448 + 145));
  EXPECT_EQ(codec.shared_bytes().decoder, 4 * (64 + 16 + 195));
  EXPECT_EQ(codec.shared_bytes().other, 0);
  EXPECT_EQ(codec.entry_bytes(), 4 * 8 * 8);
  const Codec chain = codec_for("convae:channels=2|quantize:states=16,range=fit", pixels());
  EXPECT_EQ(chain.entry_bytes(), 8 * 8 * 2 / 2);
  EXPECT_EQ(chain.shared_bytes().other, 8);
  const Codec vae = codec_for("vae:latent=2,width=8", features(256, 2, 2));
  EXPECT_EQ(vae.shared_bytes().other, 8) << "the range of its features";
  EXPECT_EQ(vae.shared_bytes().total(), static_cast<std::int64_t>(vae.shared().size()));
}

TEST(AutoencoderStages, ReadNoWeightsThatAreNotFinite) {
  const Domain domain = features(256, 2, 2);
  std::vector<std::uint8_t> shared = codec_for("fcae:neurons=2,layers=2", domain).shared();
  const float bad = NAN;
  std::memcpy(shared.data() + 400, &bad, sizeof bad);
  EXPECT_THROW(make_codec("fcae:neurons=2,layers=2", domain, {shared.data(), shared.size()}), CorruptEntry);
}

}  // namespace
}  // namespace packrat
