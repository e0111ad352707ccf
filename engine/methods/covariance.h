#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/methods/packed_symmetric.h"

namespace packrat {

/// How far a covariance is moved toward its diagonal: (1 - a) S + a diag(S).
struct Shrinkage {
  bool oas = true;    ///< a by the oracle approximating estimator (Chen, Wiesel, Eldar, Hero: Shrinkage
                      ///< Algorithms for MMSE Covariance Estimation, IEEE TSP 2010, eq. 23), on correlations
  double amount = 0;  ///< a otherwise, 0..1
};

/// "oas", or the number.
std::string shrinkage_text(const Shrinkage& shrinkage);

/// A shrunk covariance, ready to solve with: D L L^T D with the deviations D and the Cholesky factor L of the
/// shrunk correlations.
struct ShrunkCovariance {
  std::int64_t d = 0;
  std::vector<double> deviations;  ///< [d], all > 0
  std::vector<double> factor;      ///< [d, d], row-major, the lower triangle
  double asked = 0;                ///< a, as given or by the estimator
  double amount = 0;               ///< a, as it is

  bool raised() const { return amount > asked; }
  /// Replaces each row of b [rows, d] by the inverse of the covariance times it.
  void solve(double* b, std::int64_t rows) const;
  /// Replaces each row of b by a vector whose squared length is its squared Mahalanobis length.
  void whiten(double* b, std::int64_t rows) const;
  double log_determinant() const;
};

/// s: [d, d], a covariance, its lower triangle; rows: how many it was computed from; precision: of the
/// correlations it was read from, whose rounding errors the shrinkage must cover. A feature that does not
/// vary is given a billionth of the mean variance (1 when none varies). Where the correlations are not
/// positive definite, or only by a part of what rounding may do, a is raised by a quarter until they are.
ShrunkCovariance shrink(std::vector<double> s, std::int64_t d, std::int64_t rows, const Shrinkage& shrinkage,
                        StatePrecision precision);

}  // namespace packrat
