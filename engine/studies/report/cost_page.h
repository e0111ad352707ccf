#pragma once
#include "engine/report/report.h"

namespace packrat {

/// What networks cost to compute: published errors and energies against operations, rooflines, predicted and
/// measured speeds, fronts of accuracy against speed by the published rules and the right one, and this
/// machine's roofs where `packrat machine` has stored them. Needs no runs; without the shipped tables it says
/// what is missing.
Page cost_page(const ReportInput& input);

}  // namespace packrat
