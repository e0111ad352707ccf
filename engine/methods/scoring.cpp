#include "engine/methods/scoring.h"

#include <algorithm>
#include <limits>

#include "engine/core/parallel.h"

namespace packrat {
namespace {

constexpr std::int64_t kScoredBatch = 500;

struct Hits {
  bool all_classes = false, own_task = false;
};

/// The first of the highest scores in [begin, end).
std::int64_t highest(const float* scores, std::int64_t begin, std::int64_t end) {
  std::int64_t best = begin;
  for (std::int64_t c = begin + 1; c < end; ++c)
    if (scores[c] > scores[best]) best = c;
  return best;
}

/// Whether an image of class `label` is named right, among all classes and among those of its task.
Hits hits_of(const float* scores, std::int64_t label, const ScoringOptions& options) {
  const std::int64_t begin = label / options.classes_per_task * options.classes_per_task;
  const std::int64_t end = std::min(begin + options.classes_per_task, options.classes);
  return {highest(scores, 0, options.classes) == label, highest(scores, begin, end) == label};
}

Accuracy summarise(const std::vector<Hits>& hits, const std::vector<std::uint16_t>& labels,
                   std::int64_t classes_per_task) {
  Accuracy result;
  std::vector<std::int64_t> right, seen;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const std::size_t task = labels[i] / static_cast<std::size_t>(classes_per_task);
    if (task >= seen.size()) right.resize(task + 1), seen.resize(task + 1);
    ++seen[task];
    right[task] += hits[i].all_classes;
    result.all_classes += hits[i].all_classes;
    result.own_task += hits[i].own_task;
  }
  const auto count = static_cast<double>(hits.size());
  result.all_classes /= count;
  result.own_task /= count;
  for (std::size_t t = 0; t < seen.size(); ++t)
    result.of_task.push_back(seen[t] > 0 ? static_cast<double>(right[t]) / static_cast<double>(seen[t])
                                         : std::numeric_limits<double>::quiet_NaN());
  return result;
}

/// Calls body(scores of a row, its number) for each row.
template <typename Body>
void for_each_scores(const ScoreFn& score, ConstRows rows, const ScoringOptions& options, const Body& body) {
  const std::int64_t batches = (rows.count + kScoredBatch - 1) / kScoredBatch;
  parallel_for(batches, options.threads, [&](std::int64_t batch) {
    const std::int64_t begin = batch * kScoredBatch, end = std::min(begin + kScoredBatch, rows.count);
    std::vector<float> scores(static_cast<std::size_t>((end - begin) * options.classes));
    score({rows.row(begin), end - begin, rows.width}, scores.data());
    for (std::int64_t i = begin; i < end; ++i) body(scores.data() + (i - begin) * options.classes, i);
  });
}

}  // namespace

std::vector<std::uint16_t> predictions(const ScoreFn& score, ConstRows rows, const ScoringOptions& options) {
  std::vector<std::uint16_t> named(static_cast<std::size_t>(rows.count));
  for_each_scores(score, rows, options, [&](const float* scores, std::int64_t i) {
    named[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(highest(scores, 0, options.classes));
  });
  return named;
}

Accuracy evaluate(const ScoreFn& score, const LabelledRows& set, const ScoringOptions& options) {
  std::vector<Hits> hits(set.labels.size());
  for_each_scores(score, set.rows, options, [&](const float* scores, std::int64_t i) {
    hits[static_cast<std::size_t>(i)] = hits_of(scores, set.labels[static_cast<std::size_t>(i)], options);
  });
  return summarise(hits, set.labels, options.classes_per_task);
}

}  // namespace packrat
