#pragma once
#include "engine/report/report.h"

namespace packrat {

/// "Sparsification": compression and accuracy, early stopping, and ours beside the published figures.
Page sparsify_page(const ReportInput& input);

}  // namespace packrat
