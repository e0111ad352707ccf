packrat_bench(kernels_bench SOURCES kernels_bench.cpp rans_bench.cpp LINK packrat_kernels packrat_core)
packrat_bench(codec_bench SOURCES codec_bench.cpp LINK packrat_compressors)
