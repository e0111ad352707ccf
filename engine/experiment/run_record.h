#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/energy/energy_report.h"
#include "engine/experiment/buffer_bytes.h"
#include "engine/experiment/metrics.h"
#include "engine/methods/scoring.h"

namespace packrat {

/// The test set's accuracy after a pass.
struct PassScore {
  std::int64_t pass = 0;  ///< counted from 0
  double acc = 0, task_acc = 0;
  double mean_loss = 0;  ///< of the pass, on the buffer
};

/// What one training from fresh weights gave: the last task's is the run's result.
struct TrainingRecord {
  std::int64_t task = 0;  ///< the buffer holds the tasks 0 .. task
  std::int64_t held = 0;
  std::vector<PassScore> curve;
  std::vector<double>
      of_task;  ///< accuracy on each seen task's images after the last pass, among all classes
};

/// The last head's accuracy on the test features that --test_features did not choose.
struct OtherFeaturesScore {
  std::string features;  ///< "raw" or "roundtrip"
  double acc = 0, task_acc = 0;
};

/// Everything a run found out, as it goes into result.json and checkpoints.
struct RunRecord {
  std::map<std::string, std::string> versions;  ///< packrat, libtorch, cpu, ...
  std::string data_sha256, weights_sha256, weights_name, cache_note;
  std::string method;              ///< canonical spec
  std::string method_note;         ///< what its last fit() had to say
  std::string codec;               ///< canonical spec; empty for a method without entries
  std::string codec_learned_from;  ///< one line; empty for a codec that learned nothing
  std::string buffer_checksum;  ///< XXH3 of the buffer's memory, or of the method's state, after the stream
  std::int64_t classes = 0, slots = 0, held = 0;
  std::vector<TrainingRecord> trainings;          ///< one, or one a task with --eval_tasks
  std::string test_features;                      ///< "raw" or "roundtrip": what the curves were scored on
  std::optional<OtherFeaturesScore> other_score;  ///< nullopt when the codec loses nothing
  BufferBytes bytes;                              ///< the ledger with the networks' weights
  double roundtrip_mse = 0;  ///< of the test images, between raw and roundtrip features: Distortion::mse
  std::map<std::string, double>
      seconds;  ///< by phase: load, encode, ingest, train, evaluate; decode is part of train
  std::optional<EnergyReport>
      energy;  ///< with --energy: from the first start to the end, resumptions included
  std::int64_t peak_memory_bytes = 0;  ///< largest resident set of the process

  const PassScore& final_score() const { return trainings.back().curve.back(); }
  /// The best accuracy of any scored pass of the last training: what the papers quote.
  double best_acc() const;
  /// Of the trainings, one a task, for metrics(); of one row when the run was scored at its end alone.
  AccuracyMatrix accuracy_matrix() const;
  /// Share of the training time that went into decoding entries.
  double decode_share() const;
};

nlohmann::json to_json(const RunRecord& record);

/// What a checkpoint needs to continue: the trainings, seconds and energy so far.
nlohmann::json progress_to_json(const RunRecord& record);
void progress_from_json(const nlohmann::json& json, RunRecord& record);

}  // namespace packrat
