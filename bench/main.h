#pragma once
#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>

#include "bench/report/names.h"
#include "compressors/kernels/isa.h"
#include "engine/core/cpu_caches.h"
#include "engine/studies/roofline/machine/machine_profile.h"

namespace packrat::bench {

/// The main() of a benchmark program whose rows `add_rows` adds. The JSON output says which processor and
/// tiers it was.
template <class AddRows>
int run_benchmarks(int argc, char** argv, const AddRows& add_rows) try {
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("kernels", kernels::isa_summary());
  for (const auto& [level, bytes] : data_cache_bytes())
    benchmark::AddCustomContext(data_cache_key(level), std::to_string(bytes));
  add_rows();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const std::exception& error) {  // PACKRAT_ISA
  std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
  return 2;
}

}  // namespace packrat::bench
