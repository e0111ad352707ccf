#include "engine/core/cpu_caches.h"

#include <unistd.h>

#include <fstream>
#include <string>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace packrat {
namespace {

std::string first_word(const std::filesystem::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

/// sysfs writes 48K, 32768K, 32M.
std::int64_t sysfs_size(const std::string& text) try {
  std::size_t end = 0;
  const std::int64_t number = std::stoll(text, &end);
  const std::string unit = text.substr(end);
  const int shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : unit.empty() ? 0 : -1;
  return shift < 0 || number <= 0 || number > (std::int64_t{1} << 32) ? 0 : number << shift;
} catch (const std::exception&) {
  return 0;
}

CacheBytes caches_of_processor() {
#if defined(__x86_64__) || defined(__i386__)
  // Each leaf is empty, or above the greatest, on the other maker's processors.
  for (const unsigned leaf : {4U, 0x8000001DU}) {
    if (__get_cpuid_max(leaf & 0x80000000U, nullptr) < leaf) continue;
    CacheBytes caches = caches_of_cpuid([leaf](std::uint32_t subleaf) {
      std::array<std::uint32_t, 4> r{};
      __cpuid_count(leaf, subleaf, r[0], r[1], r[2], r[3]);
      return r;
    });
    if (!caches.empty()) return caches;
  }
#endif
  return {};
}

}  // namespace

CacheBytes caches_of_sysfs(const std::filesystem::path& folder) {
  CacheBytes caches;
  for (int i = 0; i < 16; ++i) {
    const std::filesystem::path index = folder / ("index" + std::to_string(i));
    const std::string type = first_word(index / "type"), level = first_word(index / "level");
    if ((type != "Data" && type != "Unified") || level.size() != 1 || level[0] < '1' || level[0] > '9')
      continue;
    if (const std::int64_t bytes = sysfs_size(first_word(index / "size")); bytes > 0)
      caches.emplace(level[0] - '0', bytes);
  }
  return caches;
}

CacheBytes caches_of_cpuid(const std::function<std::array<std::uint32_t, 4>(std::uint32_t subleaf)>& leaf) {
  enum : std::uint32_t { kNone = 0, kInstruction = 2 };
  CacheBytes caches;
  for (std::uint32_t subleaf = 0; subleaf < 16; ++subleaf) {
    const auto [a, b, c, d] = leaf(subleaf);
    const std::uint32_t type = a & 0x1f, level = (a >> 5) & 7;
    if (type == kNone) break;
    constexpr std::uint32_t kMostSets = 1U << 30;  // more would overflow, and is nonsense
    if (type == kInstruction || level == 0 || c >= kMostSets) continue;
    const std::int64_t line = (b & 0xfff) + 1, partitions = ((b >> 12) & 0x3ff) + 1, ways = (b >> 22) + 1;
    caches.emplace(static_cast<int>(level), line * partitions * ways * (std::int64_t{c} + 1));
  }
  return caches;
}

CacheBytes caches_of_sysconf() {
  CacheBytes caches;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  const std::map<int, int> names{
      {1, _SC_LEVEL1_DCACHE_SIZE}, {2, _SC_LEVEL2_CACHE_SIZE}, {3, _SC_LEVEL3_CACHE_SIZE}};
  for (const auto& [level, name] : names)
    if (const long bytes = sysconf(name); bytes > 0) caches.emplace(level, bytes);
#endif
  return caches;
}

CacheBytes data_cache_bytes() {
  CacheBytes caches = caches_of_sysfs("/sys/devices/system/cpu/cpu0/cache");
  if (caches.empty()) caches = caches_of_processor();
  if (caches.empty()) caches = caches_of_sysconf();
  return caches;
}

}  // namespace packrat
