#include "engine/experiment/model_file.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "engine/core/files.h"
#include "engine/experiment/config_file.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;

RunConfig pixel_config() {
  RunConfig config;
  config.backbone = "mlp";
  return config;
}

// What that quantizer shares: 0 and 1 as float32.
const std::vector<std::uint8_t> kZeroToOne{0, 0, 0, 0, 0, 0, 0x80, 0x3f};

SavedModel example_model(const RunConfig& config, const Shape3& shape) {
  return {make_head(head_spec(config, shape, 3), 7),
          {config,
           {"ant", "bee", "cat"},
           {0.5F, 0.4F, 0.3F},
           {0.2F, 0.25F, 0.3F},
           {2, 0, 1},
           "abc",
           "quantize:states=2,range=0:1",
           kZeroToOne},
          nullptr,
          shape};
}

TEST(ModelFile, ReadsBackWhatWasSaved) {
  const TempFolder folder;
  RunConfig encoded;
  encoded.encoder = "cutr34";
  encoded.encoding_block = "3.5";
  encoded.compressor = "quantization";
  encoded.n_states = 16;
  for (const auto& [config, shape] :
       {std::pair{pixel_config(), Shape3{3, 32, 32}}, {encoded, Shape3{512, 1, 1}}}) {
    const SavedModel saved = example_model(config, shape);
    save_model(folder / "m", *saved.head, saved.info);
    SavedModel loaded = load_model(folder / "m");
    EXPECT_EQ(loaded.info.class_names, saved.info.class_names);
    EXPECT_EQ(loaded.info.class_order, saved.info.class_order);
    EXPECT_EQ(loaded.info.mean, saved.info.mean);
    EXPECT_EQ(loaded.info.std, saved.info.std);
    EXPECT_EQ(loaded.info.weights_sha256, "abc");
    EXPECT_EQ(loaded.info.codec, saved.info.codec);
    EXPECT_EQ(loaded.info.codec_shared, saved.info.codec_shared);
    EXPECT_EQ(dump_config(loaded.info.config), dump_config(saved.info.config));
    EXPECT_EQ(loaded.head->spec().in_shape, shape);
    const StateDict back = head_state(*loaded.head);
    for (const auto& [name, tensor] : head_state(*saved.head))
      EXPECT_TRUE(at::equal(tensor, *find_tensor(back, name))) << name;
  }
}

TEST(ModelFile, AForeignOrDamagedFileIsAUserError) {
  const TempFolder folder;
  write_safetensors(folder / "weights", {{"w", at::ones({2})}});
  EXPECT_THAT(user_error([&] { load_model(folder / "weights"); }), HasSubstr("not a model"));
  for (const char* text : {"", "{", "{}", R"({"config": {"seed": "one"}})"}) {
    write_safetensors(folder / "nonsense", {{"w", at::ones({2})}}, {{"packrat_model", text}});
    EXPECT_THAT(user_error([&] { load_model(folder / "nonsense"); }), HasSubstr("nonsense")) << text;
  }
  const SavedModel model = example_model(pixel_config(), {3, 32, 32});
  save_model(folder / "m", *model.head, model.info);
  const std::string whole = read_text(folder / "m");
  testing_data::write_text(folder / "cut", whole.substr(0, whole.size() - 1));
  EXPECT_THAT(user_error([&] { load_model(folder / "cut"); }), HasSubstr("cut"));
  EXPECT_THAT(user_error([&] { load_model(folder / "none"); }), HasSubstr("none"));
}

TEST(ModelFile, ClassifyingNeedsTheEncoderItWasTrainedBehind) {
  const TempFolder folder;
  write_safetensors(folder / "net", initial_state(find_backbone("resnet18").whole(3), Rng(1)));
  RunConfig config;
  config.encoder = "cutr";
  config.weights = (folder / "net").string();
  SavedModel model = example_model(config, {256, 2, 2});
  const ImageSet image(std::vector<std::uint8_t>(kImageBytes, 100), {0});
  EXPECT_THAT(user_error([&] { model_rows(model, image, {}); }),
              AllOf(HasSubstr("abc"), HasSubstr("--weights")));
  model.info.weights_sha256 = sha256_of_file(folder / "net");
  EXPECT_EQ(model_rows(model, image, {}).size(), 1024U);
}

TEST(ModelFile, WithoutAnEncoderRowsAreNormalisedPixels) {
  SavedModel model = example_model(pixel_config(), {3, 32, 32});
  model.info.config.test_features = "raw";
  std::vector<std::uint8_t> images(2 * kImageBytes);
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 7);
  const std::vector<float> rows = model_rows(model, ImageSet(images, {0, 0}), {});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t channel = i % kImageBytes / kPlaneBytes;
    ASSERT_EQ(rows[i], normalised_pixel(images[i], model.info.mean[channel], model.info.std[channel]));
  }
  model.info.config.test_features = "roundtrip";
  const std::vector<float> coded = model_rows(model, ImageSet(images, {0, 0}), {});
  for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(coded[i], rows[i] < 0.5f ? 0.25f : 0.75f);
}

TEST(EncodingOptions, FollowTheFlags) {
  RunConfig config;
  EXPECT_TRUE(encoding_options(config).cut.is_none());
  config.encoder = "cutr34";
  config.encoding_block = "2.5";
  config.encoder_dtype = "bfloat16";
  config.data_dir = "there";
  config.threads = 3;
  EncodingOptions options = encoding_options(config);
  EXPECT_EQ(options.backbone, "resnet34");
  EXPECT_EQ(options.cut, Cut("2.5"));
  EXPECT_EQ(options.encoder.type, EncoderType::kBFloat16);
  EXPECT_EQ(options.encoder.threads, 3);
  EXPECT_EQ(options.weights_file.filename(), "resnet34_tinyimagenet32.safetensors");
  EXPECT_EQ(options.cache_dir, std::filesystem::path("there/features"));
  config.cache_dir = "here";
  EXPECT_EQ(encoding_options(config).cache_dir, std::filesystem::path("here"));
  config.no_cache = true;
  EXPECT_FALSE(encoding_options(config).cache_dir.has_value());
  config.encoder = "cutr";
  EXPECT_EQ(encoding_options(config).weights_file.filename(), "resnet18_tinyimagenet32.safetensors");
  config.weights = "net.pth";
  EXPECT_EQ(encoding_options(config).backbone, "resnet18");
  EXPECT_EQ(encoding_options(config).weights_file, "net.pth");
}

TEST(HeadSpec, FollowsTheFlags) {
  struct Case {
    const char *encoder, *backbone;
    std::string kind;
  };
  for (const Case& c : {Case{"none", "resnet", "resnet18"}, Case{"cutr", "resnet", "resnet18"},
                        Case{"cutr34", "resnet", "resnet34"}, Case{"cutr34", "resnet18", "resnet18"},
                        Case{"none", "resnet34", "resnet34"}, Case{"cutr34", "mlp", "mlp"}}) {
    RunConfig config;
    config.encoder = c.encoder;
    config.backbone = c.backbone;
    const HeadSpec spec = head_spec(config, {256, 2, 2}, 10);
    EXPECT_EQ(spec.kind, c.kind) << c.encoder << " " << c.backbone;
    EXPECT_EQ(spec.after, Cut(std::string(c.encoder) == "none" ? "none" : "3"));
    EXPECT_EQ(spec.classes, 10);
  }
}

}  // namespace
}  // namespace packrat
