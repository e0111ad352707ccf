// Makes the page of docs/results/kernels.md out of the JSON output of kernels_bench and peers_bench, a
// folder of which is a run. `tools/bench_report` calls it. usage: bench_report PAGE.md PICTURE.svg RUN...
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <ostream>

#include "bench/report/page.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/report/gnuplot.h"

namespace {

void write_report(const std::filesystem::path& page, const std::filesystem::path& picture,
                  const std::vector<std::string>& runs) {
  packrat::bench::Rates rates;
  for (const std::string& run : runs) rates.add_run(run);
  packrat::write_paper_figure(packrat::bench::kernels_figure(rates), {}, picture, {17.8});
  const std::string text = packrat::bench::kernels_page(rates, picture.filename().string());
  packrat::write_file_atomically(page, [&](std::ostream& out) { out << text; });
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw packrat::UserError("usage: bench_report PAGE.md PICTURE.svg RUN...");
  write_report(argv[1], argv[2], {argv + 3, argv + argc});
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_report: {}\n", error.what());
  return 2;
}
