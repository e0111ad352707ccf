#pragma once
#include <algorithm>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/methods/method.h"
#include "engine/methods/method_table.h"

namespace packrat {

/// Rows of maps drawn around a mean a class, correlated, and their labels in order of arrival.
struct MethodRows {
  std::array<std::int64_t, 3> shape;
  int classes;
  std::vector<float> values;
  std::vector<int> labels;

  std::int64_t width() const { return shape[0] * shape[1] * shape[2]; }
  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
  ConstRows rows() const { return {values.data(), count(), width()}; }
  ConstRows rows(std::int64_t begin, std::int64_t end) const {
    return {values.data() + begin * width(), end - begin, width()};
  }
  std::vector<int> labels_of(std::int64_t begin, std::int64_t end) const {
    return {labels.begin() + begin, labels.begin() + end};
  }
  MethodSetting setting(int threads = 1) const { return {shape, classes, threads, 5}; }
};

inline MethodRows method_rows(std::array<std::int64_t, 3> shape, int classes, std::int64_t count,
                              std::uint64_t seed = 3) {
  MethodRows data{shape, classes, {}, {}};
  Rng rng(seed);
  const std::int64_t d = data.width();
  std::vector<float> means(static_cast<std::size_t>(classes * d));
  for (float& mean : means) mean = static_cast<float>(1 + rng.normal());
  for (std::int64_t i = 0; i < count; ++i) {
    const int label = static_cast<int>(i * classes / count);  // tasks one after another
    data.labels.push_back(label);
    double before = rng.normal();
    for (std::int64_t v = 0; v < d; ++v) {
      before = 0.6 * before + 0.8 * rng.normal();
      data.values.push_back(static_cast<float>(means[static_cast<std::size_t>(label * d + v)] + before));
    }
  }
  return data;
}

/// A method that has seen the rows as one task.
inline std::unique_ptr<Method> fitted_method(const std::string& spec, const MethodRows& data,
                                             int threads = 1) {
  auto method = make_method(spec, data.setting(threads));
  method->observe(data.rows(), data.labels);
  method->end_of_task();
  method->fit(0, {});
  return method;
}

inline std::vector<float> scores_of(const Method& method, const MethodRows& data) {
  std::vector<float> scores(static_cast<std::size_t>(data.count() * data.classes));
  method.scores(data.rows(), scores.data());
  return scores;
}

/// The message of the UserError that `act` throws.
template <typename Act>
std::string refusal(const Act& act) {
  try {
    act();
  } catch (const UserError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// Examples of every method that keeps no entries.
inline std::vector<std::string> streaming_specs() {
  std::vector<std::string> specs;
  for (const MethodInfo& info : method_table())
    if (!keeps_entries(info.name)) specs.insert(specs.end(), info.examples.begin(), info.examples.end());
  return specs;
}

}  // namespace packrat
