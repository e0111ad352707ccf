#include "engine/studies/roofline/machine/machine_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"

namespace packrat {
namespace {

using nlohmann::json;

json to_json(const RateSpread& spread) {
  return {{"best", spread.best}, {"median", spread.median}, {"cpu_share", spread.cpu_share}};
}

RateSpread spread_in(const json& value) {
  return {value.at("best").get<double>(), value.at("median").get<double>(),
          value.at("cpu_share").get<double>()};
}

json to_json(const MachineProfile& profile) {
  json out{{"cpu", profile.cpu},
           {"threads", profile.threads},
           {"memory_instructions", profile.memory_instructions},
           {"buffer_bytes", profile.buffer_bytes},
           {"cache_bytes", profile.cache_bytes},
           {"measured_at", profile.measured_at},
           {"wall_seconds", profile.wall_seconds},
           {"arithmetic", json::array()},
           {"memory", json::array()}};
  for (const ArithmeticRate& rate : profile.arithmetic)
    out["arithmetic"].push_back({{"precision", precision_name(rate.precision)},
                                 {"instructions", rate.instructions},
                                 {"threads", rate.threads},
                                 {"gops", to_json(rate.gops)}});
  for (const MemoryRate& rate : profile.memory)
    out["memory"].push_back(
        {{"access", rate.access}, {"threads", rate.threads}, {"gb_s", to_json(rate.gb_s)}});
  return out;
}

MachineProfile profile_in(const json& value) {
  MachineProfile out;
  value.at("cpu").get_to(out.cpu);
  value.at("threads").get_to(out.threads);
  value.at("memory_instructions").get_to(out.memory_instructions);
  value.at("buffer_bytes").get_to(out.buffer_bytes);
  value.at("cache_bytes").get_to(out.cache_bytes);
  value.at("measured_at").get_to(out.measured_at);
  value.at("wall_seconds").get_to(out.wall_seconds);
  for (const json& rate : value.at("arithmetic"))
    out.arithmetic.push_back({parse_precision(rate.at("precision").get<std::string>()),
                              rate.at("instructions"), rate.at("threads"), spread_in(rate.at("gops"))});
  for (const json& rate : value.at("memory"))
    out.memory.push_back({rate.at("access"), rate.at("threads"), spread_in(rate.at("gb_s"))});
  return out;
}

}  // namespace

void write_machine(const MachineProfile& profile, const std::filesystem::path& path) {
  write_file_atomically(path, [&](std::ostream& out) { out << to_json(profile).dump(2) << '\n'; });
}

MachineProfile read_machine(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw UserError(
        fmt::format("no file {}: `packrat machine` measures this machine and writes it", path.string()));
  try {
    return profile_in(parse_json(read_text(path)));
  } catch (const json::exception&) {
    throw UserError(
        fmt::format("{} is not what `packrat machine` writes, or is damaged: measure again", path.string()));
  }
}

std::filesystem::path default_machine_file() {
  namespace fs = std::filesystem;
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    return fs::path(cache) / "packrat/machine.json";
  if (const char* const home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache/packrat/machine.json";
  throw UserError("neither XDG_CACHE_HOME nor HOME is set: name the file of the measurements");
}

double least_cpu_share(const MachineProfile& profile) {
  double least = 1;
  for (const ArithmeticRate& rate : profile.arithmetic) least = std::min(least, rate.gops.cpu_share);
  for (const MemoryRate& rate : profile.memory) least = std::min(least, rate.gb_s.cpu_share);
  return least;
}

Platform machine_platform(const MachineProfile& profile, int threads) {
  Platform out;
  out.name = "this-machine";
  for (const ArithmeticRate& rate : profile.arithmetic)
    if (rate.threads == threads) out.peak_tops[rate.precision] = rate.gops.best / 1000;
  for (const MemoryRate& rate : profile.memory)
    if (rate.threads == threads && rate.access == "read") out.bandwidth_gb_s = rate.gb_s.best;
  if (out.peak_tops.empty() || !(out.bandwidth_gb_s > 0))
    throw UserError(
        fmt::format("this machine was measured on 1 and {} threads, not on {}: measure again with "
                    "`packrat machine --threads {}`",
                    profile.threads, threads, threads));
  return out;
}

}  // namespace packrat
