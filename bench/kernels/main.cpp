// Values per second of the inner loops on every tier that this machine runs, beside roofs and peers. Each row
// checks its answer before it is timed. `tools/bench_report` makes a table and a picture of it.
#include "bench/main.h"

#include "bench/kernels/rows.h"

int main(int argc, char** argv) {
  using namespace packrat::bench;
  return run_benchmarks(argc, argv, [] {
    add_roofs();
    add_codes();
    add_two_pass();
    add_batches();
    add_memory();
    add_values();
    add_selection();
    add_sparse();
    add_products();
  });
}
