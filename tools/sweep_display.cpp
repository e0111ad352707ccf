#include "tools/sweep_display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/commands.h"

namespace packrat {
namespace {

constexpr std::size_t kMostRunsShown = 12;
constexpr std::size_t kLastLines = 3;

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string running_line(const SweepRun& run) {
  const std::vector<std::string> said = last_lines(run.log(), 1);
  return fmt::format("  {:>7}  {}  {}", clock_text(run.running_since.seconds()), run.planned.name,
                     said.empty() ? "" : said.back());
}

}  // namespace

SweepDisplay::SweepDisplay() : terminal_(::isatty(STDOUT_FILENO) == 1) {}

void SweepDisplay::changed(const SweepRun& run) {
  const std::string& name = run.planned.name;
  switch (run.state) {
    case RunState::kFinished:
      say(fmt::format("done    {}: {}", name, run.result->summary));
      break;
    case RunState::kFailed:
      say(fmt::format("FAILED  {}: {}", name, run.note));
      for (const std::string& line : last_lines(run.log(), kLastLines)) say("        | " + line);
      break;
    case RunState::kRunning:
      if (!terminal_) say(fmt::format("{}  {}", run.progress() ? "resumed" : "started", name));
      break;
    case RunState::kWaiting:
      say(fmt::format("stopped {}{}", name, run.note.empty() ? "" : ": " + run.note));
      break;
    case RunState::kUnavailable:
      break;
  }
}

void SweepDisplay::tick(const std::vector<SweepRun>& runs, double seconds_left) {
  if (since_tick_.seconds() < (terminal_ ? 0.25 : 60.0)) return;
  since_tick_ = Timer();
  const std::string summary = fmt::format("{}; about {} left", count_text(runs), clock_text(seconds_left));
  if (!terminal_) return say(summary);
  std::vector<std::string> lines;
  for (const SweepRun& run : runs)
    if (run.state == RunState::kRunning && lines.size() < kMostRunsShown) lines.push_back(running_line(run));
  lines.push_back(summary);
  close();
  draw(lines);
}

void SweepDisplay::close() {
  if (drawn_ > 0) fmt::print("\x1b[{}A\x1b[J", drawn_);
  drawn_ = 0;
  std::fflush(stdout);
}

void SweepDisplay::say(const std::string& line) {
  close();
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void SweepDisplay::draw(const std::vector<std::string>& lines) {
  const std::size_t columns = terminal_columns();
  for (const std::string& line : lines) fmt::print("{}\n", line.substr(0, columns - 1));
  drawn_ = lines.size();
  std::fflush(stdout);
}

std::string count_text(const std::vector<SweepRun>& runs) {
  std::string text;
  for (const auto& [state, name] : {std::pair(RunState::kFinished, "finished"),
                                    {RunState::kRunning, "running"},
                                    {RunState::kWaiting, "waiting"},
                                    {RunState::kFailed, "failed"},
                                    {RunState::kUnavailable, "not available"}}) {
    const auto count =
        std::count_if(runs.begin(), runs.end(), [s = state](const SweepRun& run) { return run.state == s; });
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

}  // namespace packrat
