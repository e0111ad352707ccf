#include "engine/report/gnuplot.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ostream>

#include "engine/core/child_process.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/report/gnuplot_script.h"
#include "engine/report/paper_layout.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// A private folder that goes with its scope.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "packrat-plot-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw UserError(fmt::format("cannot make a folder in {}: set TMPDIR to a writable one",
                                  fs::temp_directory_path().string()));
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

int run_gnuplot(const fs::path& folder) try {
  return run_program({"gnuplot", "script.gp"}, folder, folder / "log");
} catch (const UserError&) {
  throw UserError(
      "figures for papers are drawn by gnuplot, which cannot be started: `apt-get install gnuplot-nox`");
}

}  // namespace

std::string gnuplot_script(const Figure& figure, const std::vector<std::size_t>& choice, const fs::path& out,
                           const PaperFormat& format) {
  check_figure(figure);
  Figure chosen = in_state(figure, choice);
  if (is_empty(chosen))
    throw UserError(fmt::format("there are no data for the figure {}. {}", figure.name, figure.needs));
  const double width_cm = format.width_cm > 0 ? format.width_cm : paper_layout(chosen, 0).width_cm;
  chosen.columns = fitting_columns(chosen, width_cm);
  const PaperLayout layout = paper_layout(chosen, width_cm);
  return gnuplot_commands(chosen, layout, out);
}

void write_paper_figure(const Figure& figure, const std::vector<std::size_t>& choice, const fs::path& out,
                        const PaperFormat& format) {
  const ScratchFolder scratch;
  const fs::path picture = "picture" + out.extension().string();
  const std::string script = gnuplot_script(figure, choice, picture, format);
  write_file_atomically(scratch.path() / "script.gp", [&](std::ostream& file) { file << script; });
  if (const int code = run_gnuplot(scratch.path()); code != 0)
    throw Error(fmt::format("gnuplot refuses the figure {} with code {}: {}", figure.name, code,
                            read_text(scratch.path() / "log")));
  const std::string bytes = read_text(scratch.path() / picture);
  write_file_atomically(out, [&](std::ostream& file) { file << bytes; });
}

}  // namespace packrat
