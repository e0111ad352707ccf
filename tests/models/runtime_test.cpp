#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <mutex>

#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "models/torch_runtime.h"
#include "models/transfer_ranges.h"
#include "models/weights_dir.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ForEachBatch, CutsAtMultiplesOfTheBatchForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 5})
    for (const std::int64_t count : {0, 1, 9, 10, 11, 35}) {
      std::mutex guard;
      std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
      for_each_batch(count, 10, threads, [&](std::int64_t begin, std::int64_t end) {
        EXPECT_EQ(at::get_num_threads(), 1);
        const std::lock_guard<std::mutex> lock(guard);
        pieces.emplace_back(begin, end);
      });
      std::sort(pieces.begin(), pieces.end());
      std::int64_t covered = 0;
      for (const auto& [begin, end] : pieces) {
        EXPECT_EQ(begin, covered);
        EXPECT_EQ(begin % 10, 0);
        covered = end;
      }
      EXPECT_EQ(covered, count);
    }
}

TEST(Device, IsReadByName) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  for (const std::string& name : available_devices()) EXPECT_NO_THROW(parse_device(name)) << name;
  for (const char* text : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cpu:0"})
    EXPECT_THAT(testing_data::user_error([&] { parse_device(text); }),
                HasSubstr("choose cpu, cuda or cuda:N"))
        << text;
  if (available_devices().size() == 1) {
    EXPECT_THAT(
        testing_data::user_error([] { parse_device("cuda"); }),
        HasSubstr(at::Context::hasCUDART() ? "has 0 CUDA device(s)" : "needs a LibTorch built with CUDA"));
  }
}

TEST(RuntimeInfo, TellsTheVersions) {
  for (const auto& [label, text] : runtime_info()) EXPECT_FALSE(text.empty()) << label;
}

TEST(TorchVersion, IsToldByTheLibrarysNameOrByAFileBesideItsFolder) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "lib");
  const std::filesystem::path library = folder / "lib/libtorch_cpu.so";
  EXPECT_EQ(torch_version_of("/usr/lib/libtorch_cpu.so.1.13"), "1.13");
  EXPECT_EQ(torch_version_of(library), "");
  EXPECT_EQ(torch_version_of(""), "");
  std::ofstream(folder / "build-version") << "2.7.1+cpu\n";
  EXPECT_EQ(torch_version_of(library), "2.7.1");
  std::ofstream(folder / "version.py")
      << "from typing import Optional\n\n__version__ = '2.15.0+cu132'\ncuda = '13.2'\n";
  EXPECT_EQ(torch_version_of(library), "2.15.0");
  EXPECT_NO_THROW(check_torch_version());
}

const std::string kTable = source_dir() / "models/weights/transfer_ranges.json";
constexpr const char* kTorchvision34 = "b627a593000000000000";

TEST(TransferRange, OfTheShippedWeightsIsFoundByTheirHash) {
  const std::string shipped = sha256_of_file(shipped_file("resnet34_tinyimagenet32.safetensors"));
  EXPECT_EQ(transfer_range(kTable, shipped, "tiny_imagenet", Cut()), std::make_pair(-1.757295f, 2.258037f));
  for (const Cut& cut : find_backbone("resnet18").cuts())
    EXPECT_EQ(transfer_range(kTable, shipped, "tiny_imagenet", cut).first, 0) << cut.text();
  EXPECT_FLOAT_EQ(transfer_range(kTable, shipped, "tiny_imagenet", Cut("3")).second, 2.197306f);
  EXPECT_FLOAT_EQ(transfer_range(kTable, kTorchvision34, "tiny_imagenet", Cut("2")).second, 1.2152f);
}

TEST(TransferRange, ThatIsMissingIsRefusedWithWhatExistsAndTheRemedy) {
  EXPECT_THAT(
      testing_data::user_error([] { transfer_range(kTable, kTorchvision34, "tiny_imagenet", Cut("4")); }),
      AllOf(HasSubstr("tiny_imagenet (cut 2, 3, none)"), HasSubstr("packrat ranges"),
            HasSubstr("range:LO:HI")));
  EXPECT_THAT(testing_data::user_error([] { transfer_range(kTable, kTorchvision34, "cifar10", Cut("3")); }),
              HasSubstr("cifar10"));
  EXPECT_THAT(
      testing_data::user_error([] { transfer_range(kTable, "0123456789", "tiny_imagenet", Cut("3")); }),
      HasSubstr("known for these weights: none"));
  EXPECT_THAT(testing_data::user_error([] { transfer_range(kTable, "", "tiny_imagenet", Cut("3")); }),
              HasSubstr("none"));
}

TEST(TransferRange, InADamagedTableIsRefused) {
  const TempFolder folder;
  for (const char* text : {"", "[]", "{", R"({"b627a593": 5})", R"({"b627a593": {"ranges": []}})",
                           R"({"b627a593": {"ranges": {"tiny_imagenet": 5}}})",
                           R"({"b627a593": {"ranges": {"tiny_imagenet": {"3": [1]}}}})",
                           R"({"b627a593": {"ranges": {"tiny_imagenet": {"3": [2, 1]}}}})",
                           R"({"b627a593": {"ranges": {"tiny_imagenet": {"3": ["a", "b"]}}}})"}) {
    std::ofstream(folder / "table.json") << text;
    EXPECT_THROW(transfer_range(folder / "table.json", kTorchvision34, "tiny_imagenet", Cut("3")), UserError)
        << text;
  }
}

TEST(WeightsDir, IsTheOneThatTheUserNames) {
  const TempFolder folder;
  setenv("PACKRAT_WEIGHTS_DIR", (folder / "").c_str(), 1);
  EXPECT_EQ(weights_dir(), folder / "");
  EXPECT_THAT(testing_data::user_error([] { shipped_file("a.safetensors"); }),
              HasSubstr("PACKRAT_WEIGHTS_DIR"));
  setenv("PACKRAT_WEIGHTS_DIR", "/nowhere", 1);
  EXPECT_THAT(testing_data::user_error([] { weights_dir(); }), HasSubstr("/nowhere"));
  unsetenv("PACKRAT_WEIGHTS_DIR");
  EXPECT_TRUE(std::filesystem::exists(shipped_file("transfer_ranges.json")));
}

}  // namespace
}  // namespace packrat
