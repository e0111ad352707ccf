#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/studies/regression/published_study.h"

namespace packrat {

/// A row of the study's CO2e column and where its value came from. The study multiplied a table of 30 runs
/// and put the product, by row number, into a table of 27: from the first model that is missing there on,
/// each row shows the figure of an earlier run.
struct Co2Row {
  std::string model;
  double printed_kg = 0;        ///< in the study's table, to four decimals
  double correct_kg = 0;        ///< 0.253 kg/kWh x the row's own energy
  std::string source;           ///< the run whose figure the row shows
  double source_kwh = 0;        ///< that run's energy: its own row, or recovered
  bool source_in_table = true;  ///< false when that run's energy was never published
  double rebuilt_kg = 0;        ///< 0.253 kg/kWh x source_kwh
  bool right = false;           ///< the row shows its own figure
};
std::vector<Co2Row> misaligned_co2(const PublishedStudy& study);

/// An energy that was never published but stands in the misaligned column.
struct RecoveredEnergy {
  std::string model;
  std::string shown_as;  ///< the row that shows it
  double kwh = 0;        ///< the earlier state's column over 0.623 kg/kWh
};
std::vector<RecoveredEnergy> recovered_energies(const PublishedStudy& study);

}  // namespace packrat
