#include "engine/core/cpu_caches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/data/small_dataset.h"

namespace packrat {
namespace {

using testing::IsEmpty;
using testing_data::TempFolder;
using testing_data::write_text;

using Subleaves = std::vector<std::array<std::uint32_t, 4>>;

CacheBytes of(const Subleaves& subleaves) {
  return caches_of_cpuid(
      [&](std::uint32_t i) { return i < subleaves.size() ? subleaves[i] : std::array<std::uint32_t, 4>{}; });
}

TEST(CpuCaches, CpuidTellsDataAndUnifiedCaches) {
  // Zen 5: 48 KiB in 12 ways and 64 sets, the instruction cache, 1 MiB in 16 ways, 32 MiB in 16 ways; lines
  // of 64.
  EXPECT_EQ(of({{0x00004121, 0x02c0003f, 63, 0},
                {0x00004122, 0x01c0003f, 63, 0},
                {0x00004143, 0x03c0003f, 1023, 2},
                {0x0003c163, 0x03c0003f, 32767, 1}}),
            (CacheBytes{{1, 48 << 10}, {2, 1 << 20}, {3, 32 << 20}}));
  // Partitions multiply, too: 8 ways of 2 partitions of 32 bytes in 128 sets.
  EXPECT_EQ(of({{0x21, (7U << 22) | (1U << 12) | 31U, 127, 0}}), (CacheBytes{{1, 64 << 10}}));
  EXPECT_THAT(of({}), IsEmpty());
  EXPECT_THAT(of({{0x01, 0x02c0003f, 63, 0}}), IsEmpty()) << "a cache of level 0";
  // Nonsense, and subleaves without end.
  EXPECT_THAT(of(Subleaves(100, {0x23, 0xffffffff, 0xffffffff, 0})), IsEmpty());
  EXPECT_EQ(of(Subleaves(100, {0x21, 0x02c0003f, 63, 0})), (CacheBytes{{1, 48 << 10}}));
}

TEST(CpuCaches, SysfsTellsThemByLevelAndDamagedFilesTellNothing) {
  const TempFolder folder;
  const auto cache = [&](int index, const char* level, const char* type, const char* size) {
    const auto path = folder / ("index" + std::to_string(index));
    write_text(path / "level", std::string(level) + "\n");
    write_text(path / "type", std::string(type) + "\n");
    write_text(path / "size", std::string(size) + "\n");
  };
  EXPECT_THAT(caches_of_sysfs(folder.path()), IsEmpty());
  cache(0, "1", "Data", "48K");
  cache(1, "1", "Instruction", "32K");
  cache(2, "2", "Unified", "2048K");
  cache(3, "3", "Unified", "260M");
  EXPECT_EQ(caches_of_sysfs(folder.path()), (CacheBytes{{1, 48 << 10}, {2, 2 << 20}, {3, 260 << 20}}));
  for (const char* size : {"", "K", "-1K", "12Q", "0", "99999999999999999999K", "9999999999K"}) {
    cache(3, "3", "Unified", size);
    EXPECT_EQ(caches_of_sysfs(folder.path()).count(3), 0U) << size;
  }
  for (const char* level : {"", "0", "x", "12"}) {
    cache(3, level, "Unified", "1M");
    EXPECT_EQ(caches_of_sysfs(folder.path()).size(), 2U) << level;
  }
}

TEST(CpuCaches, OfThisMachineGrowWithTheirLevel) {
  std::int64_t below = 0;
  for (const auto& [level, bytes] : data_cache_bytes()) {
    EXPECT_GT(bytes, below) << "level " << level;
    below = bytes;
  }
}

}  // namespace
}  // namespace packrat
