#include "engine/studies/sparsify/epoch_schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

}  // namespace

double EpochSchedule::multiplier(std::int64_t epoch) const {
  for (const Step& step : steps)
    if (epoch < step.before) return step.multiplier;
  return steps.back().multiplier;
}

const std::vector<EpochSchedule>& epoch_schedules() {
  static const std::vector<EpochSchedule> table{
      {"trabelsi", {{10, 1}, {100, 0.1}, {120, 0.05}, {150, 0.01}, {kForever, 0.001}}},
      {"fast", {{5, 1}, {10, 0.1}, {20, 0.05}, {50, 0.01}, {kForever, 0.001}}},
      {"constant", {{kForever, 1}}}};
  return table;
}

const EpochSchedule& find_epoch_schedule(const std::string& name) {
  std::vector<std::string_view> names;
  for (const EpochSchedule& schedule : epoch_schedules()) {
    if (schedule.name == name) return schedule;
    names.push_back(schedule.name);
  }
  throw UserError(fmt::format("learning-rate schedule '{}' is not known: choose one of {}", name,
                              fmt::join(names, ", ")));
}

}  // namespace packrat
