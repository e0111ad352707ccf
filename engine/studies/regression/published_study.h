#pragma once
#include <string>
#include <vector>

#include "engine/core/csv.h"
#include "engine/energy/integrate.h"

namespace packrat {

/// A run of the published study.
struct StudyRun {
  std::string model;
  TimeSpan span;  ///< seconds since 1970, UTC
};

/// A row of the study's own table of inference.
struct StudyRow {
  std::string model;
  double kwh = 0;          ///< of 10 000 inferences, in full precision
  double kg_co2e = 0;      ///< as it was printed, to four decimals, at 253 g/kWh
  double kg_co2e_623 = 0;  ///< as an earlier state had it, in full precision, at 623 g/kWh
};

/// The tables that ship in data/energy, read and joined.
struct PublishedStudy {
  /// A row a model, 35: the columns of models.csv, params_millions, inference_seconds and finetune_seconds.
  CsvTable models;
  std::vector<StudyRun> inference_runs;  ///< 30, in the order they ran
  std::vector<StudyRow> inference_rows;  ///< 27, in the study's order
};

/// UserError when a shipped table is missing or damaged.
PublishedStudy load_published_study();

/// The three models whose energy was never published but follows from the misaligned column, as a regular
/// expression: data/energy/models.csv has their figures, the study's regressions do not.
inline constexpr const char* kRecoveredModels = "mnasnet0_5|shufflenet_v2_x0_5|shufflenet_v2_x1_0";

}  // namespace packrat
