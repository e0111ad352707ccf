#include <gmock/gmock.h>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/rng.h"
#include "engine/onnx/onnx_encoder.h"
#include "engine/topology/counting.h"
#include "tests/data/expect_error.h"
#include "tests/onnx/tiny_onnx.h"
#include "tests/support/temp_folder.h"

namespace packrat::testing_data {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<float, 3> kMean{0.5F, 0.4F, 0.3F}, kStd{0.25F, 0.5F, 1};

class OnnxTest : public ::testing::Test {
 protected:
  OnnxSource write(const OnnxParts& parts, const std::string& output = "") const {
    return write(parts.file(), output);
  }
  OnnxSource write(const std::string& bytes, const std::string& output = "") const {
    write_onnx(folder_ / "net.onnx", bytes);
    return {folder_ / "net.onnx", output};
  }
  static std::vector<std::uint8_t> pixels(std::int64_t count, std::int64_t side) {
    std::vector<std::uint8_t> all(static_cast<std::size_t>(count * 3 * side * side));
    Rng rng(3);
    for (std::uint8_t& p : all) p = static_cast<std::uint8_t>(rng.below(256));
    return all;
  }
  static std::vector<float> rows(const OnnxEncoder& encoder, std::int64_t count) {
    std::vector<float> out(static_cast<std::size_t>(count * map_shape(encoder.graph().shape()).values()));
    encoder.encode(pixels(count, encoder.graph().side()).data(), count, kMean, kStd, out.data());
    return out;
  }
  /// What the file does to `count` images, in double: "kept", or its means.
  static std::vector<double> expected(std::int64_t count, std::int64_t side, bool means, bool bgr = false) {
    const std::vector<std::uint8_t> all = pixels(count, side);
    const double weights[2][3] = {{1, 2, 4}, {1, 0, -1}}, bias[2] = {0, 0.5};
    const std::int64_t plane = side * side;
    std::vector<double> out;
    for (std::int64_t i = 0; i < count; ++i)
      for (int m = 0; m < 2; ++m) {
        double sum = 0;
        for (std::int64_t p = 0; p < plane; ++p) {
          double value = bias[m];
          for (std::size_t c = 0; c < 3; ++c) {
            const double pixel =
                all[static_cast<std::size_t>((i * 3 + static_cast<std::int64_t>(c)) * plane + p)];
            value += weights[m][bgr ? 2 - c : c] * (pixel / 255 - kMean[c]) / kStd[c];
          }
          value = std::clamp(value, 0.0, 3.0);
          sum += value;
          if (!means) out.push_back(value);
        }
        if (means) out.push_back(sum / static_cast<double>(plane));
      }
    return out;
  }
  static void expect_near(const std::vector<float>& got, const std::vector<double>& values) {
    ASSERT_EQ(got.size(), values.size());
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], values[i], 1e-5) << i;
  }
  std::string refusal(const OnnxSource& source, std::int64_t side = 8) const {
    const std::string message = user_error([&] { OnnxEncoder(source, {side, false, 1}); });
    EXPECT_THAT(message, AllOf(HasSubstr("net.onnx"), Not(HasSubstr("\n"))));
    return message;
  }

  TempFolder folder_;
};

TEST_F(OnnxTest, AFilesTensorsAreWhatItsArithmeticGives) {
  for (const std::int64_t side : {1, 8, 33}) {
    const OnnxEncoder last(write(tiny_onnx()), {side, false, 1});
    EXPECT_EQ(last.graph().shape(), (Shape3{2, 1, 1}));
    expect_near(rows(last, 3), expected(3, side, true));
    const OnnxEncoder maps(write(tiny_onnx(), "kept"), {side, false, 1});
    EXPECT_EQ(maps.graph().shape(), (Shape3{2, side, side}));
    expect_near(rows(maps, 3), expected(3, side, false));
    const OnnxEncoder blue_first(write(tiny_onnx()), {side, true, 1});
    expect_near(rows(blue_first, 3), expected(3, side, true, true));
  }
}

TEST_F(OnnxTest, NeitherTheBatchNorThreadsChangeAByte) {
  const std::vector<float> free = rows(OnnxEncoder(write(tiny_onnx(), "kept"), {16, false, 1}), 70);
  for (const std::int64_t batch : {0, 1, 3, 128})
    for (const int threads : {1, 2, 5}) {
      const OnnxEncoder encoder(write(tiny_onnx({batch, 3, 16, 16}), "kept"), {16, false, threads});
      EXPECT_EQ(encoder.graph().batch(), batch);
      EXPECT_EQ(rows(encoder, 70), free) << batch << " " << threads;
    }
}

TEST_F(OnnxTest, TheFileIsChargedAndKnownByItsBytes) {
  const OnnxSource source = write(tiny_onnx());
  const OnnxEncoder encoder(source, {8, false, 1});
  EXPECT_EQ(encoder.file_bytes(), static_cast<std::int64_t>(std::filesystem::file_size(source.file)));
  EXPECT_EQ(encoder.sha256(), sha256_of_file(source.file));
}

TEST_F(OnnxTest, TheSizeIsTheFilesWhereItFixesOne) {
  EXPECT_EQ(OnnxGraph(write(tiny_onnx({0, 3, 48, 48}))).side(), 48);
  EXPECT_EQ(OnnxGraph(write(tiny_onnx())).side(), 224);
  EXPECT_THAT(refusal(write(tiny_onnx({0, 3, 48, 48})), 32), HasSubstr("give --image_size 48"));
  EXPECT_THAT(refusal(write(tiny_onnx({0, 3, 48, 32})), 48), HasSubstr("not square"));
}

TEST_F(OnnxTest, AnUnknownTensorIsToldWithTheOneThatWasMeant) {
  EXPECT_THAT(refusal(write(tiny_onnx(), "kpet")),
              AllOf(HasSubstr("'kpet'"), HasSubstr("did you mean kept?"), HasSubstr("row")));
  OnnxParts two = tiny_onnx();
  two.outputs.push_back(onnx_value("kept", {}));
  EXPECT_THAT(refusal(write(two)), HasSubstr("2 outputs: choose one with @OUTPUT: row, kept"));
  EXPECT_EQ(OnnxEncoder(write(two, "row"), {8, false, 1}).graph().shape()[0], 2);
}

TEST_F(OnnxTest, ANodeThatOpenCvCannotRunIsNamed) {
  OnnxParts parts = tiny_onnx();
  parts.nodes.push_back(onnx_node("Bogus", {"row"}, {"end"}));
  parts.outputs = {onnx_value("end", {0, 2})};
  EXPECT_THAT(refusal(write(parts)), AnyOf(HasSubstr("Bogus"), HasSubstr("cannot be told")));
  EXPECT_NO_THROW(OnnxEncoder(write(parts, "row"), {8, false, 1})) << "what stands behind does not matter";
  parts = tiny_onnx();
  parts.nodes.push_back(onnx_node("Mod", {"row", "bias"}, {"end"}));
  parts.outputs = {onnx_value("end", {0, 2})};
  EXPECT_THAT(refusal(write(parts)), AllOf(HasSubstr("the end"), HasSubstr("Mod")));
}

TEST_F(OnnxTest, WhatIsNoEncoderIsRefusedInOneLine) {
  OnnxParts grey = tiny_onnx({0, 1, 0, 0}), whole = tiny_onnx(), two = tiny_onnx(), none = tiny_onnx(),
            elsewhere = tiny_onnx();
  whole.inputs = {onnx_value("image", {0, 3, 8, 8}, 7)};
  two.inputs.push_back(onnx_value("more", {1}));
  none.inputs.clear();
  elsewhere.weights[0] = Message().number(1, 2).number(2, 1).text(8, "kernel").number(14, 1);
  const std::vector<std::pair<std::string, const char*>> cases{{grey.file(), "Nx3xHxW"},
                                                               {whole.file(), "another type"},
                                                               {two.file(), "2 inputs (image, more)"},
                                                               {none.file(), "0 inputs"},
                                                               {elsewhere.file(), "'kernel' in another file"},
                                                               {"no protobuf", "no ONNX file"},
                                                               {"", "no ONNX file"}};
  for (const auto& [bytes, why] : cases) EXPECT_THAT(refusal(write(bytes)), HasSubstr(why));
  EXPECT_THAT(refusal(write(tiny_onnx(), "bias")), HasSubstr("no tensor 'bias'"));
  OnnxParts still = tiny_onnx();
  still.nodes[1] = onnx_node("Conv", {"image", "kernel", "again"}, {"sums"}, {onnx_ints("strides", {0, 1})});
  EXPECT_THAT(refusal(write(still)), HasSubstr("Conv 'the sums' has strides 0"));
  const std::int64_t vast = std::int64_t{1} << 32;  // so many values that their number overflows
  EXPECT_THAT(refusal(write(tiny_onnx({0, 3, vast, vast}), "sums"), 0), HasSubstr("one map an image"));
}

TEST_F(OnnxTest, ATruncatedFileIsRefusedAndNeverCrashes) {
  const std::string whole = tiny_onnx({0, 3, 8, 8}).file();
  int read = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const OnnxSource source = write(whole.substr(0, size));
    try {
      const OnnxEncoder encoder(source, {8, false, 1});
      ++read;  // cut between fields it may be a whole file of less
    } catch (const UserError&) {
    }
  }
  EXPECT_LT(read, 20);
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    try {
      OnnxEncoder(write(changed), {8, false, 1});
    } catch (const UserError&) {
    }
  }
}

TEST_F(OnnxTest, ItsLayersAreCounted) {
  std::vector<std::string> left_out;
  const Network network = OnnxGraph(write(tiny_onnx({1, 3, 8, 8}))).network(left_out);
  const NetworkCount count = count_network(network, find_counting_rule("strict"));
  EXPECT_EQ(count.parameters, 2 * 3 + 2);
  EXPECT_GE(count.macs, 2 * 3 * 64);
  EXPECT_EQ(network.layers.front().name, "sums");
  EXPECT_EQ(network.output(), MapShape{2});
  EXPECT_TRUE(left_out.empty());
}

TEST(OnnxSource, IsAFileAndATensorBehindAnAt) {
  const TempFolder folder;
  write_onnx(folder / "a@b.onnx", "");
  EXPECT_TRUE(names_onnx_file("onnx:x"));
  EXPECT_FALSE(names_onnx_file("cutr34"));
  EXPECT_EQ(onnx_source("onnx:dir/x.onnx").file, "dir/x.onnx");
  EXPECT_EQ(onnx_source("onnx:dir/x.onnx@/layer3/Relu").output, "/layer3/Relu");
  EXPECT_EQ(onnx_source("onnx:" + (folder / "a@b.onnx").string()).output, "");
  EXPECT_EQ(onnx_source("onnx:" + (folder / "a@b.onnx").string() + "@y").output, "y");
  for (const char* text : {"onnx:", "onnx:@y"})
    EXPECT_THAT(user_error([&] { onnx_source(text); }), HasSubstr("names no file"));
}

}  // namespace
}  // namespace packrat::testing_data
