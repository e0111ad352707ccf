packrat_bench(models_bench SOURCES models_bench.cpp encoder_bench.cpp LINK packrat_models TORCH)
packrat_bench(pretraining_bench SOURCES pretraining_bench.cpp LINK packrat_pretraining TORCH)
