#include "engine/studies/roofline/machine/timed_part.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/studies/roofline/network_work.h"
#include "engine/topology/networks.h"

namespace packrat {
namespace {

using nlohmann::json;

json to_json(const TimedPart& part) {
  return {{"network", part.how.network},
          {"precision", precision_name(part.how.precision)},
          {"batch", part.how.batch},
          {"threads", part.how.threads},
          {"inputs_per_second", part.inputs_per_second},
          {"median_inputs_per_second", part.median_inputs_per_second},
          {"cpu_share", part.cpu_share}};
}

TimedPart part_in(const json& value, const MachineProfile& machine) {
  TimedPart part;
  part.how = {value.at("network"), parse_precision(value.at("precision").get<std::string>()),
              value.at("batch"), value.at("threads")};
  value.at("inputs_per_second").get_to(part.inputs_per_second);
  value.at("median_inputs_per_second").get_to(part.median_inputs_per_second);
  value.at("cpu_share").get_to(part.cpu_share);
  part.roof = part_roof(part.how, machine);
  return part;
}

}  // namespace

Prediction part_roof(const TimingCase& how, const MachineProfile& machine) {
  return predict(machine_platform(machine, how.threads), how.precision, how.network,
                 live_work(build_network(how.network)), Traffic::kAll, how.batch);
}

void write_timings(const std::vector<TimedPart>& parts, const MachineProfile& machine,
                   const std::filesystem::path& path) {
  json all{{"cpu", machine.cpu}, {"parts", json::array()}};
  for (const TimedPart& part : parts) all["parts"].push_back(to_json(part));
  write_file_atomically(path, [&](std::ostream& out) { out << all.dump(2) << '\n'; });
}

std::vector<TimedPart> read_timings(const std::filesystem::path& path, const MachineProfile& machine) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw UserError(fmt::format("no file {}: `packrat roofline --measure` times our networks and writes it",
                                path.string()));
  try {
    const json all = parse_json(read_text(path));
    if (all.at("cpu") != machine.cpu)
      throw UserError(
          fmt::format("{} was made on {}, the roofs on {}: time again with `packrat roofline --measure`",
                      path.string(), all.at("cpu").get<std::string>(), machine.cpu));
    std::vector<TimedPart> parts;
    for (const json& part : all.at("parts")) parts.push_back(part_in(part, machine));
    return parts;
  } catch (const json::exception&) {
    throw UserError(fmt::format(
        "{} is not what `packrat roofline --measure` writes, or is damaged: time again", path.string()));
  }
}

std::filesystem::path timings_file_beside(const std::filesystem::path& machine_file) {
  return machine_file.parent_path() / "timings.json";
}

}  // namespace packrat
