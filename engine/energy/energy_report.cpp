#include "engine/energy/energy_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"

namespace packrat {
namespace {

using nlohmann::json;

constexpr double kJoulesPerKwh = 3.6e6;

json or_null(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

json domains_to_json(const std::vector<EnergyDomain>& domains) {
  json list = json::array();
  for (const EnergyDomain& domain : domains)
    list.push_back({{"name", domain.name}, {"joules", domain.joules}, {"counted", domain.counted}});
  return list;
}

json log_to_json(const LogEnergy& log) {
  json gaps = json::array();
  for (const TimeSpan& gap : log.gaps)
    gaps.push_back(
        {{"from", format_timestamp(gap.from)}, {"to", format_timestamp(gap.to)}, {"seconds", gap.seconds()}});
  return {{"readings", log.readings}, {"gaps", gaps}, {"held_seconds", log.held_seconds}};
}

LogEnergy log_from_json(const json& j, double joules) {
  LogEnergy log{joules, j.at("readings"), {}, j.at("held_seconds")};
  for (const json& gap : j.at("gaps"))
    log.gaps.push_back({parse_timestamp(gap.at("from").get<std::string>(), {}),
                        parse_timestamp(gap.at("to").get<std::string>(), {})});
  return log;
}

EnergyDomain& domain_named(std::vector<EnergyDomain>& domains, const EnergyDomain& wanted) {
  for (EnergyDomain& domain : domains)
    if (domain.name == wanted.name) return domain;
  return domains.emplace_back(EnergyDomain{wanted.name, 0, wanted.counted});
}

/// Why two stretches have no sum.
std::string why_no_sum(const EnergyReading& a, const EnergyReading& b) {
  if (!a.joules || !b.joules)
    return fmt::format("a part of the time was not measured: {}", (a.joules ? b : a).why_none);
  return fmt::format("one part was measured by {}, another by {}", a.source, b.source);
}

std::string domain_lines(const std::vector<EnergyDomain>& domains) {
  std::string text;
  for (const EnergyDomain& domain : domains)
    text += fmt::format("  {:<16} {:>14.3f} J{}\n", domain.name, domain.joules,
                        domain.counted ? "" : "   (not added: counted by another domain)");
  return text;
}

std::string log_lines(const LogEnergy& log) {
  std::string text = fmt::format("  {} readings in the time", log.readings);
  if (log.held_seconds > 0)
    text += fmt::format(", the nearest held for {:.3f} s at the ends", log.held_seconds);
  text += "\n";
  for (const TimeSpan& gap : log.gaps)
    text += fmt::format("  gap of {:.1f} s without a reading, {} to {}\n", gap.seconds(),
                        format_timestamp(gap.from), format_timestamp(gap.to));
  return text;
}

std::string carbon_text(const CarbonIntensity& carbon) {
  return fmt::format("{:g} g/kWh, {}", carbon.grams_per_kwh, carbon.name);
}

}  // namespace

const std::vector<CarbonIntensity>& carbon_intensities() {
  static const std::vector<CarbonIntensity> table{{"uk-published", 253}};
  return table;
}

const CarbonIntensity& find_carbon_intensity(const std::string& name) {
  std::vector<std::string> names;
  for (const CarbonIntensity& carbon : carbon_intensities()) {
    if (carbon.name == name) return carbon;
    names.push_back(carbon.name);
  }
  throw UserError(
      fmt::format("no carbon intensity is named '{}': choose {}, or give g/kWh with "
                  "--carbon_intensity",
                  name, fmt::join(names, ", ")));
}

CarbonIntensity given_carbon_intensity(double grams_per_kwh) {
  if (!(grams_per_kwh >= 0 && grams_per_kwh <= 10000))
    throw UserError(
        fmt::format("the carbon intensity is {} g/kWh, but must be from 0 to 10000", grams_per_kwh));
  return {"given", grams_per_kwh};
}

std::optional<double> EnergyReport::idle_joules() const {
  if (!idle_watts || !reading.joules) return std::nullopt;
  return *idle_watts * reading.seconds;
}

std::optional<double> EnergyReport::net_joules() const {
  if (!reading.joules) return std::nullopt;
  return *reading.joules - idle_joules().value_or(0);
}

std::optional<double> EnergyReport::kwh() const {
  if (const auto joules = net_joules()) return *joules / kJoulesPerKwh;
  return std::nullopt;
}

std::optional<double> EnergyReport::kg_co2e() const {
  if (const auto energy = kwh()) return *energy * carbon.grams_per_kwh / 1000;
  return std::nullopt;
}

EnergyReading operator+(const EnergyReading& a, const EnergyReading& b) {
  EnergyReading sum;
  sum.seconds = a.seconds + b.seconds;
  if (!a.joules || !b.joules || a.source != b.source) {
    sum.why_none = why_no_sum(a, b);
    return sum;
  }
  sum.source = b.source;
  sum.method = b.method;
  sum.joules = *a.joules + *b.joules;
  sum.domains = a.domains;
  for (const EnergyDomain& domain : b.domains) domain_named(sum.domains, domain).joules += domain.joules;
  sum.log = a.log;
  sum.log.joules += b.log.joules;
  sum.log.readings += b.log.readings;
  sum.log.held_seconds += b.log.held_seconds;
  sum.log.gaps.insert(sum.log.gaps.end(), b.log.gaps.begin(), b.log.gaps.end());
  return sum;
}

json reading_to_json(const EnergyReading& reading) {
  json result{{"seconds", reading.seconds}, {"source", reading.source}, {"joules", or_null(reading.joules)}};
  if (reading.source == "none") result["why"] = reading.why_none;
  if (!reading.method.empty()) result["method"] = reading.method;
  if (reading.source == "rapl") result["domains"] = domains_to_json(reading.domains);
  if (reading.source == "power_log") result["log"] = log_to_json(reading.log);
  return result;
}

EnergyReading reading_from_json(const json& j) {
  EnergyReading reading;
  j.at("seconds").get_to(reading.seconds);
  j.at("source").get_to(reading.source);
  reading.why_none = j.value("why", "");
  reading.method = j.value("method", "");
  if (!j.at("joules").is_null()) reading.joules = j.at("joules").get<double>();
  for (const json& domain : j.value("domains", json::array()))
    reading.domains.push_back({domain.at("name"), domain.at("joules"), domain.at("counted")});
  if (j.contains("log")) reading.log = log_from_json(j.at("log"), reading.joules.value_or(0));
  return reading;
}

json to_json(const EnergyReport& report) {
  json result = reading_to_json(report.reading);
  result.update(
      {{"idle_watts", or_null(report.idle_watts)},
       {"net_joules", or_null(report.net_joules())},
       {"kwh", or_null(report.kwh())},
       {"kg_co2e", or_null(report.kg_co2e())},
       {"carbon_intensity", {{"name", report.carbon.name}, {"grams_per_kwh", report.carbon.grams_per_kwh}}}});
  if (!report.idle_source.empty()) result["idle_source"] = report.idle_source;
  return result;
}

std::string describe(const EnergyReport& report) {
  const EnergyReading& reading = report.reading;
  std::string text = fmt::format("Time {:.3f} s\n", reading.seconds);
  if (!reading.joules) return text + fmt::format("Energy not measured: {}\n", reading.why_none);
  text += fmt::format("Energy {:.3f} J, mean {:.2f} W ({})\n", *reading.joules,
                      *reading.joules / reading.seconds, reading.method);
  text += reading.source == "rapl" ? domain_lines(reading.domains) : log_lines(reading.log);
  if (report.idle_watts)
    text += fmt::format("Idle power {:.3f} W ({}): {:.3f} J subtracted, {:.3f} J left\n", *report.idle_watts,
                        report.idle_source, *report.idle_joules(), *report.net_joules());
  return text + fmt::format("{:.6g} kWh, {:.6g} kg CO2e ({})\n", *report.kwh(), *report.kg_co2e(),
                            carbon_text(report.carbon));
}

}  // namespace packrat
