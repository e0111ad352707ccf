#include "engine/energy/rapl.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

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

/// The number behind "PREFIX:"; nullopt for names of another form.
std::optional<std::uint64_t> zone_number(const std::string& name, const std::string& prefix) {
  if (name.size() <= prefix.size() + 1 || name.compare(0, prefix.size(), prefix) != 0 ||
      name[prefix.size()] != ':')
    return std::nullopt;
  const char* const end = name.data() + name.size();
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(name.data() + prefix.size() + 1, end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

/// Folders below `parent` whose name is `prefix` and one more number, in order: intel-rapl:0, intel-rapl:1.
/// The same counters appear again as intel-rapl-mmio on some machines; those are left out.
std::vector<fs::path> zones(const fs::path& parent, const std::string& prefix) {
  std::vector<std::pair<std::uint64_t, fs::path>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(parent, none))
    if (const auto number = zone_number(entry.path().filename().string(), prefix))
      found.emplace_back(*number, entry.path());
  std::sort(found.begin(), found.end());
  std::vector<fs::path> sorted;
  for (const auto& [number, path] : found) sorted.push_back(path);
  return sorted;
}

double joules_of(std::uint64_t microjoules) {
  return static_cast<double>(microjoules) * 1e-6;
}

}  // namespace

double RaplCounters::steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

RaplCounters::RaplCounters(const fs::path& powercap_root, Clock clock) : clock_(std::move(clock)) {
  std::error_code none;
  if (!fs::is_directory(powercap_root, none))
    throw UserError(
        fmt::format("this machine shows no energy counters: there is no {}", powercap_root.string()));
  last_seconds_ = clock_();
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
  counter.package = parent.empty() && own.rfind("package", 0) == 0;
  // Memory is outside the package's counter; cores and graphics are inside it.
  counter.counted = counter.package || (!parent.empty() && own == "dram");
  try {
    counter.range_uj = read_microjoules(zone / "max_energy_range_uj");
    counter.last_uj = read_microjoules(counter.file);
  } catch (const UserError&) {
    if (counter.counted) throw;
    return;
  }
  counters_.push_back(std::move(counter));
}

void RaplCounters::advance(Counter& counter, double elapsed_seconds) const {
  constexpr double kOftenEnough = 30;  // seconds; RaplMeter reads every second
  constexpr double kSlack = 1;  // seconds between a counter and the clock, and between a counter's own steps
  const std::uint64_t now = read_microjoules(counter.file), last = counter.last_uj;
  const double most_joules = kMostPackageWatts * (elapsed_seconds + kSlack);
  if (elapsed_seconds > kOftenEnough && joules_of(counter.range_uj) < most_joules)
    throw UserError(
        fmt::format("the counter of {} was not read for {:.0f} s, in which it may have come round unseen",
                    counter.name, elapsed_seconds));
  const bool fell = now < last;
  const std::uint64_t used = fell && last <= counter.range_uj ? counter.range_uj - last + now : now - last;
  if (fell && (last > counter.range_uj || joules_of(used) > most_joules))
    throw UserError(fmt::format(
        "the counter of {} fell from {:.3f} to {:.3f} J without reaching its range, {:.0f} J, as after a "
        "sleep or a new start of its driver",
        counter.name, joules_of(last), joules_of(now), joules_of(counter.range_uj)));
  if (joules_of(used) > most_joules)
    throw UserError(
        fmt::format("the counter of {} rose by {:.3f} J in {:.3f} s, and no package draws more than {:.0f} W",
                    counter.name, joules_of(used), elapsed_seconds, kMostPackageWatts));
  counter.used_uj += used;
  counter.last_uj = now;
}

void RaplCounters::sample() {
  const double now = clock_();
  for (auto counter = counters_.begin(); counter != counters_.end();) try {
      advance(*counter, now - last_seconds_);
      ++counter;
    } catch (const UserError&) {
      if (counter->counted) throw;
      counter = counters_.erase(counter);
    }
  last_seconds_ = now;
}

std::string RaplCounters::package_at_rest() const {
  for (const Counter& counter : counters_)
    if (counter.package && counter.used_uj == 0) return counter.name;
  return "";
}

std::vector<EnergyDomain> RaplCounters::domains() const {
  std::vector<EnergyDomain> list;
  for (const Counter& counter : counters_)
    list.push_back({counter.name, joules_of(counter.used_uj), counter.counted});
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
