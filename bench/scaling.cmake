# Not a benchmark of rows: writes a page, as tools/scaling says.
packrat_bench(scaling SOURCES scaling/main.cpp scaling/page.cpp scaling/measure.cpp
  LINK packrat_experiment packrat_train packrat_buffer packrat_figures packrat_regression packrat_machine TORCH)
