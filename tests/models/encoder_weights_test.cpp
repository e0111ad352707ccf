#include "models/encoder_weights.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "models/encoder.h"
#include "models/weights_dir.h"
#include "tests/models/reference_resnet.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Cut kCut = Cut("1");

StateDict with_prefix(const std::string& prefix, const StateDict& state) {
  StateDict out;
  for (const auto& [name, tensor] : state) out.emplace_back(prefix + name, tensor);
  return out;
}

/// A ResNet-18's tensors up to block 1, and those of its last layer.
const StateDict& small_resnet18() {
  static const StateDict state = [] {
    StateDict out;
    for (const auto& entry : initial_state(find_backbone("resnet18").whole(4), Rng(3)))
      if (entry.first.rfind("layer", 0) != 0 || entry.first.rfind("layer1", 0) == 0) out.push_back(entry);
    return out;
  }();
  return state;
}

std::string weights_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

EncoderWeights read_back(const StateDict& state) {
  const TempFolder folder;
  write_safetensors(folder / "w.safetensors", state);
  return read_encoder_weights(folder / "w.safetensors", find_backbone("resnet18"), kCut);
}

std::string encoder_refusal(const StateDict& state) {
  return weights_error([&] { Encoder(find_backbone("resnet18"), kCut, read_back(state).tensors); });
}

TEST(EncoderWeights, NamesTheTensorsOfAnEncoder) {
  std::vector<std::string> names = encoder_tensor_names(find_backbone("resnet18"), kCut);
  EXPECT_EQ(names.size(), 25u);  // 5 convolutions with a batch norm of 4 tensors each
  EXPECT_EQ(names.front(), "conv1.weight");
  names = encoder_tensor_names(find_backbone("resnet34"), Cut("4"));
  EXPECT_EQ(names.size(), 36u * 5);  // 33 convolutions of 3x3 or 7x7, 3 shortcuts
  StateDict whole = initial_state(find_backbone("resnet34").whole(4), Rng(3));
  for (const std::string& name : names) EXPECT_NE(find_tensor(whole, name), nullptr) << name;
}

TEST(EncoderWeights, TakesOffWhatWrappersPutInFrontAndSaysSo) {
  for (const std::string prefix : {"module.", "_orig_mod.", "model.", "backbone.", "encoder.", "net.",
                                   "module._orig_mod.", "_orig_mod.module.", "model.backbone.",
                                   "module.encoder.", "state_dict.model.", "something.of.their.own."}) {
    StateDict state = with_prefix(prefix, small_resnet18());
    state.emplace_back("n_averaged", at::ones({}, at::kLong));  // SWA's counter
    state.emplace_back("head.weight", at::ones({3, 3}));
    const EncoderWeights weights = read_back(state);
    EXPECT_THAT(weights.note, HasSubstr("'" + prefix + "'")) << prefix;
    EXPECT_EQ(weights.sha256.size(), 64u);
    EXPECT_EQ(find_tensor(weights.tensors, "head.weight"), nullptr);
    for (const std::string& name : encoder_tensor_names(find_backbone("resnet18"), kCut)) {
      ASSERT_NE(find_tensor(weights.tensors, name), nullptr) << prefix << name;
      EXPECT_TRUE(find_tensor(weights.tensors, name)->equal(*find_tensor(small_resnet18(), name)));
    }
    EXPECT_NO_THROW(Encoder(find_backbone("resnet18"), kCut, weights.tensors));
  }
}

TEST(EncoderWeights, NamesThatFitAreLeftAsTheyAre) {
  StateDict state = small_resnet18();
  for (const auto& entry : with_prefix("module.", small_resnet18())) state.push_back(entry);
  EXPECT_EQ(read_back(state).note, "");
}

TEST(EncoderWeights, OfTwoNetworksTheOneInCustomaryWrappersIsTakenAndOthersAreNotGuessed) {
  StateDict state = with_prefix("teacher.", small_resnet18());
  for (const auto& entry : with_prefix("model.module.", small_resnet18())) state.push_back(entry);
  EXPECT_THAT(read_back(state).note, HasSubstr("'model.module.'"));
  state = with_prefix("encoder_q.", small_resnet18());
  for (const auto& entry : with_prefix("encoder_k.", small_resnet18())) state.push_back(entry);
  EXPECT_THAT(encoder_refusal(state),
              AllOf(HasSubstr("'encoder_k.', 'encoder_q.'"), HasSubstr("w.safetensors")));
  state = with_prefix("model.", small_resnet18());
  for (const auto& entry : with_prefix("module.", small_resnet18())) state.push_back(entry);
  EXPECT_THAT(encoder_refusal(state), HasSubstr("2 networks that fit"));
}

TEST(EncoderWeights, ATensorThatIsMissingBehindAPrefixIsNamedWithoutIt) {
  StateDict state = with_prefix("model.", small_resnet18());
  for (auto& entry : state)
    if (entry.first == "model.layer1.1.conv2.weight") entry.first = "model.layer1.1.conv3.weight";
  EXPECT_THAT(encoder_refusal(state), HasSubstr("missing layer1.1.conv2.weight;"));
}

TEST(EncoderWeights, OneThatIsThereInAFormThatCannotBeUsedIsNamedSo) {
  for (const char* name : {"layer1.0.conv1.weight", "bn1.running_var"}) {
    WeightsFile file;
    for (const auto& entry : with_prefix("module.", small_resnet18()))
      if (entry.first == std::string("module.") + name)
        file.unusable.push_back({entry.first, "is quantized"});
      else
        file.tensors.push_back(entry);
    EXPECT_EQ(fit_names(file, encoder_tensor_names(find_backbone("resnet18"), kCut)), "module.");
    ASSERT_EQ(file.unusable.size(), 1u);
    EXPECT_EQ(file.unusable[0].name, name);
  }
}

TEST(EncoderWeights, ValuesThatNothingCanBeComputedWithAreRefusedBeforeEncoding) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  struct Case {
    const char* name;
    float value;
    const char* why;
  };
  for (const Case& c : {Case{"layer1.0.conv1.weight", NAN, "holds NaN"},
                        {"conv1.weight", kInfinity, "holds infinite values"},
                        {"bn1.bias", -kInfinity, "holds infinite values"},
                        {"layer1.1.bn2.running_mean", NAN, "holds NaN"},
                        {"bn1.running_var", -1e-3F, "holds negative variances"},
                        {"layer1.0.bn1.running_var", NAN, "holds NaN"}}) {
    StateDict state = small_resnet18();
    for (auto& [name, tensor] : state) {
      tensor = tensor.clone();
      if (name == c.name) tensor.view(-1)[1] = c.value;
    }
    EXPECT_THAT(encoder_refusal(state), AllOf(HasSubstr(c.name), HasSubstr(c.why), Not(HasSubstr("\n"))))
        << c.name;
  }
  StateDict state = small_resnet18();
  for (auto& [name, tensor] : state)
    if (name == "fc.weight") tensor = at::full({4, 512}, NAN);
  EXPECT_EQ(encoder_refusal(state), "no error") << "what is not needed does not count";
  for (auto& [name, tensor] : state)
    if (name == "conv1.weight") tensor = at::full({64, 3, 7, 7}, 1e300, at::kDouble);
  EXPECT_THAT(encoder_refusal(state), HasSubstr("conv1.weight holds infinite values")) << "as float32";
  for (auto& [name, tensor] : state) {
    if (name == "conv1.weight") tensor = at::full({64, 3, 7, 7}, 1e38F);
    if (name == "bn1.running_var") tensor = at::zeros({64});
  }
  EXPECT_THAT(encoder_refusal(state), HasSubstr("conv1.weight and its batch norm"))
      << "only together too great";
}

TEST(EncoderWeights, ShippedOnesWithAChangedBitAreRefused) {
  const TempFolder folder;
  const std::filesystem::path shipped = shipped_weights(find_backbone("resnet18"));
  EXPECT_EQ(read_encoder_weights(shipped, find_backbone("resnet18"), kCut).note, "");
  std::vector<std::uint8_t> bytes = read_file(shipped);
  bytes[bytes.size() / 2] ^= 1;
  write_file_atomically(folder / "resnet18_tinyimagenet32.safetensors", [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  });
  const auto read = [&] {
    read_encoder_weights(folder / "resnet18_tinyimagenet32.safetensors", find_backbone("resnet18"), kCut);
  };
  EXPECT_EQ(weights_error(read), "no error") << "somebody's own weights may be any";
  ::setenv("PACKRAT_WEIGHTS_DIR", (folder / "").c_str(), 1);
  EXPECT_THAT(weights_error(read), HasSubstr("not the file that ships"));
  ::unsetenv("PACKRAT_WEIGHTS_DIR");
}

TEST(DropWrappers, TakesOffWhatAllButScalarsHave) {
  StateDict state{{"n_averaged", at::ones({}, at::kLong)},
                  {"module._orig_mod.a", at::ones({2})},
                  {"module._orig_mod.b", at::ones({2})}};
  EXPECT_EQ(drop_wrappers(state), "module._orig_mod.");
  ASSERT_EQ(state.size(), 2u);
  EXPECT_EQ(state[0].first, "a");
  state = {{"module.a", at::ones({2})}, {"b", at::ones({2})}};
  EXPECT_EQ(drop_wrappers(state), "");
  EXPECT_EQ(state[0].first, "module.a");
}

}  // namespace
}  // namespace packrat
