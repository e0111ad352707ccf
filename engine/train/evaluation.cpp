#include "engine/train/evaluation.h"

#include <ATen/ATen.h>

#include <limits>

#include "models/head.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr std::int64_t kBatch = 500;

struct Hits {
  bool all_classes = false, own_task = false;
};

/// The first of the highest scores in [begin, end).
std::int64_t highest(const at::TensorAccessor<float, 1>& scores, std::int64_t begin, std::int64_t end) {
  std::int64_t best = begin;
  for (std::int64_t c = begin + 1; c < end; ++c)
    if (scores[c] > scores[best]) best = c;
  return best;
}

/// logits: float32 [B, classes] on the CPU.
void count_hits(const at::Tensor& logits, const std::uint16_t* labels, std::int64_t classes_per_task,
                Hits* hits) {
  const auto scores = logits.accessor<float, 2>();
  const std::int64_t classes = logits.size(1);
  for (std::int64_t i = 0; i < logits.size(0); ++i) {
    const std::int64_t label = labels[i];
    const std::int64_t task_begin = label / classes_per_task * classes_per_task;
    const std::int64_t task_end = std::min(task_begin + classes_per_task, classes);
    hits[i] = {highest(scores[i], 0, classes) == label, highest(scores[i], task_begin, task_end) == label};
  }
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

/// Calls body(logits of rows [begin, end), begin) for batch after batch, side by side; logits: float32 [B,
/// classes] on the CPU.
template <typename Body>
void for_each_logits(Head& head, const std::array<std::int64_t, 3>& shape, ConstRows rows,
                     const EvaluationOptions& options, const Body& body) {
  head.train(false);
  const at::Device device = parse_device(options.device);
  for_each_batch(rows.count, kBatch, options.threads, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard no_grad;
    // from_blob takes a mutable pointer; the head only reads its input.
    const at::Tensor maps = at::from_blob(const_cast<float*>(rows.row(begin)),
                                          {end - begin, shape[0], shape[1], shape[2]}, at::kFloat);
    body(head.forward(maps.to(device)).to(at::kCPU).contiguous(), begin);
  });
}

}  // namespace

std::vector<std::uint16_t> predictions(Head& head, const std::array<std::int64_t, 3>& shape, ConstRows rows,
                                       const EvaluationOptions& options) {
  std::vector<std::uint16_t> classes(static_cast<std::size_t>(rows.count));
  for_each_logits(head, shape, rows, options, [&](const at::Tensor& logits, std::int64_t begin) {
    const auto scores = logits.accessor<float, 2>();
    for (std::int64_t i = 0; i < logits.size(0); ++i)
      classes[static_cast<std::size_t>(begin + i)] =
          static_cast<std::uint16_t>(highest(scores[i], 0, logits.size(1)));
  });
  return classes;
}

Accuracy evaluate(Head& head, const std::array<std::int64_t, 3>& shape, const LabelledRows& set,
                  const EvaluationOptions& options) {
  std::vector<Hits> hits(set.labels.size());
  for_each_logits(head, shape, set.rows, options, [&](const at::Tensor& logits, std::int64_t begin) {
    count_hits(logits, set.labels.data() + begin, options.classes_per_task, hits.data() + begin);
  });
  return summarise(hits, set.labels, options.classes_per_task);
}

}  // namespace packrat
