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
  std::map<std::string, Rate> rows;              ///< of several runs the best
  std::string cpu, kernels;                      ///< "AMD EPYC"; "avx2 (available: scalar, avx2)"
  std::map<int, std::int64_t> data_cache_bytes;  ///< by level

  std::vector<Rates> runs;  ///< one by one, when there were several

  /// Adds the rows of one file. UserError when it is no such output, or holds a row whose answer was wrong.
  void add_file(const std::filesystem::path& json);
  /// Adds the .json files of a folder as one run.
  void add_run(const std::filesystem::path& folder);

  /// The tier that Packrat takes here: "avx2".
  std::string tier() const { return kernels.substr(0, kernels.find(' ')); }
  std::optional<double> at(const std::string& name) const;
  /// The greatest of those that are there.
  std::optional<double> best_of(const std::vector<std::string>& names) const;
  /// How far the runs' rates lie apart, as a fraction of the best; nullopt for fewer than two.
  std::optional<double> spread(const std::string& name) const;
  /// a / b, where both are there.
  std::optional<double> ratio(const std::string& a, const std::vector<std::string>& b) const;
};

/// The tiers whose rows a report has, as in the names: "scalar", "avx2", "avx512", the plainest first.
const std::vector<std::string>& tier_names();

}  // namespace packrat::bench
