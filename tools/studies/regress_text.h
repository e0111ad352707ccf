#pragma once
#include <string>
#include <vector>

#include "engine/studies/regression/points_table.h"
#include "engine/studies/regression/published_regressions.h"
#include "engine/studies/regression/published_slips.h"

namespace packrat {

/// A fit to a user's table, and what is wanted of it.
struct OwnFit {
  std::string file;
  Selection selection;
  SelectedPoints selected;
  LinearFit fit;
  std::vector<double> predict_at;
};

/// Everything about the published study.
struct PublishedReport {
  std::vector<ReproducedRegression> regressions;
  std::vector<HeldOutPrediction> predictions;
  std::vector<Slip> slips;
};

// Each as text for people, JSON, or CSV. The CSV of the published report holds its regressions.
std::string fit_text(const OwnFit& own);
std::string fit_json(const OwnFit& own);
std::string fit_csv(const OwnFit& own);
std::string published_text(const PublishedReport& report);
std::string published_json(const PublishedReport& report);
std::string published_csv(const PublishedReport& report);
std::string slip_text(const Slip& slip);
std::string slip_json(const Slip& slip);
std::string slip_csv(const Slip& slip);

}  // namespace packrat
