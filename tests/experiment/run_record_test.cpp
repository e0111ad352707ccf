#include "engine/experiment/run_record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/experiment/metrics.h"
#include "tests/experiment/example_record.h"

namespace packrat {
namespace {
using nlohmann::json;

TEST(RunRecord, TheFinalScoreIsTheLastPassAndTheBestTheBestOfTheLastTraining) {
  RunRecord record = example_record();
  record.trainings.insert(record.trainings.begin(), {0, 10, {{0, 0.99, 0.99, 0.1}}, {0.99}});
  EXPECT_EQ(record.final_score().acc, 0.625);
  EXPECT_EQ(record.best_acc(), 0.75);
}

TEST(RunRecord, DecodeShareIsAPartOfTrainingAndZeroWithoutIt) {
  EXPECT_EQ(example_record().decode_share(), 0.25);
  EXPECT_EQ(RunRecord{}.decode_share(), 0);
}

TEST(RunRecord, GoesIntoJsonWithEveryFigure) {
  const json j = to_json(example_record());
  EXPECT_EQ(j.at("accuracy"), json({{"final", 0.625},
                                    {"best", 0.75},
                                    {"task", 0.9375},
                                    {"test_features", "roundtrip"},
                                    {"on_raw", {{"final", 0.375}, {"task", 0.75}}}}));
  EXPECT_EQ(j.at("roundtrip_mse"), 0.125);
  EXPECT_EQ(j.at("trainings").at(0).at("curve").size(), 3U);
  EXPECT_EQ(j.at("trainings").at(0).at("curve").at(1).at("pass"), 3);
  EXPECT_EQ(j.at("bytes").at("exact"), 1000);
  EXPECT_EQ(j.at("bytes").at("measured"), 1100);
  EXPECT_EQ(j.at("bytes").at("published_mib"), 0.5);
  EXPECT_EQ(j.at("bytes").at("entry"), 264);
  EXPECT_EQ(j.at("bytes").at("items").size(), kItems.size());
  EXPECT_EQ(j.at("bytes").at("items").at("payload"), 990 * 264);
  EXPECT_EQ(j.at("bytes").at("items").at("labels"), 990);
  EXPECT_EQ(j.at("bytes").at("exact_to_measured").at(0).at("why"), "labels");
  EXPECT_EQ(j.at("bytes").at("why"), "because");
  EXPECT_EQ(j.at("buffer"), json({{"slots", 990},
                                  {"held", 980},
                                  {"classes", 10},
                                  {"codec", "quantize:states=4,range=local"},
                                  {"codec_learned_from", "c1"},
                                  {"checksum", "0123456789abcdef"}}));
  EXPECT_EQ(j.at("sources").at("data_sha256"), "d1");
  EXPECT_EQ(j.at("sources").at("weights_sha256"), "w1");
  EXPECT_EQ(j.at("versions").at("libtorch"), "9");
  EXPECT_EQ(j.at("seconds").at("train"), 8);
  EXPECT_EQ(j.at("peak_memory_bytes"), 12345);
  EXPECT_EQ(j.at("decode_share_of_training"), 0.25);
  EXPECT_FALSE(j.contains("continual")) << "one training has no matrix";
  EXPECT_EQ(json::parse(j.dump()), j);
}

TEST(RunRecord, WhatDoesNotExistIsNull) {
  RunRecord record = example_record();
  record.bytes.entry_bytes.reset();
  record.bytes.audit.published_mib.reset();
  const json j = to_json(record);
  EXPECT_TRUE(j.at("bytes").at("entry").is_null());
  EXPECT_TRUE(j.at("bytes").at("published_mib").is_null());
}

TEST(RunRecord, ATrainingATaskGivesTheMatrixAndItsMetrics) {
  RunRecord record = example_record();
  record.trainings = {{0, 5, {{3, 0.9, 0.9, 1}}, {0.9}}, {1, 10, {{3, 0.7, 0.9, 1}}, {0.6, 0.8}}};
  const json continual = to_json(record).at("continual");
  EXPECT_EQ(continual.at("accuracy_matrix"), json::parse("[[0.9], [0.6, 0.8]]"));
  for (const Metric& metric : metrics())
    EXPECT_DOUBLE_EQ(continual.at(metric.name), metric.of({{0.9}, {0.6, 0.8}})) << metric.name;
}

TEST(RunRecord, ProgressReadsBackThroughTextBitForBit) {
  RunRecord record = example_record();
  record.trainings[0].curve[0] = {0, 1.0 / 3, 0.1 + 0.2, 2.302585092994046};
  record.trainings[0].of_task.push_back(std::nan(""));  // a task without test images
  record.trainings.push_back({5, 990, {}, {}});
  RunRecord back;
  back.seconds["load"] = 10;
  progress_from_json(json::parse(progress_to_json(record).dump()), back);
  ASSERT_EQ(back.trainings.size(), 2U);
  for (std::size_t t = 0; t < 2; ++t) {
    const TrainingRecord &got = back.trainings[t], &expected = record.trainings[t];
    EXPECT_EQ(got.task, expected.task);
    EXPECT_EQ(got.held, expected.held);
    ASSERT_EQ(got.curve.size(), expected.curve.size());
    for (std::size_t i = 0; i < got.curve.size(); ++i) {
      EXPECT_EQ(got.curve[i].pass, expected.curve[i].pass);
      EXPECT_EQ(got.curve[i].acc, expected.curve[i].acc);
      EXPECT_EQ(got.curve[i].task_acc, expected.curve[i].task_acc);
      EXPECT_EQ(got.curve[i].mean_loss, expected.curve[i].mean_loss);
    }
  }
  ASSERT_EQ(back.trainings[0].of_task.size(), 6U);
  EXPECT_EQ(back.trainings[0].of_task[4], 0.625);
  EXPECT_TRUE(std::isnan(back.trainings[0].of_task[5]));
  EXPECT_EQ(back.seconds.at("load"), 11) << "seconds of both parts of a run add up";
  EXPECT_EQ(back.seconds.at("train"), 8);
}

}  // namespace
}  // namespace packrat
