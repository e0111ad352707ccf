#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
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

/// More than a package, its memory or its cores can draw: the largest processors are made for 500 W, and take
/// about twice that for milliseconds. What a counter says beyond it is no reading: counters fall back when a
/// machine sleeps or a driver is loaded again, and then look as if they had come round.
inline constexpr double kMostPackageWatts = 2000;

/// The RAPL counters (Running Average Power Limit) below a powercap folder. Counters count microjoules and
/// begin again at 0 when they reach their range, hours or minutes apart; sample() must be called more often.
/// Of a domain that is not counted nothing is lost when it cannot be read, or cannot be believed: it is left
/// out.
class RaplCounters {
 public:
  using Clock = std::function<double()>;  ///< seconds that never go back

  /// UserError when the folder shows no package, or a counter that counts is not readable (Linux lets only
  /// root read them unless the administrator says otherwise).
  explicit RaplCounters(const std::filesystem::path& powercap_root = kPowercapRoot,
                        Clock clock = steady_seconds);

  /// Adds what was used since the last call, or since construction. UserError when a counter that counts
  /// cannot be read, fell back without having reached its range, rose by more than kMostPackageWatts allow,
  /// or was left alone for so long that it may have come round unseen.
  void sample();
  /// Joules up to the last sample(), packages first.
  std::vector<EnergyDomain> domains() const;
  /// The package whose counter has not moved at all, or empty. Virtual machines show such counters.
  std::string package_at_rest() const;

  static double steady_seconds();

 private:
  struct Counter {
    std::string name;
    std::filesystem::path file;
    std::uint64_t range_uj = 0, last_uj = 0, used_uj = 0;
    bool counted = true, package = false;
  };
  void add_zone(const std::filesystem::path& zone, const std::string& parent);
  void advance(Counter& counter, double elapsed_seconds) const;

  Clock clock_;
  double last_seconds_ = 0;
  std::vector<Counter> counters_;
};

/// Joules of the domains that count.
double counted_joules(const std::vector<EnergyDomain>& domains);

}  // namespace packrat
