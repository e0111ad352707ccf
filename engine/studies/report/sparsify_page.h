#pragma once
#include <vector>

#include "engine/report/report.h"
#include "engine/studies/sparsify/stored_sparsification.h"

namespace packrat {

/// "Sparsification": compression and accuracy, early stopping, and ours beside the published figures.
Page sparsify_page(const ReportInput& input);

/// Every finished sparsification below the input's folders.
std::vector<StoredSparsification> sparsifications_of(const ReportInput& input);

}  // namespace packrat
