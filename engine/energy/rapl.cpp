#include "engine/energy/rapl.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <regex>

#include "engine/core/error.h"

namespace packrat {
namespace {

namespace fs = std::filesystem;

/// The first word of a file of sysfs, whose files have no size to map.
std::string read_word(const fs::path& file) {
  errno = 0;
  std::ifstream in(file);
  std::string word;
  if (!(in >> word))
    throw UserError(fmt::format("cannot read {}: {}; run as root, or let this user read it", file.string(),
                                std::strerror(errno != 0 ? errno : EIO)));
  return word;
}

std::uint64_t read_microjoules(const fs::path& file) {
  const std::string word = read_word(file);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || *end != '\0')
    throw UserError(fmt::format("{} holds '{}', which is not a number of microjoules", file.string(), word));
  return value;
}

/// Folders below `parent` whose name is `prefix` and one more number, in order: intel-rapl:0, intel-rapl:1.
/// The same counters appear again as intel-rapl-mmio on some machines; those are left out.
std::vector<fs::path> zones(const fs::path& parent, const std::string& prefix) {
  const std::regex form(prefix + R"(:(\d+))");
  std::vector<std::pair<int, fs::path>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(parent, none)) {
    const std::string name = entry.path().filename().string();
    std::smatch part;
    if (std::regex_match(name, part, form)) found.emplace_back(std::stoi(part[1]), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> sorted;
  for (const auto& [number, path] : found) sorted.push_back(path);
  return sorted;
}

}  // namespace

RaplCounters::RaplCounters(const fs::path& powercap_root) {
  std::error_code none;
  if (!fs::is_directory(powercap_root, none))
    throw UserError(
        fmt::format("this machine shows no energy counters: there is no {}", powercap_root.string()));
  for (const fs::path& zone : zones(powercap_root, "intel-rapl")) {
    const std::string name = read_word(zone / "name");
    add_zone(zone, "");
    for (const fs::path& part : zones(zone, zone.filename().string())) add_zone(part, name);
  }
  const auto counts = [](const Counter& counter) { return counter.counted; };
  if (std::none_of(counters_.begin(), counters_.end(), counts))
    throw UserError(
        fmt::format("this machine shows no energy counters: no package in {}", powercap_root.string()));
}

void RaplCounters::add_zone(const fs::path& zone, const std::string& parent) {
  Counter counter;
  const std::string own = read_word(zone / "name");
  counter.name = parent.empty() ? own : parent + "/" + own;
  counter.file = zone / "energy_uj";
  // Memory is outside the package's counter; cores and graphics are inside it.
  counter.counted = parent.empty() ? own.rfind("package", 0) == 0 : own == "dram";
  counter.range_uj = read_microjoules(zone / "max_energy_range_uj");
  counter.last_uj = read_microjoules(counter.file);
  counters_.push_back(std::move(counter));
}

void RaplCounters::sample() {
  for (Counter& counter : counters_) {
    const std::uint64_t now = read_microjoules(counter.file);
    counter.used_uj +=
        now >= counter.last_uj ? now - counter.last_uj : counter.range_uj - counter.last_uj + now;
    counter.last_uj = now;
  }
}

std::vector<EnergyDomain> RaplCounters::domains() const {
  std::vector<EnergyDomain> list;
  for (const Counter& counter : counters_)
    list.push_back({counter.name, static_cast<double>(counter.used_uj) * 1e-6, counter.counted});
  std::stable_partition(list.begin(), list.end(), [](const EnergyDomain& domain) { return domain.counted; });
  return list;
}

double counted_joules(const std::vector<EnergyDomain>& domains) {
  double joules = 0;
  for (const EnergyDomain& domain : domains)
    if (domain.counted) joules += domain.joules;
  return joules;
}

}  // namespace packrat
