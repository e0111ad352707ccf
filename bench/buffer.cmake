packrat_bench(buffer_bench SOURCES buffer_bench.cpp LINK packrat_buffer)
