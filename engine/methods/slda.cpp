#include <fmt/format.h>

#include "engine/methods/class_means.h"
#include "engine/methods/linear_algebra.h"
#include "engine/methods/method_factory.h"

namespace packrat {
namespace {

/// Streaming linear discriminant analysis (Hayes and Kanan, CVPR Workshops 2020): a count and a mean a class,
/// and one scatter S of all rows about the means of their classes. Sigma = S / (n - C), shrunk toward its
/// diagonal; a row x scores w_c x + b_c with w_c = Sigma^-1 mu_c and b_c = -1/2 mu_c^T Sigma^-1 mu_c.
class LinearDiscriminant : public StreamingHead {
 public:
  LinearDiscriminant(const MethodSetting& setting, const RowForm& form, StatePrecision precision,
                     const Shrinkage& shrinkage)
      : StreamingHead(setting, form), precision_(precision), shrinkage_(shrinkage) {}

  std::string spec() const override {
    auto options = form_options();
    if (precision_ != StatePrecision::kFloat32)
      options.emplace_back("precision", state_precision_name(precision_));
    if (!shrinkage_.oas) options.emplace_back("shrink", shrinkage_text(shrinkage_));
    return method_text("slda", options);
  }
  bool gives_probabilities() const override { return true; }
  std::int64_t weight_bytes() const override { return scores_.bytes(); }
  std::string note() const override { return note_; }

 protected:
  void open_empty() override {
    means_ = ClassMeans(classes(), d());
    scatter_.assign(static_cast<std::size_t>(d() * d()), 0);
  }
  void open(ByteReader& state) override {
    open_empty();
    means_.unpack(state, precision_);
    unpack_symmetric(state, d(), precision_, scatter_.data());
  }
  void learn(const float* rows, const int* labels, std::int64_t n) override {
    deviations_.resize(static_cast<std::size_t>(n * d()));
    for (std::int64_t i = 0; i < n; ++i) means_.add(labels[i], rows + i * d(), deviations_.data() + i * d());
    add_gram(deviations_.data(), n, d(), scatter_.data(), setting().threads);
  }
  void absorb(ByteReader& state) override {
    ClassMeans other(classes(), d());
    other.unpack(state, precision_);
    std::vector<double> scatter(scatter_.size());
    unpack_symmetric(state, d(), precision_, scatter.data());
    for (std::size_t i = 0; i < scatter.size(); ++i) scatter_[i] += scatter[i];
    deviations_.resize(static_cast<std::size_t>(classes() * d()));
    for (int c = 0; c < classes(); ++c) means_.merge(c, other, deviations_.data() + c * d());
    add_gram(deviations_.data(), classes(), d(), scatter_.data(), setting().threads);
  }
  void pack(StateWriter& out) const override {
    out.item("counts", [&](ByteWriter& to) { means_.pack_counts(to); });
    out.item("class means", [&](ByteWriter& to) { means_.pack_means(precision_, to); });
    out.item("scatter", [&](ByteWriter& to) { pack_symmetric(scatter_.data(), d(), precision_, to); });
  }
  void close() override {
    means_ = ClassMeans(0, 0);
    scatter_ = {};
    deviations_ = {};
  }
  std::int64_t open_bytes() const override {
    return means_.bytes() +
           static_cast<std::int64_t>((scatter_.capacity() + deviations_.capacity()) * sizeof(double));
  }
  std::int64_t rows_seen() const override { return means_.rows(); }

  void solve() override {
    const std::int64_t freedom = means_.rows() - means_.seen();
    if (freedom > 0)
      for (double& sum : scatter_) sum /= static_cast<double>(freedom);
    const ShrunkCovariance covariance =
        shrink(std::move(scatter_), d(), means_.rows(), shrinkage_, precision_);
    note_ = fmt::format("shrunk by {:.4g}", covariance.amount);
    if (covariance.raised())
      note_ += fmt::format(" instead of {:.4g}, for correlations in {} to stay positive definite",
                           covariance.asked, state_precision_name(precision_));
    std::vector<double> weights(means_.mean(0), means_.mean(0) + classes() * d()), bias;
    covariance.solve(weights.data(), classes());
    std::vector<bool> seen;
    for (int c = 0; c < classes(); ++c) {
      double product = 0;
      for (std::int64_t i = 0; i < d(); ++i)
        product += means_.mean(c)[i] * weights[static_cast<std::size_t>(c * d() + i)];
      bias.push_back(-product / 2);
      seen.push_back(means_.count(c) > 0);
    }
    scores_ = LinearScores(std::move(weights), std::move(bias), seen);
  }
  void score(const float* rows, std::int64_t n, float* out) const override {
    scores_.score(rows, n, d(), out);
  }

 private:
  StatePrecision precision_;
  Shrinkage shrinkage_;
  ClassMeans means_{0, 0};
  std::vector<double> scatter_;     // [d, d], its lower triangle
  std::vector<double> deviations_;  // of a block
  LinearScores scores_;
  std::string note_;
};

std::unique_ptr<StreamingHead> make_slda(const StageOptions& options, const MethodSetting& setting) {
  return std::make_unique<LinearDiscriminant>(setting, row_form(options), precision_of(options),
                                              shrinkage_of(options));
}

}  // namespace

std::vector<MethodRow> slda_methods() {
  return {{{"slda",
            "shrink=0..1|oas, precision=float32|bfloat16|int8, blocks=all|3+4, pool=none|ROWSxCOLUMNS, "
            "power=0..1, random=0..65536",
            "a mean a class and one covariance, shrunk: streaming linear discriminant analysis",
            {"slda", "slda:precision=bfloat16", "slda:precision=int8",
             "slda:pool=1x2,precision=bfloat16,shrink=0.01", "slda:pool=1x1,power=0.5",
             "slda:pool=1x1,precision=int8", "slda:pool=1x1,random=24"}},
           {{"shrink", "oas"},
            {"precision", "float32"},
            {"blocks", "all"},
            {"pool", "none"},
            {"power", "1"},
            {"random", "0"}},
           make_slda}};
}

}  // namespace packrat
