#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/energy/integrate.h"
#include "engine/energy/rapl.h"

namespace packrat {

/// Grams of CO2 equivalent that a kilowatt hour stands for.
struct CarbonIntensity {
  std::string name;  ///< "uk-published", or "given"
  double grams_per_kwh = 0;
};

/// The named ones: the published study's figure for the United Kingdom, 253 g/kWh, is the first and the
/// default.
const std::vector<CarbonIntensity>& carbon_intensities();
/// UserError when there is none of that name.
const CarbonIntensity& find_carbon_intensity(const std::string& name);
/// A user's own figure; UserError unless it is from 0 to 10000 g/kWh.
CarbonIntensity given_carbon_intensity(double grams_per_kwh);

/// Energy of one stretch of time as it was measured, idle power and all.
struct EnergyReading {
  double seconds = 0;
  std::string source = "none";        ///< "rapl", "power_log" or "none"
  std::string why_none;               ///< one sentence when the source is "none"
  std::string method;                 ///< how joules came from the source
  std::optional<double> joules;       ///< nothing when the source is "none"
  std::vector<EnergyDomain> domains;  ///< of RAPL
  LogEnergy log;                      ///< of a power log
};

/// The reading of two stretches of time together. Joules only where both were measured with the same source;
/// else its source is "none", with the reason.
EnergyReading operator+(const EnergyReading& a, const EnergyReading& b);

/// What to_json(EnergyReport) keeps of a reading, and back. Throws nlohmann::json::exception for anything
/// else.
nlohmann::json reading_to_json(const EnergyReading& reading);
EnergyReading reading_from_json(const nlohmann::json& json);

/// A reading and what is made of it.
struct EnergyReport {
  EnergyReading reading;
  std::optional<double> idle_watts;  ///< to be subtracted over the whole time
  std::string idle_source;           ///< "given", or how it was measured
  CarbonIntensity carbon = carbon_intensities().front();

  std::optional<double> idle_joules() const;
  /// What is left after idle power: joules, kWh (3.6e6 J) and kg CO2e. Nothing when there is no source.
  std::optional<double> net_joules() const;
  std::optional<double> kwh() const;
  std::optional<double> kg_co2e() const;
};

/// With null for what is not known.
nlohmann::json to_json(const EnergyReport& report);

/// The report for people, a few lines that end in a line end.
std::string describe(const EnergyReport& report);

}  // namespace packrat
