#include "engine/studies/regression/misaligned_co2.h"

#include <fmt/format.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr double kKgPerKwh = 0.253, kEarlierKgPerKwh = 0.623;

const StudyRow* row_of(const PublishedStudy& study, const std::string& model) {
  for (const StudyRow& row : study.inference_rows)
    if (row.model == model) return &row;
  return nullptr;
}

}  // namespace

std::vector<Co2Row> misaligned_co2(const PublishedStudy& study) {
  if (study.inference_runs.size() < study.inference_rows.size())
    throw UserError(
        fmt::format("energy/inference_runs.csv lists {} runs, the study's table {}: restore the "
                    "shipped files",
                    study.inference_runs.size(), study.inference_rows.size()));
  std::vector<Co2Row> rows;
  for (std::size_t i = 0; i < study.inference_rows.size(); ++i) {
    const StudyRow& shown = study.inference_rows[i];
    Co2Row row{shown.model, shown.kg_co2e, kKgPerKwh * shown.kwh, study.inference_runs[i].model};
    const StudyRow* source = row_of(study, row.source);
    row.source_in_table = source != nullptr;
    row.source_kwh = source != nullptr ? source->kwh : shown.kg_co2e_623 / kEarlierKgPerKwh;
    row.rebuilt_kg = kKgPerKwh * row.source_kwh;
    row.right = row.source == row.model;
    rows.push_back(row);
  }
  return rows;
}

std::vector<RecoveredEnergy> recovered_energies(const PublishedStudy& study) {
  std::vector<RecoveredEnergy> recovered;
  for (const Co2Row& row : misaligned_co2(study))
    if (!row.source_in_table) recovered.push_back({row.source, row.model, row.source_kwh});
  return recovered;
}

}  // namespace packrat
