#include "engine/studies/audit/audit_settings.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/sweep/presets.h"

namespace packrat {
namespace {

std::vector<AuditSetting> settings_of(const std::string& text, const RunConfig& machine = {}) {
  return audit_settings(expand(parse_grid(text, "grid"), ""), machine);
}

std::vector<std::string> names_of(const std::vector<AuditSetting>& settings) {
  std::vector<std::string> names;
  for (const AuditSetting& s : settings) names.push_back(s.config.encoder + " " + s.codec);
  return names;
}

TEST(AuditSettings, ThePapersGridsHaveTheSame47WhateverTheirBudgets) {
  std::vector<std::string> expected;
  for (const char* preset :
       {"rescon-cifar100", "fixed-memory-cifar100", "fixed-slots-cifar100", "iso-byte"}) {
    const std::vector<std::string> names = names_of(settings_of(find_preset(preset)->text));
    EXPECT_EQ(names.size(), 47U) << preset;
    if (expected.empty()) expected = names;
    EXPECT_EQ(names, expected) << preset;
  }
  EXPECT_THAT(expected,
              ::testing::IsSupersetOf({"none none", "cutr34 thinning 0.95", "cutr34 quantization 16 local",
                                       "none quantization 2 tiny_imagenet_transfer"}));
}

TEST(AuditSettings, TheGridsOfCifar10HaveThemBehindTheSmallerNetwork) {
  for (const char* preset : {"rescon-cifar10", "fixed-memory-cifar10", "fixed-slots-cifar10"}) {
    const std::vector<std::string> names = names_of(settings_of(find_preset(preset)->text));
    EXPECT_EQ(names.size(), 47U) << preset;
    EXPECT_THAT(names,
                ::testing::IsSupersetOf({"none none", "cutr thinning 0.95", "cutr quantization 16 local"}));
  }
}

TEST(AuditSettings, SeedsAndTrainingsDoNotCount) {
  const auto settings = settings_of(R"(
seed = [0, 1, 2]
num_passes = [8, 128]
memory_size = [10, 20]
encoder = "cutr34"
encoding_block = [2, 3]
)");
  ASSERT_EQ(settings.size(), 2U);
  EXPECT_EQ(settings[0].config.encoding_block, "2");
  EXPECT_EQ(settings[1].config.encoding_block, "3");
  EXPECT_EQ(settings[0].config.num_passes, RunConfig{}.num_passes);
}

TEST(AuditSettings, TheStreamHasEveryClassOfTheDataSet) {
  for (const AuditSetting& s : settings_of("dataset = [\"CIFAR10\", \"CIFAR100\"]\nnum_tasks = 2\n"))
    EXPECT_EQ(s.config.num_tasks * s.config.num_classes_per_task, s.config.dataset == "CIFAR10" ? 10 : 100);
}

TEST(AuditSettings, FoldersAndThreadsAreTheMachines) {
  RunConfig machine;
  machine.data_dir = "/somewhere";
  machine.threads = 3;
  for (const AuditSetting& s :
       settings_of("compressor = [\"none\", \"thinning\"]\ndata_dir = \"/elsewhere\"\n", machine)) {
    EXPECT_EQ(s.config.data_dir, "/somewhere");
    EXPECT_EQ(s.config.threads, 3);
  }
}

}  // namespace
}  // namespace packrat
