packrat_bench(codec_bench SOURCES codec_bench.cpp rans_bench.cpp LINK packrat_compressors)
