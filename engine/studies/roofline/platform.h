#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/studies/roofline/precision.h"
#include "engine/studies/roofline/roof.h"

namespace packrat {

/// A piece of hardware in one of its modes.
struct Platform {
  std::string name;
  std::map<Precision, double> peak_tops;  ///< 10^12 operations a second; only what it has
  double bandwidth_gb_s = 0;              ///< 10^9 bytes a second
  std::optional<double> memory_gb, power_w;
  std::vector<std::string> aliases;  ///< other names that tables use for it

  bool has(Precision precision) const { return peak_tops.count(precision) != 0; }
  /// Requires has(precision).
  Roof roof(Precision precision) const { return {peak_tops.at(precision), bandwidth_gb_s}; }
};

/// Platforms by name. Case, blanks, hyphens and underscores in names do not matter.
class PlatformTable {
 public:
  PlatformTable() = default;
  /// UserError when two platforms share a name or an alias.
  explicit PlatformTable(std::vector<Platform> platforms);

  const std::vector<Platform>& all() const { return platforms_; }
  /// By name or alias; nullptr when there is none.
  const Platform* find(std::string_view name) const;
  /// The same; UserError lists the names.
  const Platform& get(std::string_view name) const;

 private:
  std::vector<Platform> platforms_;
};

/// Reads {"platforms": [{"name": "...", "peak_tops": {"INT8": 4.6, ...}, "bandwidth_gb_s": 19.2}, ...]};
/// optional: "memory_gb", "power_w", "aliases". UserError names the file, the platform and what is wrong with
/// it.
std::vector<Platform> read_platforms(const std::filesystem::path& path);

/// The platforms that ship (data/qutibench/platforms.json) followed by those of the given files.
PlatformTable load_platforms(const std::vector<std::filesystem::path>& more_files = {});

/// A label such as "ZCU104-FINN-INT2", "TX2 maxn FP16" or "EdgeTPU-fast_INT8": a platform's name or alias,
/// and a precision.
struct PlatformLabel {
  const Platform* platform = nullptr;
  Precision precision = Precision::kInt8;
};
/// UserError when it does not end in a precision, or nothing is called so.
PlatformLabel parse_platform_label(const PlatformTable& table, std::string_view label);

}  // namespace packrat
