#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/report/rates.h"

namespace packrat::bench {

/// What the kernels are to reach, width by width (or case by case), in one tier.
struct Bar {
  std::string what;                ///< "codes to float32 in L1 / storing as many"
  std::vector<std::string> cases;  ///< what is measured: "1" .. "8" for widths
  std::vector<double> wanted;      ///< for each of them, at least this ratio, or rate
  std::string unit;                ///< "x", or "Gvalues/s"
  std::function<std::optional<double>(const Rates&, const std::string& tier, std::size_t which)> measured;
};

/// Those for this machine: minibatches that fit its second-level cache.
std::vector<Bar> bars(const Rates& rates);

/// A bar held against one tier's rates.
struct Judgement {
  std::vector<std::optional<double>> measured;  ///< one a case
  std::vector<bool> met;
  bool applies = false;  ///< the machine has the tier
  bool all_met() const;
};

Judgement judge(const Bar& bar, const Rates& rates, const std::string& tier);

}  // namespace packrat::bench
