#include "engine/methods/class_means.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compressors/kernels/half.h"
#include "engine/core/error.h"

namespace packrat {

std::uint32_t merged_count(std::uint32_t n, std::uint32_t m, int label) {
  if (m > UINT32_MAX - n)
    throw UserError(fmt::format("class {} would have {} rows: a head counts up to {}", label,
                                std::uint64_t{n} + m, UINT32_MAX));
  return n + m;
}

ClassMeans::ClassMeans(int classes, std::int64_t d)
    : d_(d),
      counts_(static_cast<std::size_t>(classes)),
      means_(static_cast<std::size_t>(classes) * static_cast<std::size_t>(d)) {}

void ClassMeans::add(int label, const float* x, double* deviation) {
  const auto n = static_cast<double>(++counts_[static_cast<std::size_t>(label)]);
  double* mean = means_.data() + label * d_;
  const double scale = std::sqrt((n - 1) / n);
  for (std::int64_t i = 0; i < d_; ++i) {
    const double delta = x[i] - mean[i];
    mean[i] += delta / n;
    deviation[i] = scale * delta;
  }
}

void ClassMeans::merge(int label, const ClassMeans& other, double* deviation) {
  const auto c = static_cast<std::size_t>(label);
  const std::uint32_t all = merged_count(counts_[c], other.counts_[c], label);
  std::fill(deviation, deviation + d_, 0.0);
  if (other.counts_[c] == 0) return;
  const auto n = static_cast<double>(counts_[c]), m = static_cast<double>(other.counts_[c]);
  double* mean = means_.data() + label * d_;
  const double* added = other.mean(label);
  const double scale = std::sqrt(n * m / (n + m));
  for (std::int64_t i = 0; i < d_; ++i) {
    const double delta = added[i] - mean[i];
    mean[i] = n == 0 ? added[i] : mean[i] + delta * (m / (n + m));
    deviation[i] = scale * delta;
  }
  counts_[c] = all;
}

std::int64_t ClassMeans::rows() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

int ClassMeans::seen() const {
  return static_cast<int>(
      std::count_if(counts_.begin(), counts_.end(), [](std::uint32_t n) { return n > 0; }));
}

std::int64_t ClassMeans::bytes() const {
  return static_cast<std::int64_t>(counts_.size() * sizeof counts_[0] + means_.size() * sizeof means_[0]);
}

void ClassMeans::pack_counts(ByteWriter& out) const {
  for (const std::uint32_t count : counts_) out.value(count);
}

void ClassMeans::pack_means(StatePrecision precision, ByteWriter& out) const {
  std::vector<float> row(static_cast<std::size_t>(d_));
  std::vector<std::uint8_t> half(row.size() * 2);
  for (int label = 0; label < classes(); ++label) {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(mean(label)[i]);
    if (precision == StatePrecision::kFloat32) {
      out.bytes(row.data(), row.size() * sizeof(float));
      continue;
    }
    if (!kernels::to_float16(row.data(), d_, half.data()))
      throw UserError(fmt::format(
          "the mean of class {} does not fit float16 (at most 65504): choose precision=float32", label));
    out.bytes(half.data(), half.size());
  }
}

void ClassMeans::unpack(ByteReader& in, StatePrecision precision) {
  for (std::uint32_t& count : counts_) count = in.value<std::uint32_t>();
  std::vector<float> row(static_cast<std::size_t>(d_));
  for (int label = 0; label < classes(); ++label) {
    bool finite = true;
    if (precision == StatePrecision::kFloat32) {
      std::memcpy(row.data(), in.bytes(row.size() * sizeof(float)), row.size() * sizeof(float));
      finite = std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); });
    } else {
      finite = kernels::from_float16(in.bytes(row.size() * 2), d_, row.data());
    }
    if (!finite) throw CorruptEntry("the state of a method holds a mean that is not finite");
    std::copy(row.begin(), row.end(), means_.begin() + label * d_);
  }
}

}  // namespace packrat
