#pragma once
#include <string>
#include <vector>

#include "engine/core/timer.h"
#include "engine/sweep/sweep.h"

namespace packrat {

/// Tells of a sweep on standard output: a line for every result as it comes, and below them on a terminal the
/// runs at work with the last line each printed, the counts and the remaining time, drawn over in place.
/// Without a terminal a line with the counts every minute.
class SweepDisplay {
 public:
  SweepDisplay();
  void changed(const SweepRun& run);
  void tick(const std::vector<SweepRun>& runs, double seconds_left);
  /// Takes the part that is drawn over away.
  void close();

 private:
  void say(const std::string& line);
  void draw(const std::vector<std::string>& lines);

  const bool terminal_;
  std::size_t drawn_ = 0;  // lines of the part that is drawn over
  Timer since_tick_;
};

/// "12 finished, 2 running, 30 waiting, 1 failed, 20 not available".
std::string count_text(const std::vector<SweepRun>& runs);

}  // namespace packrat
