#pragma once
#include "engine/report/report.h"

namespace packrat {

/// Accuracy against memory in all its figures, the audit, and every run.
Page memory_page(const ReportInput& input);

}  // namespace packrat
