#pragma once
#include <cstdint>
#include <vector>

#include "engine/methods/packed_symmetric.h"

namespace packrat {

/// n + m rows of a class; UserError when that passes 32 bits.
std::uint32_t merged_count(std::uint32_t n, std::uint32_t m, int label);

/// How many rows of each class were seen, and their mean, kept up row by row in double (Welford, 1962).
class ClassMeans {
 public:
  ClassMeans(int classes, std::int64_t d);

  /// Takes in x [d]. Fills deviation [d] so that its outer product with itself is what x adds to the scatter
  /// of its class: sqrt((n - 1) / n) (x - mean before), n with x.
  void add(int label, const float* x, double* deviation);

  /// Takes in what `other`, of the same size, has of a class. Fills deviation [d] so that the scatter of all
  /// rows is the sum of both scatters and its outer product with itself: sqrt(n m / (n + m)) (mean of the m
  /// other rows - mean before) (Chan, Golub and LeVeque, 1979). UserError, and nothing changed, when a count
  /// passes 32 bits.
  void merge(int label, const ClassMeans& other, double* deviation);

  int classes() const { return static_cast<int>(counts_.size()); }
  std::int64_t count(int label) const { return counts_[static_cast<std::size_t>(label)]; }
  /// Rows of all classes, and classes with at least one.
  std::int64_t rows() const;
  int seen() const;
  const double* mean(int label) const { return means_.data() + label * d_; }
  std::int64_t bytes() const;

  /// Counts as uint32, 4 C bytes; means in float32, 4 C d, or, behind other precisions, in float16, 2 C d: an
  /// error of 8 bits would count as much as what tells classes apart where features hardly vary.
  void pack_counts(ByteWriter& out) const;
  /// UserError when a mean does not fit.
  void pack_means(StatePrecision precision, ByteWriter& out) const;
  /// Both, counts first. CorruptEntry for bytes that they did not write.
  void unpack(ByteReader& in, StatePrecision precision);

 private:
  std::int64_t d_;
  std::vector<std::uint32_t> counts_;
  std::vector<double> means_;  // [C, d]
};

}  // namespace packrat
