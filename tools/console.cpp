#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "engine/core/timer.h"
#include "tools/commands.h"

namespace packrat {
namespace {

/// Draws one phase after another. Rates are of the units done since the phase began, so that work found done
/// counts for nothing.
class ProgressPrinter {
 public:
  void operator()(std::string_view phase, std::int64_t done, std::int64_t total) {
    if (phase != phase_) begin(phase, done);
    const bool finished = done >= total;
    if (!finished && since_print_.seconds() < (terminal_ ? 0.1 : 10.0)) return;
    if (finished && done == first_ && !terminal_) return;  // nothing had to be done
    since_print_ = Timer();
    print(done, total);
    if (finished) end();
  }

 private:
  void begin(std::string_view phase, std::int64_t done) {
    if (open_) end();
    phase_ = phase;
    first_ = done;
    start_ = Timer();
  }

  void end() {
    if (terminal_ && open_) fmt::print(stderr, "\n");
    open_ = false;
    phase_.clear();
  }

  void print(std::int64_t done, std::int64_t total) {
    const double seconds = start_.seconds(), units = static_cast<double>(done - first_);
    const double rate = seconds > 0 ? units / seconds : 0;
    const std::string left = rate > 0 ? clock_text(static_cast<double>(total - done) / rate) : "?";
    const std::string numbers =
        fmt::format("{}/{}  {:.4g}/s  {} gone, {} left", done, total, rate, clock_text(seconds), left);
    if (!terminal_) {
      fmt::print(stderr, "{}: {}\n", phase_, numbers);
      return;
    }
    constexpr std::int64_t kCells = 30;
    const auto filled = static_cast<std::size_t>(total > 0 ? kCells * done / total : kCells);
    fmt::print(stderr, "\r{:>8} [{}{}] {}\x1b[K", phase_, std::string(filled, '='),
               std::string(kCells - filled, ' '), numbers);
    std::fflush(stderr);
    open_ = true;
  }

  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::string phase_;
  std::int64_t first_ = 0;
  bool open_ = false;  // a bar stands on an unfinished line
  Timer start_, since_print_;
};

}  // namespace

std::string clock_text(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

ProgressFn console_progress() {
  const auto printer = std::make_shared<ProgressPrinter>();
  return [printer](std::string_view phase, std::int64_t done, std::int64_t total) {
    (*printer)(phase, done, total);
  };
}

}  // namespace packrat
