#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// A learning rate that falls in steps: what it is multiplied by in each epoch.
struct EpochSchedule {
  struct Step {
    std::int64_t before;  ///< holds for epochs below this one, counted from 0
    double multiplier;
  };
  std::string_view name;
  std::vector<Step> steps;  ///< by rising `before`; the last one holds for ever

  double multiplier(std::int64_t epoch) const;
};

/// The one table: constant; trabelsi (after Trabelsi et al., Deep Complex Networks, ICLR 2018) as used for
/// sparsification; fast, its shorter form.
const std::vector<EpochSchedule>& epoch_schedules();

/// UserError lists the names there are.
const EpochSchedule& find_epoch_schedule(const std::string& name);

}  // namespace packrat
