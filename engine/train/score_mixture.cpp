#include "engine/train/score_mixture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace packrat {
namespace {

constexpr float kLeast = -1e4F;  // in place of -infinity, while mixtures are compared

double log_sum_exp(const float* v, int n) {
  const double most = *std::max_element(v, v + n);
  if (!std::isfinite(most)) return 0;
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += std::exp(static_cast<double>(v[i]) - most);
  return most + std::log(sum);
}

/// Takes from each row of scores [n, classes] the log of its sum of exp.
void to_log_shares(float* scores, std::int64_t n, int classes) {
  for (std::int64_t i = 0; i < n; ++i) {
    float* const row = scores + i * classes;
    const double sum = log_sum_exp(row, classes);
    for (int c = 0; c < classes; ++c) row[c] = static_cast<float>(static_cast<double>(row[c]) - sum);
  }
}

/// Value, slope and curvature of the loss at a mixture.
struct Loss {
  double value = 0;
  std::array<double, 2> slope{};
  double hh = 0, hc = 0, cc = 0;
};

class MixtureLoss {
 public:
  MixtureLoss(std::vector<float> head, std::vector<float> closed, const std::vector<int>& labels, int classes)
      : head_(std::move(head)), closed_(std::move(closed)), labels_(labels), classes_(classes) {
    const auto n = static_cast<std::int64_t>(labels.size());
    for (std::vector<float>* const scores : {&head_, &closed_}) {
      to_log_shares(scores->data(), n, classes);
      for (float& v : *scores) v = std::max(v, kLeast);
    }
  }

  Loss at(const ScoreMixture& m) const {
    Loss loss;
    const double dh = m.head - 0.5, dc = m.closed - 0.5;
    loss.value = (dh * dh + dc * dc) / 2;
    loss.slope = {dh, dc};
    loss.hh = loss.cc = 1;
    for (std::size_t i = 0; i < labels_.size(); ++i) add_row(m, i, loss);
    return loss;
  }

 private:
  void add_row(const ScoreMixture& m, std::size_t i, Loss& loss) const {
    const float* const h = head_.data() + i * static_cast<std::size_t>(classes_);
    const float* const c = closed_.data() + i * static_cast<std::size_t>(classes_);
    std::vector<float> mixed(static_cast<std::size_t>(classes_));
    for (int k = 0; k < classes_; ++k)
      mixed[static_cast<std::size_t>(k)] = static_cast<float>(m.head * h[k] + m.closed * c[k]);
    const double sum = log_sum_exp(mixed.data(), classes_);
    const int label = labels_[i];
    loss.value += sum - static_cast<double>(mixed[static_cast<std::size_t>(label)]);
    double eh = 0, ec = 0, ehh = 0, ehc = 0, ecc = 0;
    for (int k = 0; k < classes_; ++k) {
      const double p = std::exp(static_cast<double>(mixed[static_cast<std::size_t>(k)]) - sum);
      const double x = h[k], y = c[k];
      eh += p * x;
      ec += p * y;
      ehh += p * x * x;
      ehc += p * x * y;
      ecc += p * y * y;
    }
    loss.slope[0] += eh - static_cast<double>(h[label]);
    loss.slope[1] += ec - static_cast<double>(c[label]);
    loss.hh += ehh - eh * eh;
    loss.hc += ehc - eh * ec;
    loss.cc += ecc - ec * ec;
  }

  std::vector<float> head_, closed_;  // log shares [n, classes]
  const std::vector<int>& labels_;
  int classes_;
};

/// Newton's step; along one part alone when the other is held at 0.
std::array<double, 2> newton_step(const ScoreMixture& m, const Loss& loss) {
  const auto& [gh, gc] = loss.slope;
  if (m.closed == 0 && gc > 0) return {-gh / loss.hh, 0};
  if (m.head == 0 && gh > 0) return {0, -gc / loss.cc};
  const double determinant = loss.hh * loss.cc - loss.hc * loss.hc;
  return {-(loss.cc * gh - loss.hc * gc) / determinant, -(loss.hh * gc - loss.hc * gh) / determinant};
}

}  // namespace

ScoreFn mixed_scores(ScoreFn head, ScoreFn closed, const ScoreMixture& mixture, int classes) {
  return [head = std::move(head), closed = std::move(closed), mixture, classes](ConstRows rows, float* out) {
    head(rows, out);
    if (mixture.closed == 0 && mixture.head == 1) return;
    const std::int64_t values = rows.count * classes;
    std::vector<float> other(static_cast<std::size_t>(values));
    closed(rows, other.data());
    to_log_shares(out, rows.count, classes);
    to_log_shares(other.data(), rows.count, classes);
    for (std::int64_t i = 0; i < values; ++i) {
      const double own = mixture.head * static_cast<double>(out[i]);
      const double its =
          mixture.closed == 0 ? 0 : mixture.closed * static_cast<double>(other[static_cast<std::size_t>(i)]);
      out[i] = static_cast<float>(own + its);
    }
  };
}

ScoreMixture fit_mixture(std::vector<float> head, std::vector<float> closed, const std::vector<int>& labels,
                         int classes) {
  constexpr int kSteps = 50;
  constexpr double kEnough = 1e-9;
  const MixtureLoss loss_of(std::move(head), std::move(closed), labels, classes);
  ScoreMixture mixture{0.5, 0.5};
  Loss loss = loss_of.at(mixture);
  for (int step = 0; step < kSteps; ++step) {
    const auto [dh, dc] = newton_step(mixture, loss);
    bool better = false;
    for (double part = 1; part > 1e-6 && !better; part /= 2) {
      const ScoreMixture next{std::max(0.0, mixture.head + part * dh),
                              std::max(0.0, mixture.closed + part * dc)};
      const Loss there = loss_of.at(next);
      better = there.value < loss.value - kEnough;
      if (better) std::tie(mixture, loss) = std::pair(next, there);
    }
    if (!better) break;
  }
  return mixture;
}

}  // namespace packrat
