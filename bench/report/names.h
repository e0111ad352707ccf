#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "bench/report/rates.h"

// The names that kernels_bench gives its rows (bench/kernels/rows.h).

namespace packrat::bench {

/// Under which the output's context has the bytes of a data cache.
inline std::string data_cache_key(int level) {
  return fmt::format("data_cache_L{}", level);
}

constexpr int kWidths = 8;
constexpr int kEntryValues = 1024;

inline std::string l1_row(const std::string& what, const std::string& tier, int width, int n = kEntryValues) {
  return fmt::format("l1/{}/{}/n:{}/width:{}", what, tier, n, width);
}

/// "PREFIX/TIER/SUFFIX" for every tier: roofs are whatever the machine does best.
inline std::vector<std::string> all_tiers(const std::string& prefix, const std::string& suffix) {
  std::vector<std::string> names;
  for (const std::string& tier : tier_names()) names.push_back(prefix + "/" + tier + suffix);
  return names;
}

inline std::vector<std::string> l1_roof(int n = kEntryValues) {
  return all_tiers("l1/store", fmt::format("/n:{}", n));
}

/// A minibatch: rows of n values.
struct BatchRow {
  int rows, n;
  std::string suffix() const { return fmt::format("/rows:{}/n:{}", rows, n); }
  std::string gather(const std::string& tier, int width) const {
    return fmt::format("l2/gather/{}{}/width:{}", tier, suffix(), width);
  }
  std::vector<std::string> roof() const { return all_tiers("l2/store", suffix()); }
  /// What decoding does to memory, or its reading alone.
  std::string traffic(int width) const { return fmt::format("l2/read_store/-{}/width:{}", suffix(), width); }
  std::string reading(int width) const { return fmt::format("l2/read/-{}/width:{}", suffix(), width); }
  std::int64_t bytes() const { return std::int64_t{4} * rows * n; }
};

inline const std::vector<BatchRow>& batch_rows() {
  static const std::vector<BatchRow> all{{16, 1024}, {64, 1024}, {128, 1024}, {64, 3072}};
  return all;
}

inline std::string memory_row(const std::string& what, const std::string& tier, int width) {
  return fmt::format("memory/{}/{}/width:{}", what, tier, width);
}
inline std::vector<std::string> copy_rows() {
  return {"memory/memcpy/-/at_once", "memory/memcpy/-/by_entry"};
}

inline std::string selection_row(const std::string& what, const std::string& tier, int n,
                                 int deleted_per_mille) {
  return fmt::format("l1/{}/{}/n:{}/deleted_per_mille:{}", what, tier, n, deleted_per_mille);
}

}  // namespace packrat::bench
