#include <cmath>

#include "compressors/spec_options.h"
#include "engine/methods/class_means.h"
#include "engine/methods/method_factory.h"

namespace packrat {
namespace {

/// Nearest class mean (Mensink, Verbeek, Perronnin, Csurka, TPAMI 2013, without a learned metric): a count
/// and a mean a class.
class NearestMean : public StreamingHead {
 public:
  NearestMean(const MethodSetting& setting, const RowForm& form, std::string metric)
      : StreamingHead(setting, form), metric_(std::move(metric)) {}

  std::string spec() const override {
    auto options = form_options();
    if (metric_ != "euclidean") options.emplace_back("metric", metric_);
    return method_text("ncm", options);
  }
  bool gives_probabilities() const override { return false; }
  std::int64_t weight_bytes() const override { return scores_.bytes(); }

 protected:
  void open_empty() override { means_ = ClassMeans(classes(), d()); }
  void open(ByteReader& state) override {
    open_empty();
    means_.unpack(state, StatePrecision::kFloat32);
  }
  void learn(const float* rows, const int* labels, std::int64_t n) override {
    std::vector<double> unused(static_cast<std::size_t>(d()));
    for (std::int64_t i = 0; i < n; ++i) means_.add(labels[i], rows + i * d(), unused.data());
  }
  void absorb(ByteReader& state) override {
    ClassMeans other(classes(), d());
    other.unpack(state, StatePrecision::kFloat32);
    std::vector<double> unused(static_cast<std::size_t>(d()));
    for (int c = 0; c < classes(); ++c) means_.merge(c, other, unused.data());
  }
  void pack(StateWriter& out) const override {
    out.item("counts", [&](ByteWriter& to) { means_.pack_counts(to); });
    out.item("class means", [&](ByteWriter& to) { means_.pack_means(StatePrecision::kFloat32, to); });
  }
  void close() override { means_ = ClassMeans(0, 0); }
  std::int64_t open_bytes() const override { return means_.bytes(); }
  std::int64_t rows_seen() const override { return means_.rows(); }

  /// Minus half the squared distance, or the cosine times the row's length, but for what is the same in all
  /// classes.
  void solve() override {
    std::vector<double> weights(static_cast<std::size_t>(classes() * d())), bias;
    std::vector<bool> seen;
    for (int c = 0; c < classes(); ++c) {
      const double* mean = means_.mean(c);
      double square = 0;
      for (std::int64_t i = 0; i < d(); ++i) square += mean[i] * mean[i];
      const bool cosine = metric_ == "cosine";
      const double scale = cosine && square > 0 ? 1 / std::sqrt(square) : 1;
      for (std::int64_t i = 0; i < d(); ++i) weights[static_cast<std::size_t>(c * d() + i)] = scale * mean[i];
      bias.push_back(cosine ? 0 : -square / 2);
      seen.push_back(means_.count(c) > 0);
    }
    scores_ = LinearScores(std::move(weights), std::move(bias), seen);
  }
  void score(const float* rows, std::int64_t n, float* out) const override {
    scores_.score(rows, n, d(), out);
  }

 private:
  std::string metric_;
  ClassMeans means_{0, 0};
  LinearScores scores_;
};

std::unique_ptr<StreamingHead> make_ncm(const StageOptions& options, const MethodSetting& setting) {
  return std::make_unique<NearestMean>(setting, row_form(options),
                                       options.choice("metric", {"euclidean", "cosine"}));
}

}  // namespace

std::vector<MethodRow> ncm_methods() {
  return {{{"ncm",
            "metric=euclidean|cosine, blocks=all|3+4, pool=none|ROWSxCOLUMNS, power=0..1, random=0..65536",
            "a mean a class; names the nearest",
            {"ncm", "ncm:metric=cosine", "ncm:pool=1x1"}},
           {{"metric", "euclidean"}, {"blocks", "all"}, {"pool", "none"}, {"power", "1"}, {"random", "0"}},
           make_ncm}};
}

}  // namespace packrat
