// Public libraries that do a part of what the kernels do: values per second of those that are installed. Each
// row checks its answer before it is timed. `tools/bench_report` sets them beside the kernels.
#include "bench/main.h"

#include "bench/peers/rows.h"

int main(int argc, char** argv) {
  using namespace packrat::bench;
  return run_benchmarks(argc, argv, [] {
    add_opencv();
    add_torch();
#ifdef PACKRAT_PEER_FAISS
    add_faiss();
#endif
#ifdef PACKRAT_PEER_BLOSC
    add_blosc();
#endif
#ifdef PACKRAT_PEER_ZFP
    add_zfp();
#endif
#ifdef PACKRAT_PEER_ZSTD
    add_zstd();
#endif
#ifdef PACKRAT_PEER_HTSCODECS
    add_htscodecs();
#endif
  });
}
