#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "engine/core/parallel.h"
#include "engine/methods/class_means.h"
#include "engine/methods/linear_algebra.h"
#include "engine/methods/method_factory.h"

namespace packrat {
namespace {

/// A count, a mean and a scatter a class. With Sigma_c = (1 - p) S_c / (n_c - 1) + p Sigma, Sigma the
/// covariance that all classes share, and then shrunk toward its diagonal, a row x scores
///   -1/2 (x - mu_c)^T Sigma_c^-1 (x - mu_c) - 1/2 log |Sigma_c|     (quadratic discriminant analysis), or
///   -1/2 (x - mu_c)^T R_c^-1 (x - mu_c), R_c the correlations       (FeCAM; Goswami, Liu, Twardowski, van de
///                                                                     Weijer, NeurIPS 2023).
class QuadraticDiscriminant : public StreamingHead {
 public:
  struct Options {
    std::string name;
    StatePrecision precision = StatePrecision::kFloat32;
    Shrinkage shrinkage;
    double pooled = 0.5;
    bool correlations = false;  ///< FeCAM's
  };

  QuadraticDiscriminant(const MethodSetting& setting, const RowForm& form, Options options)
      : StreamingHead(setting, form), options_(std::move(options)) {}

  std::string spec() const override {
    auto text = form_options();
    if (options_.precision != StatePrecision::kFloat32)
      text.emplace_back("precision", state_precision_name(options_.precision));
    if (!options_.shrinkage.oas) text.emplace_back("shrink", shrinkage_text(options_.shrinkage));
    if (options_.pooled != kPooled) text.emplace_back("pooled", fmt::format("{}", options_.pooled));
    return method_text(options_.name, text);
  }
  bool gives_probabilities() const override { return !options_.correlations; }
  std::int64_t weight_bytes() const override {
    std::int64_t bytes = static_cast<std::int64_t>(centres_.size() * sizeof(double));
    for (const ShrunkCovariance& c : solved_)
      bytes += static_cast<std::int64_t>((c.factor.size() + c.deviations.size()) * sizeof(double));
    return bytes;
  }

  static constexpr double kPooled = 0.5;

 protected:
  void open_empty() override {
    means_ = ClassMeans(classes(), d());
    packed_.assign(static_cast<std::size_t>(classes() * scatter_bytes()), 0);
    scatter_.clear();
  }
  /// Scatters stay packed until a row of their class arrives; here they are only looked at.
  void open(ByteReader& state) override {
    open_empty();
    means_.unpack(state, options_.precision);
    const auto* bytes = state.bytes(packed_.size());
    packed_.assign(bytes, bytes + packed_.size());
    std::vector<double> scratch(static_cast<std::size_t>(d() * d()));
    for (int c = 0; c < classes(); ++c) unpack(c, scratch);
  }
  void learn(const float* rows, const int* labels, std::int64_t n) override {
    std::map<int, std::vector<double>> deviations;
    for (std::int64_t i = 0; i < n; ++i) {
      std::vector<double>& of_class = deviations[labels[i]];
      of_class.resize(of_class.size() + static_cast<std::size_t>(d()));
      means_.add(labels[i], rows + i * d(), of_class.data() + of_class.size() - d());
    }
    for (const auto& [label, block] : deviations) {
      add_gram(block.data(), static_cast<std::int64_t>(block.size()) / d(), d(), scatter_of(label).data(),
               setting().threads);
    }
  }
  void absorb(ByteReader& state) override {
    ClassMeans other(classes(), d());
    other.unpack(state, options_.precision);
    std::vector<double> scatter(static_cast<std::size_t>(d() * d())),
        deviation(static_cast<std::size_t>(d()));
    for (int c = 0; c < classes(); ++c) {
      unpack_symmetric(state, d(), options_.precision, scatter.data());
      if (other.count(c) == 0) continue;
      std::vector<double>& own = scatter_of(c);
      for (std::size_t i = 0; i < scatter.size(); ++i) own[i] += scatter[i];
      means_.merge(c, other, deviation.data());
      add_gram(deviation.data(), 1, d(), own.data(), setting().threads);
    }
  }
  void pack(StateWriter& out) const override {
    out.item("counts", [&](ByteWriter& to) { means_.pack_counts(to); });
    out.item("class means", [&](ByteWriter& to) { means_.pack_means(options_.precision, to); });
    out.item("scatters", [&](ByteWriter& to) {
      for (int c = 0; c < classes(); ++c)
        if (const auto it = scatter_.find(c); it != scatter_.end())
          pack_symmetric(it->second.data(), d(), options_.precision, to);
        else
          to.bytes(packed_.data() + c * scatter_bytes(), static_cast<std::size_t>(scatter_bytes()));
    });
  }
  void close() override {
    means_ = ClassMeans(0, 0);
    packed_ = {};
    scatter_.clear();
  }
  std::int64_t open_bytes() const override {
    return means_.bytes() +
           static_cast<std::int64_t>(packed_.capacity() +
                                     scatter_.size() * sizeof(double) * static_cast<std::size_t>(d() * d()));
  }
  std::int64_t rows_seen() const override { return means_.rows(); }

  void solve() override {
    const std::vector<double> shared = shared_covariance();
    solved_.assign(static_cast<std::size_t>(classes()), {});
    centres_.assign(means_.mean(0), means_.mean(0) + classes() * d());
    parallel_for(classes(), setting().threads, [&](std::int64_t c) {
      const int label = static_cast<int>(c);
      if (means_.count(label) > 0) solved_[static_cast<std::size_t>(c)] = solved(label, shared);
    });
  }
  void score(const float* rows, std::int64_t n, float* out) const override {
    std::vector<double> block(static_cast<std::size_t>(n * d()));
    for (int c = 0; c < classes(); ++c) {
      const ShrunkCovariance& covariance = solved_[static_cast<std::size_t>(c)];
      if (covariance.d == 0) {
        for (std::int64_t i = 0; i < n; ++i) out[i * classes() + c] = -std::numeric_limits<float>::infinity();
        continue;
      }
      for (std::int64_t i = 0; i < n * d(); ++i)
        block[static_cast<std::size_t>(i)] = rows[i] - centres_[static_cast<std::size_t>(c * d() + i % d())];
      covariance.whiten(block.data(), n);
      const double constant = options_.correlations ? 0 : covariance.log_determinant();
      for (std::int64_t i = 0; i < n; ++i) {
        double square = 0;
        for (std::int64_t v = 0; v < d(); ++v)
          square +=
              block[static_cast<std::size_t>(i * d() + v)] * block[static_cast<std::size_t>(i * d() + v)];
        out[i * classes() + c] = static_cast<float>(-(square + constant) / 2);
      }
    }
  }

 private:
  std::int64_t scatter_bytes() const { return packed_symmetric_bytes(d(), options_.precision); }

  void unpack(int label, std::vector<double>& scatter) const {
    ByteReader reader({packed_.data() + label * scatter_bytes(), static_cast<std::size_t>(scatter_bytes())});
    unpack_symmetric(reader, d(), options_.precision, scatter.data());
  }

  /// Unpacked when a row of its class arrives.
  std::vector<double>& scatter_of(int label) {
    const auto [place, fresh] = scatter_.try_emplace(label);
    if (fresh) {
      place->second.resize(static_cast<std::size_t>(d() * d()));
      unpack(label, place->second);
    }
    return place->second;
  }

  std::vector<double> shared_covariance() const {
    std::vector<double> sum(static_cast<std::size_t>(d() * d())), one(sum.size());
    for (int c = 0; c < classes(); ++c) {
      unpack(c, one);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
    }
    const std::int64_t freedom = means_.rows() - means_.seen();
    if (freedom > 0)
      for (double& v : sum) v /= static_cast<double>(freedom);
    return sum;
  }

  /// A class of one row has the shared covariance alone.
  ShrunkCovariance solved(int label, const std::vector<double>& shared) const {
    const std::int64_t rows = means_.count(label);
    const double own = rows > 1 ? (1 - options_.pooled) / static_cast<double>(rows - 1) : 0;
    const double from_all = rows > 1 ? options_.pooled : 1;
    std::vector<double> covariance(shared.size());
    unpack(label, covariance);
    for (std::size_t i = 0; i < covariance.size(); ++i)
      covariance[i] = own * covariance[i] + from_all * shared[i];
    ShrunkCovariance result =
        shrink(std::move(covariance), d(), rows, options_.shrinkage, options_.precision);
    if (options_.correlations) std::fill(result.deviations.begin(), result.deviations.end(), 1.0);
    return result;
  }

  Options options_;
  ClassMeans means_{0, 0};
  std::vector<std::uint8_t> packed_;            // scatters as they were kept
  std::map<int, std::vector<double>> scatter_;  // of the classes that rows arrived of: [d, d]
  std::vector<ShrunkCovariance> solved_;        // by class
  std::vector<double> centres_;                 // [C, d]
};

std::unique_ptr<StreamingHead> make_quadratic(const char* name, bool correlations,
                                              const StageOptions& options, const MethodSetting& setting) {
  return std::make_unique<QuadraticDiscriminant>(
      setting, row_form(options),
      QuadraticDiscriminant::Options{name, precision_of(options), shrinkage_of(options),
                                     share_of(options, "pooled"), correlations});
}

std::unique_ptr<StreamingHead> make_qda(const StageOptions& options, const MethodSetting& setting) {
  return make_quadratic("qda", false, options, setting);
}

std::unique_ptr<StreamingHead> make_fecam(const StageOptions& options, const MethodSetting& setting) {
  return make_quadratic("fecam", true, options, setting);
}

// qda and fecam hold the same state.
const char* const kCovarianceOptions =
    "pooled=0..1, shrink=0..1|oas, precision=float32|bfloat16|int8, blocks=all|3+4, pool=none|ROWSxCOLUMNS, "
    "power=0..1, random=0..65536";
std::vector<OptionKey> covariance_keys() {
  return {{"pooled", "0.5"}, {"shrink", "oas"}, {"precision", "float32"}, {"blocks", "all"},
          {"pool", "none"},  {"power", "1"},    {"random", "0"}};
}

}  // namespace

std::vector<MethodRow> qda_methods() {
  return {{{"qda",
            kCovarianceOptions,
            "a mean and a covariance a class, moved toward the one of all: quadratic discriminant analysis",
            {"qda:pool=1x1", "qda:pool=1x1,precision=bfloat16,pooled=0.9"}},
           covariance_keys(),
           make_qda},
          {{"fecam",
            kCovarianceOptions,
            "the same state, distances by the correlations of each class (FeCAM)",
            {"fecam:pool=1x1,power=0.5"}},
           covariance_keys(),
           make_fecam}};
}

}  // namespace packrat
