#pragma once
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace packrat {

/// One run to be done by a worker process.
struct Job {
  std::string name;
  std::vector<std::string> command;  ///< program and words; continues from a checkpoint where there is one
  std::filesystem::path log;         ///< what the worker prints
  std::filesystem::path result;      ///< what it leaves when it is done
};

/// How a worker ended.
struct JobEnd {
  enum class How {
    kDone,    ///< with code 0
    kFailed,  ///< with a reason that would come again
    kLost     ///< for a reason outside the run, which can continue elsewhere: a node failed, the time was up
  };
  std::string name;
  How how = How::kDone;
  std::string reason;  ///< "exit code 2", "node failure"
};

/// Where workers run: this machine, a cluster. Only one thread uses a launcher.
class Launcher {
 public:
  virtual ~Launcher() = default;

  /// Workers that an earlier sweep in this folder left at work, by name of their run; asked once, first.
  virtual std::set<std::string> adopt() { return {}; }
  /// How many more jobs it takes now.
  virtual std::size_t room() const = 0;
  /// How many jobs are worked on at the same time, for the remaining time; at least 1.
  virtual std::size_t parallel() const = 0;
  /// Starts at most room() jobs. UserError when that cannot be done at all.
  virtual void start(const std::vector<Job>& jobs) = 0;
  /// Those that ended since the last call; does not wait.
  virtual std::vector<JobEnd> poll() = 0;
  /// Asks all to write a checkpoint and end; poll() then tells of them.
  virtual void stop() = 0;
  /// How long to wait between two polls.
  virtual std::chrono::milliseconds poll_interval() const = 0;
};

}  // namespace packrat
