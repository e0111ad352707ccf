#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/report/rates.h"

namespace packrat::bench {

/// What the kernels are to reach, width by width (or case by case), in the tier that the machine runs.
struct Bar {
  std::string what;                ///< "codes to float32 in L1 / storing as many"
  std::vector<std::string> cases;  ///< what is measured: "1" .. "8" for widths
  std::vector<double> wanted;      ///< for each of them, at least this ratio, or rate
  std::string unit;                ///< "x", or "Gvalues/s"
  std::function<std::optional<double>(const Rates&, const std::string& tier, std::size_t which)> measured;
};

/// Those for this machine: minibatches that fit its second-level cache.
std::vector<Bar> bars(const Rates& rates);

/// What was measured for one case: the median of the runs, and how far they reach.
struct Measured {
  double median = 0, least = 0, greatest = 0;
};

/// A bar held against the rates of the machine's tier: the median of the runs decides.
struct Judgement {
  std::vector<std::optional<Measured>> measured;  ///< one a case
  std::vector<bool> met;
  bool applies = false;  ///< something was measured
  bool all_met() const;
};

Judgement judge(const Bar& bar, const Rates& rates);

}  // namespace packrat::bench
