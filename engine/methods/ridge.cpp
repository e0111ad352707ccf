#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/methods/class_means.h"
#include "engine/methods/linear_algebra.h"
#include "engine/methods/method_factory.h"

namespace packrat {
namespace {

/// Ridge regression on one-hot classes, kept up as sums: G = Z^T Z and the sum of Z of each class. W = (G + l
/// I)^-1 Z^T Y. Z are the features, or so many RandomFeatures of them.
class Ridge : public StreamingHead {
 public:
  Ridge(const MethodSetting& setting, const RowForm& form, std::int64_t features, double lambda)
      : StreamingHead(setting, form),
        random_(features, d(), Rng(setting.seed).fork("random features")),
        lambda_(lambda) {}

  std::string spec() const override {
    auto options = form_options();
    if (random_.count() > 0) options.emplace_back("features", fmt::format("{}", random_.count()));
    if (lambda_ != kRidgeLambda) options.emplace_back("lambda", fmt::format("{}", lambda_));
    return method_text("ridge", options);
  }
  bool gives_probabilities() const override { return false; }
  std::int64_t weight_bytes() const override { return scores_.bytes() + random_.bytes(); }
  std::string note() const override { return note_; }

  static constexpr double kRidgeLambda = 1e-3;

 protected:
  std::int64_t width() const { return random_.count() > 0 ? random_.count() : d(); }

  void open_empty() override {
    counts_.assign(static_cast<std::size_t>(classes()), 0);
    sums_.assign(static_cast<std::size_t>(classes() * width()), 0);
    gram_.assign(static_cast<std::size_t>(width() * width()), 0);
  }
  void open(ByteReader& state) override {
    open_empty();
    for (std::uint32_t& count : counts_) count = state.value<std::uint32_t>();
    for (double& sum : sums_) {
      sum = state.value<float>();
      if (!std::isfinite(sum)) throw CorruptEntry("the state of a method holds a sum that is not finite");
    }
    unpack_symmetric(state, width(), StatePrecision::kFloat32, gram_.data());
  }
  void absorb(ByteReader& state) override {
    const std::vector<std::uint32_t> counts = counts_;
    const std::vector<double> sums = std::move(sums_), gram = std::move(gram_);
    open(state);
    for (int c = 0; c < classes(); ++c) {
      const auto place = static_cast<std::size_t>(c);
      counts_[place] = merged_count(counts[place], counts_[place], c);
    }
    for (std::size_t i = 0; i < sums.size(); ++i) sums_[i] += sums[i];
    for (std::size_t i = 0; i < gram.size(); ++i) gram_[i] += gram[i];
  }
  void learn(const float* rows, const int* labels, std::int64_t n) override {
    const std::vector<float> z = regressors(rows, n);
    block_.assign(z.begin(), z.end());
    for (std::int64_t i = 0; i < n; ++i) {
      ++counts_[static_cast<std::size_t>(labels[i])];
      double* sum = sums_.data() + labels[i] * width();
      for (std::int64_t v = 0; v < width(); ++v) sum[v] += block_[static_cast<std::size_t>(i * width() + v)];
    }
    add_gram(block_.data(), n, width(), gram_.data(), setting().threads);
  }
  void pack(StateWriter& out) const override {
    out.item("counts", [&](ByteWriter& to) {
      for (const std::uint32_t count : counts_) to.value(count);
    });
    out.item("class sums", [&](ByteWriter& to) {
      for (const double sum : sums_) to.value(static_cast<float>(sum));
    });
    out.item("products",
             [&](ByteWriter& to) { pack_symmetric(gram_.data(), width(), StatePrecision::kFloat32, to); });
  }
  void close() override {
    sums_ = {};
    gram_ = {};
    block_ = {};
  }
  std::int64_t open_bytes() const override {
    return static_cast<std::int64_t>((sums_.capacity() + gram_.capacity() + block_.capacity()) *
                                     sizeof(double));
  }
  std::int64_t rows_seen() const override {
    std::int64_t rows = 0;
    for (const std::uint32_t count : counts_) rows += count;
    return rows;
  }

  void solve() override {
    double mean = 0;
    for (std::int64_t i = 0; i < width(); ++i) mean += gram_[static_cast<std::size_t>(i * width() + i)];
    mean = mean > 0 ? mean / static_cast<double>(width()) : 1;
    double lambda = lambda_;
    std::vector<double> factor;
    do {  // G is positive semi-definite but for rounding
      factor = gram_;
      for (std::int64_t i = 0; i < width(); ++i)
        factor[static_cast<std::size_t>(i * width() + i)] += lambda * mean;
    } while (!factor_in_place(factor.data(), width()) && (lambda = std::max(2 * lambda, 1e-9)) > 0);
    note_ = lambda == lambda_ ? ""
                              : fmt::format(
                                    "lambda is {:.3g} instead of {:.3g}, for the products in float32 to "
                                    "stay positive definite",
                                    lambda, lambda_);
    std::vector<double> weights = sums_;
    solve_rows(factor.data(), width(), weights.data(), classes());
    std::vector<bool> seen;
    for (const std::uint32_t count : counts_) seen.push_back(count > 0);
    scores_ = LinearScores(std::move(weights), std::vector<double>(seen.size(), 0.0), seen);
  }
  void score(const float* rows, std::int64_t n, float* out) const override {
    const std::vector<float> z = regressors(rows, n);
    scores_.score(z.data(), n, width(), out);
  }

 private:
  std::vector<float> regressors(const float* rows, std::int64_t n) const {
    if (random_.count() == 0) return {rows, rows + n * d()};
    std::vector<float> z(static_cast<std::size_t>(n * random_.count()));
    random_.of(rows, n, z.data());
    return z;
  }

  RandomFeatures random_;
  double lambda_;
  std::vector<std::uint32_t> counts_;
  std::vector<double> sums_, gram_, block_;
  LinearScores scores_;
  std::string note_;
};

std::unique_ptr<StreamingHead> make_ridge(const StageOptions& options, const MethodSetting& setting) {
  const std::int64_t features = options.integer("features", 0, 65536);
  return std::make_unique<Ridge>(setting, row_form(options), features, options.number("lambda", 0, 1e9));
}

}  // namespace

std::vector<MethodRow> ridge_methods() {
  return {
      {{"ridge",
        "features=0..65536, lambda=0.., blocks=all|3+4, pool=none|ROWSxCOLUMNS, power=0..1, random=0..65536",
        "ridge regression, lambda times the mean square of a feature; on so many random ReLU features if any",
        {"ridge", "ridge:features=48", "ridge:lambda=0.1,pool=1x1"}},
       {{"features", "0"},
        {"lambda", "0.001"},
        {"blocks", "all"},
        {"pool", "none"},
        {"power", "1"},
        {"random", "0"}},
       make_ridge}};
}

}  // namespace packrat
