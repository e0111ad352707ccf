#pragma once
#include <sys/types.h>

#include <map>

#include "engine/sweep/launcher.h"

namespace packrat {

/// Worker processes on this machine. They get SIGTERM when this process ends, however it ends.
class LocalLauncher : public Launcher {
 public:
  explicit LocalLauncher(std::size_t workers) : workers_(workers) {}
  /// Stops what is still at work and waits for it.
  ~LocalLauncher() override;

  std::size_t room() const override { return workers_ - running_.size(); }
  std::size_t parallel() const override { return workers_; }
  void start(const std::vector<Job>& jobs) override;
  std::vector<JobEnd> poll() override;
  void stop() override;
  std::chrono::milliseconds poll_interval() const override { return std::chrono::milliseconds(50); }

 private:
  std::size_t workers_;
  std::map<pid_t, std::string> running_;  // the run's name
};

}  // namespace packrat
