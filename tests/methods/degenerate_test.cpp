#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/methods/hybrid_spec.h"
#include "tests/methods/method_rows.h"

namespace packrat {
namespace {

using testing::HasSubstr;

void expect_defined(const std::string& spec, const MethodRows& data, const char* what) {
  SCOPED_TRACE(spec + ", " + what);
  const std::vector<float> scores = scores_of(*fitted_method(spec, data), data);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const int label = static_cast<int>(i) % data.classes;
    const bool seen = std::count(data.labels.begin(), data.labels.end(), label) > 0;
    if (seen)
      ASSERT_TRUE(std::isfinite(scores[i])) << i;
    else
      ASSERT_EQ(scores[i], -std::numeric_limits<float>::infinity()) << i;
  }
}

TEST(DegenerateRows, HaveADefinedAnswer) {
  for (const std::string& spec : streaming_specs()) {
    MethodRows one_row = method_rows({4, 2, 2}, 3, 60);
    for (int& label : one_row.labels) label = std::min(label, 1);
    one_row.labels.back() = 2;
    expect_defined(spec, one_row, "a class of one row");

    MethodRows empty = method_rows({4, 2, 2}, 3, 60);
    for (int& label : empty.labels) label = label == 1 ? 2 : label;
    expect_defined(spec, empty, "a class without rows");

    MethodRows single = method_rows({4, 2, 2}, 3, 3);
    expect_defined(spec, single, "one row a class");

    MethodRows constant = method_rows({4, 2, 2}, 3, 60);
    for (std::int64_t i = 0; i < constant.count(); ++i)
      for (std::int64_t v = 0; v < 4; ++v) constant.values[static_cast<std::size_t>(i * 16 + v)] = 2;
    expect_defined(spec, constant, "features that never vary");

    MethodRows nothing = method_rows({4, 2, 2}, 3, 60);
    std::fill(nothing.values.begin(), nothing.values.end(), 0.0f);
    expect_defined(spec, nothing, "all features 0");

    expect_defined(spec, method_rows({40, 2, 2}, 3, 20), "more features than rows");

    MethodRows twice = method_rows({4, 2, 2}, 2, 60);
    for (std::int64_t i = 0; i < twice.count(); ++i)
      for (std::int64_t v = 0; v < 8; ++v)
        twice.values[static_cast<std::size_t>(i * 16 + v + 8)] =
            twice.values[static_cast<std::size_t>(i * 16 + v)];
    expect_defined(spec, twice, "every feature twice");
  }
}

TEST(DegenerateRows, ThatAreNotFiniteAreRefusedAndLeaveTheStateAsItWas) {
  for (const std::string& spec : streaming_specs())
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      const MethodRows data = method_rows({4, 2, 2}, 3, 60);
      const auto method = make_method(spec, data.setting());
      method->observe(data.rows(0, 30), data.labels_of(0, 30));
      MethodRows altered = data;
      altered.values[static_cast<std::size_t>(41 * 16 + 3)] = bad;
      EXPECT_THAT(refusal([&] { method->observe(altered.rows(30, 60), data.labels_of(30, 60)); }),
                  HasSubstr("image 41 of the stream"))
          << spec;
      method->observe(data.rows(30, 60), data.labels_of(30, 60));
      method->end_of_task();
      EXPECT_EQ(method->state(), fitted_method(spec, data)->state()) << spec;
    }
}

TEST(DegenerateRows, OfAClassThatIsNoneAreRefused) {
  const MethodRows data = method_rows({4, 2, 2}, 3, 6);
  const auto method = make_method("slda", data.setting());
  for (const int label : {-1, 3})
    EXPECT_THAT(refusal([&] { method->observe(data.rows(0, 1), {label}); }),
                HasSubstr("there are 3 classes"));
}

TEST(DegenerateRows, NothingSeenIsOneLine) {
  for (const std::string& spec : streaming_specs())
    EXPECT_THAT(refusal([&] {
                  make_method(spec, method_rows({4, 2, 2}, 3, 6).setting())->fit(0, {});
                }),
                HasSubstr("has seen no image"))
        << spec;
}

TEST(Shrinkage, IsRaisedWhereTheCorrelationsNeedIt) {
  // Features that follow each other closely: rounded correlations are not positive definite, a rounded factor
  // is.
  MethodRows data = method_rows({24, 2, 2}, 2, 400);
  Rng rng(9);
  for (std::int64_t i = 0; i < data.count(); ++i) {
    const auto all = static_cast<float>(rng.normal());
    for (std::int64_t v = 0; v < data.width(); ++v)
      data.values[static_cast<std::size_t>(i * data.width() + v)] =
          all + static_cast<float>(0.05 * rng.normal() + data.labels[static_cast<std::size_t>(i)]);
  }
  EXPECT_THAT(fitted_method("slda:shrink=0.0001,precision=bfloat16", data)->note(),
              HasSubstr("instead of 0.0001"));
  EXPECT_EQ(fitted_method("slda:shrink=0.3,precision=bfloat16", data)->note(), "shrunk by 0.3");
  EXPECT_EQ(fitted_method("slda:shrink=0.0001,precision=int8", data)->note(), "shrunk by 0.0001");
  EXPECT_EQ(fitted_method("slda:shrink=0.0001", data)->note(), "shrunk by 0.0001");
}

TEST(Shrinkage, LeavesRoundingOfManyTasksNoSay) {
  // Few directions hold nearly everything: small eigenvalues are nothing but rounding.
  MethodRows data = method_rows({75, 2, 2}, 20, 2000);
  Rng rng(11);
  std::vector<float> directions(static_cast<std::size_t>(12 * data.width()));
  for (float& v : directions) v = static_cast<float>(rng.normal());
  for (std::int64_t i = 0; i < data.count(); ++i) {
    float* row = data.values.data() + i * data.width();
    for (std::int64_t v = 0; v < data.width(); ++v) row[v] *= 0.5f;
    for (std::int64_t k = 0; k < 12; ++k) {
      const auto amount = static_cast<float>(rng.normal());
      for (std::int64_t v = 0; v < data.width(); ++v)
        row[v] += amount * directions[static_cast<std::size_t>(k * data.width() + v)];
    }
  }
  const auto right = [&](const char* spec) {
    const auto method = make_method(spec, data.setting());
    for (std::int64_t task = 0; task < 20; ++task) {
      method->observe(data.rows(100 * task, 100 * task + 100), data.labels_of(100 * task, 100 * task + 100));
      method->end_of_task();
    }
    method->fit(19, {});
    const std::vector<float> scores = scores_of(*method, data);
    double hits = 0;
    for (std::int64_t i = 0; i < data.count(); ++i) {
      const float* row = scores.data() + i * 20;
      hits += std::max_element(row, row + 20) - row == data.labels[static_cast<std::size_t>(i)];
    }
    return hits / static_cast<double>(data.count());
  };
  const double exact = right("slda:shrink=0.3");
  EXPECT_GT(exact, 0.9);
  EXPECT_GT(right("slda:shrink=0.3,precision=bfloat16"), exact - 0.02);
  EXPECT_GT(right("slda:shrink=0.3,precision=int8"), exact - 0.02);
  EXPECT_GT(right("slda:precision=int8"), right("slda") - 0.05);
}

TEST(ClassMean, ThatIsTooLargeForFloat16IsRefusedWithTheRemedy) {
  MethodRows data = method_rows({4, 2, 2}, 2, 40);
  for (float& value : data.values) value *= 1e6f;
  EXPECT_THAT(refusal([&] { fitted_method("slda:precision=bfloat16", data); }),
              HasSubstr("choose precision=float32"));
}

TEST(MethodSetting, ThatIsNoneIsRefused) {
  for (const MethodSetting& setting :
       {MethodSetting{{0, 2, 2}, 3}, MethodSetting{{4, -1, 2}, 3}, MethodSetting{{4, 2, 1 << 20}, 3},
        MethodSetting{{4, 2, 2}, 0}, MethodSetting{{4, 2, 2}, 65537}})
    EXPECT_THAT(refusal([&] { make_method("ncm", setting); }), HasSubstr("a method cannot work on"));
}

TEST(MethodSpec, IsReadAsACodecSpecIs) {
  const MethodSetting setting{{4, 2, 2}, 3, 1, 0};
  const std::vector<std::pair<const char*, const char*>> refused{
      {"lda", "choose from gdumb, hybrid, ncm, slda, ridge, qda, fecam"},
      {"", "method '' is unknown"},
      {"slda:states=4", "method option 'states' is unknown: 'slda' takes shrink=0..1|oas"},
      {"slda:shrink=1.5", "method 'slda', shrink=1.5: give a number from 0 to 1, or oas"},
      {"slda:shrink=nan", "give a number from 0 to 1, or oas"},
      {"slda:shrink=0.1,shrink=0.2", "option 'shrink' is given twice"},
      {"slda:bfloat16", "'bfloat16' is not an option: write key=value"},
      {"slda:precision=half", "choose from float32, bfloat16, int8"},
      {"slda|ncm", "is a chain"},
      {"slda:pool=2", "method option pool is '2'"},
      {"slda:pool=0x1", "method option pool is '0x1'"},
      {"slda:pool=1x1+", "method option pool is ''"},
      {"slda:blocks=2+", "name blocks of the rows joined by +, such as 2+3, or all"},
      {"slda:blocks=2+3,pool=1x1+none+none", "there are 2 blocks: give one for all, or one for each"},
      {"slda:power=0", "give a number above 0, at most 1"},
      {"ridge:features=-1", "give a whole number from 0 to 65536"},
      {"gdumb:passes=3", "'gdumb' takes no options"},
      {"qda:pooled=2", "give a number from 0 to 1"}};
  for (const auto& [spec, message] : refused)
    EXPECT_THAT(refusal([&, &text = spec] { check_method(text); }), HasSubstr(message)) << spec;
  EXPECT_THAT(refusal([&] { make_method("slda:pool=1x3", setting); }),
              HasSubstr("does not divide maps of 2x2"));
  EXPECT_EQ(make_method(" slda : precision=float32, shrink=0.10 ,pool=1x2", setting)->spec(),
            "slda:pool=1x2,shrink=0.1");
  for (const std::string& spec : streaming_specs()) {
    check_method(spec);
    EXPECT_FALSE(keeps_entries(spec));
    const std::string canonical = make_method(spec, setting)->spec();
    EXPECT_EQ(make_method(canonical, setting)->spec(), canonical);
  }
  check_method("gdumb");
  EXPECT_TRUE(keeps_entries("gdumb"));
}

TEST(MethodTable, AHybridIsAClosedFormAndReplayAndItsOptionsAreChecked) {
  for (const auto& [spec, head, prior] : {std::tuple{"hybrid:slda+replay", "slda", false},
                                          {"hybrid:slda:precision=bfloat16,shrink=0.1+replay:combine=prior",
                                           "slda:precision=bfloat16,shrink=0.1", true},
                                          {"hybrid:ncm+replay:weight=0.25", "ncm", false}}) {
    check_method(spec);
    EXPECT_TRUE(keeps_entries(spec));
    EXPECT_EQ(method_name(spec), "hybrid");
    const auto hybrid = parse_hybrid(spec);
    ASSERT_TRUE(hybrid) << spec;
    EXPECT_EQ(hybrid->head, head);
    EXPECT_EQ(hybrid->prior, prior);
    EXPECT_EQ(hybrid->text(), spec);
  }
  EXPECT_FALSE(parse_hybrid("slda"));
  for (const auto& [spec, message] :
       {std::pair{"hybrid", "write hybrid:HEAD+replay"},
        {"hybrid:slda", "write hybrid:HEAD+replay"},
        {"hybrid:slda+replays", "write hybrid:HEAD+replay"},
        {"hybrid:gdumb+replay", "keeps entries itself"},
        {"hybrid:hybrid:slda+replay+replay", "keeps entries itself"},
        {"hybrid:lda+replay", "'lda' is unknown"},
        {"hybrid:slda:shrink=2+replay", "0 to 1"},
        {"hybrid:slda+replay:combine=sum", "average"},
        {"hybrid:slda+replay:weight=2", "0 to 1, or auto"},
        {"hybrid:slda+replay:weights=1", "combine=average|prior"},
        {"hybrid:slda+replay:combine=prior,weight=0.5", "leave one of them out"}})
    EXPECT_THAT(refusal([&, text = spec] { check_method(text); }), HasSubstr(message)) << spec;
}

}  // namespace
}  // namespace packrat
