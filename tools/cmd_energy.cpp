#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/files.h"
#include "engine/core/utf8.h"
#include "engine/energy/measure.h"
#include "tools/commands.h"
#include "tools/number_option.h"

namespace packrat {
namespace {

/// The options as they are typed, shared by the two subcommands.
struct EnergyCommand {
  EnergyOptions energy;
  std::string time_zone, carbon = carbon_intensities().front().name, from, to, out;
  std::optional<double> carbon_intensity;
  std::vector<std::string> command;
};

void add_log_options(CLI::App& command, EnergyCommand& options, bool required) {
  command
      .add_option("--power_log", options.energy.power_log,
                  "CSV file with the columns timestamp (ISO 8601 or seconds since 1970) and watts")
      ->required(required);
  command.add_option("--time_column", options.energy.format.time_column, "Its column of times")
      ->capture_default_str();
  command.add_option("--watts_column", options.energy.format.watts_column, "Its column of powers, in W")
      ->capture_default_str();
  command.add_option("--time_zone", options.time_zone,
                     "Zone of times that do not name one: UTC, local or an offset such as +01:00");
  add_number(command, "--fixed_interval", options.energy.fixed_interval_seconds,
             "Sum readings x this many seconds, as the published study did with 3, instead of the trapezoid "
             "rule");
  add_number(command, "--gap_limit", options.energy.gap_limit_seconds,
             "Readings further apart than this, in s, are reported as a gap; power is held at most so long "
             "at the log's ends");
}

void add_result_options(CLI::App& command, EnergyCommand& options) {
  add_number(command, "--idle_watts", options.energy.idle_watts, "Idle power to subtract, in W");
  auto* given = add_number(command, "--carbon_intensity", options.carbon_intensity, "g CO2e per kWh");
  command.add_option("--carbon", options.carbon, "Carbon intensity by name: uk-published is 253 g/kWh")
      ->capture_default_str()
      ->excludes(given);
  command.add_option("--out", options.out, "Also write the figures to this JSON file");
}

/// What needs more than a conversion of CLI11's.
void complete(EnergyCommand& options) {
  if (!options.time_zone.empty()) options.energy.format.zone = parse_time_zone(options.time_zone);
  options.energy.carbon = options.carbon_intensity ? given_carbon_intensity(*options.carbon_intensity)
                                                   : find_carbon_intensity(options.carbon);
}

void write_json(const std::string& file, const nlohmann::json& json) {
  if (!file.empty()) write_file_atomically(file, [&](std::ostream& out) { out << json.dump(2) << '\n'; });
}

/// The command has standard output to itself: the figures go to standard error.
void measure(EnergyCommand& options) {
  complete(options);
  check_outputs({{"--out", options.out}}, {{"--power_log", options.energy.power_log.value_or("")}});
  const MeasuredCommand measured = measure_command(options.command, options.energy, console_progress());
  fmt::print(stderr, "{}", describe(measured.report));
  nlohmann::json json = to_json(measured.report);
  for (const std::string& word : options.command) json["command"].push_back(printable(word));
  json["exit_code"] = measured.exit_code;
  write_json(options.out, json);
  if (measured.exit_code != 0) throw ExitCode{measured.exit_code};
}

void integrate(EnergyCommand& options) {
  complete(options);
  check_outputs({{"--out", options.out}}, {{"--power_log", options.energy.power_log.value_or("")}});
  const TimeZone& zone = options.energy.format.zone;
  const TimeSpan span{parse_timestamp(options.from, zone), parse_timestamp(options.to, zone)};
  const EnergyReport report = integrate_log(span, options.energy);
  fmt::print("{}", describe(report));
  nlohmann::json json = to_json(report);
  json["from"] = format_timestamp(span.from);
  json["to"] = format_timestamp(span.to);
  write_json(options.out, json);
}

void add_measure(CLI::App& energy) {
  CLI::App* command = energy.add_subcommand(
      "measure", "Run a command and measure it from start to end; its exit code is passed on");
  const auto options = std::make_shared<EnergyCommand>();
  command
      ->add_option("--source", options->energy.source,
                   "rapl, power_log, or auto: RAPL where it can be read, else the log")
      ->capture_default_str();
  add_log_options(*command, *options, false);
  command->add_option("--powercap_dir", options->energy.powercap_root, "Where Linux shows RAPL's counters")
      ->capture_default_str();
  add_number(*command, "--idle_seconds", options->energy.idle_seconds,
             "Measure idle power for so many s before the command, and subtract it");
  add_result_options(*command, *options);
  command->add_option("COMMAND", options->command, "The command and its arguments, after --")->required();
  command->callback([options] { measure(*options); });
}

void add_integrate(CLI::App& energy) {
  CLI::App* command = energy.add_subcommand("integrate", "Energy of a span of a power log");
  const auto options = std::make_shared<EnergyCommand>();
  command->add_option("--from", options->from, "Begin: ISO 8601 or seconds since 1970")->required();
  command->add_option("--to", options->to, "End")->required();
  add_log_options(*command, *options, true);
  add_result_options(*command, *options);
  command->callback([options] { integrate(*options); });
}

}  // namespace

void add_energy_command(CLI::App& app) {
  CLI::App* energy = app.add_subcommand("energy", "Joules, kWh and CO2e of a command or of a power log");
  energy->require_subcommand(1);
  add_measure(*energy);
  add_integrate(*energy);
}

}  // namespace packrat
