#include "models/weights_io.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>

#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/rng.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kGolden = source_dir() / "tests/golden/models/";

// 0, 0.25, 0.5, ...: what tests/golden/models/make_checkpoints.py puts into its tensors.
at::Tensor ramp(at::IntArrayRef shape, at::ScalarType type = at::kFloat) {
  return (at::arange(c10::multiply_integers(shape), at::kFloat) / 4).reshape(shape).to(type);
}

const std::pair<const char*, at::ScalarType> kTypes[] = {
    {"f64", at::kDouble}, {"f32", at::kFloat}, {"f16", at::kHalf},  {"bf16", at::kBFloat16},
    {"i64", at::kLong},   {"i32", at::kInt},   {"i16", at::kShort}, {"i8", at::kChar},
    {"u8", at::kByte},    {"bool", at::kBool}};

void write(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// The file's own header text and data, as a safetensors file.
std::vector<std::uint8_t> safetensors(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::vector<std::uint8_t> out(sizeof length + header.size() + data_bytes, 7);
  std::memcpy(out.data(), &length, sizeof length);
  std::memcpy(out.data() + sizeof length, header.data(), header.size());
  return out;
}

std::string refusal(const std::filesystem::path& path) {
  try {
    read_weights(path);
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_every_type(const StateDict& tensors) {
  for (const auto& [name, type] : kTypes) {
    const at::Tensor* const tensor = find_tensor(tensors, name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(tensor->scalar_type(), type) << name;
    EXPECT_TRUE(tensor->equal(ramp({2, 4}, type))) << name;
  }
}

TEST(Safetensors, RoundTripKeepsOrderTypesShapesAndMetadata) {
  const TempFolder folder;
  StateDict tensors;
  for (const auto& [name, type] : kTypes) tensors.emplace_back(name, ramp({2, 4}, type));
  tensors.emplace_back("scalar", at::tensor(2.5f));
  tensors.emplace_back("empty", at::zeros({0, 3}));
  tensors.emplace_back("transposed", ramp({3, 5}).t());
  tensors.emplace_back("a \"quoted\" name \xc3\xa9", ramp({3}).requires_grad_());
  write_safetensors(folder / "w", tensors, {{"made", "here"}});
  const WeightsFile read = read_weights(folder / "w");
  ASSERT_EQ(read.tensors.size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(read.tensors[i].first, tensors[i].first);
    EXPECT_TRUE(read.tensors[i].second.equal(tensors[i].second)) << tensors[i].first;
    EXPECT_TRUE(read.tensors[i].second.is_contiguous());
  }
  EXPECT_EQ(read.metadata, (std::map<std::string, std::string>{{"made", "here"}}));
  EXPECT_EQ(read.sha256, sha256_of_file(folder / "w"));
}

TEST(Safetensors, WritesTheSameBytesAgain) {
  const TempFolder folder;
  const StateDict tensors = {{"b", ramp({3, 3})}, {"a", ramp({2})}};
  write_safetensors(folder / "one", tensors);
  write_safetensors(folder / "two", read_weights(folder / "one").tensors);
  EXPECT_EQ(read_file(folder / "one"), read_file(folder / "two"));
}

TEST(Safetensors, RefusesWhatItCannotHold) {
  const TempFolder folder;
  EXPECT_THROW(write_safetensors(folder / "w", {{"a", ramp({2})}, {"a", ramp({2})}}), UserError);
  EXPECT_THROW(write_safetensors(folder / "w", {{"c", at::zeros({2}, at::kComplexFloat)}}), UserError);
  EXPECT_FALSE(std::filesystem::exists(folder / "w"));
}

TEST(Safetensors, RefusesHostileHeaders) {
  const TempFolder folder;
  const std::string f32 = R"("dtype":"F32","shape":)";
  const std::pair<const char*, std::string> table[] = {
      {"beyond the end", R"({"a":{)" + f32 + R"([4],"data_offsets":[8,24]}})"},
      {"backwards", R"({"a":{)" + f32 + R"([0],"data_offsets":[8,4]}})"},
      {"size and shape differ", R"({"a":{)" + f32 + R"([3],"data_offsets":[0,16]}})"},
      {"shape overflows", R"({"a":{)" + f32 + R"([4294967296,4294967296],"data_offsets":[0,0]}})"},
      {"shape overflows to a fit", R"({"a":{)" + f32 + R"([4611686018427387904,4],"data_offsets":[0,0]}})"},
      {"negative shape", R"({"a":{)" + f32 + R"([-4],"data_offsets":[0,16]}})"},
      {"fractional shape", R"({"a":{)" + f32 + R"([4.0],"data_offsets":[0,16]}})"},
      {"huge offset",
       R"({"a":{)" + f32 + R"([4],"data_offsets":[18446744073709551600,18446744073709551615]}})"},
      {"overlap",
       R"({"a":{)" + f32 + R"([2],"data_offsets":[0,8]},"b":{)" + f32 + R"([2],"data_offsets":[4,12]}})"},
      {"unknown type beyond the end", R"({"a":{"dtype":"F8","shape":[16],"data_offsets":[0,17]}})"},
      {"metadata twice", R"({"__metadata__":{},"__metadata__":{}})"},
      {"metadata with one key twice", R"({"__metadata__":{"a":"b","a":"c"}})"},
      {"type given twice", R"({"a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}})"},
      {"shape given twice", R"({"a":{)" + f32 + R"([4],"shape":[],"data_offsets":[0,16]}})"},
      {"offsets given twice", R"({"a":{)" + f32 + R"([4],"data_offsets":[0,16],"data_offsets":[]}})"},
      {"an object in the shape", R"({"a":{)" + f32 + R"([{}],"data_offsets":[0,16]}})"},
      {"an object in an entry", R"({"a":{"b":{},)" + f32 + R"([4],"data_offsets":[0,16]}})"},
      {"a list in the metadata", R"({"__metadata__":{"a":[]}})"},
      {"text in the shape", R"({"a":{)" + f32 + R"(["4"],"data_offsets":[0,16]}})"},
      {"a list of entries", R"({"a":[{)" + f32 + R"([4],"data_offsets":[0,16]}]})"},
      {"type is a number", R"({"a":{"dtype":5,"shape":[16],"data_offsets":[0,16]}})"},
      {"three offsets", R"({"a":{)" + f32 + R"([4],"data_offsets":[0,16,16]}})"},
      {"no shape", R"({"a":{"dtype":"F32","data_offsets":[0,16]}})"},
      {"not an object", R"({"a":5})"},
      {"metadata is not text", R"({"__metadata__":{"a":5}})"},
      {"same name twice",
       R"({"a":{)" + f32 + R"([1],"data_offsets":[0,4]},"a":{)" + f32 + R"([1],"data_offsets":[4,8]}})"},
      {"too many dimensions",
       R"({"a":{)" + f32 + "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]" + R"(,"data_offsets":[0,4]}})"},
      {"deep nesting", R"({"a":)" + std::string(100000, '[')},
      {"not closed", R"({"a":{)"},
      {"invalid UTF-8", "{\"\xff\xfe\":{" + f32 + R"([4],"data_offsets":[0,16]}})"}};
  for (const auto& [what, header] : table) {
    write(folder / "w", safetensors(header, 16));
    const std::string text = refusal(folder / "w");
    EXPECT_THAT(text, HasSubstr("damaged safetensors file")) << what;
    EXPECT_THAT(text, Not(HasSubstr("\n"))) << what;
  }
  write(folder / "w", safetensors(R"({"a":{)" + f32 + R"([4],"data_offsets":[0,16]}})", 16));
  EXPECT_EQ(refusal(folder / "w"), "accepted");
}

TEST(Safetensors, TypesThatAreNotReadAreToldAndDoNotHinderTheOthers) {
  const TempFolder folder;
  const std::string sound = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"note":"passed over"})";
  for (const std::string type : {"F8_E4M3", "F8_E5M2", "F4", "C64", "U16", "U32", "U64", "F6_E2M3"}) {
    const std::string other = R"("b":{"dtype":")" + type + R"(","shape":[8],"data_offsets":[8,16]})";
    write(folder / "w", safetensors("{" + sound + "," + other + "}", 16));
    const WeightsFile file = read_weights(folder / "w");
    ASSERT_EQ(file.tensors.size(), 1u) << type;
    ASSERT_EQ(file.unusable.size(), 1u) << type;
    EXPECT_EQ(file.unusable[0].name, "b");
    EXPECT_EQ(file.unusable[0].why, "is of type " + type);
    EXPECT_FALSE(file.sealed);
  }
  write(folder / "w", safetensors(R"({"b":{"dtype":"F8_E4M3","shape":[16],"data_offsets":[0,16]}})", 16));
  EXPECT_THAT(refusal(folder / "w"), HasSubstr("'b' is of type F8_E4M3"));
}

// Every name was searched for among all others once: 900 000 of them took more than 100 seconds.
TEST(Safetensors, AHeaderWithManyNamesTakesTimeInProportionToThem) {
  const TempFolder folder;
  std::string header = R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]})";
  for (int i = 0; i < 200'000; ++i)
    header += R"(,"extra.)" + std::to_string(i) + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  write(folder / "w", safetensors(header + "}", 16));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(read_weights(folder / "w").tensors.size(), 200'001u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Safetensors, AHeaderAboveTheFormatsLimitIsRefused) {
  const TempFolder folder;
  write(folder / "w", safetensors("{}" + std::string(100'000'000, ' '), 0));
  EXPECT_THAT(refusal(folder / "w"), HasSubstr("the format allows 100000000"));
}

TEST(Safetensors, WhatPackratWritesCarriesAChecksumThatOtherProgramsMayTakeOut) {
  const TempFolder folder;
  write_safetensors(folder / "w", {{"a", ramp({3})}}, {{"k", "packrat_xxh3\":\"0000000000000000"}});
  const WeightsFile file = read_weights(folder / "w");
  EXPECT_TRUE(file.sealed);
  EXPECT_EQ(file.metadata.size(), 1u);
  std::vector<std::uint8_t> bytes = read_file(folder / "w");
  bytes.back() ^= 1;
  write(folder / "w", bytes);
  EXPECT_THAT(refusal(folder / "w"),
              testing::AllOf(HasSubstr("not those that were written"), HasSubstr("packrat_xxh3")));
}

// What the checksum of these few bytes is, always: files of today must be read by every later version.
TEST(Safetensors, TheBytesOfASmallFileAreThese) {
  const TempFolder folder;
  write_safetensors(folder / "w", {{"a", at::ones({1})}}, {{"k", "v"}});
  const std::vector<std::uint8_t> bytes = read_file(folder / "w");
  EXPECT_EQ(std::string(bytes.begin() + 8, bytes.end() - 4),
            R"({"__metadata__":{"k":"v","packrat_format":"1","packrat_xxh3":"1114a179c333086e"},)"
            R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  )");
}

// The same files, saved by the oldest PyTorch and the newest: zip records came and went.
class Checkpoint : public testing::TestWithParam<const char*> {
 protected:
  static std::string golden() { return kGolden + GetParam() + "/"; }
};

INSTANTIATE_TEST_SUITE_P(OfEveryVersion, Checkpoint, testing::Values("torch1.13", "torch2.15"),
                         [](const auto& version) {
                           std::string name = version.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_P(Checkpoint, ReadsAModulesStateDict) {
  const WeightsFile file = read_weights(golden() + "module.pth");
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "1.weight", "1.bias", "1.running_mean",
                                             "1.running_var", "1.num_batches_tracked"}));
  EXPECT_TRUE(find_tensor(file.tensors, "0.weight")->equal(ramp({3, 2, 3, 3})));
  EXPECT_EQ(find_tensor(file.tensors, "1.num_batches_tracked")->item<std::int64_t>(), 1);
  EXPECT_EQ(file.sha256, sha256_of_file(golden() + "module.pth"));
}

TEST_P(Checkpoint, ReadsEveryType) {
  for (const char* name : {"types.pth", "types_protocol4.pth", "legacy.pth"}) {
    const StateDict tensors = read_weights(golden() + name).tensors;
    expect_every_type(tensors);
    EXPECT_EQ(find_tensor(tensors, "scalar")->dim(), 0);
    EXPECT_EQ(find_tensor(tensors, "scalar")->item<float>(), 2.5f);
    EXPECT_EQ(find_tensor(tensors, "empty")->sizes(), (std::vector<std::int64_t>{0, 3}));
    EXPECT_TRUE(find_tensor(tensors, "parameter")->equal(ramp({5})));
  }
}

TEST_P(Checkpoint, ReadsViewsOfOneStorage) {
  const StateDict tensors = read_weights(golden() + "views.pth").tensors;
  const at::Tensor whole = ramp({6, 8});
  EXPECT_TRUE(find_tensor(tensors, "whole")->equal(whole));
  EXPECT_TRUE(find_tensor(tensors, "rows")->equal(whole.slice(0, 2, 4)));
  EXPECT_TRUE(find_tensor(tensors, "transposed")->equal(whole.t()));
  EXPECT_TRUE(find_tensor(tensors, "columns")->equal(whole.slice(1, 1, 8, 2)));
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(tensor.is_contiguous()) << name;
}

TEST_P(Checkpoint, FindsTheStateDictBesideOtherThings) {
  const WeightsFile file = read_weights(golden() + "nested.pth");
  ASSERT_EQ(file.tensors.size(), 2u);
  EXPECT_TRUE(find_tensor(file.tensors, "module.a.weight")->equal(ramp({2, 3})));
  EXPECT_TRUE(find_tensor(file.tensors, "module.a.bias")->equal(ramp({2})));
  const StateDict net = read_weights(golden() + "net.pth").tensors;
  EXPECT_TRUE(find_tensor(net, "module.a.weight")->equal(ramp({2, 3})));
  const StateDict deep = read_weights(golden() + "deep.pth").tensors;
  EXPECT_TRUE(find_tensor(deep, "trainer.ema.a.weight")->equal(ramp({2, 3})));
}

// Great integers, sets, deques, dates, NumPy's numbers and arrays, states of random generators, ...
TEST_P(Checkpoint, PassesOverWhatStandsBesideTheTensorsInEveryProtocol) {
  for (const char* name :
       {"beside_protocol2.pth", "beside_protocol3.pth", "beside_protocol4.pth", "beside_protocol5.pth"}) {
    const WeightsFile file = read_weights(golden() + name);
    ASSERT_EQ(file.tensors.size(), 2u) << name;
    EXPECT_TRUE(find_tensor(file.tensors, "module.a.weight")->equal(ramp({2, 3}))) << name;
    EXPECT_TRUE(find_tensor(file.tensors, "module.a.bias")->equal(ramp({2}))) << name;
  }
}

TEST_P(Checkpoint, ReadsParametersWithAttributesAndTensorsOfAClassOfTheirOwn) {
  const WeightsFile file = read_weights(golden() + "wrapped.pth");
  ASSERT_EQ(file.tensors.size(), 2u);
  for (const char* name : {"a", "b"}) EXPECT_TRUE(find_tensor(file.tensors, name)->equal(ramp({3}))) << name;
}

TEST_P(Checkpoint, SaysWhyTensorsInOtherFormsCannotBeUsed) {
  const WeightsFile file = read_weights(golden() + "unusable.pth");
  ASSERT_EQ(file.tensors.size(), 1u);
  EXPECT_EQ(file.tensors[0].first, "sound");
  std::map<std::string, std::string> why;
  for (const UnusableTensor& tensor : file.unusable) why[tensor.name] = tensor.why;
  EXPECT_EQ(why["quantized"], "is quantized");
  EXPECT_EQ(why["sparse"], "is sparse");
  EXPECT_EQ(why["rows"], "is sparse");
  EXPECT_EQ(why["complex"], "is of type ComplexFloat");
  EXPECT_EQ(why["array"], "is a NumPy array");
  EXPECT_THAT(why["expanded"], HasSubstr("tensor.clone()"));
  EXPECT_EQ(why.size(), 6u);
}

TEST_P(Checkpoint, RefusesOtherFilesWithARemedy) {
  const std::pair<const char*, const char*> table[] = {
      {"script.pt", "TorchScript"},
      {"whole_module.pth", "save model.state_dict()"},
      {"list.pth", "save model.state_dict()"},
      {"expanded.pth", "tensor.clone()"},
      {"../README.md", "neither a safetensors file nor a PyTorch checkpoint"},
      {"missing.pth", "missing.pth"}};
  for (const auto& [name, remedy] : table) EXPECT_THAT(refusal(golden() + name), HasSubstr(remedy)) << name;
}

// What the checks above promise must hold for any bytes: tensors or one line, never a crash.
void expect_read_or_refused(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes,
                            const std::string& what) {
  write(path, bytes);
  EXPECT_THAT(refusal(path), Not(HasSubstr("\n"))) << what;
}

TEST(DamagedWeights, TruncatedAtAnyLengthAreRefused) {
  const TempFolder folder;
  write_safetensors(folder / "whole.safetensors", {{"a", ramp({3, 3})}, {"b", ramp({2}, at::kHalf)}},
                    {{"k", "v"}});
  for (const std::string& path : {(folder / "whole.safetensors").string(), kGolden + "torch1.13/types.pth",
                                  kGolden + "torch2.15/legacy.pth", kGolden + "torch2.15/module.pth"}) {
    const std::vector<std::uint8_t> whole = read_file(path);
    for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 500) {
      write(folder / "cut", {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
      EXPECT_NE(refusal(folder / "cut"), "accepted") << path << " cut to " << length << " bytes";
    }
  }
}

TEST(DamagedWeights, FlippedBytesNeverCrash) {
  const TempFolder folder;
  write_safetensors(folder / "whole.safetensors", {{"a", ramp({3, 3})}, {"b", ramp({2}, at::kHalf)}},
                    {{"k", "v"}});
  Rng rng(8);
  for (const std::string& path : {(folder / "whole.safetensors").string(), kGolden + "torch2.15/types.pth",
                                  kGolden + "torch1.13/legacy.pth", kGolden + "torch2.15/nested.pth",
                                  kGolden + "torch1.13/wrapped.pth", kGolden + "torch2.15/unusable.pth"}) {
    const std::vector<std::uint8_t> whole = read_file(path);
    for (int trial = 0; trial < 400; ++trial) {
      std::vector<std::uint8_t> bytes = whole;
      for (std::uint64_t flips = 1 + rng.below(3); flips > 0; --flips)
        bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.below(256));
      expect_read_or_refused(folder / "flipped", bytes, path + ", trial " + std::to_string(trial));
    }
  }
}

// In PyTorch's legacy form, which has no checksums: one tensor under so many names.
std::string shared_tensor(int names, std::uint8_t side) {
  const auto raw = [](const auto& text) { return std::string(text, sizeof text - 1); };
  const auto text = [](const std::string& word) {
    return std::string("X") + static_cast<char>(word.size()) + std::string(3, '\0') + word;
  };
  std::string object = raw("\x80\x02"
                           "ctorch._utils\n_rebuild_tensor_v2\n((") +
                       text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "M" +
                       static_cast<char>(0) + static_cast<char>(side) + raw("tQK\x00M\x00") +
                       static_cast<char>(side) + raw("\x85K\x01\x85\x89}tRr\x00\x00\x00\x00") + "0}";
  for (int i = 0; i < names; ++i) object += text(std::to_string(i)) + raw("j\x00\x00\x00\x00s");
  const std::int64_t values = side * 256;
  std::string file =
      raw("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e\x80\x02M\xe9\x03.\x80\x02}") +
      text("little_endian") + raw("\x88s.") + object + raw(".\x80\x02](") + text("0") + "e.";
  file.append(reinterpret_cast<const char*>(&values), sizeof values);
  return file.append(static_cast<std::size_t>(values) * sizeof(float), '\0');
}

TEST(DamagedWeights, OneTensorUnderManyNamesDoesNotFillTheMemory) {
  const TempFolder folder;
  EXPECT_EQ(refusal(folder.write("few.pth", shared_tensor(5, 4))), "accepted");
  EXPECT_THAT(refusal(folder.write("many.pth", shared_tensor(60000, 40))), HasSubstr("without end"));
}

TEST(DamagedWeights, AChangedValueInACheckpointIsNoticed) {
  const TempFolder folder;
  std::vector<std::uint8_t> bytes = read_file(kGolden + "torch2.15/views.pth");
  const at::Tensor values = ramp({6, 8});
  const auto* const data = static_cast<const std::uint8_t*>(values.data_ptr());
  const auto place = std::search(bytes.begin(), bytes.end(), data, data + values.nbytes());
  ASSERT_NE(place, bytes.end());
  place[40] ^= 1;
  write(folder / "changed.pth", bytes);
  EXPECT_THAT(refusal(folder / "changed.pth"), HasSubstr("damaged PyTorch file"));
}

}  // namespace
}  // namespace packrat
