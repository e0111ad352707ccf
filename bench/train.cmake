packrat_bench(train_bench SOURCES train_bench.cpp LINK packrat_train TORCH)
# Not a benchmark of rows: tools/end_to_end runs it beside packrat.
packrat_bench(end_to_end SOURCES end_to_end.cpp LINK packrat_train packrat_data packrat_machine TORCH)
