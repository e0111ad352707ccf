#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace packrat::bench {

/// How much work: a replay buffer of so many slots for rows of so many values, filled from twice as many rows
/// that arrive task by task.
struct Work {
  std::int64_t slots = 10000, values = 256;
  int classes = 1000, tasks = 10;
  std::string codec = "quantize:states=4,range=local", sampler = "greedy_sampler";
};

/// What one part of the work took.
struct Cost {
  std::string part;     ///< one of work_parts()
  double seconds = 0;   ///< of processor time, the best of a few runs
  double peak_mib = 0;  ///< memory beside what the process held before, at its highest
};

struct Costs {
  Work work;
  std::vector<Cost> costs;
  double buffer_mib = 0;  ///< what the ledger of the filled buffer counts
};

/// "ingest", "decode", "train", "save", "load".
const std::vector<std::string>& work_parts();

/// Fills a buffer with made-up features, decodes all entries in minibatches, trains a linear head for a pass,
/// saves the buffer and loads it. ingest_alone: nothing behind the first. Error when an answer is wrong.
Costs measure_work(const Work& work, bool ingest_alone);

}  // namespace packrat::bench
