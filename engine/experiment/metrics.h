#pragma once
#include <vector>

namespace packrat {

/// accuracy[i][j]: fraction right on task j's test images after training on tasks 0 .. i; row i has at least
/// i+1 elements.
using AccuracyMatrix = std::vector<std::vector<double>>;

/// Mean over i of the mean accuracy on the tasks seen after task i (Rebuffi et al., iCaRL, CVPR 2017).
double average_incremental_accuracy(const AccuracyMatrix& accuracy);

/// Mean over tasks j < T-1 of max over i in [j, T-2] of a[i][j], minus a[T-1][j] (Chaudhry et al., ECCV
/// 2018). 0 for a single task.
double forgetting(const AccuracyMatrix& accuracy);

/// Mean over tasks j < T-1 of a[T-1][j] - a[j][j] (Lopez-Paz and Ranzato, NIPS 2017). 0 for a single task.
double backward_transfer(const AccuracyMatrix& accuracy);

}  // namespace packrat
