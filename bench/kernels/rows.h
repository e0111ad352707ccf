#pragma once

// The rows of kernels_bench: one function a file adds those of its subject. Names are PLACE/WHAT/TIER/...:
// the place is where the data lie (l1, l2, memory), the tier an instruction set of compressors/kernels/isa.h,
// "reference" for the plain definition, "-" for somebody else's code. tools/bench_report reads them.

namespace packrat::bench {

void add_roofs();     ///< l1/store: what no decoder can beat
void add_codes();     ///< l1: packing, quantizing, reading back, by width and tier
void add_two_pass();  ///< l1: the two-pass peer of reading back
void add_batches();   ///< l2: minibatches decoded from entries that lie anywhere, and storing as much
void add_memory();  ///< memory: the same far beyond the caches, streaming and not, and copying floats instead
void add_values();  ///< l1: ranges, and the test for NaN and infinity
void add_selection();  ///< l1: thinning's choice, and std::nth_element
void add_sparse();     ///< l1: sparse entries back to maps
void add_products();   ///< l1: matrix products of the autoencoders

}  // namespace packrat::bench
