#include "engine/methods/packed_symmetric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compressors/kernels/half.h"
#include "engine/core/error.h"
#include "engine/methods/linear_algebra.h"

namespace packrat {
namespace {

constexpr double kSteps = 127;    // of 8 bits, on either side of 0
constexpr double kJitter = 1e-6;  // of the diagonal, for a factor to exist

void write_finite(double value, ByteWriter& out) {
  const auto rounded = static_cast<float>(value);
  if (!std::isfinite(rounded))
    throw UserError(
        fmt::format("a sum of products of the features, {:g}, does not fit float32: the features "
                    "are too large; check the encoder's weights",
                    value));
  out.value(rounded);
}

float read_finite(ByteReader& in) {
  const auto value = in.value<float>();
  if (!std::isfinite(value)) throw CorruptEntry("the state of a method holds a value that is not finite");
  return value;
}

std::vector<float> roots_of(const double* s, std::int64_t d, ByteWriter& out) {
  std::vector<float> roots;
  for (std::int64_t i = 0; i < d; ++i) {
    roots.push_back(static_cast<float>(std::sqrt(std::max(0.0, s[i * d + i]))));
    write_finite(roots.back(), out);
  }
  return roots;
}

void write_correlations(const std::vector<float>& row, ByteWriter& out) {
  const auto n = static_cast<std::int64_t>(row.size());
  std::vector<std::uint8_t> bytes(row.size() * 2);
  kernels::to_bfloat16(row.data(), n, bytes.data());  // of values in [-1, 1]: always fits
  out.bytes(bytes.data(), bytes.size());
}

std::vector<float> read_correlations(std::int64_t n, ByteReader& in) {
  std::vector<float> row(static_cast<std::size_t>(n));
  if (!kernels::from_bfloat16(in.bytes(row.size() * 2), n, row.data()))
    throw CorruptEntry("the state of a method holds a correlation that is not finite");
  if (std::any_of(row.begin(), row.end(), [](float r) { return !(r >= -1 && r <= 1); }))
    throw CorruptEntry("the state of a method holds a correlation beyond -1 to 1");
  return row;
}

/// L with L L^T = s but for the jitter; a row and column of zeros stays one.
std::vector<double> root_of(const double* s, std::int64_t d) {
  std::vector<double> root(static_cast<std::size_t>(d * d));
  bool varies = false;
  for (std::int64_t i = 0; i < d; ++i) varies |= s[i * d + i] > 0;
  if (!varies) return root;  // nothing was learned yet: the time is for others
  for (double jitter = kJitter;; jitter *= 10) {
    for (std::int64_t i = 0; i < d; ++i) {
      std::copy_n(s + i * d, i, root.begin() + i * d);
      const double variance = s[i * d + i];
      root[static_cast<std::size_t>(i * d + i)] = variance > 0 ? variance * (1 + jitter) : 1;
    }
    if (factor_in_place(root.data(), d)) break;
    if (!(jitter < 1))
      throw UserError("a method's products of features have no Cholesky factor: choose precision=float32");
  }
  for (std::int64_t i = 0; i < d; ++i)
    if (!(s[i * d + i] > 0)) root[static_cast<std::size_t>(i * d + i)] = 0;
  return root;
}

void pack_root(const double* s, std::int64_t d, ByteWriter& out) {
  const std::vector<double> root = root_of(s, d);
  for (std::int64_t i = 0; i < d; ++i) write_finite(root[static_cast<std::size_t>(i * d + i)], out);
  for (std::int64_t i = 0; i < d; ++i) write_steps(root.data() + i * d, i, out);
}

void unpack_root(ByteReader& in, std::int64_t d, double* s) {
  std::vector<double> root(static_cast<std::size_t>(d * d));
  for (std::int64_t i = 0; i < d; ++i) root[static_cast<std::size_t>(i * d + i)] = read_finite(in);
  bool varies = false;
  for (std::int64_t i = 0; i < d; ++i) {
    read_steps(in, i, root.data() + i * d);
    varies |=
        std::any_of(root.begin() + i * d, root.begin() + i * d + i + 1, [](double v) { return v != 0; });
  }
  if (!varies) {
    std::fill_n(s, d * d, 0.0);
    return;
  }
  square_of_factor(root.data(), d, s);
}

}  // namespace

StatePrecision parse_state_precision(std::string_view text) {
  if (text == "bfloat16") return StatePrecision::kBFloat16;
  return text == "int8" ? StatePrecision::kInt8 : StatePrecision::kFloat32;
}

std::string_view state_precision_name(StatePrecision precision) {
  if (precision == StatePrecision::kBFloat16) return "bfloat16";
  return precision == StatePrecision::kInt8 ? "int8" : "float32";
}

std::int64_t packed_symmetric_bytes(std::int64_t d, StatePrecision precision) {
  if (precision == StatePrecision::kFloat32) return 2 * d * (d + 1);
  if (precision == StatePrecision::kInt8) return 8 * d + d * (d - 1) / 2;
  return 4 * d + d * (d - 1);
}

void write_steps(const double* row, std::int64_t n, ByteWriter& out) {
  double most = 0;
  for (std::int64_t i = 0; i < n; ++i) most = std::max(most, std::fabs(row[i]));
  const auto step = static_cast<float>(most / kSteps);
  write_finite(step, out);
  for (std::int64_t i = 0; i < n; ++i)
    out.value(static_cast<std::int8_t>(
        step > 0
            ? std::clamp(std::lround(row[i] / step), -static_cast<long>(kSteps), static_cast<long>(kSteps))
            : 0));
}

void read_steps(ByteReader& in, std::int64_t n, double* row) {
  const double step = read_finite(in);
  for (std::int64_t i = 0; i < n; ++i) row[i] = in.value<std::int8_t>() * step;
}

void pack_symmetric(const double* s, std::int64_t d, StatePrecision precision, ByteWriter& out) {
  if (precision == StatePrecision::kFloat32) {
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j <= i; ++j) write_finite(s[i * d + j], out);
    return;
  }
  if (precision == StatePrecision::kInt8) return pack_root(s, d, out);
  const std::vector<float> roots = roots_of(s, d, out);
  std::vector<float> row;
  for (std::int64_t i = 1; i < d; ++i) {
    row.clear();
    for (std::int64_t j = 0; j < i; ++j) {
      const double scale =
          static_cast<double>(roots[static_cast<std::size_t>(i)]) * roots[static_cast<std::size_t>(j)];
      row.push_back(scale > 0 ? static_cast<float>(std::clamp(s[i * d + j] / scale, -1.0, 1.0)) : 0.0f);
    }
    write_correlations(row, out);
  }
}

void unpack_symmetric(ByteReader& in, std::int64_t d, StatePrecision precision, double* s) {
  if (precision == StatePrecision::kFloat32) {
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j <= i; ++j) s[i * d + j] = read_finite(in);
    return;
  }
  if (precision == StatePrecision::kInt8) return unpack_root(in, d, s);
  std::vector<double> roots;
  for (std::int64_t i = 0; i < d; ++i) roots.push_back(read_finite(in));
  for (std::int64_t i = 0; i < d; ++i) {
    const double root = roots[static_cast<std::size_t>(i)];
    const std::vector<float> row = read_correlations(i, in);
    for (std::int64_t j = 0; j < i; ++j)
      s[i * d + j] = row[static_cast<std::size_t>(j)] * root * roots[static_cast<std::size_t>(j)];
    s[i * d + i] = root * root;
  }
}

double correlation_noise(std::int64_t d, StatePrecision precision, double mean_square) {
  if (precision != StatePrecision::kBFloat16) return 0;
  // Even errors within a step have a standard deviation of step / sqrt(12).
  const double step = std::sqrt(mean_square) / 128;
  return 2 * step / std::sqrt(12.0) * std::sqrt(static_cast<double>(d));
}

}  // namespace packrat
