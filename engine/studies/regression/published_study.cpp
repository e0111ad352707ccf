#include "engine/studies/regression/published_study.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/shipped_files.h"

namespace packrat {
namespace {

/// The study logged its runs by local clocks, in July and August 2020 one hour ahead of UTC.
const TimeZone kStudyZone{TimeZone::Kind::kOffset, 3600};

std::vector<StudyRun> read_runs(const char* file) {
  const CsvTable table = read_csv(shipped_table(file));
  const std::size_t model = table.column("model"), start = table.column("start_time"),
                    end = table.column("end_time");
  std::vector<StudyRun> runs;
  for (const auto& row : table.rows)
    runs.push_back(
        {row[model], {parse_timestamp(row[start], kStudyZone), parse_timestamp(row[end], kStudyZone)}});
  return runs;
}

std::vector<StudyRow> read_rows() {
  const CsvTable printed = read_csv(shipped_table("energy/published_inference.csv")),
                 full = read_csv(shipped_table("energy/published_inference_623.csv"));
  const std::size_t energy = full.column("empirical"), carbon = printed.column("kg CO2e"),
                    carbon_623 = full.column("kg CO2e");
  std::vector<StudyRow> rows;
  for (std::size_t i = 0; i < full.rows.size(); ++i) {
    if (i >= printed.rows.size() || printed.rows[i][0] != full.rows[i][0])
      throw UserError(fmt::format("{} and {} do not list the same models: restore the shipped files",
                                  printed.name, full.name));
    rows.push_back({full.rows[i][0], full.required_number(i, energy), printed.required_number(i, carbon),
                    full.required_number(i, carbon_623)});
  }
  return rows;
}

void add_seconds(CsvTable& models, const char* heading, const std::vector<StudyRun>& runs) {
  models.heading.emplace_back(heading);
  for (auto& row : models.rows) {
    const auto run =
        std::find_if(runs.begin(), runs.end(), [&](const StudyRun& r) { return r.model == row[0]; });
    // Timestamps are exact to a microsecond.
    row.push_back(run == runs.end() ? "" : fmt::format("{:.6f}", run->span.seconds()));
  }
}

void add_params_millions(CsvTable& models) {
  const std::size_t params = models.column("params");
  models.heading.emplace_back("params_millions");
  for (std::size_t row = 0; row < models.rows.size(); ++row)
    models.rows[row].push_back(fmt::format("{}", models.required_number(row, params) / 1e6));
}

}  // namespace

PublishedStudy load_published_study() {
  PublishedStudy study;
  study.models = read_csv(shipped_table("energy/models.csv"));
  study.inference_runs = read_runs("energy/inference_runs.csv");
  study.inference_rows = read_rows();
  add_params_millions(study.models);
  add_seconds(study.models, "inference_seconds", study.inference_runs);
  add_seconds(study.models, "finetune_seconds", read_runs("energy/finetune_runs.csv"));
  return study;
}

}  // namespace packrat
