#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace packrat {

/// Where Linux shows the energy counters of Intel and AMD processors.
inline constexpr const char* kPowercapRoot = "/sys/class/powercap";

/// Energy of one part of the machine.
struct EnergyDomain {
  std::string name;  ///< "package-0", "package-0/dram", "package-0/core", "psys"
  double joules = 0;
  /// false for a part of another domain (core, uncore) and for psys, which holds the packages
  bool counted = true;
};

/// The RAPL counters (Running Average Power Limit) below a powercap folder. Counters count microjoules and
/// begin again at 0 when they reach their range, hours or minutes apart; sample() must be called more often.
class RaplCounters {
 public:
  /// UserError when the folder shows no package, or a counter is not readable (Linux lets only root read them
  /// unless the administrator says otherwise).
  explicit RaplCounters(const std::filesystem::path& powercap_root = kPowercapRoot);

  /// Adds what was used since the last call, or since construction. UserError when a counter cannot be read.
  void sample();
  /// Joules up to the last sample(), packages first.
  std::vector<EnergyDomain> domains() const;

 private:
  struct Counter {
    std::string name;
    std::filesystem::path file;
    std::uint64_t range_uj = 0, last_uj = 0, used_uj = 0;
    bool counted = true;
  };
  void add_zone(const std::filesystem::path& zone, const std::string& parent);

  std::vector<Counter> counters_;
};

/// Joules of the domains that count.
double counted_joules(const std::vector<EnergyDomain>& domains);

}  // namespace packrat
