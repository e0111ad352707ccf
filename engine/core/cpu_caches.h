#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>

namespace packrat {

/// Bytes of the first core's data caches by level, instruction caches left out: {1: 32768, 2: 1048576}. From
/// Linux's sysfs; what that does not tell (many virtual machines) from the processor (cpuid), else from
/// sysconf. A level that nothing tells is missing.
using CacheBytes = std::map<int, std::int64_t>;
CacheBytes data_cache_bytes();

/// What one of the three says. `folder`: /sys/devices/system/cpu/cpu0/cache.
CacheBytes caches_of_sysfs(const std::filesystem::path& folder);

/// `leaf` gives eax, ebx, ecx and edx of a subleaf of cpuid's "deterministic cache parameters": leaf 4 of
/// Intel's processors, 0x8000001D of AMD's, which have the same layout (AMD64 Architecture Programmer's
/// Manual, volume 3, E.4.15).
CacheBytes caches_of_cpuid(const std::function<std::array<std::uint32_t, 4>(std::uint32_t subleaf)>& leaf);

CacheBytes caches_of_sysconf();

}  // namespace packrat
