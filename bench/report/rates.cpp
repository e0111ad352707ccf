#include "bench/report/rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/report/names.h"
#include "compressors/kernels/isa.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/parse_value.h"

namespace packrat::bench {
namespace {

using nlohmann::json;

double seconds_of(const std::string& unit) {
  return unit == "ns" ? 1e-9 : unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : 1.0;
}

void read_context(const json& context, Rates& rates) {
  rates.cpu = context.at("cpu");
  rates.kernels = context.at("kernels");
  for (const json& cache : context.at("caches"))
    if (cache.at("type") != "Instruction") rates.data_cache_bytes[cache.at("level")] = cache.at("size");
  // Google Benchmark's list is empty where sysfs tells nothing.
  for (int level = 1; level <= 9; ++level)
    if (const auto own = context.find(data_cache_key(level)); own != context.end())
      parse_value(own->get<std::string>(), rates.data_cache_bytes[level]);
}

// Repetitions, or what the row made of them: the best (bench/kernels/measure.h).
bool is_told(const json& row) {
  return row.at("run_type") == "iteration" || row.at("aggregate_name") == "best";
}

void read_row(const json& row, Rates& rates) {
  const std::string name = row.at("run_name");
  if (row.value("error_occurred", false))
    throw UserError(
        fmt::format("the benchmark {} says: {}", name, row.at("error_message").get<std::string>()));
  if (!is_told(row) || !row.contains("values")) return;
  const double seconds = row.at("cpu_time").get<double>() * seconds_of(row.at("time_unit"));
  Rate& rate = rates.rows[name];
  rate.gvalues_s = std::max(rate.gvalues_s, row.at("values").get<double>() / seconds / 1e9);
  if (row.contains("bits")) rate.bits = row.at("bits").get<double>();
}

}  // namespace

void Rates::add_file(const std::filesystem::path& file) try {
  const json output = json::parse(read_text(file));
  read_context(output.at("context"), *this);
  for (const json& row : output.at("benchmarks")) read_row(row, *this);
} catch (const json::exception&) {
  throw UserError(fmt::format(
      "{} is no output of kernels_bench or peers_bench with --benchmark_out_format=json", file.string()));
}

void Rates::add_run(const std::filesystem::path& folder) {
  Rates run;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".json") run.add_file(entry.path());
  if (run.rows.empty())
    throw UserError(fmt::format(
        "{} holds no output of kernels_bench or peers_bench: give the folder of a run", folder.string()));
  cpu = run.cpu;
  kernels = run.kernels;
  data_cache_bytes = run.data_cache_bytes;
  for (const auto& [name, rate] : run.rows) {
    Rate& best = rows[name];
    best.gvalues_s = std::max(best.gvalues_s, rate.gvalues_s);
    best.bits = rate.bits;
  }
  runs.push_back(std::move(run));
}

std::optional<double> Rates::spread(const std::string& name) const {
  std::vector<double> rates;
  for (const Rates& run : runs)
    if (const auto rate = run.at(name)) rates.push_back(*rate);
  if (rates.size() < 2) return std::nullopt;
  const auto [least, greatest] = std::minmax_element(rates.begin(), rates.end());
  return (*greatest - *least) / *greatest;
}

std::optional<double> Rates::at(const std::string& name) const {
  const auto it = rows.find(name);
  return it == rows.end() ? std::nullopt : std::optional(it->second.gvalues_s);
}

std::optional<double> Rates::best_of(const std::vector<std::string>& names) const {
  std::optional<double> best;
  for (const std::string& name : names)
    if (const auto rate = at(name)) best = std::max(best.value_or(0), *rate);
  return best;
}

std::optional<double> Rates::ratio(const std::string& a, const std::vector<std::string>& b) const {
  const auto of = at(a), to = best_of(b);
  return of && to ? std::optional(*of / *to) : std::nullopt;
}

const std::vector<std::string>& tier_names() {
  static const std::vector<std::string> names{kernels::isa_name(kernels::Isa::kScalar),
                                              kernels::isa_name(kernels::Isa::kAvx2),
                                              kernels::isa_name(kernels::Isa::kAvx512)};
  return names;
}

}  // namespace packrat::bench
