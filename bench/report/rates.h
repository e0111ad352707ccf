#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace packrat::bench {

/// What one row of a benchmark program found.
struct Rate {
  double gvalues_s = 0;        ///< 10^9 values a second in the best repetition
  std::optional<double> bits;  ///< of a value in the packed form, where the row says so
};

/// The rows of benchmark programs by name, read from their JSON output, and the machine they ran on.
struct Rates {
  std::map<std::string, Rate> rows;
  std::string cpu, kernels;                      ///< "AMD EPYC"; "avx2 (available: scalar, avx2)"
  std::map<int, std::int64_t> data_cache_bytes;  ///< by level

  /// Adds the rows of one file. UserError when it is no such output, or holds a row whose answer was wrong.
  void add_file(const std::filesystem::path& json);

  std::optional<double> at(const std::string& name) const;
  /// The greatest of those that are there.
  std::optional<double> best_of(const std::vector<std::string>& names) const;
  /// a / b, where both are there.
  std::optional<double> ratio(const std::string& a, const std::vector<std::string>& b) const;
};

/// The tiers whose rows a report has, as in the names: "scalar", "avx2", "avx512", the plainest first.
const std::vector<std::string>& tier_names();

}  // namespace packrat::bench
