#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "compressors/spec_text.h"
#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "tests/methods/method_rows.h"

namespace packrat {
namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix zeros(std::size_t rows, std::size_t columns) {
  return Matrix(rows, std::vector<double>(columns));
}

/// a^-1 and the logarithm of its determinant, by Gauss-Jordan elimination with pivots.
std::pair<Matrix, double> inverse(Matrix a) {
  const std::size_t n = a.size();
  Matrix inverted = zeros(n, n);
  double log_determinant = 0;
  for (std::size_t i = 0; i < n; ++i) inverted[i][i] = 1;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t r = column; r < n; ++r)
      if (std::fabs(a[r][column]) > std::fabs(a[pivot][column])) pivot = r;
    std::swap(a[pivot], a[column]);
    std::swap(inverted[pivot], inverted[column]);
    const double scale = a[column][column];
    log_determinant += std::log(std::fabs(scale));
    for (std::size_t j = 0; j < n; ++j) a[column][j] /= scale, inverted[column][j] /= scale;
    for (std::size_t r = 0; r < n; ++r) {
      if (r == column) continue;
      const double factor = a[r][column];
      for (std::size_t j = 0; j < n; ++j) {
        a[r][j] -= factor * a[column][j];
        inverted[r][j] -= factor * inverted[column][j];
      }
    }
  }
  return {inverted, log_determinant};
}

double product(const std::vector<double>& x, const Matrix& a, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) sum += x[i] * a[i][j] * y[j];
  return sum;
}

/// 200 rows of 8 values in 3 classes, and what two passes over them give.
struct PlainStatistics {
  MethodRows data = method_rows({2, 2, 2}, 3, 200);
  std::size_t d = 8;
  Matrix x, means = zeros(3, 8);
  std::vector<double> counts = std::vector<double>(3);
  std::vector<Matrix> scatter = std::vector<Matrix>(3, zeros(8, 8));

  PlainStatistics() {
    for (std::int64_t i = 0; i < data.count(); ++i)
      x.emplace_back(data.values.begin() + i * 8, data.values.begin() + (i + 1) * 8);
    for (std::size_t i = 0; i < x.size(); ++i) ++counts[label(i)];
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t v = 0; v < d; ++v) means[label(i)][v] += x[i][v] / counts[label(i)];
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t v = 0; v < d; ++v)
        for (std::size_t u = 0; u < d; ++u)
          scatter[label(i)][v][u] += (x[i][v] - means[label(i)][v]) * (x[i][u] - means[label(i)][u]);
  }
  std::size_t label(std::size_t i) const { return static_cast<std::size_t>(data.labels[i]); }
  Matrix shared() const {
    Matrix sum = zeros(d, d);
    for (std::size_t v = 0; v < d; ++v)
      for (std::size_t u = 0; u < d; ++u)
        sum[v][u] = (scatter[0][v][u] + scatter[1][v][u] + scatter[2][v][u]) / (200.0 - 3);
    return sum;
  }
};

Matrix shrunk(Matrix a, double by) {
  for (std::size_t v = 0; v < a.size(); ++v)
    for (std::size_t u = 0; u < a.size(); ++u)
      if (u != v) a[v][u] *= 1 - by;
  return a;
}

/// Compares the scores of all rows and classes.
void expect_scores(const std::string& spec, const PlainStatistics& plain,
                   const std::function<double(std::size_t row, std::size_t label)>& expected,
                   double tolerance) {
  const std::vector<float> scores = scores_of(*fitted_method(spec, plain.data), plain.data);
  for (std::size_t i = 0; i < 200; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      ASSERT_NEAR(scores[i * 3 + c], expected(i, c), tolerance) << spec << ", row " << i << ", class " << c;
}

TEST(ClosedForm, SldaIsTheFormulaWrittenOut) {
  const PlainStatistics plain;
  for (const double a : {0.0, 0.05, 1.0}) {
    const auto [inverted, unused] = inverse(shrunk(plain.shared(), a));
    expect_scores(
        "slda:shrink=" + std::to_string(a), plain,
        [&, &inverse_of = inverted](std::size_t i, std::size_t c) {
          return product(plain.means[c], inverse_of, plain.x[i]) -
                 product(plain.means[c], inverse_of, plain.means[c]) / 2;
        },
        2e-4);
  }
}

TEST(ClosedForm, SldaInFewerBitsStaysNear) {
  const PlainStatistics plain;
  const auto [inverted, unused] = inverse(shrunk(plain.shared(), 0.2));
  const auto expected = [&, &inverse_of = inverted](std::size_t i, std::size_t c) {
    return product(plain.means[c], inverse_of, plain.x[i]) -
           product(plain.means[c], inverse_of, plain.means[c]) / 2;
  };
  expect_scores("slda:shrink=0.2,precision=bfloat16", plain, expected, 0.1);
  expect_scores("slda:shrink=0.2,precision=int8", plain, expected, 0.1);
}

TEST(ClosedForm, RidgeIsTheFormulaWrittenOut) {
  const PlainStatistics plain;
  const double lambda = 0.01;
  Matrix gram = zeros(8, 8), sums = zeros(3, 8);
  for (std::size_t i = 0; i < 200; ++i)
    for (std::size_t v = 0; v < 8; ++v) {
      sums[plain.label(i)][v] += plain.x[i][v];
      for (std::size_t u = 0; u < 8; ++u) gram[v][u] += plain.x[i][v] * plain.x[i][u];
    }
  double trace = 0;
  for (std::size_t v = 0; v < 8; ++v) trace += gram[v][v];
  for (std::size_t v = 0; v < 8; ++v) gram[v][v] += lambda * trace / 8;
  const auto [inverted, unused] = inverse(gram);
  expect_scores(
      "ridge:lambda=0.01", plain,
      [&, &inverse_of = inverted](std::size_t i, std::size_t c) {
        return product(plain.x[i], inverse_of, sums[c]);
      },
      2e-6);
}

TEST(ClosedForm, NcmIsTheDistanceToTheMean) {
  const PlainStatistics plain;
  expect_scores(
      "ncm", plain,
      [&](std::size_t i, std::size_t c) {
        double sum = 0;
        for (std::size_t v = 0; v < 8; ++v)
          sum += plain.means[c][v] * (plain.x[i][v] - plain.means[c][v] / 2);
        return sum;
      },
      1e-5);
  expect_scores(
      "ncm:metric=cosine", plain,
      [&](std::size_t i, std::size_t c) {
        double sum = 0, square = 0;
        for (std::size_t v = 0; v < 8; ++v) {
          sum += plain.means[c][v] * plain.x[i][v];
          square += plain.means[c][v] * plain.means[c][v];
        }
        return sum / std::sqrt(square);
      },
      1e-5);
}

TEST(ClosedForm, QdaAndFecamAreTheFormulasWrittenOut) {
  const PlainStatistics plain;
  const Matrix shared = plain.shared();
  for (std::size_t c = 0; c < 3; ++c) {
    Matrix own = zeros(8, 8), correlations = zeros(8, 8);
    for (std::size_t v = 0; v < 8; ++v)
      for (std::size_t u = 0; u < 8; ++u)
        own[v][u] = 0.7 * plain.scatter[c][v][u] / (plain.counts[c] - 1) + 0.3 * shared[v][u];
    own = shrunk(own, 0.1);
    for (std::size_t v = 0; v < 8; ++v)
      for (std::size_t u = 0; u < 8; ++u) correlations[v][u] = own[v][u] / std::sqrt(own[v][v] * own[u][u]);
    const auto [inverse_own, log_determinant] = inverse(own);
    const Matrix inverse_correlations = inverse(correlations).first;
    const std::vector<float> qda =
        scores_of(*fitted_method("qda:pooled=0.3,shrink=0.1", plain.data), plain.data);
    const std::vector<float> fecam =
        scores_of(*fitted_method("fecam:pooled=0.3,shrink=0.1", plain.data), plain.data);
    for (std::size_t i = 0; i < 200; ++i) {
      std::vector<double> centred;
      for (std::size_t v = 0; v < 8; ++v) centred.push_back(plain.x[i][v] - plain.means[c][v]);
      ASSERT_NEAR(qda[i * 3 + c], -(product(centred, inverse_own, centred) + log_determinant) / 2, 1e-3);
      ASSERT_NEAR(fecam[i * 3 + c], -product(centred, inverse_correlations, centred) / 2, 1e-3);
    }
  }
}

/// The lines "name number number ..." of tests/golden/methods/lda.txt.
std::map<std::string, std::vector<double>> golden_lines() {
  std::map<std::string, std::vector<double>> lines;
  std::istringstream text(read_text(source_dir() / "tests/golden/methods/lda.txt"));
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name == "#") continue;
    if (name == "scores") {
      std::string amount;
      words >> amount;
      name += " " + amount;
    }
    for (double value = 0; words >> value;) lines[name].push_back(value);
  }
  return lines;
}

TEST(ClosedForm, SldaScoresAsScikitLearnDoes) {
  auto golden = golden_lines();
  const auto classes = static_cast<int>(golden["sizes"][0]);
  const auto each = static_cast<std::size_t>(golden["sizes"][1]),
             width = static_cast<std::size_t>(golden["sizes"][2]);
  MethodRows data{{static_cast<std::int64_t>(width), 1, 1}, classes, {}, {}}, queries = data;
  data.values.assign(golden["rows"].begin(), golden["rows"].end());
  for (std::size_t i = 0; i < data.values.size() / width; ++i)
    data.labels.push_back(static_cast<int>(i / each));
  queries.values.assign(golden["queries"].begin(), golden["queries"].end());
  queries.labels.assign(queries.values.size() / width, 0);
  const auto n = static_cast<double>(data.count());
  for (const std::string amount : {"0.0", "0.1", "0.5", "1.0"}) {
    const std::vector<double>& expected = golden.at("scores " + amount);
    const std::vector<float> scores = scores_of(*fitted_method("slda:shrink=" + amount, data), queries);
    ASSERT_EQ(scores.size(), expected.size());
    // scikit-learn divides the scatter by n, not n - C, and adds the logarithm of the prior, 1 / C.
    for (std::size_t i = 0; i < scores.size(); ++i)
      EXPECT_NEAR(scores[i], (expected[i] + std::log(classes)) * (n - classes) / n,
                  1e-3 + 1e-5 * std::fabs(expected[i]))
          << "shrunk by " << amount << ", score " << i;
  }
  EXPECT_EQ(fitted_method("slda", data)->note(), fmt::format("shrunk by {:.4g}", golden.at("oas")[0]));
}

/// The published sizes, from the options alone.
std::int64_t formula_of(const std::string& spec, const MethodSetting& setting) {
  const StageText text = parse_spec(spec)[0];
  const auto option = [&](const char* key, const std::string& otherwise) {
    return text.find(key) != nullptr ? *text.find(key) : otherwise;
  };
  const std::map<std::string, std::int64_t> positions{
      {"none", setting.shape[1] * setting.shape[2]}, {"1x1", 1}, {"1x2", 2}};
  std::int64_t d = setting.shape[0] * positions.at(option("pool", "none"));
  d += std::stoll(option("random", "0"));
  const std::int64_t c = setting.classes;
  if (text.name == "ncm") return 4 * c * d + 4 * c;
  if (text.name == "ridge") {
    if (text.find("features") != nullptr) d = std::stoll(*text.find("features"));
    return 4 * c * d + 2 * d * (d + 1) + 4 * c;
  }
  const std::string precision = option("precision", "float32");
  const std::int64_t matrix = precision == "float32"    ? 2 * d * (d + 1)
                              : precision == "bfloat16" ? d * (d - 1) + 4 * d
                                                        : d * (d - 1) / 2 + 8 * d;
  const std::int64_t means = (precision == "float32" ? 4 : 2) * c * d;
  return means + (text.name == "slda" ? 1 : c) * matrix + 4 * c;
}

TEST(MethodState, IsAsLargeAsTheFormulaSaysForEverySpec) {
  for (const std::string& spec : streaming_specs())
    for (const int classes : {1, 3, 10})
      for (const auto& shape : {std::array<std::int64_t, 3>{6, 2, 2}, {5, 1, 2}, {1, 2, 2}}) {
        SCOPED_TRACE(fmt::format("{}, {} classes, {}x{}x{}", spec, classes, shape[0], shape[1], shape[2]));
        const MethodRows data = method_rows(shape, classes, 40);
        const auto method = make_method(spec, data.setting());
        const std::int64_t expected = formula_of(spec, data.setting());
        EXPECT_EQ(kept_bytes(*method), expected);
        EXPECT_EQ(method_bytes(spec, data.setting()), expected);
        method->observe(data.rows(), data.labels);
        method->end_of_task();
        EXPECT_EQ(kept_bytes(*method), expected);
        EXPECT_EQ(static_cast<std::int64_t>(method->state().size()), expected);
      }
}

}  // namespace
}  // namespace packrat
