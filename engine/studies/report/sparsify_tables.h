#pragma once
#include "engine/report/table.h"
#include "engine/studies/report/sparsify_groups.h"

namespace packrat {

/// Ours beside the published medians at the same C (to 1 %), with the differences.
Table published_comparison_table(const std::vector<SparsifyGroup>& groups,
                                 const PublishedSparsification& published);

/// Every finished sparsification.
Table sparsifications_table(const std::vector<StoredSparsification>& runs);

}  // namespace packrat
