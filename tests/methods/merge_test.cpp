// Heads that learned apart and become one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/methods/class_means.h"
#include "engine/methods/streaming_head.h"
#include "tests/methods/method_rows.h"

namespace packrat {
namespace {

/// Every third row, or all others.
MethodRows third_of(const MethodRows& data, bool others) {
  MethodRows part{data.shape, data.classes, {}, {}};
  for (std::int64_t i = 0; i < data.count(); ++i) {
    if ((i % 3 == 0) == others) continue;
    part.values.insert(part.values.end(), data.rows().row(i), data.rows().row(i) + data.width());
    part.labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  }
  return part;
}

void take_in(Method& head, const Method& other) {
  const std::vector<std::uint8_t> state = other.state();
  dynamic_cast<StreamingHead&>(head).merge({state.data(), state.size()});
}

std::unique_ptr<Method> merged(const std::string& spec, const MethodRows& first, const MethodRows& second) {
  auto head = fitted_method(spec, first);
  take_in(*head, *fitted_method(spec, second));
  return head;
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float v : values) most = std::max(most, std::isfinite(v) ? std::fabs(double{v}) : 0.0);
  return most;
}

int named(const float* scores, int classes) {
  return static_cast<int>(std::max_element(scores, scores + classes) - scores);
}

TEST(MergedHeads, ScoreAsOneThatSawAllRows) {
  MethodRows data = method_rows({8, 2, 2}, 4, 900);
  ++data.classes;  // one that nobody saw
  for (const std::string& spec : streaming_specs()) {
    SCOPED_TRACE(spec);
    const auto one = fitted_method(spec, data),
               head = merged(spec, third_of(data, false), third_of(data, true));
    head->fit(0, {});
    const std::vector<float> expected = scores_of(*one, data), got = scores_of(*head, data);
    const bool rounded = spec.find("precision=") != std::string::npos;
    const double tolerance = (rounded ? 0.2 : 1e-4) * largest(expected);
    int other_names = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (std::isfinite(expected[i]))
        ASSERT_NEAR(got[i], expected[i], tolerance) << i;
      else
        ASSERT_EQ(got[i], expected[i]) << i;
      if (i % 5 == 0) other_names += named(&got[i], 5) != named(&expected[i], 5);
    }
    EXPECT_LE(other_names, rounded ? 18 : 0) << "of 900 rows";
  }
}

TEST(MergedHeads, AreTheSameBytesWhereSumsAreExact) {
  MethodRows data{{6, 1, 1}, 3, {}, {}};
  Rng rng(4);
  for (int i = 0; i < 3 * 64; ++i) {  // small whole numbers, 64 rows a class
    data.labels.push_back(i % 3);
    for (int v = 0; v < 6; ++v) data.values.push_back(static_cast<float>(rng.below(8)));
  }
  MethodRows first = data, second = data;
  first.values.resize(3 * 32 * 6), first.labels.resize(3 * 32);
  second.values.erase(second.values.begin(), second.values.begin() + 3 * 32 * 6);
  second.labels.erase(second.labels.begin(), second.labels.begin() + 3 * 32);
  EXPECT_EQ(merged("ridge", first, second)->state(), fitted_method("ridge", data)->state());
  // Running means are rounded at every row, the sums they stand for are not.
  const std::vector<std::uint8_t> state = merged("ncm", first, second)->state();
  ByteReader reader({state.data(), state.size()});
  ClassMeans means(3, 6);
  means.unpack(reader, StatePrecision::kFloat32);
  for (int c = 0; c < 3; ++c)
    for (std::size_t v = 0; v < 6; ++v) {
      double sum = 0;
      for (std::size_t i = static_cast<std::size_t>(c); i < 3 * 64; i += 3) sum += data.values[6 * i + v];
      EXPECT_EQ(means.count(c), 64);
      EXPECT_EQ(means.mean(c)[v], sum / 64) << c << ", " << v;
    }
}

TEST(MergedHeads, KeepWhatTheyHadWhenTheOtherSawNothingAndTakeAllWhenTheyDidNot) {
  const MethodRows data = method_rows({4, 1, 2}, 3, 120);
  for (const std::string& spec : streaming_specs()) {
    SCOPED_TRACE(spec);
    const auto learned = fitted_method(spec, data), empty = make_method(spec, data.setting());
    const std::vector<std::uint8_t> before = learned->state();
    take_in(*learned, *empty);
    EXPECT_EQ(learned->state(), before);
    take_in(*empty, *learned);
    EXPECT_EQ(empty->state(), before);
  }
}

TEST(MergedHeads, AreAsBeforeWhenTheOtherIsDamagedOrTooLarge) {
  const MethodRows data = method_rows({4, 1, 2}, 3, 120);
  for (const std::string& spec : streaming_specs()) {
    SCOPED_TRACE(spec);
    const auto head = fitted_method(spec, data);
    const std::vector<std::uint8_t> before = head->state();
    const std::vector<float> scores = scores_of(*head, data);
    const auto refuses = [&](const std::vector<std::uint8_t>& state) {
      EXPECT_THROW(dynamic_cast<StreamingHead&>(*head).merge({state.data(), state.size()}), Error);
      EXPECT_EQ(head->state(), before);
      EXPECT_EQ(scores_of(*head, data), scores);
    };
    std::vector<std::uint8_t> shorter = before, many = before, infinite = before;
    shorter.pop_back();
    refuses(shorter);
    for (std::size_t i = 0; i < 4; ++i) many[i] = 0xff;  // the count of class 0
    refuses(many);
    for (std::size_t i = 12; i < 16; ++i) infinite[i] = 0xff;  // the first value behind the counts
    refuses(infinite);
  }
}

}  // namespace
}  // namespace packrat
