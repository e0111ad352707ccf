#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/core/files.h"
#include "engine/experiment/result_log.h"
#include "tests/experiment/small_run.h"

namespace packrat {

/// A small world for all tests of a suite.
class SmallRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new SmallWorld; }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }
  static RunConfig config(const std::string& name) { return world_->config(name); }
  static nlohmann::json result_of(const RunConfig& c) {
    return nlohmann::json::parse(read_text(RunFolder(c).result));
  }

  inline static SmallWorld* world_ = nullptr;
};

/// What must not depend on threads, interruptions or the weather.
inline nlohmann::json figures(const RunRecord& record) {
  nlohmann::json json = to_json(record);
  for (const char* name : {"seconds", "versions", "peak_memory_bytes", "decode_share_of_training"})
    json.erase(name);
  json.at("sources").erase("features");
  return json;
}

}  // namespace packrat
