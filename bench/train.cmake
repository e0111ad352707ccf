packrat_bench(train_bench SOURCES train_bench.cpp LINK packrat_train TORCH)
