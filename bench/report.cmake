# Not a benchmark: makes a page of the benchmarks' output.
packrat_library(packrat_bench_report
  SOURCES report/bars.cpp report/figure.cpp report/page.cpp report/rates.cpp
  LINK packrat_figures packrat_kernels nlohmann_json::nlohmann_json)
add_executable(bench_report report/main.cpp)
target_link_libraries(bench_report PRIVATE packrat_bench_report)
