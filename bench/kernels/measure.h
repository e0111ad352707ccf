#pragma once
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace packrat::bench {

/// Adds a benchmark. Its first call runs `work` once and asks `right` about the answer; only then is it
/// timed. `values`: what one call handles, for the rate in items per second; `bits_per_value`: of the packed
/// form, told when not 0.
///
/// Run with many short repetitions in random order, each row also gets the best of them (`_best`), which
/// other programs on the same cores disturb least: ratios between such rows hold on a busy machine
/// (tools/bench_report).
template <class Work, class Right>
benchmark::internal::Benchmark* add_benchmark(const std::string& name, std::int64_t values, Work work,
                                              Right right, double bits_per_value = 0) {
  const auto checked = std::make_shared<bool>(false);
  const auto run = [=](benchmark::State& state) mutable {
    if (!*checked) {
      work();
      if (!right()) {
        state.SkipWithError("the answer is wrong");
        return;
      }
      *checked = true;
    }
    for (auto _ : state) {
      work();
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * values);
    state.counters["values"] = static_cast<double>(values);
    if (bits_per_value > 0) state.counters["bits"] = bits_per_value;
  };
  return benchmark::RegisterBenchmark(name.c_str(), run)
      ->ComputeStatistics(
          "best", [](const std::vector<double>& of) { return *std::min_element(of.begin(), of.end()); });
}

}  // namespace packrat::bench
