#pragma once
#include "engine/report/figure.h"
#include "engine/studies/report/sparsify_groups.h"

namespace packrat {

/// Accuracy against compression on one data set, a panel a network: ours over the published replicates, and
/// the range of the dense accuracies of each. Switch "method": vd, ard.
Figure compression_figure(const std::vector<SparsifyGroup>& groups, const PublishedSparsification& published,
                          const std::string& dataset);

/// Epochs until early stopping against C, and against compression, over those published for MusicNet. Switch
/// "stage": fine-tune, sparsify; nothing is published for the latter.
Figure early_stop_figure(const std::vector<SparsifyGroup>& groups, const PublishedSparsification& published);

/// The data sets of the groups, and those with published replicates, each once.
std::vector<std::string> sparsified_datasets(const std::vector<SparsifyGroup>& groups,
                                             const PublishedSparsification& published);

}  // namespace packrat
