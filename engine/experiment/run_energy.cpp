#include "engine/experiment/run_energy.h"

#include <fmt/format.h>

#include "engine/core/csv.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

double number_of(const char* option, const std::string& text, const char* unit) {
  if (const std::optional<double> value = parse_number(text)) return *value;
  throw UserError(fmt::format("--{} is '{}', but must be a number, in {}", option, text, unit));
}

}  // namespace

EnergyOptions energy_options(const RunConfig& config) {
  EnergyOptions options;
  options.powercap_root = config.powercap_dir;
  if (!config.power_log.empty()) options.power_log = config.power_log;
  if (!config.time_zone.empty()) options.format.zone = parse_time_zone(config.time_zone);
  if (!config.idle_watts.empty()) options.idle_watts = number_of("idle_watts", config.idle_watts, "W");
  if (!config.carbon_intensity.empty() && config.carbon != RunConfig{}.carbon)
    throw UserError("--carbon and --carbon_intensity exclude each other: give one of them");
  options.carbon =
      config.carbon_intensity.empty()
          ? find_carbon_intensity(config.carbon)
          : given_carbon_intensity(number_of("carbon_intensity", config.carbon_intensity, "g/kWh"));
  validate(options);
  return options;
}

}  // namespace packrat
